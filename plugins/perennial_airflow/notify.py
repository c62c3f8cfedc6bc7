"""Airflow notifiers that tell people by Perennial's own door: once, outside quiet hours, and when it is over.

The callbacks of a task run in its own process, those of a run, and of tasks that were killed, in the DAG processor.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

from perennial import errors
from perennial.settings import Settings
from perennial.spec.notices import Kind, Severity
from perennial_airflow.failures import key_of_failure, page_of, stage_of, why

if TYPE_CHECKING:
    from perennial.notices.state import Cause, Name

JUST_NOW = timedelta(hours=1)


class Failed(BaseNotifier):
    """Tells that a task failed for good, or what `subject` and `text` say; `Over` with the same key takes it back.

    As `on_failure_callback` of a task or a DAG, of Perennial's own or of anybody's.
    """

    template_fields = ("subject", "text", "key")

    def __init__(
        self,
        model: str,
        *,
        kind: Kind = "own",
        key: str = "",
        subject: str = "",
        text: str = "",
        severity: Severity = "warning",
    ) -> None:
        super().__init__()
        self.model, self.kind, self.severity = model, kind, severity
        self.key, self.subject, self.text = key, subject, text

    def notify(self, context: Any) -> None:
        """Tell; a stage that is held back by people has not failed."""
        if isinstance(context.get("exception"), errors.Held):
            return
        if _was_held(self.model, context):
            return
        settings, key = Settings.load(), self.key or key_of_failure(context)
        if "task_list" in context or _known(settings, self.model, self.kind, key, context):
            return
        from perennial.context import open_context
        from perennial.notices import Notice, tell

        ctx = open_context(self.model, settings=settings, actor="airflow", run=_run(context))
        subject, text = self.subject or f"{key}: failed", self.text or why(context)
        tell(settings, ctx.chain, ctx.spec.notices, Notice(self.kind, subject, text, key, self.severity))


class Over(BaseNotifier):
    """Takes back what `Failed` told: as `on_success_callback` and `on_skipped_callback`."""

    template_fields = ("key",)

    def __init__(self, model: str, *, kind: Kind = "own", key: str = "") -> None:
        super().__init__()
        self.model, self.kind, self.key = model, kind, key

    def notify(self, context: Any) -> None:
        """Say that it is over, where it stood; the look costs one small query."""
        settings, key = Settings.load(), self.key or key_of_failure(context)
        if (self.kind, key) not in _standing(settings, self.model):
            return
        from perennial.context import open_context
        from perennial.notices import reset

        ctx = open_context(self.model, settings=settings, actor="airflow", run=_run(context))
        text = f"It ran through. {page_of(context)}"
        reset(settings, ctx.chain, ctx.spec.notices, self.kind, key, why=text.strip())


def _was_held(model: str, context: Mapping[str, Any]) -> bool:
    """Tell whether a hold refused a run that a person started: of the DAG's failure Airflow keeps no exception."""
    if "reason" not in context or getattr(context.get("dag_run"), "run_type", None) != "manual":
        return False
    from perennial_airflow.brakes import waits

    stage = stage_of(context["dag"])
    return stage is not None and waits(model, stage)


def callbacks(model: str) -> dict[str, Any]:
    """Return what the tasks of a stage tell: a failure that no further try follows, and that it is over."""
    over = Over(model, kind="failed")
    return {
        "on_failure_callback": Failed(model, kind="failed"),
        "on_success_callback": over,
        "on_skipped_callback": over,
    }


def _known(settings: Settings, model: str, kind: Kind, key: str, context: Mapping[str, Any]) -> bool:
    """Tell whether the callback of a run has nothing to add: its task told itself just now, and knew why."""
    cause = _standing(settings, model).get((kind, key)) if "reason" in context else None
    return cause is not None and datetime.now(UTC) - cause.raised < JUST_NOW


def _standing(settings: Settings, model: str) -> Mapping[Name, Cause]:
    from perennial.context import open_ledger
    from perennial.ledger.chain import Chain
    from perennial.notices.state import standing

    return standing(Chain(open_ledger(settings), model, "airflow", ""))


def _run(context: Mapping[str, Any]) -> str:
    return f"{context['dag'].dag_id}/{context.get('run_id') or context['dag_run'].run_id}"
