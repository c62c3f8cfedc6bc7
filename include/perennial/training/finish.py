"""What follows the search: the model that is kept, recalibrated where the spec asks, and how its scores decide.

A calibrator and a mitigation learn from scores, and a model's scores on rows it was fitted on are better than life. So
both are fitted on folds, with models that did not see them. A recalibrated candidate is the newest fold's model: what
it gives up is that fold, and a mitigation is fitted on its recalibrated scores there. Without recalibration the
candidate learns from all fit days, and thresholds that were found on all folds are taken over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perennial.errors import GateRefused
from perennial.estimators.decision_rule import DecisionRule, probabilities
from perennial.estimators.mitigation import mitigate
from perennial.estimators.predict import predict
from perennial.estimators.recalibration import recalibrate
from perennial.keys import DAY, Window
from perennial.spec.decisions import Cost
from perennial.training.search import Search
from perennial.training.snapshot import TrainingSet
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
    """Fit the candidate with the parameters that won; raises GateRefused where the folds cannot teach."""
    wants = work.train
    plain = DecisionRule(cost.threshold) if wants.task == "classification" else None
    mitigated = wants.mitigation.method != "none"
    if wants.recalibrate != "none":
        model, later, scores = _recalibrated(work, parameters)
        return _fair(work, cost, model, later, scores) if mitigated else Finished(model, plain)
    model = work.candidate(parameters, work.data)
    return _fair(work, cost, model, *_out_of_fold(work, parameters)) if mitigated else Finished(model, plain)


def _recalibrated(work: Search, parameters: Mapping[str, Any]) -> tuple[Pipeline, TrainingSet, Floats]:
    """Return the newest fold's model behind a calibrator, that fold's rows, and their recalibrated scores, (n,)."""
    fold = _folds(work)[-1]
    before, later = work.candidate(parameters, work.data.part(fold.fit)), work.data.part(fold.validation)
    model = recalibrate(before, later.table, later.labels, work.train.recalibrate, threads=work.threads)
    return model, later, predict(model, later.table, threads=work.threads)


def _out_of_fold(work: Search, parameters: Mapping[str, Any]) -> tuple[TrainingSet, Floats]:
    """Return the rows of all folds, in order, and their scores by models that were fitted on the days before, (n,)."""
    folds, parts = _folds(work), []
    for fold in folds:
        model = work.candidate(parameters, work.data.part(fold.fit))
        parts.append(predict(model, work.data.part(fold.validation).table, threads=work.threads))
    return work.data.part(Window(folds[0].validation.first, folds[-1].validation.last)), np.concatenate(parts)


def _fair(work: Search, cost: Cost, model: Pipeline, later: TrainingSet, scores: Floats) -> Finished:
    """Find the rule on rows whose scores no fit has seen, and say what it costs there."""
    wants, labels = work.train.mitigation, later.labels.astype(np.int64)
    groups = later.table.select(list(wants.attributes)).to_pandas()
    rule = mitigate(wants, cost, scores, labels, groups)
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


def _folds(work: Search) -> Sequence[Fold]:
    """Return the newest folds in a row, oldest first, on which labels differ; raises GateRefused for none."""
    if not work.folds:
        raise GateRefused(
            "recalibration or mitigation",
            expected="a fold of the fit days in which labels differ before and after its cut",
            found="none",
            next_command="a longer train.window, or neither of the two, in model.yaml",
        )
    kept = [work.folds[-1]]
    for fold in reversed(work.folds[:-1]):
        if fold.validation.last + DAY != kept[0].validation.first:
            break
        kept.insert(0, fold)
    return kept
