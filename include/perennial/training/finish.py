"""What follows the search: the model that is kept, recalibrated where the spec asks, and how its scores decide.

A calibrator and a mitigation learn from scores, and a model's scores on rows it was fitted on are better than life. So
both are fitted on the newest fold, with a model that did not see it. A recalibrated candidate is that very model: what
it gives up is the newest fold. Without recalibration the candidate learns from all fit days, and the thresholds found
on the newest fold are taken over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perennial.errors import GateRefused
from perennial.estimators.decision_rule import DecisionRule, probabilities
from perennial.estimators.mitigation import mitigate
from perennial.estimators.predict import predict
from perennial.estimators.recalibration import recalibrate
from perennial.spec.decisions import Cost
from perennial.training.search import Search
from perennial.training.split import Fold

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Finished:
    """The candidate, its decision rule (none where a number is predicted), and what the rule's fairness costs."""

    model: Pipeline
    rule: DecisionRule | None
    metrics: Mapping[str, float] = field(default_factory=dict)


def finish(work: Search, parameters: Mapping[str, Any], cost: Cost) -> Finished:
    """Fit the candidate with the parameters that won; raises GateRefused where the newest fold cannot teach."""
    wants = work.train
    plain = DecisionRule(cost.threshold) if wants.task == "classification" else None
    mitigated = wants.mitigation.method != "none"
    if wants.recalibrate == "none" and not mitigated:
        return Finished(work.candidate(parameters, work.data), plain)
    fold = _newest(work)
    before, later = work.candidate(parameters, work.data.part(fold.fit)), work.data.part(fold.validation)
    if wants.recalibrate != "none":
        model = scorer = recalibrate(before, later.table, later.labels, wants.recalibrate, threads=work.threads)
    else:
        model, scorer = work.candidate(parameters, work.data), before
    if not mitigated:
        return Finished(model, plain)
    scores = predict(scorer, later.table, threads=work.threads)
    groups = later.table.select(list(wants.mitigation.attributes)).to_pandas()
    labels = later.labels.astype(np.int64)
    rule = mitigate(wants.mitigation, cost, scores, labels, groups)
    return Finished(model, rule, price(cost, labels, scores >= cost.threshold, probabilities(rule, scores, groups)))


def price(cost: Cost, y: NDArray[np.int64], plain: Any, fair: Floats) -> dict[str, float]:
    """Return accuracy and cost a row of fair decisions, and what they lose to plain ones; probabilities of a yes, (n,).

    Both prices are losses: a positive one says that fairness costs.
    """
    before, after = (_figures(cost, y, np.asarray(yes, dtype=np.float64)) for yes in (plain, fair))
    return {
        "mitigation_accuracy": after[0],
        "mitigation_cost": after[1],
        "mitigation_price_accuracy": before[0] - after[0],
        "mitigation_price_cost": after[1] - before[1],
    }


def _figures(cost: Cost, y: NDArray[np.int64], yes: Floats) -> tuple[float, float]:
    false_positive, false_negative = float(np.mean(yes * (1 - y))), float(np.mean((1 - yes) * y))
    wrong = cost.false_positive * false_positive + cost.false_negative * false_negative
    return 1 - false_positive - false_negative, wrong


def _newest(work: Search) -> Fold:
    if not work.folds:
        raise GateRefused(
            "recalibration or mitigation",
            expected="a fold of the fit days in which labels differ before and after its cut",
            found="none",
            next_command="a longer train.window, or neither of the two, in model.yaml",
        )
    return work.folds[-1]
