"""Read a window of a source's table: typed, ordered by day and place in the source, in bounded memory.

A table's files are read once into a typed copy under the cache, sorted by day, and again when they change. So what a
column is taken for is decided on all of its rows, never on those of a window, and a day of a long history is found at
once. `ingest.scan` says which columns the copy has beside the files' own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from perennial.errors import PerennialError, SpecError
from perennial.hashing import digest
from perennial.ingest import files
from perennial.ingest.scan import DAY, OURS, file_list, literal, scan
from perennial.ingest.tidy import tidied
from perennial.ingest.unreadable import explain
from perennial.keys import Window
from perennial.spec import Spec

BATCH_ROWS = 50_000
MEMORY = "512MB"
LAYOUT = 1
"""Number of the way a copy is made; a new number makes every copy anew."""


@contextmanager
def read(spec: Spec, table: str, window: Window, cache: Path) -> Iterator[pa.RecordBatchReader]:
    """Give the rows of a window, ordered by (_day, _row); raises PerennialError when the source cannot be read."""
    copy = typed_copy(spec, table, cache)
    days = f"{DAY} BETWEEN DATE '{window.first}' AND DATE '{window.last}'"
    with _session(cache) as session:
        # The copy is sorted and DuckDB keeps a file's order, so nothing has to be sorted again.
        yield session.sql(f"SELECT * FROM read_parquet({file_list([copy])}) WHERE {days}").to_arrow_reader(BATCH_ROWS)


def typed_copy(spec: Spec, table: str, cache: Path) -> Path:
    """Return the copy of the files as they are now, making it when they or the spec's words on them have changed."""
    paths = files.find(spec, table)
    words = spec.source.tables[table].model_dump(mode="json")
    key = digest([files.identity(paths), words, str(spec.source.first), duckdb.__version__, LAYOUT])
    folder = cache / spec.name / table
    target = folder / f"{key[:16]}.parquet"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as area:
            _copy(spec, table, paths, Path(area)).replace(target)
        for older in set(folder.glob("*.parquet")) - {target}:
            older.unlink(missing_ok=True)
    return target


def _copy(spec: Spec, table: str, paths: Sequence[Path], area: Path) -> Path:
    plain = files.unpack(paths, area)
    where = f"{spec.folder / 'model.yaml'}: source.tables.{table}"
    if not plain:
        raise PerennialError(where, expected="a file with a header or a row", found="nothing but empty files")
    _refuse_twins(spec, table, plain)
    target = area / "copy.parquet"
    with _session(area) as session:
        try:
            query = scan(spec, table, tidied(session, spec, table, plain, area))
            session.execute(f"COPY ({query}) TO {literal(target)} (FORMAT parquet, COMPRESSION zstd)")
        except duckdb.Error as error:
            raise explain(session, spec, table, plain, error) from None
        columns = session.sql(f"SELECT * FROM read_parquet({file_list([target])})").columns
    if clash := [column for column in columns[: -len(OURS)] if column.rpartition("_")[0] in OURS or column in OURS]:
        raise PerennialError(where, expected=f"no column of the files named {', '.join(OURS)}", found=", ".join(clash))
    return target


def _refuse_twins(spec: Spec, table: str, paths: Sequence[Path]) -> None:
    """Refuse two files of one name where rows are named after their file."""
    names = sorted(path.name for path in paths)
    twins = sorted({name for name in names if names.count(name) > 1})
    if spec.source.tables[table].row_id and twins:
        raise SpecError(
            f"{spec.folder / 'model.yaml'}: source.tables.{table}.row_id",
            expected="files of different names, as rows are named after them",
            found=f"several of {twins[0]}",
        )


@contextmanager
def _session(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open DuckDB with bounded memory, times in UTC, its spill under `folder`, and nothing fetched from a network."""
    config = {
        "memory_limit": MEMORY,
        "temp_directory": str(folder / "spill"),
        "threads": 2,
        "autoinstall_known_extensions": False,
        "python_enable_replacements": False,
    }
    with duckdb.connect(config=config) as session:
        session.execute("SET TimeZone = 'UTC'")
        yield session
