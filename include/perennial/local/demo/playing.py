"""What every demo does: start Airflow, trigger as a person would, follow what that sets off, tell the news."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from rich.console import Console
from rich.text import Text

from perennial.context import Context, open_context
from perennial.ledger.history import History
from perennial.local import postgres, stack
from perennial.local.api import Airflow
from perennial.local.demo.news import TOLD, news
from perennial.local.follow import DAGS, follow
from perennial.local.started import Stack
from perennial.prepare import prepare
from perennial.settings import Settings

INDENT = " " * 13


@dataclass
class Play:
    """One play: Airflow, the model, and what was triggered by hand."""

    airflow: Airflow
    stack: Stack
    ctx: Context
    console: Console
    seen: int = 0
    runs: int = 0
    calls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def history(self) -> History:
        """The ledger as it is now."""
        return self.ctx.chain.history()

    def trigger(
        self,
        stage: str,
        key: str | None = None,
        *,
        by: str | None = None,
        begun: Callable[[], None] | None = None,
        then: Callable[[str], None] | None = None,
        **conf: str,
    ) -> None:
        """Start a run as a person would, `by` whom if not the admin, and wait for it and all that follows.

        `begun` is called when it has started, `then` with each stage that has ended, before what it woke is waited for.
        """
        with self.stack.client(user=by) if by else nullcontext(self.airflow) as hand:
            run_id = hand.trigger(f"{self.ctx.model}.{stage}", conf, partition_key=key)
        with self.console.status(f"{self.ctx.model}.{stage} {key or ' '.join(conf.values())}") as shown:
            if begun:
                begun()
            for ended, run in follow(self.airflow, self.ctx.model, stage, run_id):
                self.runs += 1
                self.calls.append({"stage": ended, "key": run.partition_key, "conf": run.conf})
                shown.update(f"{self.ctx.model}.{ended} {run.partition_key or ''} done")
                self.tell_news()
                if then:
                    then(ended)

    @property
    def champions(self) -> list[int]:
        """Every version that was champion, in the order of their first time."""
        made = [event.payload["version"] for event in self.history.of("champion.changed")]
        return [version for version in dict.fromkeys(made) if version]

    def chapter(self, name: str, about: str) -> None:
        """Print what begins now."""
        self.console.print(Text.assemble((name, "bold"), f"  {about}"))

    def say(self, text: str) -> None:
        """Print one line of the story."""
        self.console.print(f"{INDENT}{text}", markup=False)

    def tell_news(self) -> None:
        """Print the decisions that the ledger has since the last look."""
        events = self.ctx.chain.history().events
        for event in events[self.seen :]:
            if event.type in TOLD:
                self.say(news(event))
        self.seen = len(events)

    def keep_calls(self) -> None:
        """Keep what was called, so that the same calls can be timed without Airflow."""
        path = self.ctx.settings.var / "demo" / "calls.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.calls, indent=1), encoding="utf-8")


@contextmanager
def playing(
    settings: Settings, model: str, console: Console, *, keep: bool, users: Mapping[str, str] | None = None
) -> Iterator[Play]:
    """Give a play on a running Airflow in which the model's DAGs are awake; business time is played, not waited for."""
    settings = replace(settings, users={**settings.users, **(users or {})})
    with console.status("Starting Postgres"):
        postgres.start(settings)
    with console.status("Bringing tables up to date"):
        prepare(settings)
    here = stack.up(settings, console=console)
    try:
        with here.client() as airflow:
            for dag in DAGS:
                airflow.unpause(f"{model}.{dag}")
            play = Play(airflow, here, open_context(model, settings=settings, actor="demo"), console)
            play.seen = len(play.ctx.chain.history().events)
            yield play
            if keep:
                console.print(f"\nAirflow goes on at {here.url}; end it with: make down")
                console.print(f"  user {here.user}, password {here.password}", markup=False)
    finally:
        if not keep:
            stack.down(settings)
