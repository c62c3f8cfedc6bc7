"""Thresholds by group that make decisions fairer: found by fairlearn, kept as a rule of our own.

Hardt, Price and Srebro (2016), "Equality of opportunity in supervised learning". fairlearn gives the curve of each
group along which a criterion is equal between groups; of its points we take the cheapest under the spec's costs. At
equal costs that is the one fairlearn takes itself, because it then counts mistakes as we do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from perennial.errors import GateRefused
from perennial.estimators.decision_rule import DecisionRule, Step, group_names
from perennial.spec.decisions import Cost, Mitigation, Parity

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Names = NDArray[np.object_]
Curves = Mapping[str, pd.DataFrame]
"""Of each group: columns x, y, p0, operation0, p1, operation1 on a common grid of x."""

DECIMALS = 12
"""Of a cost per row: differences beyond are rounding, and of equal costs the first is taken."""
CONSTRAINTS: Mapping[Parity, str] = {
    "demographic_parity": "demographic_parity",
    "equalized_odds": "equalized_odds",
    "equal_opportunity": "true_positive_rate_parity",
}
"""fairlearn's names of our criteria."""


def mitigate(mitigation: Mitigation, cost: Cost, scores: Floats, y: Labels, groups: pd.DataFrame) -> DecisionRule:
    """Return the rule that decides fairly at the least cost on these rows, (n,) each, whose scores no fit has seen.

    `groups` has the attributes of the mitigation, (n, k). Raises GateRefused for a group with one outcome only.
    """
    names = group_names(groups, mitigation.attributes)
    _refuse_one_sided(names, y, mitigation.attributes)
    optimizer = optimized(mitigation.criterion, scores, y, names)
    curves = {str(name): curve for name, curve in optimizer._tradeoff_curve.items()}  # noqa: SLF001 - it shows no other
    place = int(np.argmin(_costs(mitigation.criterion, curves, y, names, cost)))
    steps = {name: _steps(mitigation.criterion, curves, name, place) for name in sorted(curves)}
    return DecisionRule(cost.threshold, mitigation.attributes, steps, mitigation.method, mitigation.criterion)


def optimized(criterion: Parity, scores: Floats, y: Labels, names: Names) -> Any:
    """Return fairlearn's ThresholdOptimizer, fitted on scores that are there already; its X is (n, 1), the scores."""
    from fairlearn.postprocessing import ThresholdOptimizer

    optimizer = ThresholdOptimizer(
        estimator=_given(), constraints=CONSTRAINTS[criterion], prefit=True, predict_method="predict"
    )
    return optimizer.fit(scores.reshape(-1, 1), y, sensitive_features=names)


def _given() -> Any:
    """Return an estimator that predicts its only column: fairlearn asks one for scores that we have."""
    from sklearn.base import BaseEstimator

    class Given(BaseEstimator):  # type: ignore[misc]
        def fit(self) -> None: ...

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict(self, scores: Floats) -> Floats:
            return scores[:, 0]

    return Given()


def _costs(criterion: Parity, curves: Curves, y: Labels, names: Names, cost: Cost) -> Floats:
    """Return what all mistakes cost at each place of the curves' common grid, (m,)."""
    mistakes = np.zeros(len(next(iter(curves.values()))))
    least = np.min([curve["y"] for curve in curves.values()], axis=0)
    for name, curve in curves.items():
        of_group = y[names == name]
        false_positive, false_negative = _mistakes(criterion, curve, least, len(of_group), int(of_group.sum()))
        mistakes += cost.false_positive * false_positive + cost.false_negative * false_negative
    return np.round(mistakes / len(y), DECIMALS)


def _mistakes(
    criterion: Parity, curve: pd.DataFrame, least: Floats, rows: int, positives: int
) -> tuple[Floats, Floats]:
    """Return false positives and false negatives of a group at each place, (m,) each.

    What fairlearn calls x and y of a curve: selection rate and accuracy; true positive rate and accuracy; false and
    true positive rate, where all groups are brought down to the `least` true positive rate of any.
    """
    x, negatives = curve["x"].to_numpy(), rows - positives
    if criterion == "equalized_odds":
        return x * negatives, (1 - least) * positives
    right = curve["y"].to_numpy() * rows
    if criterion == "equal_opportunity":
        return rows - right - (1 - x) * positives, (1 - x) * positives
    found = (right - negatives + x * rows) / 2
    return x * rows - found, positives - found


def _steps(criterion: Parity, curves: Curves, name: str, place: int) -> tuple[Step, ...]:
    """Return a group's steps at a place: two thresholds mixed, and for equalized odds a share that is drawn by lot."""
    point = curves[name].iloc[place]
    lot = 0.0
    if criterion == "equalized_odds" and point["y"] != point["x"]:
        least = min(curve["y"].iloc[place] for curve in curves.values())
        lot = float((point["y"] - least) / (point["y"] - point["x"]))
    steps = [_step(lot * point["x"], ">", -np.inf)]
    for share, operation in ((point["p0"], point["operation0"]), (point["p1"], point["operation1"])):
        steps.append(_step((1 - lot) * share, operation.operator, operation.threshold))
    return tuple(step for step in steps if step)


def _step(probability: float, operator: Any, threshold: float) -> Step | None:
    """Return a step, or None for one that never decides; thresholds may be infinite, which JSON cannot say."""
    always = np.isinf(threshold) and (threshold < 0) == (operator == ">")
    if probability <= 0 or (np.isinf(threshold) and not always):
        return None
    return Step(float(probability)) if always else Step(float(probability), operator, float(threshold))


def _refuse_one_sided(names: Names, y: Labels, attributes: Sequence[str]) -> None:
    """Raise GateRefused where all of a group have one outcome: no threshold can be chosen for it."""
    for name in np.unique(names.astype(str)):
        outcomes = y[names == name]
        if not 0 < outcomes.sum() < len(outcomes):
            raise GateRefused(
                f"mitigation by {', '.join(attributes)}",
                expected="both outcomes in each group of the rows it is fitted on",
                found=f"{name}: {len(outcomes)} rows, all of outcome {int(outcomes[0])}",
                next_command="fewer attributes in train.mitigation, or a longer train.window, in model.yaml",
            )
