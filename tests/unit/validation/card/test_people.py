"""What the card says of groups of people, decisions and waivers: openly, and naming who is too few."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from perennial.estimators.decision_rule import DecisionRule, Step
from perennial.settings import Settings
from perennial.spec.decisions import Protected
from perennial.validation.card import Facts, card
from perennial.validation.card.document import to_html, to_markdown
from perennial.validation.card.people import wilson
from perennial.validation.gates.fairness import Fairness
from perennial.validation.measured import plain
from perennial.validation.measures.fairness import fairness
from unit.validation.card.made import CANDIDATE, facts_of
from unit.validation.figures import GOOD
from unit.validation.real import case

WAIVER = {"gate": "demographic_parity:age_band", "by": "alice", "reason": "the young hardly earn"}
RULE = DecisionRule(
    0.5, ("sex",), {"F": (Step(0.75, ">", 0.2), Step(0.25, ">", 0.3))}, "threshold_optimizer", "demographic_parity"
)


@pytest.fixture
def figures(settings: Settings, tmp_path: Path) -> Fairness:
    return fairness(case(settings, tmp_path / "case", "people"))


def gate(name: str, **values: Any) -> dict[str, Any]:
    known = {"value": 0.1, "low": 0.05, "high": 0.2, "limit": 0.8, "verdict": "fail", "why": "low end 0.05"}
    return {"name": name, **known, "mode": "enforce", "evidence": None, "waiver": None, **values}


def with_people(figures: Fairness) -> Facts:
    """Return facts with real figures of people, one criterion waived and one reported."""
    known = facts_of()
    names = ("sex", "race", "age_band", "citizenship")
    guarded = {name: Protected(criterion="demographic_parity", why=f"why {name}") for name in names}
    gates = [
        gate("demographic_parity:sex"),
        gate("equalized_odds:sex", mode="report"),
        gate("demographic_parity:age_band", waiver="e" * 64),
    ]
    return replace(
        known,
        spec=known.spec.model_copy(update={"protected": guarded}),
        figures={**known.figures, "fairness": plain(asdict(figures))},
        verdict={**known.verdict, "gates": [*known.verdict["gates"], *gates]},
        waivers=[{**WAIVER, "until": "2027-01-31T23:59:59+00:00"}],
    )


def test_every_attribute_stands_there_with_its_criterion_and_its_groups(figures: Fairness) -> None:
    text = to_markdown(card(with_people(figures)))
    for attribute in figures.attributes:
        for group in attribute.groups if "+" not in attribute.name else ():
            assert f"| {group.name} | {group.rows:,} |" in text
    assert "sex: the criterion is demographic parity, because: why sex" in text
    assert "| demographic_parity:sex | 0.1 | 0.0500 to 0.2000 | 0.8 | fail | enforced |" in text
    assert "| equalized_odds:sex | 0.1 | 0.0500 to 0.2000 | 0.8 | fail | reported |" in text


def test_groups_too_small_are_named(figures: Fairness) -> None:
    text = to_markdown(card(with_people(figures)))
    small = {name for one in figures.attributes for found in one.criteria.values() for name in found.small}
    named = {name for name in small if f"{name} (" in text}
    assert named
    assert named == {name for name in small if "|" not in name}


def test_a_waiver_stands_openly_where_it_was_needed(figures: Fairness) -> None:
    text = to_markdown(card(with_people(figures)))
    assert "| demographic_parity:age_band | alice | 2027-01-31 | the young hardly earn | yes |" in text
    assert "Waived: demographic_parity:age_band, by alice until 2027-01-31, because: the young hardly earn" in text
    assert "fail (waived)" in text
    assert "1 results lie beyond their limit and are only reported" in text


def test_a_waiver_that_was_revoked_says_so_in_both_places(figures: Fairness) -> None:
    known = with_people(figures)
    (waiver,) = known.waivers
    back = "revoked 2026-12-01 10:00 UTC by kim: rates may be compared"
    text = to_markdown(card(replace(known, waivers=[{**waiver, "revoked": back}])))
    assert f"| demographic_parity:age_band | alice | 2027-01-31; {back} | the young hardly earn | yes |" in text
    assert f"by alice until 2027-01-31; {back}, because: the young hardly earn" in text


def test_drawings_show_every_group_within_the_frame(figures: Fairness) -> None:
    html = to_html(card(with_people(figures)))
    drawn = re.findall(r'<svg[^>]*aria-label="Decided for, by (\w+)".*?</svg>', html, re.DOTALL)
    assert drawn == ["sex", "race", "age_band", "citizenship"]
    dots = [float(x) for x in re.findall(r'<circle cx="([\d.]+)" cy="[\d.]+" r="4"', html)]
    assert dots
    assert all(250 <= x <= 610 for x in dots)


def test_a_mitigation_shows_rule_price_and_the_legal_point() -> None:
    known = facts_of()
    text = to_markdown(card(replace(known, candidate={**CANDIDATE, "decision": plain(RULE.to_dict())})))
    assert "sex must be known at scoring" in text
    assert "| F | 0.75 | score > 0.2 |" in text
    frame = known.frame
    right = ((frame["p_candidate"] >= known.spec.cost.threshold) == (frame["y"] == 1)).mean()
    assert f"| one threshold for everybody | {right:.1%} |" in text
    assert f"| as mitigated | {(frame['d_candidate'] == frame['y']).mean():.1%} |" in text


def test_without_a_mitigation_no_attribute_is_needed() -> None:
    assert "no protected attribute is needed at scoring" in to_markdown(card(facts_of(GOOD)))


@given(st.integers(1, 5_000), st.data())
def test_intervals_of_shares_are_wilsons(rows: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, rows))
    low, high = proportion_confint(hits, rows, method="wilson")
    assert wilson(hits / rows, rows) == (pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6))


def test_no_rows_have_no_interval() -> None:
    assert wilson(None, 0) == (None, None)
