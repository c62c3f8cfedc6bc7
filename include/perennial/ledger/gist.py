"""What an event says, in half a line: for lists that hold events of all types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from perennial.keys import version_key
from perennial.ledger.event import Event

Payload = Mapping[str, Any]
NAMED = 3
"""Results that only report and are named; of a model about people there are dozens."""


def gist(event: Event) -> str:
    """Return what of an event its type and key do not say; nothing where they say all."""
    said = event.payload
    try:
        return _GISTS[event.type](said)
    except (KeyError, TypeError, ValueError, AttributeError):  # no line of its own, or written when it looked otherwise
        return str(said.get("why") or said.get("reason") or "")


def verdict(said: Payload) -> str:
    """Say whether a version passed, each result that is none by name, and how many passed; of many reported a count."""
    others = [gate for gate in said["gates"] if gate["verdict"] != "pass"]
    reported = [gate for gate in others if gate.get("mode") == "report" and not gate.get("waiver")]
    many = reported if len(reported) > NAMED else []
    named = [f"{gate['name']} {_word(gate)}" for gate in others if gate not in many]
    counts = [f"{len(many)} only reported that do not", f"{len(said['gates']) - len(others)} pass"]
    return f"{'passed' if said['passed'] else 'did not pass'}: {', '.join([*named, *counts[not many :]])}"


def _word(gate: Payload) -> str:
    """Return a gate's verdict; beyond its limit it stops nobody where it is waived or only reported."""
    why = "waived" if gate.get("waiver") else "only reported" if gate.get("mode") == "report" else ""
    return f"{gate['verdict']} ({why})" if why else str(gate["verdict"])


def _rows(said: Payload) -> str:
    counts = [count for days in said["counts"].values() for count in days.values()]
    return f"{sum(one['read'] for one in counts)} rows, {sum(one['quarantined'] for one in counts)} quarantined"


def _monitors(said: Payload) -> str:
    found = [f"{name} {one['verdict']}" for name, one in said["results"].items() if one["verdict"] != "ok"]
    return ", ".join(found) or "all monitors ok"


_GISTS: dict[str, Callable[[Payload], str]] = {
    "raw.written": _rows,
    "contract.broken": _rows,
    "retraining.decided": lambda said: f"{said['outcome']}{_of(said['claim'])}: {said['why']}",
    "snapshot.frozen": lambda said: f"{said['rows']} rows, {said['unlabelled']} left out without a label",
    "candidate.registered": lambda said: f"{said['claim']}: {said['estimator']}, learnt from {said['fit_window']}",
    "verdict.given": verdict,
    "predictions.published": lambda said: f"{said['rows']} rows by {version_key(said['version'])}",
    "monitoring.reported": _monitors,
    "triage.decided": lambda said: f"{said['action']}: {said['reason']}",
    "cost.recorded": lambda said: (
        f"{said['stage']}.{said['task']}: {said['seconds']:.1f} s{'' if said['well'] else ', failed'}"
    ),
}


def _of(claim: str | None) -> str:
    return f" {claim}" if claim else ""
