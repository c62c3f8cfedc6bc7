"""Whose scores may be published? Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perennial.errors import Conflict, GateRefused
from perennial.keys import parse_version, version_key
from perennial.ledger.history import History


def scoring_version(history: History, asked: str | None) -> int | None:
    """Return the version to score with: the champion, or None where there is none yet.

    Raises GateRefused when another one is asked for: a retired version names its successor.
    """
    champion = history.champion
    if asked is None or parse_version(asked) == champion:
        return champion
    number = parse_version(asked)
    history.version(number)
    retirement = history.retirement(number)
    successor = retirement.payload["successor"] if retirement else champion
    raise GateRefused(
        f"{history.chain}: scoring with {asked}",
        expected=f"the champion, {version_key(champion)}" if champion else "a champion",
        found=f"{asked} {_state(retirement.payload if retirement else None)}",
        nearest=f"its successor {version_key(successor)}" if retirement and successor else None,
        next_command=f"perennial run {history.chain} score --key DAY",
    )


def still_champion(history: History, version: int) -> None:
    """Raise Conflict when another version became champion while this one scored."""
    if history.champion != version:
        now = version_key(history.champion) if history.champion else "none"
        raise Conflict(
            f"{history.chain}: publishing scores of {version_key(version)}",
            expected=f"{version_key(version)} as champion",
            found=f"champion {now}",
            next_command=f"perennial run {history.chain} score --key DAY",
        )


def _state(retirement: Mapping[str, Any] | None) -> str:
    return (
        f"was retired: {retirement['reason']}" if retirement else "is not the champion, only its scores are published"
    )
