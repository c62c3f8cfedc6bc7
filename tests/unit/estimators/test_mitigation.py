"""Thresholds by group on real people: fairlearn's own where costs are equal, the cheapest point elsewhere."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

from perennial.errors import GateRefused
from perennial.estimators import mitigation
from perennial.estimators.decision_rule import DecisionRule, Step, group_names, probabilities
from perennial.estimators.mitigation import mitigate, optimized
from perennial.estimators.predict import predict
from perennial.spec.decisions import Cost, Mitigation, Parity
from unit.validation.real import ROWS, fitted, people

CRITERIA: tuple[Parity, ...] = ("demographic_parity", "equalized_odds", "equal_opportunity")
SEX, BOTH = ("sex",), ("sex", "citizenship")


@cache
def unseen() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return people that the model was not fitted on, their scores and labels; two groups of citizenship."""
    rows = people().tail(ROWS).reset_index(drop=True)
    rows["citizenship"] = np.where(rows["citizenship"].str.startswith("Native"), "native", "foreign born")
    return rows, predict(fitted("people")[0], rows), rows["y"].to_numpy(dtype=np.int64)


def asked(criterion: Parity, attributes: tuple[str, ...]) -> Mitigation:
    return Mitigation(method="threshold_optimizer", criterion=criterion, attributes=attributes)


@pytest.mark.parametrize("attributes", [SEX, BOTH])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_at_equal_costs_the_rule_is_fairlearns_own(criterion: Parity, attributes: tuple[str, ...]) -> None:
    rows, scores, y = unseen()
    rule = mitigate(asked(criterion, attributes), Cost(), scores, y, rows)
    kept = DecisionRule.from_dict(json.loads(json.dumps(rule.to_dict(), allow_nan=False)))
    names = group_names(rows, attributes)
    theirs = optimized(criterion, scores, y, names)._pmf_predict(scores.reshape(-1, 1), sensitive_features=names)[:, 1]
    np.testing.assert_allclose(probabilities(kept, scores, rows), theirs, rtol=0, atol=1e-12)
    assert 0 < theirs.mean() < 1
    assert (kept.method, kept.criterion, kept.threshold) == ("threshold_optimizer", criterion, 0.5)


@pytest.mark.parametrize("cost", [Cost(), Cost(false_negative=4.0), Cost(false_positive=3.0)])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_costs_of_a_place_are_those_of_the_rule_at_that_place(criterion: Parity, cost: Cost) -> None:
    rows, scores, y = unseen()
    names = group_names(rows, SEX)
    curves = optimized(criterion, scores, y, names)._tradeoff_curve
    told = mitigation._costs(criterion, curves, y, names, cost)
    for place in (0, 3, 30, 300, 999, int(np.argmin(told))):
        steps = {name: mitigation._steps(criterion, curves, name, place) for name in curves}
        yes = probabilities(DecisionRule(0.5, SEX, steps), scores, rows)
        real = cost.false_positive * (yes * (1 - y)).mean() + cost.false_negative * ((1 - yes) * y).mean()
        assert told[place] == pytest.approx(real, abs=1e-9)


@pytest.mark.parametrize("cost", [Cost(), Cost(false_negative=4.0)])
def test_parity_holds_on_the_rows_it_was_made_on(cost: Cost) -> None:
    rows, scores, y = unseen()
    plain = pd.Series(scores >= cost.threshold).groupby(rows["sex"]).mean()
    assert plain.min() / plain.max() < 0.5
    rule = mitigate(asked("demographic_parity", SEX), cost, scores, y, rows)
    fair = pd.Series(probabilities(rule, scores, rows)).groupby(rows["sex"]).mean()
    assert fair.min() / fair.max() == pytest.approx(1, abs=1e-6)


def test_dearer_misses_mean_more_yes() -> None:
    rows, scores, y = unseen()
    shares = [
        probabilities(
            mitigate(asked("demographic_parity", SEX), Cost(false_negative=miss), scores, y, rows), scores, rows
        ).mean()
        for miss in (1.0, 2.0, 4.0)
    ]
    assert shares == sorted(shares)
    assert shares[0] < shares[-1]


def test_a_group_with_one_outcome_is_named() -> None:
    rows, scores, y = unseen()
    with pytest.raises(GateRefused, match=r"Female: \d+ rows, all of outcome 0"):
        mitigate(
            asked("demographic_parity", SEX), Cost(), scores, np.where(rows["sex"].eq("Female"), 0, y).astype(int), rows
        )


@pytest.mark.parametrize(
    ("probability", "operator", "threshold", "step"),
    [
        (0.5, ">", np.inf, None),
        (0.5, "<", -np.inf, None),
        (0.5, ">", -np.inf, Step(0.5)),
        (0.5, "<", np.inf, Step(0.5)),
        (0.0, ">", 0.3, None),
        (1.0, ">", 0.3, Step(1.0, ">", 0.3)),
    ],
)
def test_infinite_thresholds_are_said_without_infinity(
    probability: float, operator: str, threshold: float, step: Step | None
) -> None:
    assert mitigation._step(probability, operator, threshold) == step
