"""The whole life of the flight_delay model, lived in Airflow on the business time of 2013.

Three months are loaded, a first version is trained, validated and promoted; then the weeks that follow are played as
they were. What the seasons do to the model raises the signals; a new version is promoted only if it wins. Nothing is
staged: the rules are those of the model's spec and policy.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rich.console import Console

from perennial.context import Context, open_context
from perennial.errors import PerennialError
from perennial.keys import DAY, Window, version_key
from perennial.ledger.event import Event
from perennial.local import demo_report, postgres, stack
from perennial.local.api import Airflow
from perennial.local.follow import follow
from perennial.prepare import prepare
from perennial.settings import Settings

MODEL = "flight_delay"
HISTORY = Window(date(2013, 1, 1), date(2013, 3, 31))
WEEKS_AFTER = 4
"""Weeks played after the second version took over, to see what it was worth."""
TOLD = ("signal.raised", "retraining.decided", "candidate.registered", "verdict.given", "champion.changed")


@dataclass
class Demo:
    """One play: Airflow, the model, and what was triggered by hand."""

    airflow: Airflow
    ctx: Context
    console: Console
    seen: int = 0
    runs: int = 0
    calls: list[dict[str, Any]] = field(default_factory=list)

    def trigger(self, stage: str, key: str | None = None, **conf: str) -> None:
        """Start a run as a person would, and wait for it and all that follows."""
        run_id = self.airflow.trigger(f"{MODEL}.{stage}", conf, partition_key=key)
        with self.console.status("") as shown:
            shown.update(f"{MODEL}.{stage} {key or ' '.join(conf.values())}")
            for ended, run in follow(self.airflow, MODEL, stage, run_id):
                self.runs += 1
                self.calls.append({"stage": ended, "key": run.partition_key, "conf": run.conf})
                shown.update(f"{MODEL}.{ended} {run.partition_key or ''} done")
        self._tell_news()

    def _tell_news(self) -> None:
        """Print the decisions that the ledger has since the last look."""
        events = self.ctx.chain.history().events
        for event in events[self.seen :]:
            if event.type in TOLD:
                self.console.print(f"             {_news(event)}", markup=False)
        self.seen = len(events)


def play(settings: Settings, *, weeks: int, keep: bool, console: Console) -> int:
    """Play the demo and return the exit code; played again it goes on where it stopped."""
    begun = time.monotonic()
    try:
        with _airflow(settings, console, keep=keep) as (here, airflow):
            demo = Demo(airflow, open_context(MODEL, settings=settings, actor="demo"), console)
            demo.seen = len(demo.ctx.chain.history().events)
            _unpause(airflow)
            _first_version(demo)
            _live(demo, weeks)
            _retire_the_first(demo)
            _keep_calls(settings, demo)
            seconds = time.monotonic() - begun
            demo_report.write(demo.ctx, console, runs=demo.runs, seconds=seconds, url=here.url, user=here.user)
            if keep:
                console.print(f"\nAirflow goes on at {here.url}; end it with: make down")
                console.print(f"  user {here.user}, password {here.password}", markup=False)
    except PerennialError as error:
        console.print(f"\nThe demo stopped.\n{error}", markup=False, style="red")
        return 1
    return 0


@contextmanager
def _airflow(settings: Settings, console: Console, *, keep: bool) -> Iterator[tuple[stack.Stack, Airflow]]:
    with console.status("Starting Postgres"):
        postgres.start(settings)
    with console.status("Bringing tables up to date"):
        prepare(settings)
    here = stack.up(settings, console=console)
    try:
        with here.client() as airflow:
            yield here, airflow
    finally:
        if not keep:
            stack.down(settings)


def _unpause(airflow: Airflow) -> None:
    """Let the model's own runs start; the two with a timetable of their own stay still, business time is played."""
    for stage in (
        "ingest",
        "features",
        "train",
        "validate",
        "promote",
        "score",
        "monitor",
        "retrain",
        "archive",
        "clock",
    ):
        airflow.unpause(f"{MODEL}.{stage}")


def _first_version(demo: Demo) -> None:
    if demo.ctx.chain.history().newest_day is None:
        demo.console.print(f"[bold]{HISTORY}[/]  three months of history")
        demo.trigger("ingest", start=str(HISTORY.first), end=str(HISTORY.last))
    if not demo.ctx.chain.history().versions:
        demo.trigger("retrain", reason="the first version of the model")


def _live(demo: Demo, weeks: int) -> None:
    """Play week after week until a second champion has served for some weeks, or the weeks are over."""
    for window in _weeks(demo.ctx, weeks):
        if _weeks_of_second(demo.ctx) >= WEEKS_AFTER:
            return
        demo.console.print(f"[bold]{window}[/]  {_weather_report(demo.ctx)}")
        demo.trigger("ingest", start=str(window.first), end=str(window.last))
        demo.trigger("clock", key=str(window.last))


def _weeks(ctx: Context, weeks: int) -> Iterator[Window]:
    for _ in range(weeks):
        newest = ctx.chain.history().newest_day
        week = newest and Window(newest + DAY, newest + 7 * DAY).clip(ctx.spec.source.first, ctx.spec.source.last)
        if not week:
            return
        yield week


def _weeks_of_second(ctx: Context) -> float:
    """Return for how many weeks of business time the present champion, not being the first, has served."""
    history = ctx.chain.history()
    change = history.last("champion.changed")
    if change is None or not change.payload["previous"] or not change.business_time or not history.now:
        return 0.0
    return (history.now - change.business_time).days / 7


def _weather_report(ctx: Context) -> str:
    """Say how the champion does, by the newest monitoring report."""
    history = ctx.chain.history()
    report = history.last("triage.decided")
    champion = version_key(history.champion) if history.champion else "none"
    return f"champion {champion}" + (f"; {report.payload['kind']}: {report.payload['reason']}" if report else "")


def _retire_the_first(demo: Demo) -> None:
    history = demo.ctx.chain.history()
    for number in history.versions:
        served = any(event.payload["version"] == number for event in history.of("champion.changed"))
        if served and number != history.champion and not history.retirement(number):
            demo.trigger("archive", key=version_key(number), reason=f"replaced by {version_key(history.champion or 0)}")


def _keep_calls(settings: Settings, demo: Demo) -> None:
    """Keep what was called, so that the same calls can be timed without Airflow."""
    path = settings.var / "demo" / "calls.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(demo.calls, indent=1), encoding="utf-8")


def _news(event: Event) -> str:
    body = event.payload
    if event.type == "verdict.given":
        failed = [f"{gate['name']}: {gate['why']}" for gate in body["gates"] if gate["verdict"] != "pass"]
        return f"{event.key} {'passed every gate' if body['passed'] else 'did not pass: ' + '; '.join(failed)}"
    if event.type == "candidate.registered":
        return f"{event.key} was made from {body['fit_window']}, to be judged on {body['holdout']}"
    if event.type == "champion.changed":
        return f"{event.key} is the champion now"
    if event.type == "signal.raised":
        return f"signal: {body['reason']}"
    return f"retraining, {body['outcome']}: {body['why']}"
