"""The question to a person that triage asks: retrain, keep watching, or hold? And what becomes of the answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from perennial.context import Context
from perennial.keys import Window, version_key
from perennial.ledger.brakes import PLACED
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.holds import place
from perennial.ledger.requests import put
from perennial.question import Question

Choice = Literal["Retrain", "Keep watching", "Hold"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
LOOK_AGAIN = timedelta(hours=6)
"""How often an open question looks whether it still stands."""


@dataclass(frozen=True)
class Answer:
    """What somebody chose, why, and when."""

    by: str
    choice: Choice
    reason: str
    at: datetime


class ForTriage:
    """The question about a window."""

    def ask(self, ctx: Context, key: str, known: Collection[str], reason: str) -> Question | None:  # noqa: ARG002
        """Return the question; None where triage asks nothing (any more) of this window."""
        history = ctx.chain.history()
        decided = _asked(history, key)
        if decided and (told := _answer(history, decided)):
            follow(ctx, decided, told)  # a try that was killed after the answer has left this undone
            return None
        if decided is None or _over(history, decided):
            return None
        said = decided.payload
        where = f"\n\nAt fault: {', '.join(said['at_fault'])}" if said["at_fault"] else ""
        body = (
            f"{said['reason']}{where}\n\nA score is used to {ctx.spec.decision}.\n\n"
            "Retrain: ask for a new version. Keep watching: do nothing until the next window. "
            "Hold: no more scores until a person lifts it."
        )
        subject = f"{ctx.model} {version_key(said['version'])}, {key}: {said['kind'].replace('_', ' ')}. What now?"
        return Question(subject, body, list(ctx.settings.approvers or known))

    def answer(self, ctx: Context, key: str, said: Answer) -> Event:
        """Record who chose what, and do it; the first answer counts, also where the question was over by then."""
        decided = _asked(ctx.chain.history(), key)
        assert decided is not None, "it was asked"
        body = {
            "asked": decided.hash,
            "version": decided.payload["version"],
            "answer": said.choice,
            "by": said.by,
            "reason": said.reason,
            "at": said.at.isoformat(),
        }
        told = ctx.chain.record("triage.answered", key, body, once=decided.hash)
        follow(ctx, decided, told)
        return told

    def wait(self, ctx: Context, key: str) -> timedelta | Event:
        """Return how long to wait, or what ended the waiting: an answer, or a finding after which nothing is asked."""
        history = ctx.chain.history()
        decided = _asked(history, key)
        assert decided is not None, "it was asked"
        return _answer(history, decided) or _over(history, decided) or LOOK_AGAIN


def follow(ctx: Context, decided: Event, answered: Event) -> Event | None:
    """Do what a person chose, in that person's name; done again, it changes nothing.

    Who wants a new version asks for it as a person, whatever machines have asked for: no brake on those holds it back.
    """
    said = answered.payload
    ctx = replace(ctx, chain=replace(ctx.chain, actor=said["by"]))
    why = f"{said['by']} on {decided.key}{': ' if said['reason'] else ''}{said['reason']} ({decided.payload['why']})"
    if said["answer"] == "Retrain":
        return put(ctx.chain, "person", why, window=Window.parse(decided.key), name=decided.hash)
    return _hold(ctx, answered, why) if said["answer"] == "Hold" else None


def _hold(ctx: Context, answered: Event, why: str) -> Event | None:
    """Hold scoring; None where this answer has done so: a person may have lifted it since."""
    placed = [event for event in ctx.chain.history().of(PLACED) if event.seq > answered.seq]
    known = any(event.payload["reason"] == why for event in placed)
    return None if known else place(ctx.chain, ["scoring"], why)


def _asked(history: History, key: str) -> Event | None:
    """Return the newest finding on a window that asks, also where it was told again since and asks no more."""
    asked = (event for event in reversed(history.of("triage.decided")) if event.payload["action"] == "ask")
    return next((event for event in asked if event.key == key), None)


def _answer(history: History, decided: Event) -> Event | None:
    hits = (event for event in history.of("triage.answered") if event.payload["asked"] == decided.hash)
    return next(hits, None)


def _over(history: History, decided: Event) -> Event | None:
    """Return the newest finding since on this window, or on one that ends later.

    Labels come late: an older window that is told again says nothing of this one.
    """
    last = Window.parse(decided.key).last
    since = (event for event in reversed(history.of("triage.decided")) if event.seq > decided.seq)
    return next((e for e in since if e.key == decided.key or Window.parse(e.key).last > last), None)
