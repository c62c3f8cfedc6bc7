"""What the monitors' results mean together, and what wins."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.result import MonitorName, Result, Verdict
from perennial.monitoring.triage import Finding, triage

NAMES: tuple[MonitorName, ...] = get_args(MonitorName)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
FAULT = {"upstream": "weather.temp", "performance": "quality", "fairness": "sex=Female", "drift": "temp"}


def result(name: MonitorName, verdict: Verdict, *at_fault: str) -> Result:
    return Result(name, verdict, f"{name} says {verdict}", at_fault=at_fault or (FAULT.get(name, name),))


def found(**verdicts: Verdict) -> Finding:
    """Judge a window in which all is well but for these."""
    return triage({name: result(name, verdicts.get(name, "ok")) for name in NAMES})


@pytest.mark.parametrize(
    ("verdicts", "kind", "action"),
    [
        ({}, "healthy", "nothing"),
        ({"upstream": "alarm"}, "broken_upstream", "stop"),
        ({"upstream": "alarm", "performance": "insufficient_data"}, "broken_upstream", "stop"),
        ({"fairness": "alarm"}, "unfair", "ask"),
        ({"fairness": "alarm", "performance": "alarm"}, "unfair", "ask"),
        ({"skew": "alarm", "performance": "alarm"}, "skew", "ask"),
        ({"performance": "alarm", "drift": "alarm"}, "performance_and_drift", "retrain"),
        ({"performance": "alarm"}, "concept_drift", "retrain"),
        ({"performance": "alarm", "drift": "watch"}, "concept_drift", "retrain"),
        ({"performance": "alarm", "drift": "insufficient_data"}, "performance", "retrain"),
        ({"performance": "alarm", "contract": "alarm"}, "concept_drift", "retrain"),
        ({"performance": "alarm", "online": "alarm"}, "concept_drift", "retrain"),
        ({"contract": "alarm"}, "upkeep", "watch"),
        ({"online": "alarm", "drift": "alarm"}, "upkeep", "watch"),
        ({"freshness": "alarm", "performance": "insufficient_data"}, "upkeep", "watch"),
        ({"performance": "insufficient_data"}, "insufficient_data", "nothing"),
        ({"performance": "insufficient_data", "drift": "alarm"}, "insufficient_data", "nothing"),
        ({"performance": "insufficient_data", "estimate": "alarm"}, "insufficient_data", "nothing"),
        ({"drift": "insufficient_data"}, "insufficient_data", "nothing"),
        ({"drift": "alarm"}, "drift", "watch"),
        ({"drift": "alarm", "performance": "watch"}, "drift", "watch"),
        ({"performance": "watch"}, "early_signs", "watch"),
        ({"upstream": "watch"}, "early_signs", "watch"),
        ({"estimate": "alarm"}, "healthy", "nothing"),
        ({"upstream": "insufficient_data"}, "healthy", "nothing"),
    ],
)
def test_each_case_has_its_finding(verdicts: dict[str, Verdict], kind: str, action: str) -> None:
    finding = found(**verdicts)
    assert (finding.kind, finding.action) == (kind, action)


def test_calibration_that_is_off_while_ranking_holds_is_drift_of_the_labels() -> None:
    for drift in VERDICTS:
        lost = {"drift": result("drift", drift), "performance": result("performance", "alarm", "calibration", "JFK")}
        assert triage(lost).kind == "label_drift"
        both = {**lost, "performance": result("performance", "alarm", "quality", "calibration")}
        assert triage(both).kind != "label_drift"


def test_the_reason_says_what_decided_and_what_else_was_seen() -> None:
    finding = found(upstream="alarm", drift="alarm", performance="alarm")
    assert finding.reason == "upstream says alarm; drift: drift says alarm; performance: performance says alarm"
    assert finding.why == "upstream says alarm"
    assert finding.at_fault == ("weather.temp",)
    assert found(performance="alarm", drift="alarm").at_fault == ("quality", "temp")


def test_without_any_monitor_nothing_follows() -> None:
    told = "no monitor has looked"
    assert triage({}) == Finding("insufficient_data", "nothing", told, why=told)


ANY = st.fixed_dictionaries({}, optional={name: st.sampled_from(VERDICTS) for name in NAMES}).map(
    lambda verdicts: {name: result(name, verdict) for name, verdict in verdicts.items()}
)


@given(ANY)
def test_broken_data_wins_over_everything(results: dict[MonitorName, Result]) -> None:
    broken = triage({**results, "upstream": result("upstream", "alarm")})
    assert (broken.action, broken.at_fault) == ("stop", ("weather.temp",))
    assert "upstream says alarm" in broken.reason


@given(ANY)
def test_only_an_alarm_upstream_stops(results: dict[MonitorName, Result]) -> None:
    alarms = {name for name, one in results.items() if one.verdict == "alarm"}
    assert (triage(results).action == "stop") == ("upstream" in alarms)


@given(ANY)
def test_only_lost_performance_retrains_and_never_past_people_who_have_to_be_asked(
    results: dict[MonitorName, Result],
) -> None:
    alarms = {name for name, one in results.items() if one.verdict == "alarm"}
    retrains = "performance" in alarms and not alarms & {"upstream", "fairness", "skew"}
    assert (triage(results).action == "retrain") == retrains


@given(ANY, st.sampled_from(VERDICTS))
def test_the_online_store_keeps_nobody_from_what_is_lost_or_broken(
    results: dict[MonitorName, Result], verdict: Verdict
) -> None:
    without = triage({name: one for name, one in results.items() if name != "online"})
    told = triage({**results, "online": result("online", verdict)})
    if without.action in ("stop", "ask", "retrain"):
        assert (told.kind, told.action) == (without.kind, without.action)
    else:
        assert told.action in ("watch", "nothing")
    assert ("online says" in told.reason) == (verdict in ("alarm", "watch"))


@given(ANY, st.sampled_from(VERDICTS))
def test_an_estimate_decides_nothing(results: dict[MonitorName, Result], verdict: Verdict) -> None:
    without = triage({name: one for name, one in results.items() if name != "estimate"})
    told = triage({**results, "estimate": result("estimate", verdict)})
    assert (told.kind, told.action, told.at_fault) == (without.kind, without.action, without.at_fault)


@given(ANY)
def test_what_is_missing_triggers_nothing(results: dict[MonitorName, Result]) -> None:
    missing = {name: Result(name, "insufficient_data", "few rows") for name in results}
    assert triage(missing).action == "nothing"


@given(ANY, st.randoms())
def test_the_order_of_the_monitors_does_not_matter(results: dict[MonitorName, Result], chance: object) -> None:
    names = list(results)
    chance.shuffle(names)  # type: ignore[attr-defined]
    again = triage({name: results[name] for name in names})
    assert (again.kind, again.action) == (triage(results).kind, triage(results).action)
