"""A model small enough to train in a second: parts leave machines, some are scrap. Its raw days are made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from perennial.context import Context, open_context
from perennial.features.stage import build
from perennial.keys import Window
from perennial.ledger.event import Event
from perennial.settings import Settings

SPAN = Window(date(2020, 1, 1), date(2020, 2, 20))
WINDOW = Window(date(2020, 1, 2), date(2020, 1, 21))
FIT, HOLDOUT = Window(date(2020, 1, 2), date(2020, 1, 16)), Window(date(2020, 1, 17), date(2020, 1, 21))
PER_DAY = 60
MACHINES = "abc"
SCHEMA = pa.schema(
    [
        ("part", pa.string()),
        ("machine", pa.string()),
        ("made_at", pa.timestamp("us", "UTC")),
        ("heat", pa.float64()),
        ("scrap", pa.int32()),
        ("weight", pa.float64()),
        ("checked_at", pa.timestamp("us", "UTC")),
    ]
)
SEARCH = "  search: {trials: 3, folds: 2, parameters: {max_leaf_nodes: [3, 7, 15], learning_rate: [0.1, 0.3]}}\n"
YAML = """
name: factory
owner: tests
risk_tier: minimal
decision: look at a part again
source:
  kind: files
  first: 2020-01-01
  last: 2020-02-20
  tables:
    parts: {path: parts.csv, day: CAST(made_at AS DATE)}
entity: part
features:
  lookback: 1d
  request: [heat, machine]
  views:
    machines: {entities: [machine], ttl: 36h}
label: {column: scrap, matures_after: 1d}
train:
  window: 20d
  holdout: 5d
  estimator: sklearn.ensemble.HistGradientBoostingClassifier
  parameters: {max_iter: 10}
  search: {trials: 3, folds: 2, parameters: {max_leaf_nodes: [3, 7, 15], learning_rate: [0.1, 0.3]}}
monitor:
  every: 7d
  window: 7d
  performance: {max_loss: 0.05, max_calibration_error: 0.05}
retrain: {cooldown: 7d, budget: 1 per 7d}
"""
SQL = """
CREATE TEMP VIEW examples AS
SELECT part, CAST(made_at AS DATE) AS day, made_at AS event_timestamp, machine, heat, scrap, checked_at AS label_time
FROM parts;

CREATE TEMP VIEW machines AS
SELECT DISTINCT machine, checked_at AS event_timestamp, count(*) OVER last_day AS parts_1d
FROM parts
WHERE checked_at IS NOT NULL
WINDOW last_day AS (PARTITION BY machine ORDER BY checked_at RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND CURRENT ROW);
"""


@dataclass(frozen=True)
class Factory:
    """The model in an installation of its own, and hands to move it with."""

    settings: Settings

    @property
    def ctx(self) -> Context:
        return open_context("factory", settings=self.settings, actor="tests")

    def say(self, pieces: Mapping[str, str] | None = None) -> Context:
        """Write the model's folder with pieces of its spec replaced."""
        folder, text = self.settings.models / "factory", YAML
        folder.mkdir(exist_ok=True)
        for old, new in (pieces or {}).items():
            assert old in text, old
            text = text.replace(old, new)
        (folder / "model.yaml").write_text(text)
        (folder / "features.sql").write_text(SQL.replace("scrap", "weight" if "column: weight" in text else "scrap"))
        return self.ctx

    def ingest(self, window: Window, *, hotter: float = 0.0, machines: str = MACHINES) -> None:
        """Write raw days and build their features."""
        ctx, days = self.ctx, {}
        for day in window:
            with ctx.lake.staging() as staging:
                pq.write_table(pa.Table.from_pylist(parts(day, hotter, machines), SCHEMA), staging / "rows.parquet")
                kept = ctx.lake.keep(ctx.table("raw", "parts"), day, staging / "rows.parquet")
            days[str(day)] = kept.to_dict()
        ctx.chain.record(
            "raw.written", str(window), {"tables": {kept.table: days}, "counts": {}, "last": str(window.last)}
        )
        build(ctx, window)

    def claim(self, name: str = "t1", window: Window = WINDOW, *, launch: bool = True) -> Event:
        """Record the decision to train, or not to."""
        told = {
            "launch": launch,
            "outcome": "launch" if launch else "refuse",
            "why": "asked",
            "requests": [],
            "until": None,
        }
        where = {"window": str(window), "claim": name} if launch else {"window": None, "claim": None}
        return self.ctx.chain.record(
            "retraining.decided", str(window) if launch else "none", {**told, **where}, once=name
        )


def parts(day: date, hotter: float = 0.0, machines: str = MACHINES) -> list[dict[str, Any]]:
    """Make a day's parts: heat makes scrap; the first is never checked, the second a month later."""
    rng = np.random.default_rng(day.toordinal())
    start = datetime.combine(day, datetime.min.time(), UTC)
    rows = []
    for n in range(PER_DAY):
        at, heat = start + timedelta(minutes=20 * n), float(rng.normal(20, 5)) + hotter
        checked = [None, at + timedelta(days=30)][n] if n < 2 else at + timedelta(hours=2)
        scrap = int(heat + rng.normal(0, 4) > 22) if checked else None
        rows.append(
            {
                "part": f"{day}-{n}",
                "machine": machines[n % len(machines)],
                "made_at": at,
                "heat": heat,
                "scrap": scrap,
                "weight": 5 * heat + 3 * (n % 3) + n * 7 % 11 if checked else None,
                "checked_at": checked,
            }
        )
    return rows


NUMBER = {
    "HistGradientBoostingClassifier": "HistGradientBoostingRegressor",
    "label: {column: scrap,": "label: {column: weight,",
}
"""Pieces of the spec of a model that predicts a part's weight, which grows with the heat."""
FAIR = {
    "\nmonitor:": "\n  mitigation: {method: threshold_optimizer, attributes: [machine]}\n"
    "cost: {false_positive: 1, false_negative: 2}\n"
    "protected: {machine: {criterion: demographic_parity, why: no machine may be favoured}}\n"
    "monitor:",
}
"""Pieces of the spec of a model that treats machines alike."""
