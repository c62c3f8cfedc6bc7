"""`perennial notices`, as a person types it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from perennial.cli.notices import app
from perennial.context import open_context
from perennial.errors import KeyInvalid
from perennial.notices import Notice, tell
from perennial.settings import PROJECT, Settings
from unit.notices.receivers import webhook

MODEL = "flight_delay"


@pytest.fixture
def texts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    shutil.copytree(PROJECT / "include" / "models" / MODEL, settings.models / MODEL)
    with webhook() as (address, came):
        known = {"VAR": settings.var, "MODELS": settings.models, "LEDGER_URL": settings.url("ledger")}
        for name, value in {**known, "NOTICE_URL": address}.items():
            monkeypatch.setenv(f"PERENNIAL_{name}", str(value))
        yield came


def typed(*words: str) -> str:
    result = CliRunner().invoke(app, [*words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_a_person_sees_what_stands_and_says_that_it_is_over(texts: list[str]) -> None:
    ctx = open_context(MODEL)
    tell(ctx.settings, ctx.chain, ctx.spec.notices, Notice("alarm", "monitor w1: drift", "look", "drift w1"))
    assert "alarm 'drift w1' since" in typed("show", MODEL)
    with pytest.raises(KeyInvalid, match="alarm drift w1"):
        typed("reset", MODEL, "alarm", "drift w2", "--reason", "seen")
    assert "notice.reset" in typed("reset", MODEL, "alarm", "drift w1", "--reason", "the feed is mended")
    assert typed("show", MODEL) == ""
    assert "the feed is mended" in texts[-1]


def test_a_person_tries_whether_notices_arrive(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert typed("test", MODEL) == "notice.raised: to be sent\nnotice.sent: ['webhook']\n"
    assert len(texts) == 1
    assert f"{MODEL}: 0" in typed("send")
    monkeypatch.setenv("PERENNIAL_NOTICE_URL", "http://127.0.0.1:9/hook")
    assert "Connection refused" in typed("test", MODEL)
