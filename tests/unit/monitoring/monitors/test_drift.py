"""Drift on real flights: weeks in which nothing moves that matters, and weeks in which something does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial.context import Context
from perennial.keys import DAY, Window
from perennial.ledger.signing import Heads
from perennial.monitoring.case import open_case
from perennial.monitoring.monitors.drift import drift
from perennial.monitoring.result import Result
from perennial.settings import Settings
from perennial.spec.drift import Drift
from unit.monitoring import drifting

APRIL, MAY = Window.parse("2013-04-01..2013-04-14"), Window.parse("2013-05-13..2013-05-26")
WARM = ("temp", "score", "distance", "dest")
"""What moves in May: it is warmer, so fewer flights are expected to be late; and other places are flown to."""


@pytest.fixture(scope="module")
def model(
    install: Callable[..., AbstractContextManager[Settings]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Context]:
    with install(tmp_path_factory.mktemp("drift")) as mine:
        Heads(mine.keys).create_key()
        yield drifting.lived(mine, tmp_path_factory.mktemp("flights"))


@pytest.fixture(scope="module")
def quiet(model: Context) -> Result:
    return drift(open_case(model, APRIL))


@pytest.fixture(scope="module")
def later(model: Context) -> Result:
    return drift(open_case(model, MAY))


def with_rules(model: Context, **rules: Any) -> Context:
    monitor = model.spec.monitor.model_copy(update={"drift": Drift(**rules)})
    return replace(model, spec=model.spec.model_copy(update={"monitor": monitor}))


def reported(model: Context, window: Window, result: Result, version: int = 1) -> None:
    body = {"version": version, "window": str(window), "results": {"drift": result.to_dict()}}
    model.chain.record("monitoring.reported", str(window), body, once=f"{version}:{window}")


@contextmanager
def emptied(model: Context, window: Window, column: str) -> Iterator[None]:
    """Lose a column of the window's features, as a broken feed does."""
    table = model.table("examples", model.spec.transform_digest[:8])
    partitions = model.chain.history().partitions(table)
    files = [model.lake.path(partitions[day]) for day in window]
    kept = [file.read_bytes() for file in files]
    for file in files:
        rows = pq.read_table(file, partitioning=None)
        place = rows.schema.get_field_index(column)
        pq.write_table(
            rows.set_column(place, rows.schema.field(place), pa.nulls(len(rows), rows.schema.types[place])), file
        )
    yield
    for file, content in zip(files, kept, strict=True):
        file.write_bytes(content)


def test_the_first_fortnight_is_like_the_winter_it_was_trained_on(quiet: Result) -> None:
    assert (quiet.verdict, quiet.at_fault) == ("ok", ())
    assert quiet.figures["rows"] == pytest.approx(13_000, rel=0.1)
    assert quiet.figures["reference"]["kind"] == "training"
    assert 0.8 < quiet.figures["rate"] <= 1


def test_warmer_weeks_are_watched_first_and_an_alarm_when_they_go_on(model: Context, later: Result) -> None:
    assert (later.verdict, later.at_fault) == ("watch", ())
    before = MAY.first - 7 * DAY
    reported(model, Window(before, before + 13 * DAY), later)
    again = drift(open_case(model, MAY))
    assert (again.verdict, set(again.at_fault)) == ("alarm", set(WARM))
    assert "4 of 8 columns drifted" in again.why


def test_windows_of_another_version_or_long_ago_confirm_nothing(model: Context, later: Result) -> None:
    window, just_before = (
        Window(MAY.first - 21 * DAY, MAY.last - 21 * DAY),
        Window(MAY.first - 28 * DAY, MAY.last - 28 * DAY),
    )
    reported(model, just_before, later, version=2)
    reported(model, APRIL, later)
    assert drift(open_case(model, window)).verdict == "watch"
    reported(model, just_before, later)
    assert drift(open_case(model, window)).verdict == "alarm"


def test_a_critical_column_does_not_wait(model: Context) -> None:
    patient = with_rules(model, critical=("temp",), confirm="9 of 9")
    found = drift(open_case(patient, Window(MAY.first - 14 * DAY, MAY.last - 14 * DAY)))
    assert (found.verdict, found.at_fault) == ("alarm", ("temp",))


def test_a_column_that_vanished_is_an_alarm_at_once_and_the_rest_is_reported(model: Context) -> None:
    with emptied(model, APRIL, "temp"):
        found = drift(open_case(model, APRIL))
    assert (found.verdict, found.at_fault) == ("alarm", ("temp",))
    assert "temp holds nothing now" in found.why
    assert found.figures["columns"]["temp"]["distance"] is None
    assert (
        found.figures["columns"]["wind" if "wind" in found.figures["columns"] else "carrier"]["on_sample"] is not None
    )


def test_thresholds_are_found_once_and_kept_with_what_they_rest_on(
    model: Context, quiet: Result, later: Result
) -> None:
    told = [event for event in model.chain.history().of("drift.calibrated") if event.payload["rule"]["critical"] == []]
    training = [event for event in told if event.payload["reference"]["kind"] == "training"]
    assert len(training) == 1
    assert training[0].evidence is not None
    file = model.evidence.read_json(training[0].evidence)
    assert file["thresholds"] == {name: one["threshold"] for name, one in later.figures["columns"].items()}
    assert set(file["columns"]) == set(quiet.figures["columns"])
    assert file["reference_days"]["features"] == str(drifting.FIT)


def test_the_page_says_what_was_decided_on_all_rows_and_how_far_its_sample_is_off(
    model: Context, later: Result
) -> None:
    html = model.evidence.path(later.evidence["html"]).read_text(encoding="utf-8")
    assert "beyond, not confirmed" in html
    assert f"{later.figures['sample_error']:.4f} off" in html
    assert 0 < later.figures["sample_error"] < 0.2
    assert model.evidence.read_json(later.evidence["json"]) == later.figures


def test_a_season_ago_is_the_reference_where_there_are_features_of_it(model: Context) -> None:
    seasonal = with_rules(model, season="42d")
    found = drift(open_case(seasonal, MAY))
    assert found.figures["reference"]["kind"] == "season"
    assert found.figures["reference_days"]["features"] == "2013-03-11..2013-05-05"
    assert found.figures["reference_days"]["scores"] == found.figures["reference_days"]["features"]
    none = drift(open_case(with_rules(model, season="364d"), MAY))
    assert none.figures["reference"]["kind"] == "training"


def test_a_day_is_too_little(model: Context) -> None:
    found = drift(open_case(model, Window(APRIL.first, APRIL.first)))
    assert found.verdict == "insufficient_data"
    assert "1000 are needed" in found.why
