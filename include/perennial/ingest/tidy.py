"""Rewrite CSV files that lack a header line, or keep blanks round their values, as the reader expects them.

The rewritten files live as long as the copy is made. Their types are guessed afterwards, so a number with a blank
before it is a number, and a missing value is found however it was padded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from perennial.errors import SpecError
from perennial.ingest.files import header
from perennial.ingest.scan import csv_format, file_list, kind_of, literal
from perennial.spec import Spec
from perennial.spec.source import SourceTable

BLANKS = " \t"


def tidied(session: duckdb.DuckDBPyConnection, spec: Spec, table: str, paths: Sequence[Path], area: Path) -> list[Path]:
    """Return the files, rewritten under their own names where the spec says what they lack.

    Raises SpecError where the spec names another number of columns than a file has, duckdb.Error for a broken line.
    """
    words = spec.source.tables[table]
    if not words.columns and not words.trim:
        return list(paths)
    where = f"{spec.folder / 'model.yaml'}: source.tables.{table}"
    if (kind := kind_of(spec, table, paths)) != "csv":
        raise SpecError(where, expected="`columns` and `trim` of CSV files only", found=f"{kind} files")
    return [_rewrite(session, words, path, area / f"tidy{place}", where) for place, path in enumerate(paths)]


def _rewrite(session: duckdb.DuckDBPyConnection, words: SourceTable, path: Path, folder: Path, where: str) -> Path:
    names, found = words.columns, header(path)
    if names and len(names) != len(found):
        raise SpecError(
            f"{where}.columns", expected=f"{len(found)} names, as {path.name} has fields", found=f"{len(names)} names"
        )
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names or [name.strip(BLANKS) for name in found])
    options = [f"header = {str(not names).lower()}", "auto_detect = false", f"columns = {{{columns}}}"]
    reader = f"read_csv({file_list([path])}, {', '.join([*options, *csv_format(path)])})"
    values = f"trim(COLUMNS(*), {literal(BLANKS)})" if words.trim else "*"
    folder.mkdir()
    target = folder / path.name.removesuffix(".gz")
    session.execute(f"COPY (SELECT {values} FROM {reader}) TO {literal(target)} (FORMAT csv, HEADER, DELIMITER ',')")
    return target
