"""A model small enough to reason about: visits to sites, and a register of the sites. Its raw days are made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from perennial.context import Context, open_context
from perennial.keys import Window
from perennial.ledger.event import Event
from perennial.settings import Settings

FIRST, LAST = date(2020, 1, 1), date(2020, 1, 20)
SPAN = Window(FIRST, LAST)
VISITS = pa.schema(
    [("visit", pa.int64()), ("site", pa.string()), ("came", pa.timestamp("us")), ("minutes", pa.int32())]
)
SITES = pa.schema([("site", pa.string()), ("size", pa.int32())])

YAML = """
name: clinic
owner: tests
risk_tier: minimal
decision: call somebody in
source:
  kind: files
  first: 2020-01-01
  last: 2020-01-20
  tables:
    visits: {path: visits.csv, day: CAST(came AS DATE)}
    sites: {path: sites.csv}
entity: visit
features:
  lookback: 3d
  request: [hour, site]
  views:
    load: {entities: [site], ttl: 36h}
    place: {entities: [site], ttl: 36500d}
label: {column: long, matures_after: 1d}
train: {window: 10d, holdout: 2d, estimator: sklearn.linear_model.LogisticRegression}
monitor:
  every: 7d
  window: 7d
  performance: {max_loss: 0.05, max_calibration_error: 0.05}
retrain: {cooldown: 7d, budget: 1 per 7d}
"""
SQL = """
CREATE TEMP TABLE done AS
SELECT *, came + to_minutes(minutes) AS done_at FROM visits;

CREATE TEMP VIEW examples AS
SELECT visit, CAST(came AS DATE) AS day, came - INTERVAL 1 HOUR AS event_timestamp, site, hour(came) AS hour,
    CAST(minutes > 30 AS TINYINT) AS long, done_at AS label_time
FROM done;

CREATE TEMP VIEW load AS
SELECT DISTINCT site, done_at AS event_timestamp,
    count(*) OVER last_2d AS visits_2d, sum(minutes) OVER last_2d AS minutes_2d
FROM done
WINDOW last_2d AS (PARTITION BY site ORDER BY done_at RANGE BETWEEN INTERVAL 2 DAYS PRECEDING AND CURRENT ROW);

CREATE TEMP VIEW place AS
SELECT site, TIMESTAMPTZ '1970-01-01 00:00:00Z' AS event_timestamp, size FROM sites;
"""


@dataclass(frozen=True)
class Clinic:
    """The model in an installation of its own, and a hand to write raw days with."""

    settings: Settings

    @property
    def ctx(self) -> Context:
        """The model as its folder has it now."""
        return open_context("clinic", settings=self.settings, actor="tests")

    def say(self, *, yaml: Mapping[str, str] | None = None, sql: Mapping[str, str] | None = None) -> Context:
        """Write the model's folder with pieces of text replaced."""
        folder = self.settings.models / "clinic"
        folder.mkdir(exist_ok=True)
        (folder / "model.yaml").write_text(replaced(YAML, yaml or {}))
        (folder / "features.sql").write_text(replaced(SQL, sql or {}))
        return self.ctx

    def ingest(self, window: Window, *, longer: int = 0, sites: int = 3) -> Event:
        """Write raw days whose visits last `longer` minutes more, and the register of sites."""
        ctx = self.ctx
        tables: dict[str, dict[str, Any]] = {"clinic/raw/sites": {}, "clinic/raw/visits": {}}
        register = [{"site": site, "size": 10 * n} for n, site in enumerate("abcdef"[:sites], 1)]
        for table, day, schema, rows in [
            ("sites", FIRST, SITES, register),
            *(("visits", day, VISITS, visits(day, longer)) for day in window),
        ]:
            with ctx.lake.staging() as staging:
                pq.write_table(pa.Table.from_pylist(rows, schema), staging / "rows.parquet")
                kept = ctx.lake.keep(ctx.table("raw", table), day, staging / "rows.parquet")
            tables[kept.table][str(day)] = kept.to_dict()
        payload = {"tables": tables, "counts": {}, "last": str(window.last)}
        return ctx.chain.record("raw.written", str(window), payload)

    def crown(self, transform: str) -> None:
        """Make a version of a transform the champion."""
        chain = self.ctx.chain
        chain.record("candidate.registered", "v1", {"version": 1, "transform": transform}, once="t1")
        chain.record("champion.changed", "v1", {"version": 1, "previous": None})


def visits(day: date, longer: int = 0) -> list[dict[str, Any]]:
    """Eight visits a day to three sites; the last one ends on the next day, none comes to site c on the 5th."""
    start = datetime.combine(day, datetime.min.time(), UTC).replace(tzinfo=None)
    number = (day - FIRST).days
    rows = [
        {
            "visit": 100 * number + n,
            "site": "abc"[(n + number) % 3],
            "came": start + timedelta(hours=3 * n, minutes=2 * n),
        }
        for n in range(8)
    ]
    rows = [row | {"minutes": (7 * n * (number + 1)) % 90 + longer} for n, row in enumerate(rows)]
    rows[-1]["minutes"] += 240
    return [row for row in rows if not (day.day == 5 and row["site"] == "c")]


def replaced(text: str, pieces: Mapping[str, str]) -> str:
    """Replace pieces of a text, each of which must be there."""
    for old, new in pieces.items():
        assert old in text, old
        text = text.replace(old, new)
    return text
