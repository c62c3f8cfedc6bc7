"""Which claim a run works on: pure, on histories made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from perennial.errors import GateRefused, KeyInvalid
from perennial.ledger.event import GENESIS, Event
from perennial.ledger.history import History
from perennial.training.claim import find, find_frozen, is_waiting

WINDOW, OTHER = "2020-01-02..2020-01-21", "2020-02-02..2020-02-21"


def history(*told: tuple[str, dict[str, Any]]) -> History:
    wall = datetime(2020, 3, 1, tzinfo=UTC)
    events = [
        Event("demo", seq, type_, "", "tests", "local", None, wall, payload, None, None, GENESIS, "")
        for seq, (type_, payload) in enumerate(told, start=1)
    ]
    return History("demo", events)


def launched(name: str, window: str = WINDOW) -> tuple[str, dict[str, Any]]:
    return "retraining.decided", {"launch": True, "window": window, "claim": name, "why": "asked"}


def frozen(name: str) -> tuple[str, dict[str, Any]]:
    return "snapshot.frozen", {"claim": name}


def registered(name: str, version: int) -> tuple[str, dict[str, Any]]:
    return "candidate.registered", {"claim": name, "version": version}


def abandoned(name: str) -> tuple[str, dict[str, Any]]:
    return "retraining.abandoned", {"claim": name, "by": "ann", "reason": "its data are gone"}


REFUSED = ("retraining.decided", {"launch": False, "window": None, "claim": None, "why": "cool-down"})


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([launched("t1")], "t1"),
        ([launched("t1"), launched("t2")], "t1"),
        ([launched("t1"), registered("t1", 1), REFUSED, launched("t2")], "t2"),
        ([launched("t1"), registered("t1", 1)], "t1"),
        ([launched("t1"), registered("t1", 1), launched("t2"), registered("t2", 2)], "t2"),
        ([launched("t1", OTHER), launched("t2")], "t2"),
        ([launched("t1"), abandoned("t1"), launched("t2")], "t2"),
    ],
)
def test_the_oldest_open_claim_else_the_newest(told: Sequence[tuple[str, dict[str, Any]]], expected: str) -> None:
    claim = find(history(*told), WINDOW)
    assert (claim.name, str(claim.window), claim.why) == (expected, WINDOW, "asked")


def test_a_claim_that_was_given_up_is_not_trained() -> None:
    with pytest.raises(GateRefused, match="given up by ann: its data are gone"):
        find(history(launched("t1"), abandoned("t1")), WINDOW)


def test_without_a_decision_nothing_is_trained() -> None:
    with pytest.raises(GateRefused) as refused:
        find(history(REFUSED, launched("t1", OTHER)), WINDOW)
    assert refused.value.next_command == 'perennial run demo retrain --reason "..."'
    assert f"t1 on {OTHER}" in refused.value.found


def test_a_key_that_is_no_window_is_refused() -> None:
    with pytest.raises(KeyInvalid):
        find(history(launched("t1")), "v3")


def test_a_repeated_registration_finds_its_own_claim_while_another_waits() -> None:
    told = history(launched("t1"), frozen("t1"), registered("t1", 1), launched("t2"))
    assert find(told, WINDOW).name == "t2"
    assert find_frozen(told, WINDOW)[0].name == "t1"


def test_a_claim_without_a_training_set_is_sent_back() -> None:
    with pytest.raises(GateRefused) as refused:
        find_frozen(history(launched("t1")), WINDOW)
    assert refused.value.next_command == f"perennial run demo train --key {WINDOW}"


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([], [False, True]),
        ([("champion.changed", {"version": 2})], [False, False]),
        ([("version.retired", {"version": 2})], [False, False]),
        ([("champion.changed", {"version": 1})], [False, True]),
    ],
)
def test_the_candidate_is_the_newest_version_that_never_served(later: list[Any], expected: list[bool]) -> None:
    told = history(registered("t1", 1), registered("t2", 2), *later)
    assert [is_waiting(told, version) for version in (1, 2)] == expected
