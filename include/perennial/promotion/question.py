"""The question to people, one for each approval: ask it, hear the answer, remind, escalate, let it run out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from perennial.context import Context
from perennial.errors import GateRefused
from perennial.hashing import digest
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.notices import Circle, Notice, tell
from perennial.promotion import summary
from perennial.promotion.answer import LOST, Answer, void
from perennial.promotion.approval import binds, decisions, needed, standing_approvals
from perennial.promotion.binding import used_waivers
from perennial.promotion.change import told_by
from perennial.promotion.check import Permission
from perennial.promotion.deadlines import deadlines, due, next_at
from perennial.promotion.people import may_answer, unnamed
from perennial.promotion.stage import check, look, policy
from perennial.promotion.words import PASSED, approve, made_by, reject, shut
from perennial.question import Question

ASKED_IN = "In Airflow: Required Actions of {}.promote"


@dataclass(frozen=True)
class ForApproval:
    """One of the approvals that a policy asks for: the first, the second, ..."""

    place: int = 1

    def ask(self, ctx: Context, key: str, known: Collection[str], reason: str) -> Question | None:
        """Record the question and return it; None where this approval is there already, or none is needed."""
        permission, history, asked = check(ctx, key, reason), ctx.chain.history(), policy(ctx)
        given = standing_approvals(asked, history, permission)
        if permission.kind != "promotion" or len(given) >= self.place:
            return None
        self._refuse_another(ctx, history, permission)
        out = shut(ctx, history, permission)
        who = asked.approval.approvers or ctx.settings.approvers or known
        people = may_answer(history, permission.version, who, out, needed(asked) - len(given))
        event = self._record(ctx, history, permission, people, out)
        verdict = next(one for one in history.events if one.hash == permission.verdict)
        text = summary.body(
            ctx.spec,
            verdict,
            used_waivers(history, verdict),
            approvals=given,
            shut=out,
            openly=unnamed(asked, made_by(ctx, history, permission.version)),
            reason=reason or PASSED,
            until=event.payload["until"],
        )
        return Question(summary.subject(ctx.spec, permission.version, self.place, needed(asked)), text, people)

    def answer(self, ctx: Context, key: str, said: Answer) -> Event:
        """Record an answer: an approval, a refusal, or, where it does not count, that it was void and why."""
        question = self._asked(ctx, key)
        try:
            if not binds(question, look(ctx, key, said.reason)):
                raise _another(ctx, key)
            if said.yes and said.at >= datetime.fromisoformat(question.payload["until"]):
                raise _late(ctx, key, question)
            decide = approve if said.yes else reject
            return decide(ctx, key, by=said.by, how="people", reason=said.reason, at=said.at)
        except LOST as error:
            return void(ctx, question, said, error)

    def wait(self, ctx: Context, key: str) -> timedelta | Event:
        """Take the steps that are due, and return how long to wait for the next, or the word that ended it."""
        question = self._asked(ctx, key)
        if word := self._said_elsewhere(ctx, key, question):
            return word
        while step := due(question, _told(ctx, question), datetime.now(UTC)):
            if step == "time-out":
                reason = f"nobody answered by {question.payload['until'][:16].replace('T', ' ')} UTC"
                return reject(ctx, key, by="nobody", how="time-out", reason=reason)
            self._say(ctx, question, step)
        now = datetime.now(UTC)
        return max(next_at(question, now) - now, timedelta(seconds=1))

    def _record(
        self, ctx: Context, history: History, permission: Permission, people: Sequence[str], out: dict[str, str]
    ) -> Event:
        """Tell the ledger once a run: put again after an answer that did not count, the question keeps its time."""
        bound = {**permission.binding, "place": self.place}
        taken = [event.hash for event in decisions(history, permission)]
        once = digest({**bound, "run": ctx.chain.run, "champion": told_by(history), "after": taken})
        times = deadlines(policy(ctx).approval, datetime.now(UTC))
        payload = {**bound, "people": list(people), "shut_out": out, **times}
        return ctx.chain.record("approval.asked", version_key(permission.version), payload, once=once)

    def _asked(self, ctx: Context, key: str) -> Event:
        """Return the question that this run put last."""
        return self._mine(ctx, ctx.chain.history(), key)[-1]

    def _mine(self, ctx: Context, history: History, key: str) -> list[Event]:
        mine = [event for event in history.of("approval.asked") if (event.run, event.key) == (ctx.chain.run, key)]
        return [event for event in mine if event.payload["place"] == self.place]

    def _refuse_another(self, ctx: Context, history: History, permission: Permission) -> None:
        """Let a run ask about one verdict only: Airflow shows a question that is put again as it was put first."""
        if any(not binds(event, permission) for event in self._mine(ctx, history, permission.key)):
            raise _another(ctx, permission.key)

    def _said_elsewhere(self, ctx: Context, key: str, question: Event) -> Event | None:
        """Return what was decided by command while the question was open."""
        permission, history = look(ctx, key, "to decide"), ctx.chain.history()
        since = [event for event in decisions(history, permission) if event.seq > question.seq]
        no = [event for event in since if event.type == "approval.refused"]
        given = standing_approvals(policy(ctx), history, permission)
        return no[-1] if no else given[-1] if len(given) >= self.place else None

    def _say(self, ctx: Context, question: Event, type_: str) -> None:
        word = "reminder" if type_ == "approval.reminded" else "escalation"
        people = ", ".join(question.payload["people"]) or "anybody"
        until = question.payload["until"][:16].replace("T", " ")
        text = f"It waits for {people}; without an approval it is rejected {until} UTC. {ASKED_IN.format(ctx.model)}"
        subject = f"promote {question.key}: {word} of an approval that is needed"
        circle: Circle = "team" if word == "reminder" else "wide"
        key = f"{question.key} {word} {question.hash[:8]}"
        told = tell(ctx.settings, ctx.chain, ctx.spec.notices, Notice("approval", subject, text, key, "info", circle))
        payload = {"asked": question.hash, "notice": told.hash}
        ctx.chain.record(type_, question.key, payload, once=f"{type_}:{question.hash}")


def _told(ctx: Context, question: Event) -> set[str]:
    steps = ctx.chain.history().of("approval.reminded", "approval.escalated")
    return {event.type for event in steps if event.payload["asked"] == question.hash}


def _late(ctx: Context, key: str, question: Event) -> GateRefused:
    """Build the refusal of a yes that came while nobody was there to end the question in time."""
    until = question.payload["until"][:16].replace("T", " ")
    return GateRefused(f"{ctx.model}: approval of {key}", expected=f"an answer by {until} UTC", found="a later one")


def _another(ctx: Context, key: str) -> GateRefused:
    return GateRefused(
        f"{ctx.model}: approval of {key}",
        expected="the model file and the verdict that this run asked about",
        found="others",
        nearest=f"another run of {ctx.model}.promote asks about them",
        next_command=f"perennial history {ctx.model}",
    )
