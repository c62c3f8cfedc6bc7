"""Gates of robustness on real people and flights: trees that learnt pass, a single tree grown to the ground fails."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from sklearn.pipeline import Pipeline

from perennial.estimators.decision_rule import DecisionRule, Step
from perennial.estimators.pipeline import build, fit
from perennial.settings import Settings
from perennial.validation.case import Case
from perennial.validation.estimate import Unknown
from perennial.validation.gates.robustness import Attacked, Flips, Swapped
from perennial.validation.measured import measure
from perennial.validation.measures.robustness import robustness
from unit.validation.asked import results, verdicts
from unit.validation.real import ROWS, _kept, case, fitted, parts

PEOPLE = """
robustness:
  changeable: {weeks_worked: 4, age: 2}
  units: {age: 12, weeks_worked: 0.25}
"""
FLIGHTS = "robustness: {units: {minute_of_day: 0.016667}}"
FLIPS = ("noise", "missing_values", "unseen_categories", "out_of_range")


@cache
def grown(kind: str) -> Pipeline:
    """Return one tree that remembers every row."""
    frame, numeric, categorical = parts(kind)
    first, forest = frame.head(ROWS), "sklearn.ensemble.RandomForestClassifier"
    return fit(build(forest, {"n_estimators": 1}, numeric, categorical, 0), first, first["y"])


@pytest.fixture
def people(settings: Settings, tmp_path: Path) -> Case:
    return case(settings, tmp_path, more=PEOPLE)


def test_trees_on_people_pass_and_a_wrong_unit_that_nothing_shows_is_named(people: Case) -> None:
    figures = robustness(people)
    assert {name: verdicts(people, name, figures)[name] for name in FLIPS} == dict.fromkeys(FLIPS, "pass")
    assert verdicts(people, "adversarial", figures) == {"adversarial": "pass"}
    # Ages in months leave the range of training; weeks as quarters of them do not, and nearly nobody is chosen.
    assert verdicts(people, "units", figures) == {"units:age": "pass", "units:weeks_worked": "fail"}
    said = results(people, "units", figures)["units:weeks_worked"]
    assert "times 0.25 flips" in said.why
    assert said.value is not None
    assert said.value > 0.8


def test_a_tree_that_remembers_every_person_is_shaky(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path, more=PEOPLE, candidate=grown("people"))
    figures = robustness(found)
    assert verdicts(found, "noise", figures) == {"noise": "fail"}
    assert verdicts(found, "unseen_categories", figures) == {"unseen_categories": "fail"}
    assert verdicts(found, "out_of_range", figures) == {"out_of_range": "fail"}
    assert verdicts(found, "adversarial", figures) == {"adversarial": "fail"}
    worst = results(found, "noise", figures)["noise"].why
    assert "most by dividends" in worst


def test_flights(settings: Settings, tmp_path: Path) -> None:
    good = case(settings, tmp_path / "good", "flights", more=FLIGHTS)
    figures = robustness(good)
    assert {name: verdicts(good, name, figures)[name] for name in FLIPS} == dict.fromkeys(FLIPS, "pass")
    assert verdicts(good, "units", figures) == {"units:minute_of_day": "pass"}
    assert verdicts(good, "adversarial", figures) == {}, "nothing is declared, and this tier does not insist"
    bad = case(settings, tmp_path / "bad", "flights", candidate=grown("flights"))
    figures = robustness(bad)
    assert {name: verdicts(bad, name, figures)[name] for name in FLIPS} == dict.fromkeys(FLIPS, "fail")


def test_the_same_case_has_the_same_figures_and_they_can_be_kept(people: Case) -> None:
    figures = robustness(people)
    assert figures == robustness(people)
    assert figures.noise is not None
    assert list(figures.noise.by_column.values()) == sorted(figures.noise.by_column.values(), reverse=True)
    kept = people.ctx.evidence.read_json(measure(people, "robustness").evidence or "")
    assert kept["noise"]["share"]["high"] == figures.noise.share.high  # type: ignore[union-attr]


def test_a_column_that_a_person_may_change_flips_more_the_more_it_may(settings: Settings, tmp_path: Path) -> None:
    shares = []
    for weeks in (1, 26):
        more = f"robustness: {{changeable: {{weeks_worked: {weeks}}}}}"
        found = robustness(case(settings, tmp_path / str(weeks), more=more)).adversarial
        assert isinstance(found, Attacked)
        shares.append(found.share.value)  # type: ignore[union-attr]
    assert shares[0] < shares[1]


def test_as_many_rows_are_searched_as_the_gate_needs(people: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = robustness(people).adversarial
    monkeypatch.setattr("perennial.validation.perturbations.adversarial.MOST", 1)
    found = robustness(people).adversarial
    assert isinstance(whole, Attacked)
    assert isinstance(found, Attacked)
    assert found.rows == min(whole.rows, people.policy.min_rows)


def test_a_tier_that_insists_says_what_to_declare(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path)
    for name, key in (("units", "robustness.units"), ("adversarial", "robustness.changeable")):
        (said,) = results(found, name).values()
        assert (said.verdict, key in said.why) == ("insufficient_data", True)


def test_what_the_model_does_not_read_is_said(settings: Settings, tmp_path: Path) -> None:
    more = "robustness: {changeable: {education: 1}, units: {height: 2.54}}"
    figures = robustness(case(settings, tmp_path, more=more))
    assert isinstance(figures.adversarial, Unknown)
    assert "education" in figures.adversarial.why
    assert isinstance(figures.units["height"], Unknown)


def test_a_model_without_categories_has_none_to_be_unseen(settings: Settings, tmp_path: Path) -> None:
    frame, numeric, _ = parts("people")
    first = frame.head(ROWS)
    numbers = fit(build("sklearn.linear_model.LogisticRegression", {}, numeric, [], 0), first, first["y"])
    other = _kept(settings, "people", 3, numbers, fitted("people")[1], None)
    found = replace(case(settings, tmp_path), candidate=other)
    (said,) = results(found, "unseen_categories").values()
    assert (said.verdict, said.value, said.why) == ("pass", None, "the model reads no such column")


def test_only_the_change_flips_a_decision_never_the_lot(settings: Settings, tmp_path: Path) -> None:
    lots = {name: (Step(0.5, ">=", 0.0),) for name in ("Female", "Male")}
    rule = DecisionRule(0.5, ("sex",), lots, "threshold_optimizer")
    figures = robustness(case(settings, tmp_path, rule=rule, more=PEOPLE))
    for name in FLIPS:
        found: Flips = getattr(figures, name)
        assert found.share.value == 0.0  # type: ignore[union-attr]
    weeks = figures.units["weeks_worked"]
    assert isinstance(weeks, Swapped)
    assert weeks.flips == 0.0


def test_few_rows_decide_nothing(people: Case) -> None:
    figures = robustness(people)
    assert figures.noise is not None
    few = replace(figures, noise=replace(figures.noise, rows=50))
    assert verdicts(people, "noise", few) == {"noise": "insufficient_data"}


def test_a_straight_line_runs_away_beyond_the_range(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path, candidate=fitted("people")[1])
    assert verdicts(found, "out_of_range") == {"out_of_range": "fail"}
