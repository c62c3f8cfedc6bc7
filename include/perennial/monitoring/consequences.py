"""What follows from a finding: a hold, a request for a new version, and a word to people; each of them once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from perennial.context import Context
from perennial.keys import Window, version_key
from perennial.ledger.brakes import LIFTED, PLACED
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.holds import SCOPES, Hold, holds, place
from perennial.ledger.requests import Cause, put
from perennial.monitoring.triage import Finding, Kind
from perennial.notices import Notice, reset
from perennial.notices import tell as notify
from perennial.spec.notices import Severity

BROKEN = "broken data upstream: "
"""What the reason of a hold begins with that triage has placed."""
CAUSES: dict[Kind, Cause] = {"label_drift": "drift"}
"""Why a new version is wanted; for every other kind it is lost performance."""
URGENT: dict[str, Severity] = {"stop": "urgent"}
SUBJECTS = {
    "stop": "stopped, broken data upstream",
    "ask": "a person is asked",
    "retrain": "a new version is asked for",
    "watch": "somebody has to look",
}


def tell(ctx: Context, number: int, window: Window, found: Finding, *, once: str) -> Event:
    """Record what was found about a version in a window; `once` names what it was found from."""
    body = {"version": number, "window": str(window), **asdict(found), "at_fault": list(found.at_fault)}
    return ctx.chain.record("triage.decided", str(window), body, once=f"{version_key(number)}:{window}:{once}")


def act(ctx: Context, decided: Event) -> Event | None:
    """Do what a finding asks for, and return the hold or the request; None where people or nobody have to act."""
    done, said = None, decided.payload
    if said["action"] == "stop":
        done = _stop(ctx, decided)
    elif said["action"] == "retrain":
        done = _ask_for_training(ctx, decided)
    _notify(ctx, decided)
    return done


def stopped(ctx: Context) -> list[Hold]:
    """Return the holds that stand because of broken data."""
    return [one for one in holds(ctx.chain) if one.reason.startswith(BROKEN)]


def _stop(ctx: Context, decided: Event) -> Event | None:
    """Hold everything until a person lifts it; None where broken data holds it already, or a person has lifted this."""
    reason = f"{BROKEN}{decided.payload['why']}"
    history = ctx.chain.history()
    told = [event for event in history.of(PLACED) if event.seq > decided.seq]
    known = any(event.payload["reason"] == reason for event in told) or _released(history, decided)
    return None if known or stopped(ctx) else place(ctx.chain, SCOPES, reason)


def _released(history: History, decided: Event) -> bool:
    """Tell whether a person has lifted what held these days for these faults, and no raw day has come in since."""
    broken = {event.seq for event in history.of(PLACED) if event.payload["reason"].startswith(BROKEN)}
    lifted = [event.seq for event in history.of(LIFTED) if broken & set(event.payload["holds"])]
    seen = [event for event in _told(history, "stop") if lifted and event.seq < lifted[-1]]
    if not seen or any(event.seq > seen[-1].seq for event in history.of("raw.written")):
        return False
    same = [event.payload["at_fault"] for event in seen if _last(event) >= _last(decided)]
    return bool(same) and set(decided.payload["at_fault"]) <= {place for places in same for place in places}


def _ask_for_training(ctx: Context, decided: Event) -> Event:
    """Put the request that a finding asks for; the same window asks once for the same cause."""
    said = decided.payload
    cause = CAUSES.get(said["kind"], "performance")
    return put(ctx.chain, cause, said["reason"], window=Window.parse(said["window"]))


def _notify(ctx: Context, decided: Event) -> None:
    """Tell people what they have to know, and that what they were told before is over."""
    said, chain, rules = decided.payload, ctx.chain, ctx.spec.notices
    quiet = said["action"] == "nothing" or (said["action"] == "watch" and said["kind"] != "upkeep")
    released = said["action"] == "stop" and not stopped(ctx)
    action = "" if quiet or released else said["action"]
    for other in SUBJECTS:
        if other != action and _over(ctx, decided, other):
            reset(ctx.settings, chain, rules, "alarm", other, why=f"{said['window']}: {said['reason']}")
    if action:
        text = f"{said['window']}, {version_key(said['version'])}: {said['reason']}\n{_next(ctx, decided)}"
        subject = f"monitor: {SUBJECTS[action]}: {_short(said['at_fault']) or said['kind']}"
        severity = URGENT.get(action, "warning")
        notify(ctx.settings, chain, rules, Notice("alarm", subject, text, action, severity))


def _over(ctx: Context, decided: Event, action: str) -> bool:
    """Tell whether a finding ends what people were told: a stop ends when it is lifted, the rest by no older window."""
    if action == "stop":
        return not stopped(ctx)
    return all(_last(event) <= _last(decided) for event in _told(ctx.chain.history(), action))


def _told(history: History, action: str) -> list[Event]:
    """Return the findings that asked for an action, oldest first."""
    return [event for event in history.of("triage.decided") if event.payload["action"] == action]


def _last(decided: Event) -> date:
    return Window.parse(decided.payload["window"]).last


def _next(ctx: Context, decided: Event) -> str:
    said = decided.payload
    return {
        "stop": f'when the source is mended: perennial release {ctx.model} --reason "..."',
        "ask": f"answer in Airflow: {ctx.model}.ask {said['window']}",
        "retrain": f"perennial status {ctx.model}",
        "watch": f"perennial status {ctx.model}",
    }[said["action"]]


def _short(places: Sequence[str], most: int = 3) -> str:
    more = f" and {len(places) - most} more" if len(places) > most else ""
    return ", ".join(places[:most]) + more
