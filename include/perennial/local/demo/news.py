"""What the ledger has that is worth telling in a play, in a line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import shorten
from typing import Any

from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.verdicts import counts

REASON = 300
"""Characters of a reason that the play tells; all of it stands in the ledger."""
Body = Mapping[str, Any]


def news(event: Event) -> str:
    """Say in a line what an event decided."""
    return TOLD[event.type](event.key, event.payload)


def _judged(key: str, body: Body) -> str:
    failed = [f"{gate['name']}: {gate['why']}" for gate in body["gates"] if gate["verdict"] != "pass" and counts(gate)]
    return f"{key} {'passed' if body['passed'] else 'did not pass: ' + '; '.join(failed)}"


def _changed(_key: str, body: Body) -> str:
    champion = version_key(body["version"]) if body["version"] else "nothing"
    return f"{body['kind']}: {champion} is the champion now"


def _monitored(_key: str, body: Body) -> str:
    """Name the monitors by what they say, the loudest first."""
    said = {name: [one for one, result in body["results"].items() if result["verdict"] == name] for name in LOUDNESS}
    told = "; ".join(f"{verdict.replace('_', ' ')}: {', '.join(names)}" for verdict, names in said.items() if names)
    return f"monitors of {body['window']}: {told}"


LOUDNESS = ("alarm", "watch", "insufficient_data", "ok")
TOLD: Mapping[str, Callable[[str, Body], str]] = {
    "monitoring.reported": _monitored,
    "triage.decided": lambda _key, body: (
        f"triage, {body['kind'].replace('_', ' ')}: {body['action']}; {shorten(body['reason'], REASON)}"
    ),
    "hold.placed": lambda _key, body: f"held ({', '.join(body['scopes'])}): {body['reason']}",
    "hold.lifted": lambda _key, body: f"released: {body['reason']}",
    "retraining.judged": lambda _key, body: f"the training of {version_key(body['version'])}: {body['why']}",
    "retraining.requested": lambda _key, body: f"asked for a new version ({body['cause']}): {body['reason']}",
    "retraining.decided": lambda _key, body: f"retraining, {body['outcome']}: {body['why']}",
    "candidate.registered": lambda key, body: (
        f"{key} was made from {body['fit_window']}, to be judged on {body['holdout']}"
    ),
    "waiver.granted": lambda _key, body: (
        f"{body['by']} waives {body['gate']} until {body['until'][:10]}: {body['reason']}"
    ),
    "verdict.given": _judged,
    "approval.given": lambda key, body: f"{body['by']} approves {key}: {body['reason']}",
    "approval.refused": lambda key, body: f"{body['by']} rejects {key}: {body['reason']}",
    "champion.changed": _changed,
}
"""What is told of an event of each type."""
