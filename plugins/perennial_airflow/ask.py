"""Questions to people: Airflow's human-in-the-loop operator, with deadlines, and a new try for what does not count."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import ExceptionRetryPolicy, Param, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowException, AirflowSkipException, TaskAwaitingInput

from perennial.errors import Held
from perennial_airflow.answers import NO, YES, known_users, read_answer
from perennial_airflow.brakes import wait_for_release
from perennial_airflow.stage import RETRIES, key_of, open_model

if TYPE_CHECKING:
    from perennial.context import Context
    from perennial.ledger.event import Event
    from perennial.question import Question

TRIES = 20
"""Answers that do not count before the task gives up."""


class AskAgainError(AirflowException):
    """An answer did not count; a task takes one, so the question is put in a new try."""


AGAIN = RetryRule(exception=AskAgainError, action=RetryAction.RETRY, retry_delay=timedelta(seconds=1))


class Asking(Protocol):
    """What is asked, and what becomes of the answer: a question of the domain."""

    def ask(self, ctx: Context, key: str, known: list[str], reason: str) -> Question | None:
        """Return the question, or None where there is nothing to ask."""

    def answer(self, ctx: Context, key: str, said: Any) -> Event:
        """Return what the ledger says of an answer."""

    def wait(self, ctx: Context, key: str) -> timedelta | Event:
        """Return how long to wait for an answer, or what ended the waiting."""


class Ask(HITLOperator):
    """Put a question of the domain to people, and end with what the ledger says of their answer.

    Each try is one question with its own record in Airflow. While it waits, it holds no worker; it wakes when somebody
    answers, and when a reminder, an escalation or the end is due. It never approves by itself. An answer in the second
    in which it parks is lost: Airflow takes the try for killed, and the next try asks again.
    """

    choices: Sequence[str] = (YES, NO)
    comment = "why; without a reason no answer counts"

    def __init__(self, *, model: str, **arguments: Any) -> None:
        # Airflow has put the DAG's own params and defaults among the arguments: these take their place.
        own = {
            "params": {"comment": Param("", type="string", description=self.comment)},
            "retries": TRIES,
            "retry_policy": ExceptionRetryPolicy(rules=[AGAIN, *RETRIES.rules]),
        }
        super().__init__(subject="", options=list(self.choices), **{**arguments, **own})
        self.model = model

    @property
    @abstractmethod
    def asking(self) -> Asking:
        """What is asked."""

    def execute(self, context: Any) -> str:
        """Ask, and wait for people; where there is nothing to ask, go on; under a hold, wait for its end first."""
        try:
            return self._ask(context)
        except Held as held:
            wait_for_release(self, context, "promotion", held)

    def resume(self, context: Any, event: str) -> str:  # noqa: ARG002 - Airflow's form
        """Ask after the release."""
        return self.execute(context)

    def _ask(self, context: Any) -> str:
        ctx, key = open_model(self.model, context), key_of(context)
        question = self._question(ctx, key, context["params"])
        if question is None:
            return self._unasked(key)
        outcome = self.asking.wait(ctx, key)
        if not isinstance(outcome, timedelta):
            return self._end(outcome)
        self.subject, self.body = question.subject, question.body
        self.assigned_users = [{"id": name, "name": name} for name in question.people]
        self.response_timeout = outcome
        return str(super().execute(context))

    def execute_complete(self, context: Any, event: dict[str, Any]) -> str:
        """Record what was answered, or take the step that is due and wait on."""
        ctx, key = open_model(self.model, context), key_of(context)
        if "error" not in event:
            return self._end(self.asking.answer(ctx, key, self.read(event)))
        outcome = self.asking.wait(ctx, key)
        if isinstance(outcome, timedelta):
            raise TaskAwaitingInput(method_name="execute_complete", timeout=outcome)
        return self._end(outcome)

    def read(self, event: dict[str, Any]) -> Any:
        """Return an answer in the words of the domain."""
        by, at = event["responded_by_user"]["name"], event["responded_at"]
        return read_answer(by, event["chosen_options"], event["params_input"], at)

    def _question(self, ctx: Context, key: str, params: Any) -> Question | None:
        return self.asking.ask(ctx, key, known_users(), params["reason"])

    def _unasked(self, key: str) -> str:
        """Let the run go on; where nothing follows, the grid shows that nothing was asked."""
        told = f"there is nothing to ask about {self.model} {key}"
        if not self.downstream_task_ids:
            raise AirflowSkipException(told)
        return told

    def _end(self, told: Event) -> str:
        """Say what the ledger says of it: a no skips what would follow, what does not count is asked again."""
        if told.type == "approval.void":
            raise AskAgainError(f"the answer of {told.payload['by']} does not count: {told.payload['why']}")
        if told.type == "approval.refused":
            no = f"{told.key} was rejected by {told.payload['by']}: {told.payload['reason']}"
            raise AirflowSkipException(f"{no}; to ask again: {told.payload['next']}")
        self.log.info("%s of %s: event %s", told.type, told.key, told.seq)
        return told.hash
