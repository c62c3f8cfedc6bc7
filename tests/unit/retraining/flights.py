"""The first model on a real ledger, whose days come as events: the queue asks for nothing more."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date

from perennial.context import Context, open_context
from perennial.keys import DAY, Window
from perennial.settings import PROJECT, Settings

MODEL = "flight_delay"
FIRST = date(2013, 1, 1)


@dataclass(frozen=True)
class Flights:
    """The model in an installation of its own."""

    settings: Settings

    @classmethod
    def at(cls, settings: Settings) -> Flights:
        """Copy the model into the installation; the first quarter has come."""
        shutil.copytree(PROJECT / "include" / "models" / MODEL, settings.models / MODEL)
        made = cls(settings)
        made.arrive(date(2013, 3, 31))
        return made

    def ctx(self, actor: str = "ann", run: str = "run") -> Context:
        return open_context(MODEL, settings=self.settings, actor=actor, run=run)

    def arrive(self, last: date) -> None:
        """Let the days up to `last` have come."""
        ctx = self.ctx()
        window = Window((ctx.chain.history().newest_day or FIRST - DAY) + DAY, last)
        daily = [name for name, table in ctx.spec.source.tables.items() if table.day]
        days = {str(day): {"sha256": f"{day:%j}", "rows": 9} for day in window}
        tables = {ctx.table("raw", name): days for name in daily}
        ctx.chain.record("raw.written", str(window), {"tables": tables, "last": str(last)}, once=str(window))

    def after(self, days: int) -> date:
        """Name the day so many days after the newest."""
        return (self.ctx().chain.history().newest_day or FIRST) + days * DAY

    def end(self, claim: str) -> None:
        """Let a training have made its version."""
        number = int(claim[1:])
        self.ctx().chain.record("candidate.registered", f"v{number}", {"claim": claim, "version": number}, once=claim)
