"""Where a model stands."""

from __future__ import annotations

from collections.abc import Sequence

from perennial.audit import run_times
from perennial.audit.costs import in_a_line
from perennial.context import Context
from perennial.keys import version_key
from perennial.ledger.claims import launches
from perennial.ledger.emergency import unconfirmed
from perennial.ledger.event import Event
from perennial.ledger.gist import gist
from perennial.ledger.history import History
from perennial.ledger.holds import holds
from perennial.retraining.breaker import JUDGED, failed
from perennial.retraining.queue import Request, open_requests

SHOWN = 5
"""Requests that are shown; all of them stand in the ledger."""


def status(ctx: Context) -> dict[str, object]:
    """Return what a person wants to know first, in reading order."""
    history = ctx.chain.history()
    return {
        "model": f"{ctx.model}, tier {ctx.spec.risk_tier}, owner {ctx.spec.owner}",
        "champion": _champion(history),
        "holds": "; ".join(map(str, holds(ctx.chain))) or "none",
        "versions": ", ".join(_version(history, number) for number in history.versions) or "none yet",
        "newest day": history.newest_day or "nothing ingested yet",
        "business time": f"{history.now:%Y-%m-%d %H:%M} UTC" if history.now else "-",
        "queue": _queue(open_requests(history)),
        "last decision": _decision(history.last("retraining.decided")),
        "trainings": _trainings(history),
        "circuit breaker": _breaker(history, ctx.spec.retrain.give_up_after),
        "last judgement": _told(history.last(JUDGED), "why"),
        "last report": _told(history.last("triage.decided"), "reason"),
        "run times": run_times.in_a_line(history),
        "cost": in_a_line(ctx, history),
        "events": len(history.events),
    }


def _champion(history: History) -> str:
    event = history.last("champion.changed")
    if event is None:
        return "none yet"
    since = f"since {event.wall_time:%Y-%m-%d %H:%M} UTC, by {', '.join(event.payload['by'])}"
    if event.payload["version"] is None:
        return f"none, withdrawn {since}"
    waits = unconfirmed(history)
    until = f"; an emergency, to be reviewed by {waits.payload['review_by'][:16]}" if waits else ""
    return f"{version_key(event.payload['version'])} {since}{until}"


def _queue(asked: Sequence[Request]) -> str:
    told = [f"{one.cause}: {one.reason}" for one in asked[:SHOWN]]
    more = [f"and {len(asked) - SHOWN} more"] if len(asked) > SHOWN else []
    return "; ".join([*told, *more]) or "empty"


def _decision(event: Event | None) -> str:
    if event is None:
        return "none yet"
    return f"{event.key}: {gist(event)}" if event.payload["claim"] else gist(event)


def _trainings(history: History) -> str:
    past = launches(history)
    running = [f"{one.claim} on {one.window} since {one.since:%Y-%m-%d %H:%M} UTC" for one in past if not one.ended]
    return f"{len(past)}; under way: {', '.join(running)}" if running else str(len(past))


def _breaker(history: History, limit: int) -> str:
    row = failed(history)
    told = f"{', '.join(row)} did not help, {len(row)} of {limit}" if row else "no training failed to help"
    return f"{'open' if len(row) >= limit else 'closed'}: {told}"


def _version(history: History, number: int) -> str:
    verdict = history.verdict(number)
    word = "champion" if history.champion == number else "retired" if history.retirement(number) else None
    judged = "not judged" if verdict is None else "passed" if verdict.payload["passed"] else "did not pass"
    return f"{version_key(number)} ({word or judged})"


def _told(event: Event | None, name: str) -> str:
    return f"{event.key}: {event.payload[name]}" if event else "none yet"
