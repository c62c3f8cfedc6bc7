"""A window of a source, by DuckDB: the rows of its days, in order, of types that no window changes."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial.errors import PerennialError, SpecError
from perennial.ingest import sources
from perennial.keys import Window
from perennial.spec import Spec

MakeSpec = Callable[..., Spec]
WriteCsv = Callable[[Path, str, Iterable[Iterable[object]]], Path]
DAY = "CAST(t AS DATE)"


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., pa.Table]:
    """Read a window of the table `rows` into one piece."""

    def read(spec: Spec, window: str, name: str = "rows") -> pa.Table:
        with sources.read(spec, name, Window.parse(window), tmp_path / "cache") as reader:
            return reader.read_all()

    return read


def test_rows_come_by_day_and_place_whatever_their_order_in_the_files(
    make_spec: MakeSpec, write_csv: WriteCsv, table: Callable[..., pa.Table]
) -> None:
    spec = make_spec({"rows": {"path": "*.csv", "day": DAY}})
    write_csv(spec.folder / "b.csv", "n,t", [(3, "2024-01-02T01:00:00Z"), (4, "2024-01-01T05:00:00Z")])
    write_csv(spec.folder / "a.csv", "t,n", [("2024-01-02T23:59:59Z", 1), ("2024-01-03T00:00:00Z", 2)])
    got = table(spec, "2024-01-01..2024-01-02").to_pylist()
    assert [(row["_day"], row["_row"], row["n"], row["_faults"]) for row in got] == [
        (date(2024, 1, 1), 4, 4, []),
        (date(2024, 1, 2), 1, 1, []),
        (date(2024, 1, 2), 3, 3, []),
    ]
    assert table(spec, "2024-02-01").num_rows == 0


def test_types_are_of_the_whole_file_not_of_the_window(
    make_spec: MakeSpec, write_csv: WriteCsv, table: Callable[..., pa.Table]
) -> None:
    spec = make_spec({"rows": {"path": "x.csv", "day": DAY, "null": "NA"}})
    rows = [("2024-01-01", 1, "NA")] * 30_000 + [("2024-01-02", 1.5, "word")]
    write_csv(spec.folder / "x.csv", "t,n,s", rows)
    schemas = [table(spec, window).schema for window in ("2024-01-01", "2024-01-02", "2024-03-01")]
    assert schemas[0] == schemas[1] == schemas[2]
    assert (schemas[0].field("n").type, schemas[0].field("s").type) == (pa.float64(), pa.string())
    first = table(spec, "2024-01-01")
    assert (first.num_rows, first["s"].null_count) == (30_000, 30_000)


def test_a_long_window_comes_in_batches_in_order(make_spec: MakeSpec, tmp_path: Path) -> None:
    spec = make_spec({"rows": {"path": "x.parquet", "day": DAY}})
    number = pa.array(range(300_000), pa.int64())
    days = pa.array([f"2024-01-{1 + (7 * n) % 31:02}" for n in range(300_000)]).cast(pa.date32())
    pq.write_table(pa.table({"n": number, "t": days}), spec.folder / "x.parquet")
    with sources.read(spec, "rows", Window.parse("2024-01-01..2024-01-31"), tmp_path / "cache") as reader:
        batches = list(reader)
    assert max(batch.num_rows for batch in batches) <= sources.BATCH_ROWS + 2048  # whole vectors of DuckDB
    keys = [key for batch in batches for key in zip(batch["_day"].to_pylist(), batch["_row"].to_pylist(), strict=True)]
    assert keys == sorted(keys)
    assert len(keys) == 300_000
    assert all((batch["n"].to_numpy() + 1 == batch["_row"].to_numpy()).all() for batch in batches)


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "gz", "zip", "tsv"])
def test_formats(make_spec: MakeSpec, write_csv: WriteCsv, table: Callable[..., pa.Table], kind: str) -> None:
    names = {"parquet": "x.parquet", "jsonl": "x.jsonl", "gz": "x.csv.gz", "zip": "x.csv.zip", "tsv": "x.tsv"}
    spec = make_spec({"rows": {"path": names[kind], "day": DAY}})
    path, rows = spec.folder / names[kind], [{"t": "2024-01-01", "n": 1}, {"t": "2024-01-02", "n": 2}]
    text = "t,n\n2024-01-01,1\n2024-01-02,2\n"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif kind == "jsonl":
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("inside.csv", text)
    elif kind == "gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text.replace(",", "\t"), encoding="utf-8")
    assert [row["n"] for row in table(spec, "2024-01-02..2024-01-05").to_pylist()] == [2]


def test_a_reference_table_lies_on_the_first_day(
    make_spec: MakeSpec, write_csv: WriteCsv, table: Callable[..., pa.Table]
) -> None:
    spec = make_spec({"rows": {"path": "x.csv", "day": DAY}, "kinds": {"path": "kinds.csv"}})
    write_csv(spec.folder / "kinds.csv", "kind,size", [("a", 1), ("b", 2)])
    got = table(spec, "2024-01-01", "kinds")
    assert got["_day"].to_pylist() == [date(2024, 1, 1)] * 2
    assert table(spec, "2024-01-02", "kinds").num_rows == 0


def test_a_row_without_a_day_lies_on_the_first_with_the_reason(
    make_spec: MakeSpec, write_csv: WriteCsv, table: Callable[..., pa.Table]
) -> None:
    spec = make_spec({"rows": {"path": "x.csv", "day": DAY, "null": "NA"}})
    write_csv(spec.folder / "x.csv", "t,n", [("2024-01-05", 1), ("NA", 2), ("", 3)])
    got = table(spec, "2024-01-01").to_pylist()
    assert [(row["n"], row["_faults"]) for row in got] == [(n, [f"no day: {DAY} is NULL"]) for n in (2, 3)]
    assert table(spec, "2024-01-02..2024-01-31").num_rows == 1


def test_a_value_not_of_its_stated_type_is_a_fault_of_the_row(
    make_spec: MakeSpec, write_csv: WriteCsv, table: Callable[..., pa.Table]
) -> None:
    spec = make_spec({"rows": {"path": "x.csv", "day": DAY, "types": {"n": "INTEGER", "code": "VARCHAR"}}})
    write_csv(spec.folder / "x.csv", "t,n,code", [("2024-01-01", 7, "007"), ("2024-01-01", "it's", "01")])
    got = table(spec, "2024-01-01")
    assert got.schema.field("n").type == pa.int32()
    assert [(row["n"], row["code"], row["_faults"]) for row in got.to_pylist()] == [
        (7, "007", []),
        (None, "01", ["n is not INTEGER: it's"]),
    ]


def test_a_changed_file_is_read_again_and_its_old_copy_removed(
    make_spec: MakeSpec, write_csv: WriteCsv, table: Callable[..., pa.Table], tmp_path: Path
) -> None:
    spec = make_spec({"rows": {"path": "x.csv", "day": DAY}})
    path = write_csv(spec.folder / "x.csv", "t,n", [("2024-01-01", 1)])
    cache = tmp_path / "cache"
    copy = sources.typed_copy(spec, "rows", cache)
    assert sources.typed_copy(spec, "rows", cache) == copy
    write_csv(path, "t,n", [("2024-01-01", 2)])
    assert table(spec, "2024-01-01")["n"].to_pylist() == [2]
    assert [file for file in cache.rglob("*") if file.is_file()] == [sources.typed_copy(spec, "rows", cache)]
    other = make_spec({"rows": {"path": "x.csv", "day": f"{DAY} + 1"}})
    assert table(other, "2024-01-02")["n"].to_pylist() == [2]


def test_characters_of_a_glob_in_the_model_folder_are_names(
    make_spec: MakeSpec, write_csv: WriteCsv, table: Callable[..., pa.Table], tmp_path: Path
) -> None:
    spec = make_spec({"rows": {"path": "*.csv", "day": DAY}}, models=tmp_path / "a[1] it's *")
    write_csv(spec.folder / "x.csv", "t,n", [("2024-01-01", 1)])
    assert table(spec, "2024-01-01")["n"].to_pylist() == [1]


GOOD = "t,n\n2024-01-01,1\n"
BROKEN: list[tuple[str, dict[str, Any], type[PerennialError], str]] = [
    ("t,n\n2024-01-01,1\n2024-01-01\n", {}, PerennialError, r"Line: 3 .*Found: 1"),
    ("t,n\n2024-01-01,1\n2024-01-01,2,3\n2024-01-01,2,3\n", {}, PerennialError, r"Line: 3 .*Found: 3"),
    ('t,n\n2024-01-01,"1\n', {}, PerennialError, "Line: 2 .*unterminated quote"),
    ("t,n\n2024-01-01,1\nsoon,2\n", {}, PerennialError, "TRY_CAST"),
    ("", {}, PerennialError, "nothing but empty files"),
    ("t,_day\n2024-01-01,1\n", {}, PerennialError, "no column of the files named _day, _row, _faults"),
    ("when,n\n2024-01-01,1\n", {}, SpecError, 'column "t" not found'),
    (GOOD, {"day": "CAST(t AS"}, SpecError, "syntax error"),
    (GOOD, {"types": {"size": "BIGINT"}}, SpecError, "size"),
    (GOOD, {"types": {"n": "NUMBERISH"}}, SpecError, "NUMBERISH"),
    ('{"t": "2024-01-01"}\n{"t": \n', {"path": "x.jsonl"}, PerennialError, "JSON"),
    ("no parquet", {"path": "x.parquet"}, PerennialError, r"x\.parquet"),
    (GOOD, {"path": "x.dat"}, SpecError, "a format"),
]


@pytest.mark.parametrize(("text", "words", "kind", "match"), BROKEN)
def test_what_cannot_be_read_is_told_and_leaves_no_copy(
    make_spec: MakeSpec, text: str, words: dict[str, Any], kind: type[PerennialError], match: str
) -> None:
    spec = make_spec({"rows": {"path": "x.csv", "day": DAY, **words}})
    cache = spec.folder / "cache"
    (spec.folder / spec.source.tables["rows"].path).write_text(text, encoding="utf-8")
    with pytest.raises(kind, match=match) as raised:
        sources.typed_copy(spec, "rows", cache)
    assert type(raised.value) is kind
    assert "source.tables.rows" in raised.value.where
    assert not [path for path in cache.rglob("*") if path.is_file()]


def test_a_format_can_be_stated(make_spec: MakeSpec, table: Callable[..., pa.Table]) -> None:
    spec = make_spec({"rows": {"path": "x.dat", "format": "csv", "day": DAY}})
    (spec.folder / "x.dat").write_text("t;n\n2024-01-01;1\n", encoding="utf-8")
    assert table(spec, "2024-01-01")["n"].to_pylist() == [1]
