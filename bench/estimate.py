"""Performance estimated before labels come, against what came true: flights, month by month from May to December.

    python bench/estimate.py [--until 2013-12-31] [--years 200]

One model of January to March is never trained again. The stages ingest and features build the days of the flights in an
installation of the benchmark's own; the model is fitted as the spec says (its estimator and parameters, no search) on
all but the holdout. Each day's scores are calibrated on the newest 14 labelled days there were when labels come 1, 7,
14 or 28 days late, those of the holdout first, as the monitor `estimate` does; a month's figures are of all flights.

The second question is how often the monitor `performance` accuses a champion that lost nothing: years without change
are drawn from the days of a quarter, whose scores come from fits on other days of it, in blocks of one day and of a
week; the rule is the monitor's own.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from common import MODEL, finish, installation, say
from unchanged import accused

from perennial import datasets
from perennial.context import Context, open_context
from perennial.estimators.pipeline import build, fit
from perennial.estimators.predict import predict
from perennial.keys import Window
from perennial.settings import Settings
from perennial.statistics.backtest import Estimator, Plan
from perennial.statistics.estimated import Prices, Rows

DELAYS = (1, 7, 14, 28)
TARGET = 0.01
"""Mean absolute error of the AUC when labels come a day late."""
TRAINING = Window(date(2013, 1, 1), date(2013, 3, 31))
FIRST_MONTH = date(2013, 5, 1)


def main() -> None:
    options = _options()
    with installation() as settings:
        began = time.perf_counter()
        ctx, frame = flown(settings, options.until)
        say(f"{len(frame)} flights with a label after {time.perf_counter() - began:.0f} s")
        rows = never_retrained(ctx, frame)
        found = {delay: months(ctx, rows, options.until, delay) for delay in DELAYS}
        alarms = accused(ctx.spec, frame, columns(ctx), options.years)
    errors = {delay: _errors(found[delay]) for delay in DELAYS}
    finish(
        {
            "months": {str(delay): found[delay] for delay in DELAYS},
            "errors": {str(delay): errors[delay] for delay in DELAYS},
            "false_alarms": alarms,
            "target": TARGET,
            "passed": errors[1]["auc"] <= TARGET
            and max(map(_windows, alarms["by_block"].values())) <= alarms["target"],
        }
    )


def flown(settings: Settings, until: date) -> tuple[Context, pd.DataFrame]:
    """Ingest the year, build its features, and fetch the flights that have a label."""
    from perennial.features.stage import build as build_features
    from perennial.stages import Call, run_stage

    ctx = open_context(MODEL, settings=settings, actor="bench")
    window = Window(ctx.spec.source.first, until)
    say(f"building the feature tables of {window}")
    list(run_stage(ctx, "ingest", Call(str(window))))
    build_features(ctx, window)
    with ctx.lake.staging() as folder:
        file = datasets.retrieve(ctx, ctx.spec.transform_digest, window, folder / "rows.parquet", labelled=True).path
        frame = pq.read_table(file).to_pandas()
    return ctx, frame[frame[ctx.spec.label.column].notna()].reset_index(drop=True)


def columns(ctx: Context) -> datasets.Columns:
    return datasets.columns(ctx, ctx.spec.transform_digest)


def never_retrained(ctx: Context, frame: pd.DataFrame) -> Rows:
    """Fit on the training days but the holdout; score the holdout and all that comes after."""
    spec, named = ctx.spec, columns(ctx)
    held = TRAINING.last - timedelta(days=spec.train.holdout - 1)
    y, learnt = frame[spec.label.column].to_numpy(dtype=np.float64), (frame["day"] < held).to_numpy()
    model = build(spec.train.estimator, spec.train.parameters, named.numeric, named.categorical, 0)
    fit(model, frame[learnt], y[learnt].astype(np.int64))
    score = predict(model, frame[~learnt])
    day = np.array([one.toordinal() for one in frame["day"][~learnt]], dtype=np.int64)
    return Rows(day, score, y[~learnt], (score >= spec.cost.threshold).astype(np.float64))


def months(ctx: Context, rows: Rows, until: date, delay: int) -> list[dict[str, Any]]:
    """Estimate each month and put what came true beside it."""
    found, first = [], FIRST_MONTH
    while first <= until:
        last = min((first + timedelta(days=31)).replace(day=1) - timedelta(days=1), until)
        estimator = Estimator(rows, plan(ctx, len(Window(first, last)), delay))
        guess, truth = estimator.estimate(last.toordinal(), delay), estimator.realised(last.toordinal())
        assert guess
        assert truth
        found.append({"month": f"{first:%Y-%m}", "estimated": guess.to_dict(), "realised": truth.to_dict()})
        say(f"labels {delay} days late, {first:%B}: AUC {guess.auc:.4f} estimated, {truth.auc:.4f} realised")
        first = last + timedelta(days=1)
    return found


def plan(ctx: Context, length: int, delay: int) -> Plan:
    spec = ctx.spec
    prices = Prices(spec.cost.false_positive, spec.cost.false_negative)
    return Plan(length, spec.monitor.every, delay, spec.monitor.estimate.labelled_days, 1_000, prices)


def _errors(found: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the mean absolute error of each figure over the months."""
    names = found[0]["estimated"]
    return {
        name: round(float(np.mean([abs(one["estimated"][name] - one["realised"][name]) for one in found])), 4)
        for name in names
    }


def _windows(counts: dict[str, float]) -> float:
    return counts["windows"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--until", type=date.fromisoformat, default=date(2013, 12, 31))
    parser.add_argument("--years", type=int, default=200, help="simulated years for each size of block")
    return parser.parse_args()


if __name__ == "__main__":
    main()
