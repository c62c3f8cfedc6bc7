"""The stage on a real ledger and lake: what is recorded, what is refused, and that a second run changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from perennial.context import Context
from perennial.errors import Conflict, ContractBroken, PerennialError
from perennial.ingest import stage, staging
from perennial.ingest.stage import load
from perennial.keys import Window
from perennial.ledger.chain import Chain
from perennial.ledger.event import Event

MakeContext = Callable[..., Context]
WriteCsv = Callable[[Path, str, Iterable[Iterable[object]]], Path]

FIRST = date(2024, 1, 1)
ROWS = {"path": "rows.csv", "day": "CAST(t AS DATE)", "null": "NA"}
KINDS = {"path": "kinds.csv"}
CONTRACT = {
    "rows": {
        "max_quarantined": 0.25,
        "expect": [
            {"expect_column_values_to_be_between": {"column": "size", "min_value": 0, "max_value": 9}},
            {"expect_column_values_to_be_unique": {"column": "id"}},
        ],
    }
}
BETWEEN = "expect_column_values_to_be_between(column='size', min_value=0, max_value=9)"
Row = tuple[object, ...]


def rows_of(days: Iterable[int], per_day: int = 10) -> list[Row]:
    """Return good rows: the day's number, a time of the day, an id that repeats on every day, a size."""
    return [(f"{FIRST + timedelta(d)}T{n:02}:00:00Z", f"id{n}", n % 10) for d in days for n in range(per_day)]


@pytest.fixture
def tiny(make_context: MakeContext, write_csv: WriteCsv) -> Context:
    """Give forty days of ten good rows, none on the fifth day, and a reference table."""
    ctx = make_context({"rows": ROWS, "kinds": KINDS}, CONTRACT)
    write_rows(ctx, write_csv, rows_of(day for day in range(40) if day != 4))
    write_csv(ctx.spec.folder / "kinds.csv", "kind,size", [("a", 1), ("b", 2)])
    return ctx


def write_rows(ctx: Context, write_csv: WriteCsv, rows: Sequence[Row]) -> None:
    write_csv(ctx.spec.folder / "rows.csv", "t,id,size", rows)


def spoil(rows: Sequence[Row], day: int, numbers: Iterable[int]) -> list[Row]:
    """Give some rows of a day a size that breaks the contract."""
    keys = {(f"{FIRST + timedelta(day)}", f"id{n}") for n in numbers}
    return [(t, id_, 99 if (str(t)[:10], id_) in keys else size) for t, id_, size in rows]


def window(first: int, last: int | None = None) -> Window:
    return Window(FIRST + timedelta(first), FIRST + timedelta(first if last is None else last))


def loaded(ctx: Context, within: Window) -> Event:
    event = load(ctx, within)
    assert event is not None
    return event


def current(ctx: Context) -> dict[str, dict[date, str]]:
    history = ctx.chain.history()
    return {table: {d: p.sha256 for d, p in history.partitions(table).items()} for table in history.tables()}


def content(ctx: Context, table: str, day: int) -> list[dict[str, Any]]:
    partition = ctx.chain.history().partitions(ctx.table(*table.split("/")))[FIRST + timedelta(day)]
    assert ctx.lake.intact(partition)
    read: list[dict[str, Any]] = pq.ParquetFile(ctx.lake.path(partition)).read().to_pylist()
    assert len(read) == partition.rows
    return read


def test_a_window_becomes_partitions_one_event_a_chunk(tiny: Context) -> None:
    event = loaded(tiny, window(0, 39))
    history = tiny.chain.history()
    assert [(e.type, e.key) for e in history.events] == [
        ("raw.written", "2024-01-01..2024-01-31"),
        ("raw.written", "2024-02-01..2024-02-09"),
    ]
    assert event == history.events[-1]
    assert (event.payload["last"], history.newest_day) == ("2024-02-09", date(2024, 2, 9))
    assert set(current(tiny)["tiny/raw/rows"]) == set(current(tiny)["tiny/quarantine/rows"]) == set(window(0, 39))
    assert set(current(tiny)["tiny/raw/kinds"]) == {FIRST}
    assert [row["id"] for row in content(tiny, "raw/rows", 39)] == [f"id{n}" for n in range(10)]
    assert not list((tiny.lake.root / ".staging").iterdir())


def test_a_day_without_rows_is_an_empty_partition_of_the_same_columns(tiny: Context) -> None:
    event = loaded(tiny, window(3, 4))
    assert content(tiny, "raw/rows", 4) == []
    schemas = {
        pq.read_schema(tiny.lake.path(partition)).remove_metadata()
        for partition in tiny.chain.history().partitions("tiny/raw/rows").values()
    }
    assert len(schemas) == 1
    assert schemas.pop().names == ["t", "id", "size"]
    assert event.payload["counts"]["rows"]["2024-01-05"] == {"read": 0, "good": 0, "quarantined": 0}


