"""What a line of a list says of an event."""

from __future__ import annotations

from typing import Any

import pytest

from perennial.ledger.gist import gist
from unit.metering.told import cost, event


def gate(name: str, verdict: str = "pass", *, mode: str = "enforce", waiver: str | None = None) -> dict[str, Any]:
    return {"name": name, "verdict": verdict, "mode": mode, "waiver": waiver, "why": "because"}


def test_a_verdict_names_only_the_gates_that_did_not_pass() -> None:
    gates = [gate("auc"), gate("slices:dest", "fail"), gate("brier", "fail", mode="report"), gate("cost")]
    assert gist(event("verdict.given", passed=False, gates=gates)) == (
        "did not pass: slices:dest fail, brier fail (only reported), 2 pass"
    )
    gates = [gate("auc"), gate("noise", "insufficient_data"), gate("cost", "fail", waiver="a hash")]
    assert gist(event("verdict.given", passed=True, gates=gates)) == (
        "passed: noise insufficient_data, cost fail (waived), 1 pass"
    )


def test_of_many_results_that_only_report_a_verdict_gives_the_count() -> None:
    many = [gate(f"error_rate:{name}", "fail", mode="report") for name in ("sex", "race", "age", "sex+race")]
    said = gist(event("verdict.given", passed=True, gates=[gate("auc"), *many, gate("cost", "fail", waiver="a hash")]))
    assert said == "passed: cost fail (waived), 4 only reported that do not, 1 pass"


def test_rows_of_all_tables_and_days_are_added_up() -> None:
    counts = {"events": {"d1": {"read": 40, "quarantined": 1}, "d2": {"read": 2, "quarantined": 0}}, "more": {}}
    for kind in ("raw.written", "contract.broken"):
        assert gist(event(kind, counts=counts)) == "42 rows, 1 quarantined"


def test_a_report_names_only_the_monitors_that_saw_something() -> None:
    results = {"drift": {"verdict": "watch"}, "skew": {"verdict": "ok"}}
    assert gist(event("monitoring.reported", results=results)) == "drift watch"
    assert gist(event("monitoring.reported", results={"skew": {"verdict": "ok"}})) == "all monitors ok"


@pytest.mark.parametrize(
    ("claim", "outcome", "said"),
    [("t2", "launch", "launch t2: new data"), (None, "wait", "wait: new data")],
)
def test_a_decision_on_the_queue_says_what_was_decided(claim: str | None, outcome: str, said: str) -> None:
    assert gist(event("retraining.decided", claim=claim, outcome=outcome, why="new data")) == said


def test_a_try_that_failed_is_told_from_one_that_went_well() -> None:
    assert gist(cost("train", seconds=2.04, task="fit")) == "train.fit: 2.0 s"
    assert gist(cost("train", task="fit", well=False)) == "train.fit: 1.0 s, failed"


def test_any_other_event_gives_its_reason_if_it_has_one() -> None:
    assert gist(event("hold.placed", reason="a storm")) == "a storm"
    assert gist(event("version.reproduced", why="the same bytes", reason="asked")) == "the same bytes"
    assert gist(event("features.defined", transform="abc")) == ""


def test_an_event_from_before_a_key_was_recorded_is_listed_all_the_same() -> None:
    assert gist(event("raw.written", tables={}, reason="replayed")) == "replayed"
    assert gist(event("raw.written", counts=None)) == gist(event("verdict.given", passed=True, gates="all")) == ""
