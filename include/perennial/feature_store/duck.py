"""DuckDB within a budget: a memory limit, a number of threads, a folder of its own to spill to, and no network."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class Budget:
    """What one query may use."""

    memory: str
    threads: int
    spill: Path


@contextmanager
def connection(budget: Budget) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty in-memory database in UTC; the folder it spilled to goes with it."""
    budget.spill.mkdir(parents=True, exist_ok=True)
    # DuckDB gives its temporary files fixed names: two processes must not share a folder.
    folder = tempfile.mkdtemp(dir=budget.spill)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": budget.memory,
        "threads": budget.threads,
        "temp_directory": folder,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        with duckdb.connect(config=settings) as opened:
            opened.execute("SET TimeZone = 'UTC'")
            yield opened
    finally:
        shutil.rmtree(folder, ignore_errors=True)
