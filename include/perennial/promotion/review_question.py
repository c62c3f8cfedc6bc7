"""The question to a second person after an emergency promotion; without an answer in time it is undone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from perennial.context import Context
from perennial.hashing import digest
from perennial.keys import parse_version
from perennial.ledger.emergency import is_lost, review, unconfirmed
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.waivers import revoked
from perennial.promotion import summary
from perennial.promotion.answer import LOST, Answer, void
from perennial.promotion.binding import used_waivers
from perennial.promotion.people import may_answer, unnamed
from perennial.promotion.review import finish_undoing, may_not_review, record_review, undo_overdue
from perennial.promotion.stage import policy
from perennial.promotion.words import made_by
from perennial.question import Question


class ForReview:
    """The review of an emergency promotion."""

    def ask(self, ctx: Context, key: str, known: Collection[str], reason: str) -> Question | None:
        """Record the question and return it; None where no emergency promotion of this version waits for it."""
        history = ctx.chain.history()
        change = _waiting(history, key)
        if change is None:
            finish_undoing(ctx, history)
            return None
        out, asked = may_not_review(ctx, history, change), policy(ctx)
        who = asked.approval.approvers or ctx.settings.approvers or known
        people = may_answer(history, change.payload["version"], who, out, 1)
        self._record(ctx, change, people, out)
        verdict = next(one for one in history.events if one.hash == change.payload["verdict"])
        by, until = ", ".join(change.payload["by"]), change.payload["review_by"]
        text = summary.body(
            ctx.spec,
            verdict,
            used_waivers(history, verdict),
            revoked=revoked(history),
            shut=out,
            openly=unnamed(asked, made_by(ctx, history, change.payload["version"])),
            reason=f"{by} promoted it in an emergency: {reason}",
            until=until,
        )
        return Question(f"Agree to the emergency promotion of {ctx.model} {key}?", text, people)

    def answer(self, ctx: Context, key: str, said: Answer) -> Event:
        """Record the review, or, where the answer does not count, that it was void and why."""
        question = ctx.chain.history().of("review.asked")[-1]
        try:
            return record_review(ctx, key, by=said.by, agrees=said.yes, reason=said.reason, at=said.at)
        except LOST as error:
            return void(ctx, question, said, error)

    def wait(self, ctx: Context, key: str) -> timedelta | Event:
        """Return how long the review may still take, or the event that ended it: the undoing, or a word elsewhere."""
        history, now = ctx.chain.history(), datetime.now(UTC)
        change = _waiting(history, key)
        if change is None:
            return (history.of("emergency.reviewed") or history.of("champion.changed"))[-1]
        if is_lost(history, change, now) and (undone := undo_overdue(ctx)):
            return undone
        return max(datetime.fromisoformat(change.payload["review_by"]) - now, timedelta(seconds=1))

    @staticmethod
    def _record(ctx: Context, change: Event, people: list[str], out: dict[str, str]) -> None:
        payload = {"change": change.hash, "people": people, "shut_out": out, "until": change.payload["review_by"]}
        once = digest({"review": change.hash})
        ctx.chain.record("review.asked", change.key, payload, once=once)


def _waiting(history: History, key: str) -> Event | None:
    change = unconfirmed(history)
    if change is None or change.payload["version"] != parse_version(key) or review(history, change):
        return None
    return change
