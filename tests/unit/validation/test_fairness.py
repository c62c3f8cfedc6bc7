"""How groups of people are decided about, on real people: the plain model fails, and what passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perennial.estimators.decision_rule import DecisionRule, Step
from perennial.estimators.predict import predict
from perennial.settings import Settings
from perennial.spec.decisions import Protected
from perennial.validation.case import Case
from perennial.validation.gates import GATES, GateResult, Rule
from perennial.validation.gates.fairness import Fairness, listed
from perennial.validation.measures.fairness import fairness
from unit.validation.real import ROWS, case, fitted, people

CRITERIA = ["demographic_parity", "equalized_odds", "equal_opportunity", "error_rate"]


def results(found: Case, figures: Fairness | None = None) -> dict[str, GateResult]:
    """Return the results of the four gates by name."""
    measured = fairness(found) if figures is None else figures
    rules = {name: Rule(found.policy.gates[name], found.policy, found.spec) for name in CRITERIA}  # type: ignore[index]
    return {result.name: result for name in CRITERIA for result in GATES[name].results(measured, rules[name])}


def protecting(found: Case, **criteria: Any) -> Case:
    """Return the case with these attributes and criteria."""
    protected = {name: Protected(criterion=criterion, why="tests") for name, criterion in criteria.items()}
    return replace(found, ctx=replace(found.ctx, spec=found.spec.model_copy(update={"protected": protected})))


SEXES = ("Female", "Male")
LOTTERY = DecisionRule(0.5, ("sex",), dict.fromkeys(SEXES, (Step(0.97, ">=", 0.0),)), method="threshold_optimizer")
"""Draws lots for everybody, whatever the score."""


def by_sex(share: float, labels: tuple[int, ...] = (0, 1)) -> DecisionRule:
    """Return a rule, made on the rows of the fit, that says yes to this share of each sex among rows of some labels."""
    known = people().head(ROWS)
    scores, asked = predict(fitted("people")[0], known), known["y"].isin(labels).to_numpy()
    ends = {sex: float(np.quantile(scores[asked & (known["sex"] == sex)], 1 - share)) for sex in SEXES}
    steps = {sex: (Step(1.0, ">=", end),) for sex, end in ends.items()}
    return DecisionRule(0.5, ("sex",), steps, method="threshold_optimizer")


def test_the_plain_model_fails_by_sex_and_says_how_far(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people")
    result = results(found)["demographic_parity:sex"]
    frame, sex = found.scored.frame, found.scored.groups["sex"]
    rate = frame["d_candidate"].groupby(sex).mean()
    assert result.value == pytest.approx(rate["Female"] / rate["Male"])
    assert (result.verdict, result.mode) == ("fail", "enforce")
    assert result.high is not None
    assert result.high < 0.5
    assert "lowest Female, highest Male" in result.why


def test_a_rule_that_selects_as_many_of_each_sex_passes_and_others_are_still_reported(
    settings: Settings, tmp_path: Path
) -> None:
    found = results(case(settings, tmp_path / "people", rule=by_sex(0.2)))
    assert (found["demographic_parity:sex"].verdict, found["demographic_parity:sex"].mode) == ("pass", "enforce")
    assert {found[f"{name}:sex"].mode for name in CRITERIA[1:]} == {"report"}
    assert (found["demographic_parity:age_band"].verdict, found["demographic_parity:age_band"].mode) == (
        "fail",
        "enforce",
    )


@pytest.mark.parametrize(
    ("criterion", "rule"),
    [
        ("equalized_odds", lambda: LOTTERY),
        ("equal_opportunity", lambda: by_sex(0.98, (1,))),
        ("error_rate", lambda: None),
    ],
)
def test_the_criterion_of_the_spec_is_enforced_and_passes_where_groups_are_treated_alike(
    settings: Settings, tmp_path: Path, criterion: str, rule: Callable[[], DecisionRule | None]
) -> None:
    found = protecting(case(settings, tmp_path / "people", rule=rule()), sex=criterion)
    result = results(found)[f"{criterion}:sex"]
    assert (result.verdict, result.mode) == ("pass", "enforce")


def test_each_criterion_fails_the_plain_model_by_age(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people")
    for criterion in CRITERIA:
        result = results(protecting(found, age_band=criterion))[f"{criterion}:age_band"]
        assert (result.verdict, result.mode) == ("fail", "enforce")


def test_pairs_of_attributes_are_reported_and_no_group_is_dropped(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people")
    figures, judged = fairness(found), results(found)
    names = ["sex", "race", "age_band", "citizenship"]
    pairs = [f"{a}+{b}" for place, a in enumerate(names) for b in names[place + 1 :]]
    assert [one.name for one in figures.attributes] == names + pairs
    assert len(judged) == 4 * len(figures.attributes)
    assert {judged[f"{gate}:{pair}"].mode for gate in CRITERIA for pair in pairs} == {"report"}
    for attribute in figures.attributes:
        assert sum(group.rows for group in attribute.groups) == len(found.scored.frame)
        for compared in attribute.criteria.values():
            assert compared.rows + sum(compared.small.values()) == len(found.scored.frame)


def test_small_groups_are_named_with_their_rows(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people", min_group=200)
    sizes = found.scored.groups["race"].value_counts()
    small = {str(name): int(rows) for name, rows in sizes.items() if rows < 200}
    judged = results(found)
    assert small == {"Amer Indian Aleut or Eskimo": 134}
    assert judged["demographic_parity:race"].why.endswith("too small to judge: Amer Indian Aleut or Eskimo (134)")
    positives = found.scored.frame["y"].groupby(found.scored.groups["race"]).sum()
    assert set(fairness(found).attributes[1].criteria["equal_opportunity"].small) == set(
        positives.index[(positives < 30) | (sizes < 200)]
    )


def test_fewer_than_two_large_groups_decide_nothing(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people", min_group=6_000)
    result = results(found)["demographic_parity:sex"]
    assert (result.verdict, result.value) == ("insufficient_data", None)
    assert "too small to judge: Male (5814)" in result.why


def test_people_who_are_held_are_counted_and_named(settings: Settings, tmp_path: Path) -> None:
    rule = DecisionRule(0.5, ("sex",), {"Male": (Step(1.0, ">=", 0.5),)}, method="threshold_optimizer")
    found = case(settings, tmp_path / "people", rule=rule)
    women, judged = int((found.scored.groups["sex"] == "Female").sum()), results(found)
    assert judged["demographic_parity:sex"].verdict == "insufficient_data"
    assert f"held for a person: Female ({women})" in judged["demographic_parity:sex"].why
    race = fairness(found).attributes[1]
    assert sum(group.held for group in race.groups) == women
    assert sum(group.rows for group in race.groups) == len(found.scored.frame) - women
    assert "held for a person: White (" in judged["demographic_parity:race"].why


def test_days_that_hang_together_widen_what_is_known(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people")
    by_day = replace(found, ctx=replace(found.ctx, spec=found.spec.model_copy(update={"resampling_unit": "day"})))
    row, day = (results(one)["demographic_parity:sex"] for one in (found, by_day))
    assert (row.value, row.verdict) == (day.value, day.verdict)
    assert (row.low, row.high) != (day.low, day.high)


def test_a_policy_that_insists_asks_for_attributes_once(settings: Settings, tmp_path: Path) -> None:
    found = protecting(case(settings, tmp_path / "people"))
    (result,) = results(found).values()
    assert (result.name, result.verdict, result.mode) == ("demographic_parity", "insufficient_data", "enforce")
    assert "protected" in result.why
    relaxed = replace(found, policy=found.policy.model_copy(update={"insufficient_data": "is_reported"}))
    assert results(relaxed) == {}


def test_many_groups_are_named_by_size_and_the_rest_counted() -> None:
    assert listed({"a": 1, "b": 5, "c": 3}) == "b (5), c (3), a (1)"
    assert listed(dict.fromkeys("fedcba", 1)) == "a (1), b (1), c (1), d (1) and 2 more"
