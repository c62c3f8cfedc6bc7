"""All gates are run, and what they add up to follows the policy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from perennial.errors import GateRefused
from perennial.policy import Policy
from perennial.settings import PROJECT
from perennial.statistics.resampling import Interval
from perennial.validation.figures import Measured
from perennial.validation.gates import GATES, GateResult
from perennial.validation.judgement import judge
from unit.validation.test_gates import BAD, GOOD, UNDECIDED

FRESH = GateResult("fresh_holdout", 0.0, None, None, 0.0, "pass", "14 days, none looked at before")
STALE = replace(FRESH, value=3.0, verdict="fail")
TIERS = ("minimal", "limited", "high")


def policy(tier: str) -> Policy:
    path: Path = PROJECT / "include" / "policies" / f"{tier}.yaml"
    return Policy.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("tier", TIERS)
def test_a_candidate_that_is_good_at_everything_passes(tier: str) -> None:
    judged = judge(GOOD, policy(tier), FRESH)
    assert (judged.passed, judged.fresh) == (True, True)
    assert [result.name for result in judged.gates] == ["fresh_holdout", *policy(tier).gates]


def worse(figure: Any) -> Any:
    """Widen an interval until it fails in every tier."""
    if not isinstance(figure, Interval):
        return figure
    return replace(figure, low=figure.low - 0.3, high=figure.high + 0.01)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("name", GATES)
def test_one_failure_is_enough_and_stops_no_other_gate(tier: str, name: str) -> None:
    bad = {key: worse(value) for key, value in BAD[name].items()}
    judged = judge(replace(GOOD, **bad), policy(tier), FRESH)
    assert not judged.passed
    assert [result.name for result in judged.gates if result.verdict == "fail"] == [name]
    assert len(judged.gates) == 1 + len(policy(tier).gates)


def test_everything_wrong_is_said_at_once() -> None:
    everything = {key: value for bad in BAD.values() for key, value in bad.items()}
    judged = judge(replace(GOOD, **everything), policy("high"), STALE)
    assert {result.verdict for result in judged.gates} == {"fail"}


@pytest.mark.parametrize("tier", TIERS)
def test_a_holdout_that_is_not_fresh_does_not_pass(tier: str) -> None:
    judged = judge(GOOD, policy(tier), STALE)
    assert (judged.passed, judged.fresh) == (False, False)


@pytest.mark.parametrize("name", GATES)
def test_insufficient_data_blocks_where_the_policy_says_so(name: str) -> None:
    undecided: Measured = replace(GOOD, **UNDECIDED[name])
    assert not judge(undecided, policy("high"), FRESH).passed
    assert judge(undecided, policy("limited"), FRESH).passed


def test_a_gate_nobody_wrote_is_an_error_not_a_pass() -> None:
    named = policy("limited").model_copy(update={"gates": {"aux": policy("limited").gates["auc"]}})
    with pytest.raises(GateRefused, match=r"gates\.aux") as refused:
        judge(GOOD, named, FRESH)
    assert refused.value.nearest == "auc"
