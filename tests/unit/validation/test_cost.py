"""What decisions cost, on real people."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perennial.estimators.decision_rule import DecisionRule, Step
from perennial.settings import Settings
from perennial.spec.decisions import Cost
from perennial.validation.case import Case
from perennial.validation.estimate import Unknown
from perennial.validation.gates import GATES, GateResult, Rule
from perennial.validation.measures.cost import cost, costs
from unit.validation.real import case, fitted, worse

EAGER = DecisionRule(0.02)
"""Says yes to whoever might earn: many wrong yeses."""


def judged(found: Case) -> GateResult:
    (result,) = GATES["cost"].results(cost(found), Rule(found.policy.gates["cost"], found.policy, found.spec))
    return result


def test_a_model_that_beats_deciding_for_all_alike_passes(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people")
    figures, frame = cost(found), found.scored.frame
    assert (figures.rows, figures.held, figures.against) == (12_000, 0, "deciding against everybody")
    assert figures.other == figures.without == frame["y"].mean()
    assert figures.candidate == (frame["d_candidate"] != frame["y"]).mean()
    result = judged(found)
    assert (result.verdict, result.value) == (
        "pass",
        pytest.approx((figures.candidate - figures.other) / figures.without),
    )
    assert f"{figures.other:.4g} by deciding against everybody" in result.why


def test_a_rule_that_is_worse_than_no_model_fails(settings: Settings, tmp_path: Path) -> None:
    assert judged(case(settings, tmp_path / "people", rule=EAGER)).verdict == "fail"


def test_against_the_champion_the_same_decisions_pass_and_dearer_ones_fail(settings: Settings, tmp_path: Path) -> None:
    model = fitted("people")[0]
    same = judged(case(settings, tmp_path / "same", champion=model))
    assert (same.verdict, same.value, same.low, same.high) == ("pass", 0.0, 0.0, 0.0)
    found = case(settings, tmp_path / "eager", champion=model, rule=EAGER)
    assert cost(found).against == "the champion"
    assert judged(found).verdict == "fail"


def test_a_person_who_is_held_is_counted_and_not_compared(settings: Settings, tmp_path: Path) -> None:
    half = DecisionRule(0.5, ("sex",), {"Male": (Step(1.0, ">=", 0.5),)}, method="threshold_optimizer")
    found = case(settings, tmp_path / "people", rule=half)
    women = int((found.scored.groups["sex"] == "Female").sum())
    figures = cost(found)
    assert (figures.rows, figures.held) == (12_000 - women, women)
    assert f"{women} rows not compared" in judged(found).why
    nobody = worse(found, frame=found.scored.frame.assign(d_candidate=np.nan))
    assert cost(nobody).difference == Unknown("no row is decided by both")
    assert judged(nobody).verdict == "insufficient_data"


def test_the_cheaper_decision_for_all_follows_the_prices(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people")
    dear = found.spec.model_copy(update={"cost": Cost(false_positive=1, false_negative=50)})
    assert cost(replace(found, ctx=replace(found.ctx, spec=dear))).against == "deciding for everybody"


def test_each_mistake_has_its_price() -> None:
    prices = Cost(false_positive=1, false_negative=4)
    assert list(costs(np.array([0, 0, 1, 1]), np.array([0.0, 1, 0, 1]), prices)) == [0, 1, 4, 0]  # type: ignore[arg-type]
