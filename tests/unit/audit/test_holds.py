"""What stands everywhere, and what a release leaves to be scored, through the commands that people type."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from perennial.cli import app
from perennial.context import open_chain
from perennial.errors import KeyInvalid, PerennialError, SpecError
from perennial.ledger.holds import EVERY_MODEL, holds
from perennial.settings import Settings
from perennial.spec.authorship import account
from unit.ledger import unreadable


@pytest.fixture
def installed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two models of which nothing but the name can be read."""
    unreadable.install(settings, monkeypatch)
    monkeypatch.setenv("LOGNAME", "somebody else: no command believes it")
    return settings


@pytest.fixture
def me() -> str:
    """Return the account that runs this."""
    (name,) = account()
    return name


def said(*words: str) -> str:
    """Run a command; return what it says, or raise what it raised."""
    told = CliRunner().invoke(app, words)
    if isinstance(told.exception, PerennialError):
        raise told.exception
    assert told.exit_code == 0, told.output
    return told.output


def test_a_model_is_held_and_released_by_name_also_where_its_spec_is_broken(installed: Settings, me: str) -> None:
    assert "to go on: perennial release m" in said("hold", "m", "--scope", "scoring", "--reason", "the feed is broken")
    (hold,) = holds(open_chain("m", settings=installed))
    assert (hold.scopes, hold.by) == ({"scoring"}, me)
    assert f"m: hold 1 of scoring by {me}" in said("holds", "m")
    assert said("holds", "another") == "nothing is held\n"
    assert "mended" in said("release", "m", "--reason", "mended")
    assert said("holds") == "nothing is held\n"


def test_without_a_scope_everything_is_held_and_all_is_every_model(installed: Settings) -> None:
    said("hold", "--all", "--reason", "year end")
    (hold,) = holds(open_chain("another", settings=installed))
    assert (hold.chain, len(hold.scopes)) == (EVERY_MODEL, 3)
    assert said("holds").count("\n") == 1, "it stands once, not once for each model"
    said("release", "--all", "--reason", "a new year")
    assert holds(open_chain("another", settings=installed)) == []


def test_days_that_came_under_the_hold_are_named_with_the_command_that_scores_them(installed: Settings) -> None:
    chain = open_chain("m", settings=installed)
    chain.record("champion.changed", "v1", {"version": 1})
    day = {"sha256": "0" * 64, "rows": 1}
    said("hold", "--all", "--reason", "year end")
    chain.record("features.written", "k", {"tables": {"m/examples/t": {"2013-04-01": day, "2013-04-02": day}}})
    told = said("release", "--all", "--reason", "a new year")
    assert "not scored yet: m 2013-04-01..2013-04-02. Where no run of m.score waits in Airflow:" in told
    assert "\n  perennial run m score --key 2013-04-01..2013-04-02\n" in told
    assert "another" not in told


def test_a_mistake_is_answered_with_what_would_be_right(installed: Settings) -> None:
    with pytest.raises(KeyInvalid, match="a model, or --all"):
        said("hold", "--reason", "the feed is broken")
    with pytest.raises(KeyInvalid, match="scoring"):
        said("hold", "m", "--scope", "scorng", "--reason", "the feed is broken")
    with pytest.raises(SpecError, match=r"nearest: +another"):
        said("release", "anoter", "--reason", "mended")
