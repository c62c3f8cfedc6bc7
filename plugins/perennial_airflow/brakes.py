"""A task that is held waits for the release: it is neither done nor failed, holds no worker, and then goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import BaseOperator
from airflow.sdk.bases.decorator import DecoratedOperator, task_decorator_factory
from airflow.triggers.base import BaseTrigger, TriggerEvent

from perennial.errors import Held

if TYPE_CHECKING:
    from airflow.sdk.bases.decorator import TaskDecorator

    from perennial.ledger.brakes import Scope

SCOPE_OF: dict[str, Scope] = {"score": "scoring", "train": "training", "promote": "promotion"}
"""The stages that can be held."""
POLL = 10.0
"""Seconds between two looks for the release."""


class ReleaseTrigger(BaseTrigger):
    """Look into the ledger until nothing holds a scope of a model any more."""

    def __init__(self, model: str, scope: Scope, poll: float = POLL) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.model, self.scope, self.poll = model, scope, poll

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what the triggerer needs to make it again."""
        return (
            "perennial_airflow.brakes.ReleaseTrigger",
            {"model": self.model, "scope": self.scope, "poll": self.poll},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event, after the release."""
        while True:
            if not await asyncio.to_thread(self.holds_on):
                yield TriggerEvent("released")  # type: ignore[no-untyped-call]
                return
            await asyncio.sleep(self.poll)

    def holds_on(self) -> bool:
        """Tell whether to go on waiting; a ledger that does not answer releases nobody."""
        from sqlalchemy.exc import SQLAlchemyError

        try:
            return self.is_held()
        except (SQLAlchemyError, OSError):
            return True

    def is_held(self) -> bool:
        """Tell whether a hold stands."""
        from perennial.context import open_chain
        from perennial.ledger.holds import refuse_if_held

        try:
            refuse_if_held(open_chain(self.model), self.scope)
        except Held:
            return True
        return False


def waits(model: str, stage: str) -> bool:
    """Tell whether the runs of a stage wait for a release."""
    return stage in SCOPE_OF and ReleaseTrigger(model, SCOPE_OF[stage]).is_held()


def wait_for_release(task: BaseOperator, context: Mapping[str, Any], scope: Scope, held: Held) -> NoReturn:
    """Give the worker back until the hold is lifted; the task's `resume` is called then."""
    task.log.warning("it waits for a release:\n%s", held)
    model = context["dag_run"].dag_id.rpartition(".")[0]
    task.defer(trigger=ReleaseTrigger(model, scope), method_name="resume")


class StoppableOperator(DecoratedOperator, PythonOperator):
    """A `@task` of a scope that can be held; in a run that a person started it fails, so that she is told at once."""

    custom_operator_name: ClassVar[str] = "@stoppable"

    def __init__(self, *, scope: Scope, python_callable: Callable[..., Any], **arguments: Any) -> None:
        own = {"python_callable": python_callable, **{name: arguments.get(name) for name in ("op_args", "op_kwargs")}}
        super().__init__(kwargs_to_upstream=own, python_callable=python_callable, **arguments)
        self.scope = scope

    def execute(self, context: Any) -> Any:
        """Do the work, or wait."""
        try:
            return super().execute(context)
        except Held as held:
            if context["dag_run"].run_type == "manual":
                raise
            wait_for_release(self, context, self.scope, held)

    def resume(self, context: Any, event: str) -> Any:  # noqa: ARG002 - Airflow's form
        """Begin anew: what was true before the hold may be no longer."""
        return self.execute(context)


def stoppable(scope: Scope, **arguments: Any) -> TaskDecorator:
    """Make a function a task as `@task` does, of a scope that can be held."""
    return task_decorator_factory(decorated_operator_class=StoppableOperator, scope=scope, **arguments)
