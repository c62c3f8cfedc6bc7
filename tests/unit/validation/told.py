"""Histories of made-up events, for decisions that are pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from perennial.keys import Window
from perennial.ledger.event import GENESIS, Event
from perennial.ledger.history import History
from perennial.ledger.store import sealed

Told = tuple[str, str, Mapping[str, Any]]


def history(*drafts: Told) -> History:
    """Return the history in which these (type, key, payload) happened, one a minute."""
    events: list[Event] = []
    for number, (type_, key, payload) in enumerate(drafts, start=1):
        event = Event(
            chain="m",
            seq=number,
            type=type_,
            key=key,
            actor="ann",
            run="test",
            business_time=None,
            wall_time=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number),
            payload=payload,
            evidence=None,
            once=None,
            previous=events[-1].hash if events else GENESIS,
            hash="",
        )
        events.append(sealed(event))
    return History("m", events)


def candidate(version: int, **values: Any) -> Told:
    """Tell that a version was registered."""
    payload = {
        "version": version,
        "claim": f"t{version}",
        "artifact": {"path": f"m/{version}/candidate/model.skops", "sha256": f"artifact{version}"},
        "baseline": {"path": f"m/{version}/baseline/model.skops", "sha256": f"baseline{version}"},
        "run_id": f"run{version}",
        "transform": "transform1",
        **values,
    }
    return "candidate.registered", f"v{version}", payload


def verdict(version: int, *, passed: bool = True, champion: int | None = None, **values: Any) -> Told:
    """Tell a verdict on a version."""
    word = "pass" if passed else "fail"
    gate = {"name": "auc", "value": 0.7, "low": 0.69, "high": 0.71, "limit": 0.65, "verdict": word, "why": "because"}
    payload = {
        "version": version,
        "artifact_sha256": f"artifact{version}",
        "spec_digest": "spec",
        "policy_digest": "policy",
        "passed": passed,
        "champion": champion,
        "gates": [gate],
        **values,
    }
    return "verdict.given", f"v{version}", payload


def champion(version: int | None, previous: int | None = None, kind: str = "promotion", **values: Any) -> Told:
    """Tell that a version became champion, or (None) that nobody is."""
    payload = {
        "version": version,
        "previous": previous,
        "artifact_sha256": version and f"artifact{version}",
        "verdict": "0" * 64,
        "evidence": None,
        "approvals": [],
        "by": ["bob"],
        "reason": "because",
        "kind": kind,
        "review_by": None,
        **values,
    }
    return "champion.changed", f"v{version or previous}", payload


def retired(version: int, successor: int | None = None) -> Told:
    """Tell that a version was retired."""
    return "version.retired", f"v{version}", {"version": version, "successor": successor, "reason": "replaced"}


def look(version: int, window: str) -> Told:
    """Tell that a holdout was looked at."""
    days = [str(day) for day in Window.parse(window)]
    return "holdout.looked_at", f"v{version}", {"version": version, "window": window, "days": days}
