"""People who answer the questions of a promotion, through the REST API of the running Airflow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perennial.ledger.event import Event
from perennial.local.api import Question
from perennial.local.demo.playing import Play
from perennial.local.rest import Refused

PATIENCE = 300.0
"""Seconds until a promotion asks its next question, or has ended."""
WHY = {"alice": "the figures of the card hold what the policy asks", "bob": "seen the card and the waiver; I agree"}


@dataclass
class Answers:
    """Two who approve, and the one who asked for the version: shut out, and trying nevertheless."""

    play: Play
    approvers: Sequence[str]
    asker: str

    def when_passed(self, stage: str) -> None:
        """Answer the questions of the promotion that a passed verdict has woken."""
        if stage == "validate" and self.play.history.of("verdict.given")[-1].payload["passed"]:
            self.answer()

    def answer(self) -> None:
        """Answer one question after the other until all approvals stand; one that was put again is answered again."""
        begun, tried = len(self._given()), False
        while (given := len(self._given()) - begun) < len(self.approvers):
            question = self._question()
            if not tried:
                self._try(self.asker, question)
                tried = True
            self._try(self.approvers[given], question)
            self._heard(begun + given)

    def _given(self) -> list[Event]:
        return self.play.history.of("approval.given")

    def _heard(self, before: int) -> None:
        """Wait until the ledger has the answer, or the question is put again."""
        dag = f"{self.play.ctx.model}.promote"
        self.play.airflow.until(
            lambda: len(self._given()) > before or self.play.airflow.questions(dag),
            PATIENCE,
            lambda: "an answer in the ledger",
        )

    def _question(self) -> Question:
        dag = f"{self.play.ctx.model}.promote"
        return self.play.airflow.until(
            lambda: next(iter(self.play.airflow.questions(dag)), None), PATIENCE, lambda: f"a question of {dag}"
        )

    def _try(self, name: str, question: Question) -> None:
        """Answer as somebody, and say what came of it."""
        with self.play.stack.client(user=name) as person:
            try:
                person.answer(question, "Approve", comment=WHY.get(name, "I made it, so it is good"))
            except Refused as refusal:
                self.play.say(f"{name} may not answer: {refusal.status}")
            else:
                self.play.say(f"{name} answers {question.subject!r}: Approve")
