"""Every retrieved row of real flights against an independent join: pandas' merge_asof on relations of all weeks."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from perennial import datasets
from perennial.context import Context
from perennial.datasets import Definition
from perennial.features.stage import build
from perennial.keys import Window
from unit.features.flights import MODEL, WEEKS


def test_every_value_is_the_newest_one_known_when_the_question_was_asked(
    flight_delay: Context, raw_flights: Path, tmp_path: Path
) -> None:
    ctx = flight_delay
    for chunk in WEEKS.chunks(15):
        build(ctx, chunk)
    transform = ctx.spec.transform_digest
    found = pq.read_table(datasets.retrieve(ctx, transform, WEEKS, tmp_path / "all.parquet", labelled=True).path)
    expected = reference(raw_flights, datasets.definition(ctx, transform))
    assert found.num_rows == len(expected) > 35_000
    nulls = values = 0
    for name in found.column_names:
        column = found.column(name).to_pandas()
        if pd.api.types.is_numeric_dtype(expected[name]):
            column = column.astype("float64")
            expected[name] = expected[name].astype("float64")
        same = (column == expected[name]) | (column.isna() & expected[name].isna())
        assert same.all(), (name, found.to_pandas()[~same].head(), expected[~same].head())
        nulls, values = nulls + int(column.isna().sum()), values + len(column)
    assert 0 < nulls < values / 4, "both known and unknown values were compared"


def test_a_week_alone_is_the_same_as_that_week_of_all(flight_delay: Context, tmp_path: Path) -> None:
    ctx, week = flight_delay, Window.ending(WEEKS.last, 7)
    build(ctx, WEEKS)
    transform = ctx.spec.transform_digest
    parts = [
        pq.read_table(datasets.retrieve(ctx, transform, window, tmp_path / f"{n}.parquet", labelled=True).path)
        for n, window in enumerate([WEEKS, week])
    ]
    assert parts[1].num_rows > 4_000
    assert parts[0].slice(parts[0].num_rows - parts[1].num_rows).equals(parts[1])


def reference(raw: Path, made: Definition) -> pd.DataFrame:
    """Compute the relations on all weeks at once and join them row by row to what was asked."""
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        for table in ("flights", "weather", "planes"):
            database.execute(f"CREATE VIEW {table} AS FROM read_parquet('{raw / table}/*.parquet')")
        database.execute((MODEL / "features.sql").read_text())
        asked = database.execute("FROM examples ORDER BY day, event_timestamp, flight_id").df()
        views = {name: database.execute(f"FROM temp.{name} ORDER BY event_timestamp").df() for name in made.views}
    for name, view in made.views.items():
        asked = joined(asked, views[name], list(view.entities), view.ttl)
    asked["day"] = asked["day"].dt.date
    return asked


def joined(asked: pd.DataFrame, values: pd.DataFrame, keys: list[str], ttl: pd.Timedelta) -> pd.DataFrame:
    whole = asked.dropna(subset=keys).sort_values("event_timestamp", kind="stable")
    found = pd.merge_asof(
        whole[[*keys, "event_timestamp"]].reset_index(),
        values.dropna(subset=keys),
        on="event_timestamp",
        by=keys,
        tolerance=pd.Timedelta(ttl) if ttl else None,
    ).set_index("index")
    new = [name for name in values.columns if name not in (*keys, "event_timestamp")]
    return asked.join(found[new])