def test_bad_rows_go_to_quarantine_with_place_and_reasons(tiny: Context, write_csv: WriteCsv) -> None:
    write_rows(tiny, write_csv, spoil(rows_of(range(3)), 1, [2, 7]))
    event = loaded(tiny, window(0, 2))
    assert [row["id"] for row in content(tiny, "raw/rows", 1)] == [f"id{n}" for n in (0, 1, 3, 4, 5, 6, 8, 9)]
    bad = content(tiny, "quarantine/rows", 1)
    assert [(row["id"], row["_row"], row["_reasons"]) for row in bad] == [
        ("id2", 13, [BETWEEN]),
        ("id7", 18, [BETWEEN]),
    ]
    assert event.payload["counts"]["rows"]["2024-01-02"] == {"read": 10, "good": 8, "quarantined": 2}
    report = tiny.evidence.read_json(str(event.evidence))
    assert report["tables"]["rows"]["days"]["2024-01-02"]["broken"] == {BETWEEN: {"unexpected": 2, "percent": 20.0}}
    assert report["tables"]["rows"]["rules"][0] == BETWEEN


def test_a_second_run_changes_and_records_nothing(tiny: Context) -> None:
    first = loaded(tiny, window(0, 39))
    before, files = tiny.chain.history().events, sorted(tiny.lake.root.rglob("*"))
    assert load(tiny, window(0, 39)) == first
    assert loaded(tiny, window(10, 20)).key == "2024-01-01..2024-01-31"
    assert tiny.chain.history().events == before
    assert sorted(tiny.lake.root.rglob("*")) == files


def test_days_are_the_same_bytes_however_they_are_asked_for(tiny: Context) -> None:
    for day in range(6):
        load(tiny, window(day))
    one_by_one, events = current(tiny), len(tiny.chain.history().events)
    load(tiny, window(0, 5))
    assert current(tiny) == one_by_one
    assert len(tiny.chain.history().events) == events


def test_a_corrected_row_is_a_new_revision_of_its_day_alone(tiny: Context, write_csv: WriteCsv) -> None:
    load(tiny, window(0, 9))
    before = current(tiny)
    rows = rows_of(day for day in range(10) if day != 4)
    write_rows(tiny, write_csv, [(t, i, 5 if str(t).startswith("2024-01-03T00") else size) for t, i, size in rows])
    loaded(tiny, window(0, 9))
    after = current(tiny)
    changed = [(table, day) for table in after for day in after[table] if after[table][day] != before[table][day]]
    assert changed == [("tiny/raw/rows", date(2024, 1, 3))]
    assert content(tiny, "raw/rows", 2)[0]["size"] == 5


def test_a_broken_day_stops_the_run_and_keeps_the_days_before(tiny: Context, write_csv: WriteCsv) -> None:
    rows = spoil(spoil(rows_of(range(40)), 33, [1, 2, 3]), 35, range(10))
    write_rows(tiny, write_csv, rows)
    with pytest.raises(ContractBroken) as raised:
        load(tiny, window(0, 39))
    assert raised.value.where == "tiny: rows on 2024-02-03"
    assert "3 of 10 rows (30.00%)" in raised.value.found
    assert f"{BETWEEN}: 3; later days that do not pass: 1" in raised.value.found
    assert str(raised.value.next_command).endswith("perennial run tiny ingest --key 2024-01-01..2024-02-09")
    assert set(current(tiny)["tiny/raw/rows"]) == set(window(0, 32))
    told = tiny.chain.history().events
    assert [(e.type, e.key) for e in told] == [
        ("raw.written", "2024-01-01..2024-01-31"),
        ("raw.written", "2024-02-01..2024-02-02"),
        ("contract.broken", "2024-02-03"),
    ]
    kept = told[-1].payload["tables"]["tiny/quarantine/rows"]["2024-02-03"]
    path = Path(raised.value.found.rpartition("rows and reasons in ")[2])
    assert path.stem == kept["sha256"][:16]
    assert [len(reasons) for reasons in pq.ParquetFile(path).read()["_reasons"].to_pylist()] == [0, 1, 1, 1, *[0] * 6]


def test_a_broken_day_is_recorded_once_and_heals_when_the_source_is_corrected(
    tiny: Context, write_csv: WriteCsv
) -> None:
    write_rows(tiny, write_csv, spoil(rows_of(range(3)), 0, range(10)))
    for _ in range(2):
        with pytest.raises(ContractBroken):
            load(tiny, window(0, 2))
    assert [e.type for e in tiny.chain.history().events] == ["contract.broken"]
    assert tiny.chain.history().newest_day is None
    write_rows(tiny, write_csv, rows_of(range(3)))
    assert loaded(tiny, window(0, 2)).type == "raw.written"
    assert content(tiny, "quarantine/rows", 0) == []


