"""Training/serving skew: what the champion was given at scoring, against the feature store of then and of now."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from perennial.estimators.artifact import load
from perennial.estimators.columns import Columns
from perennial.estimators.predict import predict
from perennial.monitoring import logged
from perennial.monitoring.case import Case
from perennial.monitoring.comparison import Rows, compared, hold
from perennial.monitoring.decisions.skew import Skew, judge
from perennial.monitoring.result import Result


def skew(case: Case) -> Result:
    """Make the logged rows again and compare them; where revisions are newer than those read, with these as well."""
    artifact, kinds = case.version["artifact"], case.version["columns"]
    model = load(case.ctx.settings.artifacts / artifact["path"], artifact["sha256"])
    columns = Columns(tuple(kinds["numeric"]), tuple(kinds["categorical"]))
    spans = logged.spans(case)
    then = hold([(one.logs, logged.again(case, one)) for one in spans], case.spec.entity, columns)
    corrected = sum(logged.corrected(case, one) for one in spans)
    again = compared(then, model)
    later = hold([(one.logs, logged.now(case, one)) for one in spans], case.spec.entity, columns) if corrected else then
    found = Skew(again, compared(later, model), corrected, _largest(case, then, model))
    verdict, why, at_fault = judge(found)
    return Result("skew", verdict, why, _figures(found, spans), at_fault)


def _largest(case: Case, rows: Rows, model: Any) -> float:
    """Return the largest difference between a published score and what the version says of the logged features."""
    if rows.logged.empty:
        return 0.0
    known = logged.scores(case, rows.logged.index).to_numpy()
    given = predict(model, rows.logged.reset_index(drop=True))
    return float(np.nanmax(np.abs(given - known), initial=0.0))


def _figures(found: Skew, spans: list[logged.Span]) -> dict[str, Any]:
    days = [log for span in spans for log in span.logs.values()]
    return {
        "days": len(days),
        "rows": sum(log.rows for log in days),
        "revisions_read": len(spans),
        **asdict(found),
        "shares": {"again": found.again.share, "now": found.now.share},
    }
