"""What `perennial costs` and `perennial status` say of the same events."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from perennial.audit.costs import costs, in_a_line
from perennial.audit.status import status
from perennial.cli import app
from perennial.cli.shared import console
from perennial.context import Context, open_context
from perennial.metering.reading import Usage
from perennial.metering.record import record
from perennial.settings import PROJECT, Settings
from perennial.spec.compute import Compute


@pytest.fixture
def ctx(settings: Settings) -> Context:
    mine = replace(settings, models=PROJECT / "include" / "models")
    ctx = open_context("flight_delay", settings=mine, actor="ann", run="test")
    rules = Compute(cpu="2h per 30d", exceeded="stop", price_per_cpu_hour=0.5)
    ctx = replace(ctx, spec=ctx.spec.model_copy(update={"compute": rules}))
    window = "2013-01-01..2013-03-31"
    launch = {"claim": "t1", "window": window, "launch": True, "outcome": "launch", "why": "drift", "requests": []}
    ctx.chain.record("retraining.decided", window, launch)
    used = Usage(1800.0, 3600.0, 5, None, 2**30)
    record(ctx, "train", window, used, well=True, task="fit")
    record(ctx, "train", window, used, well=False, task="register")
    ctx.chain.record("candidate.registered", "v1", {"claim": "t1", "version": 1})
    record(ctx, "score", "2013-04-01", Usage(1.0, 36.0, 5, 7, 5), well=True)
    return ctx


def test_costs_are_those_of_the_ledger(ctx: Context) -> None:
    found = costs(ctx)
    assert list(found["stages"]) == ["train", "score"]
    assert (found["total"]["tries"], found["total"]["failed"], found["total"]["cpu_seconds"]) == (3, 1, 7236.0)
    assert found["total"]["price"] == pytest.approx(0.5 * 2.01)
    (made,) = found["retrainings"]
    assert (made["claim"], made["version"], made["cpu_seconds"]) == ("t1", "v1", 7200.0)
    (share,) = found["budget"]
    assert (share["allowed"], share["verdict"]) == ("2h per 30d", "exceeded")
    assert "cpu 2.01h of 2h per 30d, 100%" in in_a_line(ctx, ctx.chain.history())
    assert in_a_line(ctx, ctx.chain.history()) == status(ctx)["cost"]


def test_the_command_shows_tables_or_json(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ledger", "ledger_owner"):
        monkeypatch.setenv(f"PERENNIAL_{name.upper()}_URL", ctx.settings.url(name))
    monkeypatch.setenv("PERENNIAL_VAR", str(ctx.settings.var))
    monkeypatch.setenv("PERENNIAL_MODELS", str(ctx.settings.models))
    told = CliRunner().invoke(app, ["costs", "flight_delay", "--json"])
    assert told.exit_code == 0, told.output
    (found,) = json.loads(told.output)
    assert found["total"]["cpu_seconds"] == 7236.0
    assert found["stages"]["train"]["price"] is None  # the project's own spec has no price
    monkeypatch.setattr(console, "_width", 80)  # made when it was first imported, as wide as the terminal was then
    shown = CliRunner().invoke(app, ["costs"]).output
    assert "t1 v1" in shown
    assert " 7236 " in shown
    assert "…" not in shown
    assert "census_income, all its life" in shown
