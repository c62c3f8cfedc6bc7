"""The SQL that reads a table's files and adds three columns of ours.

_day    DATE, the row's day; the source's first day for a reference table and for a row without a day
_row    BIGINT, the row's place among all rows of the table, from 1, files in the order of their names
_faults VARCHAR[], what is wrong with the row before any contract is asked: a value that is not of its type, no day
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from perennial.errors import SpecError
from perennial.ingest import files
from perennial.spec import Spec
from perennial.spec.source import Format, SourceTable

DAY, ROW, FAULTS = OURS = ("_day", "_row", "_faults")
FILE = "_file"
"""The file that a row comes from, while rows are named after it."""
NO_DAY = "no day"
READERS: dict[Format, str] = {"csv": "read_csv", "parquet": "read_parquet", "jsonl": "read_json"}


def scan(spec: Spec, name: str, paths: Sequence[Path]) -> str:
    """Return the query over files that are already unpacked; raises SpecError when their format cannot be told."""
    table, first = spec.source.tables[name], f"DATE '{spec.source.first}'"
    day = f"CAST(({table.day}\n) AS DATE)" if table.day else first
    casts = [f"TRY_CAST({c} AS {kind}) AS {c}" for c, kind in _pinned(table)]
    replaced = f" REPLACE ({', '.join(casts)})" if casts else ""
    misread = ", ".join(_misread(column, kind) for column, kind in _pinned(table)) or "NULL"
    fault = f"CASE WHEN _stated IS NULL THEN {literal(f'{NO_DAY}: {table.day} is NULL')} END"
    rows = (
        f"SELECT *{replaced}, row_number() OVER () AS {ROW}, [{misread}] AS _misread FROM {_reader(spec, name, paths)}"
    )
    rows = _named(rows, table.row_id) if table.row_id else rows
    dated = f"SELECT *, {day} AS _stated FROM ({rows})"
    return (
        f"SELECT * EXCLUDE (_stated, _misread), coalesce(_stated, {first}) AS {DAY}, "
        f"[fault FOR fault IN list_append(_misread, {fault}) IF fault IS NOT NULL] AS {FAULTS} "
        f"FROM ({dated}) ORDER BY {DAY}, {ROW}"
    )


def kind_of(spec: Spec, name: str, paths: Sequence[Path]) -> Format:
    """Return the format of a table's files; raises SpecError when it cannot be told."""
    table = spec.source.tables[name]
    kinds = {table.format or files.format_of(path) for path in paths}
    (kind, *others) = kinds
    if kind is None or others:
        raise SpecError(
            f"{spec.folder / 'model.yaml'}: source.tables.{name}.format",
            expected=f"a format, where file names tell none ({', '.join(files.FORMATS)}) or several",
            found=", ".join(sorted({path.name for path in paths})[:3]),
            nearest="format: csv",
            next_command=f"perennial validate {spec.name}",
        )
    return kind


def literal(value: object) -> str:
    """Write a string of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def file_list(paths: Iterable[Path]) -> str:
    """Write a list of files for DuckDB, which would take some characters of a name for a glob."""
    return "[" + ", ".join(literal(_no_glob(str(path))) for path in paths) + "]"


def _no_glob(path: str) -> str:
    return "".join(f"[{mark}]" if mark in "[?*" else mark for mark in path)


def _pinned(table: SourceTable) -> list[tuple[str, str]]:
    """Return (quoted column, DuckDB type) of the columns whose type the spec states."""
    return [(f'"{column}"', kind) for column, kind in table.types.items()]


def _named(rows: str, row_id: str) -> str:
    """Give each row a name: its file's, and its place in that file, from 1."""
    place = f"{ROW} - min({ROW}) OVER (PARTITION BY {FILE}) + 1"
    name = f"parse_filename({FILE}) || ':' || ({place}) AS \"{row_id}\""
    return f"SELECT * EXCLUDE ({FILE}, {ROW}, _misread), {name}, {ROW}, _misread FROM ({rows})"


def _misread(column: str, kind: str) -> str:
    said = f"{literal(f'{column[1:-1]} is not {kind}: ')} || CAST({column} AS VARCHAR)"
    return f"CASE WHEN {column} IS NOT NULL AND TRY_CAST({column} AS {kind}) IS NULL THEN {said} END"


def _reader(spec: Spec, name: str, paths: Sequence[Path]) -> str:
    """Return the table function with its options; what the file's name or header tells is not guessed."""
    table = spec.source.tables[name]
    kind = kind_of(spec, name, paths)
    options = ["union_by_name = true", "hive_partitioning = false"]
    options += [f"filename = {literal(FILE)}"] if table.row_id else []
    if kind == "jsonl":
        options += ["format = 'newline_delimited'", "sample_size = -1"]
    if kind == "csv":
        options += _csv_options(table, paths[0])
    return f"{READERS[kind]}({file_list(paths)}, {', '.join(options)})"


def _csv_options(table: SourceTable, first: Path) -> Iterable[str]:
    """Yield the options of read_csv; a dialect left open would be guessed so that rows that do not fit are skipped."""
    yield from csv_dialect(first)
    yield "sample_size = -1"
    yield f"nullstr = [{', '.join(literal(null) for null in dict.fromkeys([table.null or '', '']))}]"
    if table.types:  # read as text, so that one bad value is one bad row
        yield "types = {" + ", ".join(f"{literal(column)}: 'VARCHAR'" for column in table.types) + "}"


def csv_dialect(path: Path) -> tuple[str, ...]:
    """Return the options that say how a CSV file is written: a header line, and its format."""
    return ("header = true", *csv_format(path))


def csv_format(path: Path) -> tuple[str, ...]:
    """Return the options that say how the fields of a CSV file are written: RFC 4180 quotes, its own delimiter."""
    return (
        f"delim = {literal(files.delimiter(path))}",
        "quote = '\"'",
        "escape = '\"'",
        "skip = 0",
        "comment = ''",
    )
