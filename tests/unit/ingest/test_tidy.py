"""CSV files without a header, with blanks round their values, with rows that have no name of their own."""

from __future__ import annotations

import gzip
from collections.abc import Callable
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
BARE: dict[str, Any] = {"path": "*.csv", "day": "CAST(t AS DATE)", "columns": ["t", "n", "s"], "trim": True}
YEAR = Window.parse("2024-01-01..2024-12-31")


def rows(spec: Spec, cache: Path) -> pa.Table:
    with sources.read(spec, "rows", YEAR, cache) as reader:
        return reader.read_all()


def test_names_come_from_the_spec_and_blanks_go_before_types_and_nulls_are_told(
    make_spec: MakeSpec, tmp_path: Path
) -> None:
    spec = make_spec({"rows": {**BARE, "null": "?"}})
    text = '2024-01-01, 7, ?\n2024-01-02,\t8 ," two, words "\n2024-01-03, ?, '
    (spec.folder / "a.csv").write_text(text, encoding="utf-8")
    got = rows(spec, tmp_path)
    assert got.schema.field("n").type == pa.int64()
    assert got.select(["n", "s"]).to_pylist() == [
        {"n": 7, "s": None},
        {"n": 8, "s": "two, words"},
        {"n": None, "s": None},
    ]


def test_a_header_is_trimmed_too(make_spec: MakeSpec, tmp_path: Path) -> None:
    spec = make_spec({"rows": {"path": "a.csv.gz", "day": "CAST(t AS DATE)", "trim": True}})
    (spec.folder / "a.csv.gz").write_bytes(gzip.compress(b"t ; n\n2024-01-01 ; 7\n"))
    assert rows(spec, tmp_path)["n"].to_pylist() == [7]


def test_without_trim_blanks_are_part_of_a_value(make_spec: MakeSpec, tmp_path: Path) -> None:
    spec = make_spec({"rows": {**BARE, "trim": False, "columns": ["t", "s"]}})
    (spec.folder / "a.csv").write_text("2024-01-01, x", encoding="utf-8")
    assert rows(spec, tmp_path)["s"].to_pylist() == [" x"]


def test_a_row_is_named_after_its_file_and_place_and_the_day_may_use_it(make_spec: MakeSpec, tmp_path: Path) -> None:
    day = "make_date(2024, CAST(1 + md5_number_lower(who) % 12 AS INTEGER), 1)"
    spec = make_spec({"rows": {"path": "*.csv", "columns": ["n"], "row_id": "who", "day": day}})
    (spec.folder / "b.csv").write_text("3\n3\n", encoding="utf-8")
    (spec.folder / "a.csv").write_text("1\n2\n", encoding="utf-8")
    named = dict(zip(*rows(spec, tmp_path).select(["who", "n"]).to_pydict().values(), strict=True))
    assert named == {"a.csv:1": 1, "a.csv:2": 2, "b.csv:1": 3, "b.csv:2": 3}
    (spec.folder / "0.csv").write_text("0\n", encoding="utf-8")  # another file moves nobody
    assert {**named, "0.csv:1": 0} == dict(
        zip(*rows(spec, tmp_path).select(["who", "n"]).to_pydict().values(), strict=True)
    )


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_rows_of_other_formats_can_be_named(make_spec: MakeSpec, tmp_path: Path, kind: str) -> None:
    spec = make_spec({"rows": {"path": f"x.{kind}", "day": "CAST(t AS DATE)", "row_id": "who"}})
    if kind == "parquet":
        pq.write_table(pa.table({"t": ["2024-01-02", "2024-01-01"]}), spec.folder / "x.parquet")
    else:
        (spec.folder / "x.jsonl").write_text('{"t": "2024-01-02"}\n{"t": "2024-01-01"}\n', encoding="utf-8")
    assert rows(spec, tmp_path)["who"].to_pylist() == [f"x.{kind}:2", f"x.{kind}:1"]


def test_two_files_of_one_name_cannot_name_rows(make_spec: MakeSpec, tmp_path: Path) -> None:
    spec = make_spec({"rows": {"path": "**/*.csv", "day": "CAST(t AS DATE)", "row_id": "who"}})
    for place in ("one", "two"):
        (spec.folder / place).mkdir()
        (spec.folder / place / "a.csv").write_text("t\n2024-01-01\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"several of a\.csv"):
        rows(spec, tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "kind", "match"),
    [
        ("a.csv", "2024-01-01,1\n", SpecError, "2 names, as a.csv has fields"),
        ("a.csv", "2024-01-01,1,x\n2024-01-01,1\n", PerennialError, "Line: 2 .*Found: 2"),
        ("a.jsonl", '{"t": "2024-01-01"}\n', SpecError, "of CSV files only"),
    ],
)
def test_what_does_not_fit_is_told(
    make_spec: MakeSpec, tmp_path: Path, name: str, text: str, kind: type[PerennialError], match: str
) -> None:
    spec = make_spec({"rows": {**BARE, "path": name}})
    (spec.folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(kind, match=match):
        rows(spec, tmp_path)


def test_a_column_stands_once(make_spec: MakeSpec) -> None:
    with pytest.raises(SpecError, match="each column once"):
        make_spec({"rows": {**BARE, "row_id": "n"}})
