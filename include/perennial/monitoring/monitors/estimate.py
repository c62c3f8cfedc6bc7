"""What performance should be before labels come, and how far such estimates were off."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from perennial.datasets.definition import DAY
from perennial.keys import Window
from perennial.monitoring import labels
from perennial.monitoring.case import Case
from perennial.monitoring.decisions.estimate import Estimated, judge
from perennial.monitoring.result import Result
from perennial.statistics.backtest import Estimator, Plan, intervals
from perennial.statistics.estimated import Prices, Rows
from perennial.statistics.resampling import Interval

if TYPE_CHECKING:
    import pandas as pd


def estimate(case: Case) -> Result | None:
    """Estimate AUC, share of positives and cost of the window's decisions as of its end.

    It does not apply where a number is predicted: what is estimated is what probabilities say about themselves.
    """
    if case.spec.train.task == "regression":
        return None
    rows, end = past(case), case.window.last.toordinal()
    estimator = Estimator(rows, plan(case))
    age = max(estimator.plan.delay, end - _newest(rows))
    guess, reach = estimator.estimate(end, age), estimator.reach(end - age, age)
    realised = estimator.realised(end) if labels.matured(case) else None
    sure = intervals(guess, reach) if guess else {}
    found = Estimated(
        value=guess.auc if guess else None,
        interval=sure.get("auc"),
        realised=realised.auc if realised else None,
        age=age,
        errors=len(estimator.errors(end - age, age)),
    )
    reference = case.verdict["reference"]["quality"]
    limit = case.spec.monitor.performance.max_loss
    verdict, why = judge(found, reference and Interval(**reference), limit)
    figures: dict[str, Any] = {
        "maturity": "matured" if labels.matured(case) else "early",
        "labelled_until": str(date.fromordinal(end - age)),
        "age": age,
        "estimate": guess and guess.to_dict(),
        "intervals": {name: one.to_dict() for name, one in sure.items()},
        "errors": found.errors,
        "realised": realised and realised.to_dict(),
        "reference": reference,
    }
    return Result("estimate", verdict, why, figures, ("auc",) if verdict in ("watch", "alarm") else ())


def plan(case: Case) -> Plan:
    """Return how estimates of this model are made."""
    monitor, cost = case.spec.monitor, case.spec.cost
    return Plan(
        length=len(case.window),
        every=monitor.every,
        delay=max(1, case.spec.label.matures_after),
        newest=monitor.estimate.labelled_days,
        fewest=case.policy.min_rows,
        prices=Prices(cost.false_positive, cost.false_negative),
    )


def past(case: Case) -> Rows:
    """Return the champion's rows, those of its holdout first, up to the window's end; labels of matured days only."""
    import pandas as pd

    own = [one.key for one in case.history.of("predictions.published") if one.payload["version"] == case.number]
    first = min([case.window.first, *(Window.parse(key).first for key in own)])
    found = labels.predicted(case, Window(first, case.window.last)).frame
    mine = found[found["version"] == case.ctx.named(case.number)]
    held = labels.holdout(case)
    before = held[held[DAY] < mine[DAY].min()] if len(mine) else held
    rows = _rows(pd.concat([before, mine], ignore_index=True))
    now = case.history.now
    assert now is not None, "something was predicted, so a partition was ingested"
    sure = (now - timedelta(days=case.spec.label.matures_after + 1)).toordinal()
    return Rows(rows.day, rows.score, np.where(rows.day <= sure, rows.y, np.nan), rows.decision)


def _rows(frame: pd.DataFrame) -> Rows:
    import pandas as pd

    epoch = date(1970, 1, 1).toordinal()
    day = pd.to_datetime(frame[DAY]).to_numpy().astype("datetime64[D]").astype(np.int64) + epoch
    score, y, decision = (frame[name].to_numpy(dtype=np.float64) for name in ("score", "y", "decision"))
    return Rows(day, score, y, decision)


def _newest(rows: Rows) -> int:
    """Return the newest day with a label; long ago where there is none."""
    known = rows.day[~np.isnan(rows.y)]
    return int(known.max()) if len(known) else 0
