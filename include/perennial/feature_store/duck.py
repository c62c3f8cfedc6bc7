"""DuckDB within a budget: a memory limit, a number of threads, a folder of its own to spill to, and no network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from perennial.scratch import scratch


@dataclass(frozen=True)
class Budget:
    """What one query may use."""

    memory: str
    threads: int
    spill: Path


@contextmanager
def connection(budget: Budget) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty in-memory database in UTC; the folder it spilled to goes with it."""
    # DuckDB gives its temporary files fixed names: two processes must not share a folder.
    with scratch(budget.spill) as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": budget.memory,
            "threads": budget.threads,
            "temp_directory": str(folder),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(config=settings) as opened:
            opened.execute("SET TimeZone = 'UTC'")
            yield opened
