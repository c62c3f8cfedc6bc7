"""Where a partition lies, how it is written, and whether it is still what was written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from perennial.hashing import sha256_of
from perennial.scratch import scratch

REVISION_LENGTH = 16


@dataclass(frozen=True)
class Partition:
    """One day of one table at one revision (the first 16 hex digits of its SHA-256)."""

    table: str
    day: date
    sha256: str
    rows: int

    @property
    def revision(self) -> str:
        """The name of the content."""
        return self.sha256[:REVISION_LENGTH]

    def to_dict(self) -> dict[str, Any]:
        """Return what a ledger event keeps of it."""
        return {"sha256": self.sha256, "rows": self.rows}


class Lake:
    """All tables under one folder: `<table>/day=2013-01-01/<revision>.parquet`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, table: str) -> Path:
        """Return the folder of a table."""
        return self.root / table

    def path(self, partition: Partition) -> Path:
        """Return the file of a partition."""
        return self.folder(partition.table) / f"day={partition.day}" / f"{partition.revision}.parquet"

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Give a private folder on the lake's file system; what is left in it is removed."""
        with scratch(self.root / ".staging") as folder:
            yield folder

    def keep(self, table: str, day: date, staged: Path) -> Partition:
        """Move a finished Parquet file into its place, in one step; the same content twice is one file."""
        import pyarrow.parquet as pq

        partition = Partition(table, day, sha256_of(staged), pq.read_metadata(staged).num_rows)
        target = self.path(partition)
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)
        return partition

    def intact(self, partition: Partition) -> bool:
        """Tell whether the file is there and still has the content that was recorded."""
        path = self.path(partition)
        return path.exists() and sha256_of(path) == partition.sha256
