"""Did a training help? Two real versions, scored on the days after the promotion of the second."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pandas as pd
import pytest

from perennial.feature_store.duck import Budget, connection
from perennial.keys import DAY, Window
from perennial.ledger.event import Event
from perennial.retraining import judge
from perennial.retraining.judge import judge_due
from perennial.retraining.judgement import Case
from perennial.retraining.wake import wake
from perennial.settings import Settings
from perennial.training import search
from unit.training.factory import PER_DAY, SEARCH, WINDOW, Factory
from unit.training.test_stage import train

SINCE = Window(WINDOW.last + DAY, WINDOW.last + 14 * DAY)
STUMP = {SEARCH: "", "max_iter: 10": "max_iter: 1, max_leaf_nodes: 2, max_depth: 1"}


@pytest.fixture
def factory(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Factory:
    monkeypatch.setattr(search, "MOST_THREADS", 1)
    factory = Factory(settings)
    factory.say({SEARCH: ""})
    factory.ingest(WINDOW.back(1))
    return factory


def promoted(factory: Factory, version: int, previous: int | None) -> Event:
    body = {"version": version, "previous": previous, "kind": "promotion"}
    return factory.ctx.chain.record("champion.changed", f"v{version}", body)


def trained(factory: Factory, first: dict[str, str], second: dict[str, str]) -> None:
    """Train and promote a version by each spec; then the fourteen days come, and one for their labels."""
    for number, pieces in enumerate((first, second), start=1):
        factory.say(pieces)
        factory.claim(f"t{number}")
        train(factory)
        promoted(factory, number, number - 1 or None)
    assert judge_due(factory.ctx) == []
    factory.ingest(Window(SINCE.first, SINCE.last + DAY))


def test_trees_after_a_stump_helped_and_it_is_said_once(factory: Factory, caplog: pytest.LogCaptureFixture) -> None:
    trained(factory, STUMP, {SEARCH: ""})
    assert wake(factory.ctx)
    file = factory.settings.artifacts / factory.ctx.chain.history().version(1)["artifact"]["path"]
    lost = file.rename(file.with_name("lost"))
    with caplog.at_level(logging.ERROR):
        assert judge_due(factory.ctx) == [], "the queue is decided on all the same"
    assert "factory v2 is not judged" in caplog.text
    lost.rename(file)
    (event,) = judge_due(factory.ctx)
    told = event.payload
    assert (event.type, event.key, told["claim"], told["against"]) == ("retraining.judged", "v2", "t2", 1)
    assert (told["on"], told["window"], told["metric"]) == ("production", str(SINCE), "auc")
    assert told["helped"] is True
    assert 0 < told["low"] < told["gain"] < told["high"]
    # Of 60 parts a day the first is never checked, the second a month later.
    assert told["rows"] == 58 * 14
    assert judge_due(factory.ctx) == []


def test_the_same_model_again_did_not_help(factory: Factory) -> None:
    trained(factory, {SEARCH: ""}, {SEARCH: ""})
    (event,) = judge_due(factory.ctx)
    told = event.payload
    assert (told["helped"], told["gain"], told["low"], told["high"]) == (False, 0.0, 0.0, 0.0)


def test_against_a_version_that_is_retired_it_cannot_be_told(factory: Factory) -> None:
    trained(factory, STUMP, {SEARCH: ""})
    factory.ctx.chain.record("version.retired", "v1", {"reason": "superseded", "successor": 2})
    (event,) = judge_due(factory.ctx)
    assert (event.payload["helped"], event.payload["why"]) == (None, "it cannot be told: v1 is retired")


@pytest.fixture
def twice(factory: Factory) -> Case:
    """Give one version under two numbers, and the days to compare it with itself on."""
    factory.claim("t1")
    train(factory)
    chain = factory.ctx.chain
    chain.record("candidate.registered", "v2", {**chain.history().version(1), "version": 2, "claim": "t2"}, once="t2")
    factory.ingest(Window(SINCE.first, SINCE.last + DAY))
    return Case("t2", 2, 1, SINCE)


def test_rows_are_joined_within_a_budget_and_of_many_a_part_is_kept(
    factory: Factory, twice: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed: list[tuple[str, int]] = []

    @contextmanager
    def watched(budget: Budget) -> Iterator[duckdb.DuckDBPyConnection]:
        with connection(budget) as opened:
            settings = "SELECT current_setting('memory_limit'), current_setting('threads')"
            allowed.extend(opened.execute(settings).fetchall())
            yield opened

    monkeypatch.setattr(judge, "connection", watched)
    monkeypatch.setattr(judge, "MOST", PER_DAY * len(SINCE))
    every = judge.compared(factory.ctx, twice)
    assert len(every) == 58 * len(SINCE), "all rows with a label, while they are no more than MOST"
    monkeypatch.setattr(judge, "MOST", 100)
    kept = judge.compared(factory.ctx, twice)
    assert 50 < len(kept) < 150
    assert list(kept.columns) == ["day", "y", "new", "old"], "nothing else of a row is kept"
    assert kept["day"].nunique() > len(SINCE) / 2
    assert len(kept.merge(every.drop_duplicates(), how="left", indicator=True).query("_merge != 'both'")) == 0
    pd.testing.assert_frame_equal(judge.compared(factory.ctx, twice), kept)
    assert allowed == [("953.6 MiB", 1)] * 3, "a gigabyte, whatever the machine has"
