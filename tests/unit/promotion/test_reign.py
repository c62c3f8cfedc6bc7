"""Who served, what a rollback goes back to, and what stops a machine."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.errors import GateRefused
from perennial.ledger.history import History
from perennial.promotion.reign import default_target, one_before, served, stop
from unit.validation.told import Told, candidate, champion, history, retired


def said(type_: str, version: int, how: str = "people") -> Told:
    return f"approval.{type_}", f"v{version}", {"version": version, "how": how, "by": "eva", "reason": "because"}


def reviewed(told: History, *, agrees: bool) -> Told:
    change = told.events[-1]
    return "emergency.reviewed", change.key, {"change": change.hash, "agrees": agrees, "by": "eva", "reason": "seen"}


ONE = [candidate(1), champion(1), candidate(2), champion(2, 1)]


def test_the_one_before_is_the_last_older_one_that_served() -> None:
    told = history(*ONE, candidate(3), champion(3, 2))
    assert served(told) == [1, 2, 3]
    assert one_before(told) == 2


def test_after_a_rollback_the_newer_one_is_not_before() -> None:
    told = history(*ONE, champion(1, 2, "rollback"))
    assert one_before(told) is None
    with pytest.raises(GateRefused, match="champion v1, and none before it"):
        default_target(told)


def test_a_retired_version_is_skipped() -> None:
    told = history(*ONE, candidate(3), champion(3, 2), retired(2, 3))
    assert default_target(told) == 1


def test_without_a_champion_there_is_nothing_before() -> None:
    with pytest.raises(GateRefused, match="no champion, and none before it"):
        default_target(history(candidate(1)))


def test_an_emergency_counts_once_a_second_person_agreed() -> None:
    base = [*ONE, candidate(3), champion(3, 2, "emergency")]
    assert served(history(*base)) == [1, 2]
    assert served(history(*base, reviewed(history(*base), agrees=False))) == [1, 2]
    assert served(history(*base, reviewed(history(*base), agrees=True))) == [1, 2, 3]


def test_a_rollback_stops_machines_for_every_version_until_a_person_approves_one() -> None:
    told: list[Told] = [*ONE, champion(1, 2, "rollback"), candidate(3)]
    assert stop(history(*told), 3) == history(*told).of("champion.changed")[-1]
    assert stop(history(*told, said("given", 3)), 3) is None
    assert stop(history(*told, said("given", 3)), 2) is not None
    assert stop(history(*told, said("given", 3, how="automatic")), 3) is not None
    assert stop(history(*told, said("given", 3), champion(3, 1), candidate(4)), 4) is None


@pytest.mark.parametrize("how", ["people", "time-out"])
def test_a_refusal_stops_its_version_whatever_verdict_comes_and_whoever_is_champion(how: str) -> None:
    told: list[Told] = [*ONE, candidate(3), said("refused", 3, how)]
    assert stop(history(*told), 3) is not None
    assert stop(history(*told), 4) is None
    assert stop(history(*told, candidate(4), champion(4, 2)), 3) is not None
    assert stop(history(*told, said("given", 3)), 3) is None


HOWS = ("people", "automatic")
EVENTS: list[Any] = [
    *(champion(version, None, kind) for version in (1, 2) for kind in ("promotion", "rollback")),
    *(
        said(type_, version, how)
        for type_ in ("given", "refused")
        for version in (1, 2)
        for how in ("people", "automatic")
    ),
]


@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_nothing_that_a_machine_says_lifts_a_stop(drafts: list[Told]) -> None:
    for version in (1, 2):
        before = stop(history(*drafts), version)
        after = stop(history(*drafts, said("given", version, "automatic")), version)
        assert (before is None) == (after is None)
