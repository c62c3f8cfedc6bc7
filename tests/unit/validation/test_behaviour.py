"""Declared tests of behaviour on real people: what a sensible model does passes, what it does not is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perennial.estimators.decision_rule import DecisionRule, Step
from perennial.settings import Settings
from perennial.validation.case import Case
from perennial.validation.gates import GateResult
from unit.validation.asked import results
from unit.validation.real import case, fitted

PEOPLE = """
behaviour:
  invariance:
    - {name: small_wages, column: wage_per_hour, values: [0, 1, 2], within: 0.05, share: 0.9}
    - {name: any_schooling, column: education, values: [Doctorate degree(PhD EdD), Children], within: 0.01}
  direction:
    - {name: gains_help, column: capital_gains, by: 20000, expect: up, share: 0.95}
    - {name: gains_harm, column: capital_gains, by: 20000, expect: down, share: 0.95}
  golden:
    - name: rich_doctor
      row: {age: 50, education: Doctorate degree(PhD EdD), weeks_worked: 52, capital_gains: 99999, dividends: 20000}
      decision: 1
    - {name: child, row: {age: 5, education: Children}, decision: 0}
    - {name: rich_child, row: {age: 5, education: Children}, decision: 1}
"""


def declared(settings: Settings, folder: Path, text: str, **more: Any) -> dict[str, GateResult]:
    found: Case = case(settings, folder, more=f"behaviour:\n  {text}", **more)
    return {name.removeprefix("behaviour:"): one for name, one in results(found, "behaviour").items()}


def test_each_declared_test_has_a_result_of_its_own(settings: Settings, tmp_path: Path) -> None:
    found = results(case(settings, tmp_path, more=PEOPLE), "behaviour")
    assert {name.removeprefix("behaviour:"): result.verdict for name, result in found.items()} == {
        "small_wages": "pass",
        "any_schooling": "fail",
        "gains_help": "pass",
        "gains_harm": "fail",
        "rich_doctor": "pass",
        "child": "pass",
        "rich_child": "fail",
    }
    assert "a score moves by up to" in found["behaviour:any_schooling"].why
    assert "the other way in" in found["behaviour:gains_harm"].why
    assert "decided 0 at score" in found["behaviour:rich_child"].why
    assert found["behaviour:rich_child"].value == 1.0
    assert found["behaviour:child"].value == 0.0


def test_a_linear_model_answers_the_same_questions(settings: Settings, tmp_path: Path) -> None:
    found = results(case(settings, tmp_path, more=PEOPLE, candidate=fitted("people")[1]), "behaviour")
    assert found["behaviour:gains_help"].verdict == "pass"
    assert found["behaviour:gains_harm"].verdict == "fail"


def test_the_share_that_is_declared_decides(settings: Settings, tmp_path: Path) -> None:
    text = "invariance: [{{name: schooling, column: education, values: [Children], within: 0.01, share: {}}}]"
    (strict,) = declared(settings, tmp_path / "a", text.format(1.0)).values()
    (loose,) = declared(settings, tmp_path / "b", text.format(0.05)).values()
    assert (strict.verdict, loose.verdict) == ("fail", "pass")
    assert 0 < (strict.value or 0) < 0.95
    assert loose.value == 0.0


def test_a_rule_that_looks_at_sex_is_not_invariant_to_it(settings: Settings, tmp_path: Path) -> None:
    groups = {"Female": (Step(1.0, ">=", 0.1),), "Male": (Step(1.0, ">=", 0.6),)}
    rule = DecisionRule(0.5, ("sex",), groups, "threshold_optimizer")
    text = """invariance: [{name: sex, column: sex, values: [Female, Male], within: 0.0}]
  golden: [{name: nobody, row: {age: 40}, decision: 0}, {name: woman, row: {age: 5, sex: Female}, decision: 0}]"""
    found = declared(settings, tmp_path, text, rule=rule)
    assert found["sex"].verdict == "fail"
    assert "decided otherwise" in found["sex"].why
    assert "moves by up to 0," in found["sex"].why
    assert (found["nobody"].verdict, found["woman"].verdict) == ("fail", "pass")
    assert "never seen" in found["nobody"].why
    plain = declared(settings, tmp_path / "plain", text.split("\n", maxsplit=1)[0])
    assert (plain["sex"].verdict, plain["sex"].why) == ("insufficient_data", "neither model nor rule reads sex")


def test_a_case_may_name_what_a_version_does_not_read(settings: Settings, tmp_path: Path) -> None:
    girl, nobody = "{name: girl, row: {age: 5, sex: Female}", "{name: sex, row: {sex: Female}"
    text = f"golden: [{girl}, decision: 0}}, {nobody}, decision: 0}}]"
    found = declared(settings, tmp_path, text)
    assert (found["girl"].verdict, found["sex"].verdict) == ("pass", "insufficient_data")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("direction: [{name: x, column: education, by: 1, expect: up}]", "no number"),
        ("invariance: [{name: x, column: educaton, values: [a], within: 0.1}]", "educaton"),
        ("invariance: [{name: x, column: age, values: [old], within: 0.1}]", "expected numbers"),
        ("golden: [{name: x, row: {heigth: 3}, decision: 1}]", "heigth"),
    ],
)
def test_a_test_that_does_not_fit_the_model_decides_nothing(
    text: str, said: str, settings: Settings, tmp_path: Path
) -> None:
    (found,) = declared(settings, tmp_path, text).values()
    assert (found.verdict, said in found.why) == ("insufficient_data", True)


def test_a_tier_that_insists_asks_for_tests(settings: Settings, tmp_path: Path) -> None:
    (said,) = results(case(settings, tmp_path / "people"), "behaviour").values()
    assert (said.verdict, "declared" in said.why) == ("insufficient_data", True)
    assert results(case(settings, tmp_path / "flights", "flights"), "behaviour") == {}
