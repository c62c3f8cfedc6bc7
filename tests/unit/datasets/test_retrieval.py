"""Frames of the small model: their columns, their order, what they were made from, and what is missing."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from perennial import datasets
from perennial.context import Context
from perennial.errors import HistoryIncomplete
from perennial.features.stage import build
from perennial.hashing import sha256_of
from perennial.keys import Window
from unit.features.clinic import SPAN, Clinic, visits

WEEK = Window(date(2020, 1, 8), date(2020, 1, 14))


def frame(ctx: Context, path: Path, window: Window = WEEK, *, labelled: bool = True) -> list[dict[str, Any]]:
    made = datasets.retrieve(ctx, ctx.spec.transform_digest, window, path, labelled=labelled)
    found: list[dict[str, Any]] = pq.read_table(made.path).to_pylist()
    assert len(found) == made.rows
    return found


def test_columns_and_order(clinic: Clinic, tmp_path: Path) -> None:
    rows = frame(clinic.ctx, tmp_path / "a.parquet")
    plain = ["visit", "day", "event_timestamp", "site", "hour", "minutes_2d", "visits_2d", "size"]
    assert list(rows[0]) == [*plain, "long", "label_time"]
    places = [(row["day"], row["event_timestamp"], row["visit"]) for row in rows]
    assert places == sorted(places)
    assert {row["day"] for row in rows} == set(WEEK)
    without = frame(clinic.ctx, tmp_path / "b.parquet", labelled=False)
    assert without == [{name: row[name] for name in plain} for row in rows]


def test_values_are_those_known_at_the_time(clinic: Clinic, tmp_path: Path) -> None:
    """Against the definition, in plain Python: the newest end of a visit not later than the question, 36 h at most."""
    ends = [
        (row["site"], row["came"].replace(tzinfo=UTC) + timedelta(minutes=row["minutes"]), row["minutes"])
        for day in SPAN
        for row in visits(day)
    ]
    rows = frame(clinic.ctx, tmp_path / "a.parquet", SPAN)
    unknown = 0
    for row in rows:
        asked = row["event_timestamp"]
        mine = [(end, minutes) for site, end, minutes in ends if site == row["site"] and end <= asked]
        newest = max((end for end, _ in mine), default=None)
        if newest is None or newest < asked - timedelta(hours=36):
            expected: tuple[Any, Any] = (None, None)
            unknown += 1
        else:
            last = [minutes for end, minutes in mine if end >= newest - timedelta(days=2)]
            expected = (len(last), float(sum(last)))
        assert (row["visits_2d"], row["minutes_2d"]) == expected, row
        assert row["size"] == {"a": 10, "b": 20, "c": 30}[row["site"]]
    assert 0 < unknown < len(rows) / 5


def test_the_same_question_gives_the_same_bytes(clinic: Clinic, tmp_path: Path) -> None:
    for name in ("a", "b"):
        frame(clinic.ctx, tmp_path / f"{name}.parquet")
    assert sha256_of(tmp_path / "a.parquet") == sha256_of(tmp_path / "b.parquet")


def test_the_revisions_it_was_made_from_are_told(clinic: Clinic, tmp_path: Path) -> None:
    ctx = clinic.ctx
    made = datasets.retrieve(ctx, ctx.spec.transform_digest, WEEK, tmp_path / "a.parquet", labelled=True)
    short = ctx.spec.transform_digest[:8]
    days = {table: (min(parts), max(parts), len(parts)) for table, parts in made.partitions.items()}
    assert days == {
        f"clinic/examples/{short}": ("2020-01-08", "2020-01-14", 7),
        f"clinic/features/{short}/load": ("2020-01-06", "2020-01-14", 9),  # the first question is asked at 23:00
        f"clinic/features/{short}/place": ("2020-01-01", "2020-01-14", 14),
    }
    for table, parts in made.partitions.items():
        for day, digest in parts.items():
            assert sha256_of(ctx.lake.folder(table) / f"day={day}" / f"{digest[:16]}.parquet") == digest


def test_a_correction_is_seen_only_after_it_was_built(clinic: Clinic, tmp_path: Path) -> None:
    ctx = clinic.ctx
    before = frame(ctx, tmp_path / "a.parquet")
    clinic.ingest(Window(WEEK.first, WEEK.first), longer=7)
    assert frame(ctx, tmp_path / "b.parquet") == before
    build(ctx, Window(WEEK.first, WEEK.first))
    after = frame(ctx, tmp_path / "c.parquet")
    changed = {row["day"] for row, old in zip(after, before, strict=True) if row != old}
    assert changed
    assert max(changed) <= date(2020, 1, 12)


def test_a_window_without_examples_is_an_empty_frame(clinic: Clinic, tmp_path: Path) -> None:
    ctx = clinic.say(
        sql={"FROM done;\n\nCREATE TEMP VIEW load": "FROM done WHERE day(came) <> 9;\n\nCREATE TEMP VIEW load"}
    )
    build(ctx, SPAN)
    assert frame(ctx, tmp_path / "a.parquet", Window(date(2020, 1, 9), date(2020, 1, 9))) == []
    names = pq.read_schema(tmp_path / "a.parquet").names
    assert names[-3:] == ["size", "long", "label_time"]


def test_days_of_examples_or_of_values_that_are_missing_are_named(clinic: Clinic, tmp_path: Path) -> None:
    ctx = clinic.say(yaml={"lookback: 3d": "lookback: 4d"})
    with pytest.raises(HistoryIncomplete, match="a transform that the features stage has defined"):
        frame(ctx, tmp_path / "a.parquet")
    build(ctx, Window(date(2020, 1, 10), SPAN.last))
    with pytest.raises(HistoryIncomplete, match="none for 2020-01-08, 2020-01-09") as raised:
        frame(ctx, tmp_path / "a.parquet")
    assert raised.value.next_command == "perennial run clinic features --key 2020-01-08..2020-01-09"
    with pytest.raises(HistoryIncomplete, match=r"/load, 2020-01-09\.\.2020-01-11") as raised:
        frame(ctx, tmp_path / "a.parquet", Window(date(2020, 1, 11), date(2020, 1, 11)))
    assert raised.value.next_command == "perennial run clinic features --key 2020-01-09"


def test_columns_by_kind(clinic: Clinic) -> None:
    columns = datasets.columns(clinic.ctx, clinic.ctx.spec.transform_digest)
    assert columns.numeric == ("hour", "minutes_2d", "visits_2d", "size")
    assert columns.categorical == ("site",)


def test_the_feature_set_names_tables_of_the_lake(clinic: Clinic) -> None:
    ctx = clinic.ctx
    features = datasets.feature_set(ctx, ctx.spec.transform_digest)
    short = ctx.spec.transform_digest[:8]
    assert features.service == f"clinic__{short}"
    assert {view.name: view.table for view in features.views} == {
        name: ctx.settings.lake / "clinic" / "features" / short / name for name in ("load", "place")
    }
