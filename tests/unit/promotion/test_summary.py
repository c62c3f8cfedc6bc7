"""What an approver reads."""

from __future__ import annotations

from typing import Any

from perennial.promotion.summary import SHOWN, fairness, gates, subject
from perennial.settings import PROJECT
from perennial.spec import load_spec


def gate(name: str, verdict: str = "pass", value: float | None = 0.9, **values: Any) -> dict[str, Any]:
    told = {"name": name, "verdict": verdict, "value": value, "limit": 0.8, "mode": "enforce", "waiver": None}
    return {**told, "why": "because", **values}


CENSUS = load_spec(PROJECT / "include" / "models" / "census_income" / "model.yaml")
PARITY = gate("demographic_parity:sex", value=0.8234)
YOUNG = gate("demographic_parity:age_band", "fail", 0.01, waiver="w" * 64)
ODDS = gate("equalized_odds:sex", "fail", 0.3, mode="report")


def test_it_says_how_many_passed_and_what_did_not() -> None:
    brier = gate("brier", "fail", 0.3, mode="report")
    told = gates([gate("auc"), PARITY, YOUNG, ODDS, brier, gate("cost", "insufficient_data", None)])
    assert told == [
        "2 of 4 gates passed, 1 are waived.",
        "Failed: cost insufficient data",
        "Only reported: brier 0.3, limit 0.8: fail",
    ]


def test_fairness_leads_with_the_chosen_criteria_and_folds_what_is_only_reported() -> None:
    pairs = [
        gate("equalized_odds:sex+race", "fail", 0.4, mode="report"),
        gate("equalized_odds:sex+citizenship", mode="report"),
        gate("error_rate:sex", mode="report"),
    ]
    first, said, rest = fairness([gate("auc"), PARITY, YOUNG, ODDS, *pairs], CENSUS)
    assert first.splitlines() == [
        "| Fairness of | by | value | limit | verdict |",
        "| --- | --- | --- | --- | --- |",
        "| sex | demographic parity | 0.823 | 0.8 | pass |",
        "| age_band | demographic parity | 0.01 | 0.8 | waived |",
    ]
    assert said == "Reported only, none of them stops a version: 2 of 4 more results do not pass."
    assert rest.splitlines()[2:] == ["| equalized odds | sex | 1 of 2 |"]


def test_a_chosen_criterion_leads_where_it_is_only_reported_too() -> None:
    (table,) = fairness([gate("error_rate:race", "fail", None, mode="report")], CENSUS)
    assert table.splitlines()[2] == "| race | error rate | - | 0.8 | fail (only reported) |"


def test_where_no_group_was_compared_nothing_is_said_of_fairness() -> None:
    assert fairness([gate("auc")], CENSUS) == []
    assert fairness([gate("error_rate:sex", mode="report")], CENSUS) == [], "all is well with what only reports"


def test_a_long_list_is_cut_and_says_so() -> None:
    (_, failed) = gates([gate(f"slices:{n}", "fail") for n in range(SHOWN + 3)])
    assert failed.endswith("; 3 more")


def test_the_headline_says_which_of_how_many() -> None:
    spec = load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")
    assert subject(spec, 3, 1, 1) == "Promote flight_delay v3?"
    assert subject(spec, 3, 2, 2) == "Promote flight_delay v3? (approval 2 of 2)"
