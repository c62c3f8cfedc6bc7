"""The whole life of the flight_delay model, lived in Airflow on the business time of 2013.

Three months are loaded, a first version is trained, validated and promoted; then the weeks that follow are played as
they were. Monitors look, triage says what follows, new versions are asked for and judged; one is promoted only if it
stands up to the champion, and where machines have given up a person asks. Nothing is staged: the rules are those of the
model's spec and policy.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date

from rich.console import Console

from perennial.context import Context
from perennial.keys import DAY, Window, version_key
from perennial.local.demo import report
from perennial.local.demo.playing import Play, playing
from perennial.retraining.breaker import failed
from perennial.settings import Settings

MODEL = "flight_delay"
HISTORY = Window(date(2013, 1, 1), date(2013, 3, 31))
WEEKS_AFTER = 4
"""Weeks played after the second version took over, to see what it was worth."""


def play(settings: Settings, console: Console, *, weeks: int, keep: bool) -> None:
    """Play the demo; played again it goes on where it stopped."""
    begun = time.monotonic()
    with playing(settings, MODEL, console, keep=keep) as demo:
        _first_version(demo)
        _live(demo, weeks)
        _retire_the_first(demo)
        demo.keep_calls()
        seconds = time.monotonic() - begun
        report.write(demo.ctx, console, runs=demo.runs, seconds=seconds, url=demo.stack.url, user=demo.stack.user)


def _first_version(demo: Play) -> None:
    if demo.ctx.chain.history().newest_day is None:
        demo.chapter(str(HISTORY), "three months of history")
        demo.trigger("ingest", start=str(HISTORY.first), end=str(HISTORY.last))
    if not demo.ctx.chain.history().versions:
        demo.trigger("retrain", reason="the first version of the model")


def _live(demo: Play, weeks: int) -> None:
    """Play week after week until a second champion has served for some weeks, or the weeks are over."""
    for window in _weeks(demo.ctx, weeks):
        if _weeks_of_second(demo.ctx) >= WEEKS_AFTER:
            return
        champion = demo.history.champion
        demo.chapter(str(window), f"champion {version_key(champion) if champion else 'none'}")
        demo.trigger("ingest", start=str(window.first), end=str(window.last))
        demo.trigger("clock", key=str(window.last))
        if _machines_gave_up(demo):
            demo.say("machines gave up: a person looks, and asks")
            demo.trigger("retrain", reason="new days have come: worth another try")


def _machines_gave_up(demo: Play) -> bool:
    """Tell whether a request waits because too many trainings in a row did not help."""
    newest, row = demo.history.last("retraining.decided"), failed(demo.history)
    waits = newest is not None and newest.payload["outcome"] == "wait"
    return waits and len(row) >= demo.ctx.spec.retrain.give_up_after


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


def _retire_the_first(demo: Play) -> None:
    history = demo.ctx.chain.history()
    for number in history.versions:
        served = any(event.payload["version"] == number for event in history.of("champion.changed"))
        if served and number != history.champion and not history.retirement(number):
            demo.trigger("archive", key=version_key(number), reason=f"replaced by {version_key(history.champion or 0)}")
