"""A deferrable sensor for anybody's DAG: wait until a monitoring report of a model shows drift."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import BaseSensorOperator, timezone
from airflow.triggers.base import BaseTrigger, TriggerEvent


class DriftTrigger(BaseTrigger):
    """Look into the ledger every `poll` seconds; nothing is held in memory, so a killed triggerer loses nothing."""

    def __init__(self, model: str, since: str, columns: Sequence[str] | None, min_drifted: int, poll: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.model, self.since = model, since
        self.columns, self.min_drifted, self.poll = columns, min_drifted, poll

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what the triggerer needs to make it again."""
        names = ("model", "since", "columns", "min_drifted", "poll")
        return ("perennial_airflow.drift.DriftTrigger", {name: getattr(self, name) for name in names})

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event: the first report since `since` that shows enough drift."""
        while True:
            found = await asyncio.to_thread(self.found)
            if found is not None:
                yield TriggerEvent(found)  # type: ignore[no-untyped-call]
                return
            await asyncio.sleep(self.poll)

    def found(self) -> dict[str, Any] | None:
        """Return what `look` does; a ledger that does not answer is asked again."""
        from sqlalchemy.exc import SQLAlchemyError

        try:
            return self.look()
        except (SQLAlchemyError, OSError):
            return None

    def look(self) -> dict[str, Any] | None:
        """Return version, window and drifted columns of the first such report, or None."""
        from perennial.context import open_ledger
        from perennial.settings import Settings

        since = datetime.fromisoformat(self.since)
        for event in open_ledger(Settings.load()).read(self.model):
            if event.type == "monitoring.reported" and event.wall_time >= since:
                drifted = enough_drift(event.payload["drifted"], self.columns, self.min_drifted)
                if drifted:
                    body = {name: event.payload[name] for name in ("version", "window", "html")}
                    return {**body, "model": self.model, "drifted": drifted}
        return None


class DriftSensor(BaseSensorOperator):
    """Wait for a monitoring report in which at least `min_drifted` columns (of `columns`, or of all) drifted.

    Reports count from `since` on (wall time, default: the start of the DAG run). Gives to XCom: model, version,
    window, drifted columns, and the digest of the report's page.
    """

    template_fields: Sequence[str] = ("model", "since")

    def __init__(
        self,
        *,
        model: str,
        columns: Sequence[str] | None = None,
        min_drifted: int = 1,
        since: datetime | str | None = None,
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        self.model, self.columns, self.min_drifted = model, columns, min_drifted
        self.since = since.isoformat() if isinstance(since, datetime) else since

    def execute(self, context: Mapping[str, Any]) -> None:
        """Give the worker slot back; the triggerer waits."""
        since = self.since or (context["dag_run"].start_date or timezone.utcnow()).isoformat()
        self.defer(
            trigger=DriftTrigger(self.model, since, self.columns, self.min_drifted, self.poke_interval),
            method_name="resume",
            timeout=timedelta(seconds=self.timeout),
        )

    def resume(self, context: Mapping[str, Any], event: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - Airflow's
        """Return what was seen."""
        self.log.info("%(model)s v%(version)s drifted in %(window)s: %(drifted)s", event)
        return event


def enough_drift(drifted: Sequence[str], columns: Sequence[str] | None, least: int) -> list[str]:
    """Return the drifted columns that were asked about when they are at least `least`, else none."""
    asked = [name for name in drifted if columns is None or name in columns]
    return asked if len(asked) >= least else []
