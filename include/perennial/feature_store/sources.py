"""Which files stand behind a Feast FileSource, and how its columns are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from perennial.errors import PerennialError
from perennial.feature_store._feast import DataSource, FeatureView, FileSource
from perennial.feature_store.asof_sql import Table


def source_of(view: FeatureView) -> FileSource:
    """Return the files of a view; raises PerennialError for another kind of source."""
    return file_source(view.batch_source, view.name)


def file_source(source: DataSource | None, name: str) -> FileSource:
    """Return a source that is files; raises PerennialError for another kind."""
    if isinstance(source, FileSource):
        return source
    raise PerennialError(f"feature source {name}", expected="a FileSource", found=type(source).__name__)


def day_of(file: str) -> date | None:
    """Return the day of a file by its folder, `day=2013-01-01`."""
    name, _, day = Path(file).parent.name.partition("=")
    return date.fromisoformat(day) if name == "day" else None


def folder_of(path: str, lake: Path) -> Path:
    """Return the absolute place of a source; a relative path is a table of the lake."""
    if "://" in path:
        raise PerennialError(f"feature source {path}", expected="a folder or a Parquet file", found="an address")
    return Path(path) if Path(path).is_absolute() else lake / path


def files_of(folder: Path, pinned: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the pinned files of a table, or the newest file (by modification time) of each of its day folders.

    The ledger says which revision of a day is current, so the stages pin. The rule by time serves someone who
    uses Feast alone on a lake in which several revisions of a day may lie side by side.
    """
    if str(folder) in pinned:
        return tuple(pinned[str(folder)])
    if folder.is_file():
        return (str(folder),)
    newest: dict[Path, Path] = {}
    for file in folder.rglob("*.parquet"):
        best = newest.get(file.parent)
        if best is None or _age(file) > _age(best):
            newest[file.parent] = file
    return tuple(sorted(str(file) for file in newest.values()))


def table_of(files: Sequence[str], time: str, created: str | None, types: Mapping[str, str | None], name: str) -> Table:
    """Describe files as a table; raises PerennialError when they have no usable time column."""
    kind = "TIMESTAMPTZ"
    if files:
        schema = pq.read_schema(files[0])
        found = schema.field(time).type if time in schema.names else None
        kind = _time_type(found, name, time)
    return Table(tuple(files), types, time, kind, created or None)


def _time_type(found: pa.DataType | None, name: str, time: str) -> str:
    """Name DuckDB's type of a time column."""
    if found is not None and pa.types.is_timestamp(found):
        return ("TIMESTAMPTZ" if found.tz else "TIMESTAMP") + ("_NS" if found.unit == "ns" else "")
    if found is not None and pa.types.is_date(found):
        return "DATE"
    raise PerennialError(
        f"feature source {name}",
        expected=f"a column {time} of timestamps",
        found="no such column" if found is None else f"{time} of type {found}",
    )


def _age(file: Path) -> tuple[int, str]:
    return file.stat().st_mtime_ns, file.name
