"""Partitions online: in order, out of order, twice, and after a correction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from feast import FeatureStore

from perennial.feature_store import store as feature_store
from perennial.feature_store.feature_set import FeatureSet
from perennial.feature_store.freshness import Freshness, freshness
from perennial.feature_store.materialise import Materialised, materialise
from perennial.keys import Window
from perennial.settings import Settings

DAYS = ("2013-01-01", "2013-01-02", "2013-01-03")


class Runner:
    """Materialises windows of the carrier view and keeps its mark, as the ledger would."""

    def __init__(self, store: FeatureStore, features: FeatureSet) -> None:
        self.store, self.features, self.marks = store, features, dict[str, date]()

    def __call__(self, key: str, *, fill: bool = False) -> Materialised:
        (done,) = materialise(self.store, self.features.own_views, Window.parse(key), self.marks, fill=fill)
        if done.mark:
            self.marks[done.view] = done.mark
        return done

    def online(self, *carriers: str) -> list[Any]:
        keys = [{"carrier": carrier} for carrier in carriers]
        return [row["late"] for row in feature_store.online(self.store, self.features.service, keys)]


@pytest.fixture
def run(online_store: FeatureStore, carriers: FeatureSet) -> Runner:
    return Runner(online_store, carriers)


def test_day_by_day(run: Runner) -> None:
    done = [run(day) for day in DAYS]
    assert [(one.rows, one.skipped) for one in done] == [(2, None), (1, None), (1, None)]
    assert done[-1].newest == datetime(2013, 1, 3, 12, tzinfo=UTC)
    assert run.marks == {run.features.own_views[0]: date(2013, 1, 3)}
    assert run.online("AA", "BB", "CC") == [3, 10, None]


def test_a_range_brings_the_newest_row_of_each_key(run: Runner) -> None:
    assert run("2013-01-01..2013-01-03").rows == 2
    assert run.online("AA", "BB") == [3, 10]


@pytest.mark.parametrize("order", list(permutations(DAYS)), ids="-".join)
def test_any_order_ends_with_the_newest_value(run: Runner, order: Sequence[str]) -> None:
    done = [run(day, fill=True) for day in order]
    assert run.online("AA", "BB") == [3, 10]
    assert done[-1].mark == date(2013, 1, 3)


def test_an_older_window_is_left_out_and_says_so(run: Runner) -> None:
    run("2013-01-03")
    done = run("2013-01-01")
    assert (done.rows, done.mark, done.skipped) == (0, date(2013, 1, 3), "older than 2013-01-03, the last day online")
    assert run.online("AA", "BB") == [3, None]
    assert run("2013-01-01", fill=True).rows == 2
    assert run.online("AA", "BB") == [3, 10]


def test_a_window_across_the_mark_does_not_go_back(run: Runner) -> None:
    run("2013-01-02")
    assert run("2013-01-01..2013-01-03").skipped is None
    assert run.online("AA", "BB") == [3, 10]


def test_twice_is_once(run: Runner) -> None:
    assert [run("2013-01-01..2013-01-03").rows for _ in range(2)] == [2, 2]
    assert run.online("AA", "BB") == [3, 10]


def test_a_corrected_day_replaces_its_values(run: Runner, tables: Any) -> None:
    run("2013-01-03")
    tables.delays("2013-01-03", {"AA": 33, "BB": None}, revision="b" * 16)
    run.store.config.offline_store.files.update(tables.files)
    run("2013-01-03")
    assert run.online("AA", "BB") == [33, None]


def test_a_window_without_partition_leaves_the_mark(run: Runner) -> None:
    run("2013-01-01")
    done = run("2013-02-01")
    assert (done.mark, done.skipped) == (date(2013, 1, 1), "no partition in 2013-02-01")


def test_rows_without_a_key_are_left_out(run: Runner, tables: Any) -> None:
    tables.delays("2013-01-04", {"AA": 4, None: 5})
    run.store.config.offline_store.files.update(tables.files)
    assert run("2013-01-04").rows == 1


def test_small_batches_give_the_same(run: Runner) -> None:
    run.store.config.materialization_config.online_write_batch_size = 1
    assert run("2013-01-01..2013-01-03").rows == 2
    assert run.online("AA", "BB") == [3, 10]


def test_feasts_own_materialize_does_not_go_back_either(run: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    for day in reversed(DAYS):
        window = Window.parse(day)
        run.store.materialize(window.start, window.end, list(run.features.own_views))
    assert run.online("AA", "BB") == [3, 10]
    capsys.readouterr()


def test_a_view_that_feast_is_materialising_can_still_be_read(run: Runner, tmp_path: Any) -> None:
    from feast.feature_view import FeatureViewState

    run("2013-01-03")
    view = run.store.get_feature_view(run.features.own_views[0])
    view.state = FeatureViewState.MATERIALIZING
    run.store.registry.apply_feature_view(view, run.store.project, commit=True)
    run.store.refresh_registry()
    assert run.online("AA") == [3]


def test_freshness_is_measured_online(run: Runner) -> None:
    end = Window.parse("2013-01-03").end
    views = run.features.own_views
    assert [(one.newest, one.fresh) for one in freshness(run.store, views, end)] == [(None, False)]
    run("2013-01-01")
    (stale,) = freshness(run.store, views, end)
    assert (stale.age, stale.fresh) == (timedelta(hours=60), False)
    run("2013-01-03")
    (fresh,) = freshness(run.store, views, end)
    assert (fresh.age, fresh.fresh) == (timedelta(hours=12), True)


@pytest.mark.parametrize(
    ("hours", "ttl", "fresh"),
    [(24, 24, True), (24.001, 24, False), (-1, 24, True), (10_000, 0, True), (None, 0, False)],
)
def test_fresh_is_what_a_retrieval_would_still_join(hours: float | None, ttl: int, fresh: bool) -> None:
    at = datetime(2013, 1, 1, tzinfo=UTC)
    newest = None if hours is None else at - timedelta(hours=hours)
    assert Freshness("view", newest, at, timedelta(hours=ttl)).fresh == fresh


def test_freshness_on_sqlite(store: FeatureStore, carriers: FeatureSet, here: Settings) -> None:
    materialise(store, carriers.own_views, Window.parse("2013-01-03"), {})
    (found,) = freshness(store, carriers.own_views, Window.parse("2013-01-03").end)
    assert found.newest == datetime(2013, 1, 3, 12, tzinfo=UTC)
