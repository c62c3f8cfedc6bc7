"""Histories of a queue, made by hand, for decisions that are pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from perennial.ledger.event import GENESIS, Event
from perennial.ledger.history import History

WALL = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """An event to be, a minute after the one before unless it says when."""

    type: str
    payload: Mapping[str, Any]
    key: str = ""
    once: str | None = None
    at: datetime | None = None
    run: str = "run"
    wall: datetime | None = None


def history(*told: Told) -> History:
    events = [
        Event(
            "m",
            seq,
            one.type,
            one.key,
            "ann",
            one.run,
            one.at,
            one.wall or WALL + timedelta(minutes=seq),
            one.payload,
            None,
            one.once,
            GENESIS,
            f"hash{seq}",
        )
        for seq, one in enumerate(told, start=1)
    ]
    return History("m", events)


def asked(name: str, cause: str = "drift") -> Told:
    payload = {"cause": cause, "reason": f"because of {name}", "window": None, "by": "airflow"}
    return Told("retraining.requested", payload, once=f"{cause}:{name}")


def ident(name: str, cause: str = "drift") -> str:
    return f"retraining.requested:{cause}:{name}"


def decided(outcome: str, *ids: str, until: datetime | None = None) -> Told:
    payload = {"outcome": outcome, "launch": False, "requests": ids, "claim": None, "window": None}
    return Told("retraining.decided", {**payload, "until": until and until.isoformat(), "why": "because"})


def launched(claim: str, *ids: str, window: str = "2013-01-01..2013-03-30", **more: Any) -> Told:
    payload = {"outcome": "launch", "launch": True, "requests": ids, "claim": claim, "window": window, "until": None}
    return Told("retraining.decided", {**payload, "why": "because"}, key=window, **more)


def frozen(claim: str) -> Told:
    return Told("snapshot.frozen", {"claim": claim})


def registered(claim: str, version: int, **more: Any) -> Told:
    payload = {"claim": claim, "version": version, "transform": "t", **more}
    return Told("candidate.registered", payload, key=f"v{version}")


def abandoned(claim: str) -> Told:
    return Told("retraining.abandoned", {"claim": claim, "by": "ann", "reason": "its data are gone"})


def judged(claim: str, version: int, *, helped: bool | None, on: str = "production") -> Told:
    return Told("retraining.judged", {"claim": claim, "version": version, "helped": helped, "on": on, "why": "because"})


def reset() -> Told:
    return Told("breaker.reset", {"by": "ann", "reason": "a new feature is in"})


def verdict(version: int, *, passed: bool, champion: int | None = None, gates: tuple[Any, ...] = ()) -> Told:
    payload = {"version": version, "passed": passed, "champion": champion, "gates": gates, "rows": {"compared": 1200}}
    return Told("verdict.given", {**payload, "holdout": "2013-03-17..2013-03-30"}, key=f"v{version}")


def changed(version: int, previous: int | None, at: datetime, kind: str = "promotion") -> Told:
    return Told("champion.changed", {"version": version, "previous": previous, "kind": kind}, key=f"v{version}", at=at)
