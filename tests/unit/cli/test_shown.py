"""What commands print: help by theme, words of people as they wrote them, names that nobody knows."""

from __future__ import annotations

import shutil

import pytest
from typer.testing import CliRunner

from perennial.cli import THEMES, app
from perennial.context import open_context
from perennial.errors import KeyInvalid
from perennial.settings import PROJECT, Settings

MODEL = "flight_delay"


@pytest.fixture
def _installed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(PROJECT / "include" / "models" / MODEL, settings.models / MODEL)
    known = {"VAR": settings.var, "MODELS": settings.models, "LEDGER_URL": settings.url("ledger")}
    for name, value in known.items():
        monkeypatch.setenv(f"PERENNIAL_{name}", str(value))


def typed(*words: str) -> str:
    result = CliRunner().invoke(app, [*words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_every_command_stands_under_a_heading() -> None:
    told = typed("--help")
    assert all(heading in told for heading in THEMES)
    assert "─ Commands ─" not in told


@pytest.mark.usefixtures("_installed")
def test_brackets_in_a_reason_are_printed_as_they_were_typed() -> None:
    reason = "rain [red]over[/] JFK, see [ticket 12]"
    assert reason in typed("hold", MODEL, "--scope", "scoring", "--reason", reason)
    assert reason in typed("holds")
    assert reason in typed("ledger", "show", MODEL)


@pytest.mark.usefixtures("_installed")
def test_a_chain_or_a_type_that_is_not_there_is_named_beside_those_that_are() -> None:
    open_context(MODEL).chain.record("hold.placed", "scoring", {"reason": "a storm"})
    for command in ("show", "verify"):
        with pytest.raises(KeyInvalid, match=f"nearest: +{MODEL}") as caught:
            typed("ledger", command, "flight_dely")
        assert f"one of {MODEL}" in caught.value.expected
    assert typed("ledger", "show", MODEL, "--type", "hold.lifted") == "no event hold.lifted; there are hold.placed\n"