def test_a_break_of_an_ingested_day_leaves_its_old_revision_current(tiny: Context, write_csv: WriteCsv) -> None:
    load(tiny, window(0, 2))
    before = current(tiny)
    write_rows(tiny, write_csv, spoil(rows_of(range(3)), 1, range(10)))
    with pytest.raises(ContractBroken):
        load(tiny, window(0, 2))
    assert current(tiny) == before


def test_a_window_is_clipped_to_the_days_of_the_source(tiny: Context) -> None:
    assert load(tiny, Window(date(2024, 4, 1), date(2024, 4, 30))) is None
    assert load(tiny, Window(date(2023, 4, 1), date(2023, 12, 31))) is None
    assert tiny.chain.history().events == []
    assert loaded(tiny, Window(date(2024, 3, 30), date(2024, 4, 30))).key == "2024-03-30..2024-03-31"
    assert loaded(tiny, Window(date(2023, 12, 1), date(2024, 1, 2))).key == "2024-01-01..2024-01-02"


def test_a_reference_table_is_read_with_its_day_and_when_it_is_missing(tiny: Context, write_csv: WriteCsv) -> None:
    assert "tiny/raw/kinds" in loaded(tiny, window(7)).payload["tables"]
    write_csv(tiny.spec.folder / "kinds.csv", "kind,size", [("a", 1)])
    assert "tiny/raw/kinds" not in loaded(tiny, window(8)).payload["tables"]
    assert len(content(tiny, "raw/kinds", 0)) == 2
    load(tiny, window(0))
    assert len(content(tiny, "raw/kinds", 0)) == 1


def test_a_row_without_a_day_is_quarantined_on_the_first(tiny: Context, write_csv: WriteCsv) -> None:
    write_rows(tiny, write_csv, [*rows_of(range(3)), ("NA", "lost", 1)])
    event = loaded(tiny, window(0, 2))
    assert event.payload["counts"]["rows"]["2024-01-01"] == {"read": 11, "good": 10, "quarantined": 1}
    (row,) = content(tiny, "quarantine/rows", 0)
    assert (row["id"], row["_reasons"]) == ("lost", ["no day: CAST(t AS DATE) is NULL"])


def test_a_missing_column_breaks_every_row(tiny: Context, write_csv: WriteCsv) -> None:
    write_csv(tiny.spec.folder / "rows.csv", "t,id", [(t, i) for t, i, _ in rows_of(range(2))])
    with pytest.raises(ContractBroken, match=r'cannot be checked: .*column "size".*: 10'):
        load(tiny, window(0, 1))


def test_a_crash_between_files_and_event_ends_in_the_same_state(
    tiny: Context, monkeypatch: pytest.MonkeyPatch, write_csv: WriteCsv
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr(Chain, "record", die)
        with pytest.raises(KeyboardInterrupt):
            load(tiny, window(0, 3))
    assert current(tiny) == {}
    assert len(list(tiny.lake.root.glob("tiny/raw/rows/*/*.parquet"))) == 4
    files = sorted(tiny.lake.root.rglob("*.parquet"))
    load(tiny, window(0, 3))
    assert sorted(tiny.lake.root.rglob("*.parquet")) == files
    assert len(tiny.chain.history().events) == 1


def test_a_lost_file_is_put_back_without_an_event(tiny: Context) -> None:
    event = loaded(tiny, window(0, 3))
    for path in tiny.lake.root.glob("tiny/raw/rows/*/*.parquet"):
        path.unlink()
    assert load(tiny, window(0, 3)) == event
    assert len(content(tiny, "raw/rows", 2)) == 10


def test_an_older_source_does_not_win_over_a_newer_one(
    tiny: Context, monkeypatch: pytest.MonkeyPatch, write_csv: WriteCsv
) -> None:
    """A slow run has read the source, then the source is corrected and another run is faster."""
    original = stage._stage

    def overtaken(*arguments: Any) -> Any:
        staged = original(*arguments)
        with monkeypatch.context() as inner:
            inner.setattr(stage, "_stage", original)
            write_rows(tiny, write_csv, rows_of(range(3), per_day=5))
            load(tiny, window(0, 2))
        return staged

    with monkeypatch.context() as slow:
        slow.setattr(stage, "_stage", overtaken)
        with pytest.raises(Conflict, match="another run has recorded"):
            load(tiny, window(0, 2))
    assert len(content(tiny, "raw/rows", 1)) == 5
    assert loaded(tiny, window(0, 2)) == tiny.chain.history().events[-1]
    assert len(tiny.chain.history().events) == 1


def test_rows_that_are_lost_on_the_way_are_an_error(tiny: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    write = staging._write_table
    monkeypatch.setattr(staging, "_write_table", lambda table, path: write(table.slice(0, 9), path))
    with pytest.raises(PerennialError, match=r"9 \+ 0 in the files"):
        load(tiny, window(0))
    assert tiny.chain.history().events == []
