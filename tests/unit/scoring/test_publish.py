"""Whose scores may be published, and with what words another version is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from perennial.errors import Conflict, GateRefused
from perennial.ledger.event import GENESIS, Event
from perennial.ledger.history import History
from perennial.scoring.publish import scoring_version, still_champion


def history(*told: tuple[str, str, dict[str, Any]]) -> History:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    events = [
        Event("m", seq, type_, key, "ann", "test", None, at, body, None, None, GENESIS, str(seq))
        for seq, (type_, key, body) in enumerate(told, 1)
    ]
    return History("m", events)


def registered(number: int) -> tuple[str, str, dict[str, Any]]:
    return ("candidate.registered", f"v{number}", {"version": number})


def champion(number: int) -> tuple[str, str, dict[str, Any]]:
    return ("champion.changed", f"v{number}", {"version": number})


RETIRED = ("version.retired", "v1", {"version": 1, "successor": 2, "reason": "replaced"})
LIFE = history(registered(1), champion(1), registered(2), champion(2), RETIRED, registered(3))


def test_the_champion_scores() -> None:
    assert scoring_version(LIFE, None) == 2
    assert scoring_version(LIFE, "v2") == 2


def test_without_a_champion_nobody_does() -> None:
    assert scoring_version(history(registered(1)), None) is None


def test_a_retired_version_names_its_successor() -> None:
    with pytest.raises(GateRefused) as refused:
        scoring_version(LIFE, "v1")
    assert refused.value.nearest == "its successor v2"
    assert "was retired: replaced" in refused.value.found


def test_a_candidate_does_not_score() -> None:
    with pytest.raises(GateRefused, match="not the champion"):
        scoring_version(LIFE, "v3")


def test_a_version_that_was_never_registered_is_refused() -> None:
    with pytest.raises(GateRefused, match="no such version"):
        scoring_version(LIFE, "v9")


def test_a_rollback_during_the_run_wins() -> None:
    still_champion(LIFE, 2)
    with pytest.raises(Conflict, match="champion v2"):
        still_champion(LIFE, 1)
