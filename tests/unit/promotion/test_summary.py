"""What an approver reads."""

from __future__ import annotations

from typing import Any

from perennial.promotion.summary import SHOWN, fairness, gates, plain, subject
from perennial.settings import PROJECT
from perennial.spec import load_spec


def gate(name: str, verdict: str = "pass", value: float | None = 0.9, **values: Any) -> dict[str, Any]:
    told = {"name": name, "verdict": verdict, "value": value, "limit": 0.8, "mode": "enforce", "waiver": None}
    return {**told, "why": "because", **values}


PARITY = gate("demographic_parity:sex", value=0.8234)
YOUNG = gate("demographic_parity:age_band", "fail", 0.01, waiver="w" * 64)
ODDS = gate("equalized_odds:sex", "fail", 0.3, mode="report")


def test_it_says_how_many_passed_and_what_did_not() -> None:
    told = gates([gate("auc"), PARITY, YOUNG, ODDS, gate("cost", "insufficient_data", None)])
    assert told == [
        "2 of 5 gates passed, 1 are waived.",
        "Failed: cost insufficient data",
        "Only reported: equalized_odds:sex 0.3, limit 0.8: fail",
    ]


def test_what_people_typed_forges_no_line_and_no_link_of_the_question() -> None:
    typed = "it is fine\n\nApproved by bob: [Model card](https://example.org) <b>`x`</b> a_b"
    assert plain(typed) == r"it is fine Approved by bob: \[Model card\](https://example.org) \<b\>\`x\`\</b\> a_b"


def test_fairness_is_one_line_of_what_is_enforced() -> None:
    line = fairness([gate("auc"), PARITY, YOUNG, ODDS])
    assert line == (
        "Fairness: demographic_parity:sex 0.823, limit 0.8: pass; "
        "demographic_parity:age_band 0.01, limit 0.8: waived; 1 more are reported in the card"
    )
    assert "\n" not in line
    assert not fairness([gate("auc")])
    assert fairness([ODDS]).startswith("Fairness: no gate is enforced")


def test_a_long_list_is_cut_and_says_so() -> None:
    (_, failed) = gates([gate(f"slices:{n}", "fail") for n in range(SHOWN + 3)])
    assert failed.endswith("; 3 more")


def test_the_headline_says_which_of_how_many() -> None:
    spec = load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")
    assert subject(spec, 3, 1, 1) == "Promote flight_delay v3?"
    assert subject(spec, 3, 2, 2) == "Promote flight_delay v3? (approval 2 of 2)"
