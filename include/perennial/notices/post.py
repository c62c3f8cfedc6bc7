"""Send messages that were claimed, several as one, and record of each what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from perennial.ledger.chain import Chain
from perennial.ledger.history import History
from perennial.notices.channels import channels, send
from perennial.notices.decision import next_try
from perennial.notices.notice import Circle
from perennial.notices.state import Message, State, fold
from perennial.settings import Settings
from perennial.spec.notices import Notices

WHOLE, LISTED = 10, 50
"""So many of a storm are told with their texts, and by their subjects: a webhook refuses what is too long."""
PREFIX = {"first": "", "again": "still: ", "escalation": "not over yet: ", "over": "over: "}


class Raced(Exception):
    """Somebody else decided about the same meanwhile."""


def unchanged(before: State) -> Callable[[History], None]:
    """Return a guard that lets an event in only while nothing about notices has happened since."""

    def guard(history: History) -> None:
        if fold(history.events) != before:
            raise Raced

    return guard


def addresses(rules: Notices, circle: Circle) -> list[str]:
    """Return who gets mail, each once."""
    return list(dict.fromkeys([*rules.to, *(rules.escalate_to if circle == "wide" else ())]))


def post(settings: Settings, chain: Chain, rules: Notices, messages: Sequence[Message], now: datetime) -> None:
    """Send messages of one circle that wait for the same channels, as one message."""
    to = addresses(rules, messages[0].circle)
    there = channels(settings, to)
    asked = [one for one in there if messages[0].left is None or one in messages[0].left]
    subject, text = _words(chain.model, messages)
    missed = {one: error for one in asked if (error := send(settings, one, subject, text, to))}
    taken = [one for one in asked if one not in missed]
    for message in messages:
        _record(chain, message, taken, missed, now)


def _record(chain: Chain, message: Message, taken: list[str], missed: dict[str, str], now: datetime) -> None:
    kind, key = message.name
    said = {"kind": kind, "entry": message.entry, "step": message.step, "at": now.isoformat()}
    if taken and not missed:
        chain.record("notice.sent", key, {**said, "taken": taken})
        return
    due = next_try(message.attempt, now) if missed else None
    why = "not taken" if due else "given up" if missed else "nobody to tell"
    payload = {**said, "why": why, "taken": taken, "errors": missed}
    again = {"left": list(missed), "attempt": message.attempt, "due": due and due.isoformat()}
    chain.record("notice.held_back", key, {**payload, **again})


def _words(model: str, messages: Sequence[Message]) -> tuple[str, str]:
    """Return subject and text of one message, or of several in one."""
    titles = [f"{PREFIX[one.step]}{one.subject}" for one in messages]
    if len(messages) == 1:
        return " ".join(f"{model}: {titles[0]}".split()), messages[0].text
    parts = [f"{title}\n{one.text}" for title, one in zip(titles[:WHOLE], messages, strict=False)]
    more = [*titles[WHOLE:LISTED], *([f"and {len(titles) - LISTED} more"] if len(titles) > LISTED else [])]
    listed = ["\n".join([*more, f"perennial notices show {model}"])] if more else []
    return f"{model}: {len(messages)} notices", "\n\n".join([*parts, *listed])
