"""The question to a person that triage asks: retrain, keep watching, or hold? And what becomes of the answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from perennial.context import Context
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.holds import place
from perennial.monitoring.consequences import ask_for_training

Choice = Literal["Retrain", "Keep watching", "Hold"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
LOOK_AGAIN = timedelta(hours=6)
"""How often an open question looks whether it still stands."""


@dataclass(frozen=True)
class Question:
    """What Airflow puts to people; nobody in `people` means that everybody may answer."""

    subject: str
    body: str
    people: Sequence[str]


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
        decided = _asking(history, key)
        if decided is None or _answer(history, decided) or _later(history, decided):
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
        """Record who chose what, and do it; the first answer counts."""
        decided = _asking(ctx.chain.history(), key)
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
        """Return how long to wait, or what ended the waiting: an answer, or a later window that was judged."""
        history = ctx.chain.history()
        decided = _asking(history, key)
        assert decided is not None, "it was asked"
        return _answer(history, decided) or _later(history, decided) or LOOK_AGAIN


def follow(ctx: Context, decided: Event, answered: Event) -> Event | None:
    """Do what a person chose."""
    said = answered.payload
    why = f"{said['by']} on {decided.key}{': ' if said['reason'] else ''}{said['reason']} ({decided.payload['why']})"
    if said["answer"] == "Retrain":
        return ask_for_training(ctx, decided, why)
    return place(ctx.chain, ["scoring"], why) if said["answer"] == "Hold" else None


def _asking(history: History, key: str) -> Event | None:
    """Return the newest finding on a window, where it asks."""
    decided = history.last("triage.decided", key)
    return decided if decided and decided.payload["action"] == "ask" else None


def _answer(history: History, decided: Event) -> Event | None:
    hits = (event for event in history.of("triage.answered") if event.payload["asked"] == decided.hash)
    return next(hits, None)


def _later(history: History, decided: Event) -> Event | None:
    """Return the newest finding where it came after this one: the question is about what is over."""
    newest = history.last("triage.decided")
    return newest if newest and newest.seq > decided.seq else None
