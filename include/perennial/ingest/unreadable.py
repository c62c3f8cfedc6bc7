"""What to tell a user when DuckDB cannot read a source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from perennial.errors import PerennialError, SpecError
from perennial.ingest.files import header
from perennial.ingest.scan import csv_dialect, file_list, kind_of
from perennial.spec import Spec

OF_THE_SPEC = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)


def explain(
    session: duckdb.DuckDBPyConnection, spec: Spec, table: str, paths: Sequence[Path], error: duckdb.Error
) -> PerennialError:
    """Return the error to raise: of the spec when its expression or types do not fit the columns, else of the files."""
    next_command = f"perennial run {spec.name} ingest --key {spec.source.first}"
    where = f"{spec.folder / 'model.yaml'}: source.tables.{table}"
    if isinstance(error, OF_THE_SPEC):
        return SpecError(
            where,
            expected="`day` and `types` in DuckDB's SQL over the columns of the files",
            found=_first_words(error),
            next_command=next_command,
        )
    if isinstance(error, duckdb.ConversionException):
        expected = "values that `day` can read on every row; TRY_CAST in `day` puts the others into quarantine"
        return PerennialError(where, expected=expected, found=_first_words(error), next_command=next_command)
    named = _broken_line(session, paths) if kind_of(spec, table, paths) == "csv" else None
    return PerennialError(
        where, expected="files that can be read", found=_first_words(named or error), next_command=next_command
    )


def _broken_line(session: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.Error | None:
    """Return the error that names the first line whose fields do not fit the header: the sniffer's names none."""
    for path in paths:
        columns = ", ".join(f"'{number}': 'VARCHAR'" for number, _ in enumerate(header(path)))
        options = ", ".join(["auto_detect = false", f"columns = {{{columns}}}", *csv_dialect(path)])
        try:
            session.execute(f"SELECT count(COLUMNS(*)) FROM read_csv({file_list([path])}, {options})")
        except duckdb.Error as error:
            return error
    return None


def _first_words(error: duckdb.Error) -> str:
    """Return the message without DuckDB's advice on its own options."""
    lines = [line.strip() for line in re.split(r"\nPossible|\nLINE \d", str(error))[0].splitlines()]
    return " ".join(line for line in lines if line)[:400]
