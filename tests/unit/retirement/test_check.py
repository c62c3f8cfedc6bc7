"""Who may be retired, and what goes with a version: decisions from the history alone."""

from __future__ import annotations

import pytest

from perennial.errors import GateRefused
from perennial.ledger.history import History
from perennial.retirement.check import living, may_retire, names, removable_folders, removable_transform
from unit.validation.told import candidate, champion, history, look, retired, verdict

LIFE = [candidate(1), verdict(1), champion(1), candidate(2), verdict(2, champion=1)]


def test_the_champion_is_not_retired() -> None:
    with pytest.raises(GateRefused, match="v1 is the champion") as refused:
        may_retire(history(*LIFE), 1, "it is old")
    assert refused.value.next_command == 'perennial run m promote --key v2 --reason "..."'
    with pytest.raises(GateRefused) as alone:
        may_retire(history(*LIFE[:-1], verdict(2, passed=False)), 1, "it is old")
    assert alone.value.next_command == "perennial status m"


def test_a_replaced_version_is() -> None:
    may_retire(history(*LIFE, champion(2, 1)), 1, "it is old")


@pytest.mark.parametrize("reason", ["", "  ", "no"])
def test_not_without_a_reason(reason: str) -> None:
    with pytest.raises(GateRefused, match="a reason of at least 3 characters"):
        may_retire(history(*LIFE, champion(2, 1)), 1, reason)


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(GateRefused, match="no such version"):
        may_retire(history(*LIFE), 7, "it is old")


def test_a_retired_version_may_go_on_to_the_end() -> None:
    may_retire(history(*LIFE, champion(2, 1), retired(1, 2)), 1, "")


def folders(told: History, version: int) -> list[str]:
    return removable_folders(told, version)


def test_folders_stay_while_a_living_version_uses_one_of_them() -> None:
    shared = {"path": "m/1/baseline/model.skops", "sha256": "baseline1"}
    told = history(candidate(1), candidate(2, baseline=shared))
    assert folders(told, 1) == []
    assert folders(history(candidate(1), candidate(2, baseline=shared), retired(2)), 1) == [
        "m/1/baseline",
        "m/1/candidate",
    ]


def test_a_transform_stays_while_anybody_needs_it() -> None:
    assert removable_transform(history(candidate(1), candidate(2)), 1, "today") is None
    assert removable_transform(history(candidate(1)), 1, "transform1") is None
    told = history(candidate(1), candidate(2, transform="transform2"))
    assert removable_transform(told, 1, "transform2") == "transform1"


def test_a_training_under_way_needs_its_transform() -> None:
    frozen = ("snapshot.frozen", "w", {"claim": "t3", "transform": "transform1"})
    assert removable_transform(history(candidate(1), frozen), 1, "today") is None
    told = history(candidate(1), frozen, candidate(3, transform="transform3"), retired(3))
    assert removable_transform(told, 1, "today") == "transform1"


def test_the_transform_that_was_built_last_stays() -> None:
    built = ("features.written", "w", {"transform": "transform1", "tables": {}})
    assert removable_transform(history(candidate(1), built), 1, "today") is None
    other = ("features.written", "w", {"transform": "transform2", "tables": {}})
    assert removable_transform(history(candidate(1), built, other), 1, "today") == "transform1"


def test_the_living_are_the_others_that_are_not_retired() -> None:
    told = history(candidate(1), candidate(2), candidate(3), retired(2))
    assert [one["version"] for one in living(told, 1)] == [3]


def test_the_extract_holds_what_names_the_version_and_nothing_of_its_retirement() -> None:
    defined = ("features.defined", "transform", {"transform": "transform1"})
    told = history(
        defined,
        ("features.defined", "other", {"transform": "other"}),
        ("retraining.decided", "none", {"claim": "t1"}),
        ("retraining.decided", "none", {"claim": None}),
        *LIFE,
        look(1, "2013-01-01"),
        look(2, "2013-01-02"),
        champion(2, 1),
        ("raw.written", "2013-01-01", {"tables": {}}),
        ("archive.sealed", "v1", {"version": 1}),
        retired(1, 2),
    )
    kept = [event.seq for event in told.events if names(event, told.version(1))]
    assert kept == [1, 3, 5, 6, 7, 9, 10, 12]
