"""Explain a sample of the holdout, and check the explanations before anybody believes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from perennial.estimators.columns import Columns
from perennial.estimators.explain import Explanation, cost, explain
from perennial.estimators.predict import predict
from perennial.statistics.bootstrap import Interval
from perennial.statistics.explained import r2
from perennial.statistics.ranking import auc
from perennial.statistics.shares import mean
from perennial.validation.case import Case
from perennial.validation.estimate import Unknown
from perennial.validation.gates.explainability import Explainability
from perennial.validation.holdout import as_parquet

MOST, LEAST = 1_000, 50
"""Rows that are explained."""
STEPS = 1e10
"""Steps of TreeSHAP that may be spent, some seconds: deep forests have fewer rows explained."""
RARE = 0.25
"""So many more rows of the rarer label are explained, as a share: ranking needs both."""
FEW, SKILL = 30, 0.05
"""Rows of a label, and AUC above 0.5, below which nobody can say what one column ranks by itself."""
REASONS = 3
"""Columns that are given as the reasons for a score."""


def explainability(case: Case) -> Explainability:
    """Explain, check that it adds up, weigh the columns, compare the reasons with the champion's."""
    sample, y = case.scored.sample, case.scored.frame["y"].to_numpy()[case.scored.places]
    classes = case.spec.train.task == "classification"
    spread = _spread(np.arange(sample.num_rows), rows_for(cost(case.model)))
    places = np.concatenate([spread, _rarer(y, spread)]) if classes else spread
    whole = explain(case.model, sample.take(places))
    rows, found = sample.take(spread), whole.take(np.arange(len(spread)))
    return Explainability(
        rows=rows.num_rows,
        error=whole.error,
        importance=found.importance,
        permutation=_permuted(case, rows, y[spread]),
        alone=_alone(whole, y[places]) if classes else Unknown("a number is predicted: AUC has no meaning"),
        stability=_stability(case, sample.take(places), whole),
        reasons=case.ctx.evidence.put(as_parquet(_table(case, rows, found)), ".parquet"),
    )


def rows_for(steps: float) -> int:
    """Return how many rows are explained when one takes so many steps."""
    return int(np.clip(STEPS / max(steps, 1.0), LEAST, MOST))


def _spread(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return at most so many of them, evenly spread."""
    return places[np.linspace(0, len(places) - 1, min(len(places), most)).astype(np.int64)]


def _rarer(y: Any, taken: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of some more rows of the rarer label; AUC does not ask how many there are of each."""
    left = np.setdiff1d(np.flatnonzero(y == (y.mean() < 0.5)), taken)  # noqa: PLR2004 - which label is rarer
    return _spread(left, int(RARE * len(taken))) if len(left) else left


def _alone(found: Explanation, y: Any) -> dict[str, float] | Unknown:
    """Rank by one column's contributions at a time."""
    if min((y == 0).sum(), (y == 1).sum()) < FEW:
        return Unknown(f"fewer than {FEW} explained rows of one label")
    if (whole := auc(y, found.raw) - 0.5) < SKILL:
        return Unknown("the model itself hardly ranks these rows")
    skills = {str(name): (auc(y, values) - 0.5) / whole for name, values in found.contributions.items()}
    return dict(sorted(skills.items(), key=lambda pair: -pair[1]))


def _permuted(case: Case, rows: pa.Table, y: Any) -> dict[str, float]:
    """Shuffle one column at a time among the rows (Breiman 2001)."""
    quality = auc if case.spec.train.task == "classification" else r2
    if len(set(y.tolist())) < 2:  # noqa: PLR2004 - nothing can be ranked
        return {}
    names = Columns.of(case.model).names
    order = pa.array(np.random.default_rng(case.spec.train.seed).permutation(rows.num_rows))
    whole, lost = quality(y, predict(case.model, rows)), {}
    for name in names:
        place = rows.schema.get_field_index(name)
        lost[name] = float(
            whole - quality(y, predict(case.model, rows.set_column(place, name, rows[name].take(order))))
        )
    return dict(sorted(lost.items(), key=lambda pair: -pair[1]))


def _stability(case: Case, rows: pa.Table, mine: Explanation) -> Interval | Unknown | None:
    """Compare each row's reasons with those that the champion gives for it, among the same rows."""
    if case.champion_model is None:
        return None
    if other := [name for name in Columns.of(case.champion_model).names if name not in rows.column_names]:
        return Unknown(f"the champion reads other columns: {', '.join(other)}")
    theirs = explain(case.champion_model, rows).reasons(REASONS)
    shared = [len(set(a) & set(b)) / len(a) for a, b in zip(mine.reasons(REASONS), theirs, strict=True)]
    return mean(np.array(shared))


def _table(case: Case, rows: pa.Table, found: Explanation) -> pa.Table:
    """Return the reason codes: entity, raw score, and the heaviest columns with what each added."""
    reasons = found.reasons(REASONS)
    made = {case.spec.entity: rows.column(case.spec.entity).to_pylist(), "raw_score": found.raw}
    for place in range(reasons.shape[1]):
        named = reasons[:, place]
        made[f"reason_{place + 1}"] = named
        made[f"added_{place + 1}"] = _picked(found.contributions, named)
    return pa.Table.from_pandas(pd.DataFrame(made), preserve_index=False)


def _picked(contributions: pd.DataFrame, named: Any) -> Any:
    at = contributions.columns.get_indexer(named)
    return contributions.to_numpy()[np.arange(len(contributions)), at]
