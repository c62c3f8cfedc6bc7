"""All gates are run, and what they add up to follows the policy and the waivers in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from perennial.errors import GateRefused
from perennial.policy import Policy
from perennial.settings import PROJECT
from perennial.validation.gates import GATES, GateResult
from perennial.validation.judgement import Judgement, families, judge, stops
from perennial.validation.waivers import Waiver, waivers_in_force
from unit.validation.figures import BAD, GOOD, TIERS, UNDECIDED, changed, flights, measured, policy
from unit.validation.told import history

FRESH = GateResult("fresh_holdout", 0.0, None, None, 0.0, "pass", "14 days, none looked at before")
STALE = replace(FRESH, value=3.0, verdict="fail")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WAIVER = Waiver("auc", "bea", "the season is short", NOW + timedelta(days=1), "e" * 64)


def whole_policy(tier: str) -> Policy:
    """Return a tier's policy as it is in the file."""
    path: Path = PROJECT / "include" / "policies" / f"{tier}.yaml"
    return Policy.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def judged(
    figures: dict[str, Any], asked: Policy, holdout: GateResult = FRESH, waivers: dict[str, Waiver] | None = None
) -> Judgement:
    return judge(measured(figures), asked, flights(), holdout, waivers)


def reporting(asked: Policy, name: str) -> Policy:
    """Return the policy with one gate that only reports."""
    gates = {
        one: limit.model_copy(update={"mode": "report"} if one == name else {}) for one, limit in asked.gates.items()
    }
    return asked.model_copy(update={"gates": gates})


@pytest.mark.parametrize("tier", TIERS)
def test_a_candidate_that_is_good_at_everything_passes(tier: str) -> None:
    found = judged(GOOD, policy(tier))
    assert (found.passed, found.fresh) == (True, True)
    assert [result.name for result in found.gates] == ["fresh_holdout", *policy(tier).gates]


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("name", BAD)
def test_one_failure_is_enough_and_stops_no_other_gate(tier: str, name: str) -> None:
    found = judged(changed(name, BAD[name]), policy(tier))
    assert not found.passed
    assert [result.name for result in found.gates if result.verdict == "fail"] == [name]
    assert len(found.gates) == 1 + len(policy(tier).gates)


def test_everything_wrong_is_said_at_once() -> None:
    figures = dict(GOOD)
    for name, bad in BAD.items():
        family = next(one for one, changes in changed(name, bad).items() if changes is not GOOD[one])
        figures[family] = replace(figures[family], **bad)
    found = judged(figures, policy("high"), STALE)
    assert {result.verdict for result in found.gates} == {"fail"}


@pytest.mark.parametrize("tier", TIERS)
def test_a_holdout_that_is_not_fresh_does_not_pass_and_nobody_can_waive_it(tier: str) -> None:
    waiver = replace(WAIVER, gate="fresh_holdout")
    found = judged(GOOD, policy(tier), STALE, {"fresh_holdout": waiver})
    assert (found.passed, found.fresh, found.gates[0]) == (False, False, STALE)


@pytest.mark.parametrize("name", UNDECIDED)
def test_insufficient_data_blocks_where_the_policy_says_so(name: str) -> None:
    undecided = changed(name, UNDECIDED[name])
    assert not judged(undecided, policy("high")).passed
    assert judged(undecided, policy("limited")).passed


@pytest.mark.parametrize("name", BAD)
def test_a_gate_that_only_reports_fails_and_stops_nothing(name: str) -> None:
    for changes in (BAD[name], UNDECIDED[name]):
        found = judged(changed(name, changes), reporting(policy("high"), name))
        (result,) = [one for one in found.gates if one.name == name]
        assert (found.passed, result.mode) == (True, "report")
        assert result.verdict != "pass"


def test_each_result_names_the_evidence_of_its_own_family() -> None:
    first, *others = judged(GOOD, policy("high")).gates
    assert first.evidence is None
    assert [one.evidence for one in others] == [f"digest of {GATES[one.name].family}" for one in others]
    assert len({one.evidence for one in others}) == len(GOOD)


@pytest.mark.parametrize("changes", [BAD["auc"], UNDECIDED["auc"]])
def test_a_waiver_opens_its_gate_and_says_who_why_and_until_when(changes: dict[str, Any]) -> None:
    found = judged(changed("auc", changes), policy("high"), waivers={"auc": WAIVER})
    (result,) = [one for one in found.gates if one.name == "auc"]
    assert found.passed
    assert (result.waiver, result.verdict) == (
        WAIVER.event,
        judged(changed("auc", changes), policy("high")).gates[1].verdict,
    )
    assert result.why.endswith("waived by bea until 2026-03-02 12:00: the season is short")


def test_a_waiver_opens_no_other_gate() -> None:
    figures = {**changed("auc", BAD["auc"]), "smoke_test": changed("smoke_test", BAD["smoke_test"])["smoke_test"]}
    found = judged(figures, policy("high"), waivers={"auc": WAIVER})
    assert not found.passed
    assert {one.name for one in found.gates if stops(one, policy("high"))} == {"smoke_test"}


def test_a_gate_that_passes_needs_no_waiver() -> None:
    assert judged(GOOD, policy("high"), waivers={"auc": WAIVER}) == judged(GOOD, policy("high"))


def granted(gate: str, until: datetime, by: str = "bea") -> tuple[str, str, dict[str, Any]]:
    return "waiver.granted", "v1", {"gate": gate, "by": by, "reason": "because", "until": until.isoformat()}


@given(st.integers(-(10**6), 10**6))
def test_an_expired_waiver_counts_for_nothing(seconds: int) -> None:
    told = history(granted("auc", NOW + timedelta(seconds=seconds)))
    found = judged(changed("auc", BAD["auc"]), policy("high"), waivers=waivers_in_force(told, NOW))
    assert found.passed == (seconds > 0)


def test_the_newest_waiver_of_a_gate_counts_even_when_it_ends_sooner() -> None:
    told = history(granted("auc", NOW + timedelta(days=9)), granted("auc", NOW - timedelta(days=1), "cem"))
    assert waivers_in_force(told, NOW) == {}
    other = history(granted("auc", NOW - timedelta(days=1)), granted("auc", NOW + timedelta(days=9), "cem"))
    assert {gate: (one.by, one.event) for gate, one in waivers_in_force(other, NOW).items()} == {
        "auc": ("cem", other.events[-1].hash)
    }


def test_the_families_of_a_policy_are_each_measured_once() -> None:
    assert families(policy("limited"), flights()) == list(GOOD)


def test_a_gate_nobody_wrote_is_an_error_not_a_pass() -> None:
    named = policy("limited").model_copy(update={"gates": {"aux": policy("limited").gates["auc"]}})
    with pytest.raises(GateRefused, match=r"gates\.aux") as refused:
        judged(GOOD, named)
    assert refused.value.nearest == "auc"
