"""What the events about notices add up to: causes that stand, and messages that are still to be sent. A pure fold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from perennial.ledger.chain import Chain
from perennial.ledger.event import Event
from perennial.notices.notice import Circle
from perennial.spec.notices import Kind, Severity

EVENTS = ("notice.raised", "notice.held_back", "notice.sent", "notice.reset")
Name = tuple[Kind, str]
"""Kind and key of a notice."""


@dataclass(frozen=True)
class Cause:
    """Something that is wrong: what was told of it, since its last reset."""

    subject: str
    text: str
    severity: Severity
    since: datetime
    raised: datetime
    """When it was last told, or held back to be told later."""
    told: datetime | None = None
    """When the first message of it was taken, or given up."""
    escalated: bool = False
    repeats: int = 0
    nobody: bool = False
    """There was nobody to tell."""


@dataclass(frozen=True)
class Message:
    """One message on its way: `due` is when it is to be sent (again)."""

    entry: str
    """Hash of the event that it began with."""
    name: Name
    step: str
    subject: str
    text: str
    severity: Severity
    circle: Circle
    due: datetime
    attempt: int
    left: tuple[str, ...] | None = None
    """The channels that have not taken it yet; None: none was tried."""

    @property
    def in_flight(self) -> bool:
        """Somebody is sending it, or was when their process ended."""
        return self.attempt > 0 and self.left is None


@dataclass
class State:
    """Causes that stand, messages on their way, and when the newest ones were raised."""

    causes: dict[Name, Cause] = field(default_factory=dict)
    waiting: dict[str, Message] = field(default_factory=dict)
    raised: list[tuple[str, datetime]] = field(default_factory=list)
    """(kind, time) of every message that was sent at once."""


def read(chain: Chain) -> State:
    """Add up what one chain says of notices."""
    return fold(chain.ledger.read(chain.model, *EVENTS))


def standing(chain: Chain) -> dict[Name, Cause]:
    """Return what people were told of and is not over."""
    return read(chain).causes


def fold(events: Iterable[Event]) -> State:
    """Add up events, oldest first; those about anything else count for nothing."""
    state = State()
    for event in events:
        if event.type not in EVENTS:
            continue
        name = (event.payload["kind"], event.key)
        if event.type == "notice.reset":
            _forget(state, name)
        if entry := event.payload.get("entry"):
            _go_on(state, event, entry, name)
        else:
            _begin(state, event, name)
    return state


def _forget(state: State, name: Name) -> None:
    """Take out a cause that is over, and what was still to be said of it, but that an earlier one was over."""
    state.causes.pop(name, None)
    state.waiting = {e: one for e, one in state.waiting.items() if one.name != name or one.step == "over"}


def _begin(state: State, event: Event, name: Name) -> None:
    said = event.payload
    if said.get("step") == "escalation" and name not in state.causes:
        return  # it was over before the escalation was written
    at, due = _time(said["at"]), said.get("due")
    if due:
        state.waiting[event.hash] = _message(event, name)
    if event.type == "notice.reset" or said["why"] == "mute":
        return
    cause = state.causes.get(name)
    if said["why"] == "repeats":
        if cause:
            state.causes[name] = replace(cause, repeats=cause.repeats + 1)
        return
    if event.type == "notice.raised" and said["step"] != "escalation":
        state.raised.append((name[0], at))
    if said["step"] == "escalation" and cause:
        state.causes[name] = replace(cause, escalated=True)
        return
    words = {part: said[part] for part in ("subject", "text", "severity")}
    known = cause or Cause(**words, since=at, raised=at)
    state.causes[name] = replace(known, **words, raised=at, nobody=said["why"] == "nobody to tell")


def _go_on(state: State, event: Event, entry: str, name: Name) -> None:
    """Take what became of a message: tried again, put off, given up, or sent."""
    said = event.payload
    message = state.waiting.pop(entry, None)
    if message is None:
        return
    if said.get("due"):
        left = tuple(said["left"]) if "left" in said else message.left
        state.waiting[entry] = replace(message, due=_time(said["due"]), attempt=said["attempt"], left=left)
    cause = state.causes.get(name)
    if cause and message.step != "over" and (said.get("taken") or not said.get("due")):
        state.causes[name] = replace(cause, told=cause.told or _time(said["at"]))


def _message(event: Event, name: Name) -> Message:
    said: Any = event.payload
    parts = {part: said[part] for part in ("step", "subject", "text", "severity", "circle", "attempt")}
    return Message(entry=event.hash, name=name, due=_time(said["due"]), **parts)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
