"""People who answer the questions of a promotion, through the REST API of the running Airflow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perennial.local.api import Question
from perennial.local.demo.play import Play
from perennial.local.rest import Refused

PATIENCE = 120.0
"""Seconds until a promotion asks its next question, or has ended."""
WHY = {"alice": "the figures of the card hold what the policy asks", "bob": "seen the card and the waiver; I agree"}


@dataclass
class Answers:
    """Two who approve, and the one who asked for the version: shut out, and trying nevertheless."""

    play: Play
    approvers: Sequence[str]
    asker: str

    def when_asked(self, stage: str, _run: str) -> None:
        """Answer the questions of a promotion: one that a passed verdict has woken, or one that begins by hand."""
        verdicts = self.play.history.of("verdict.given")
        if stage == "promote" or (stage == "validate" and verdicts[-1].payload["passed"]):
            self._answer()

    def _answer(self) -> None:
        asked = 0
        while asked < len(self.approvers):
            question = self._question()
            if not asked:
                self._try(self.asker, question)
            self._try(self.approvers[asked], question)
            asked += 1

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
