"""What metering a task costs: in forks of a warm process, as tasks are, beside a tracker of codecarbon and real work.

    python bench/metering.py [--repeats 20] [--days 5] [--events 500]

Metering a task reads the meters twice and tells the ledger once. It is held against the smallest real piece of work, a
day of flights that is ingested, in CPU time; and against codecarbon's own tracker, started and stopped around nothing
in a fresh fork.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from common import MODEL, finish, installation, say

from perennial.context import Context, open_context
from perennial.metering.machine import machine_of
from perennial.metering.record import metered
from perennial.stages import STAGES, Call

TARGET = 0.1
"""Metering a task takes at most this part of the CPU time of the smallest real work."""


def main() -> None:
    options = _options()
    with installation() as settings:
        ctx = open_context(MODEL, settings=settings, actor="bench")
        say("ingesting days, one by one")
        work = [_timed(lambda key=key: list(STAGES["ingest"](ctx, Call(key)))) for key in _days(ctx, options.days)]
        (settings.var / "cache" / "machine").rename(settings.var / "cache" / "forgotten")
        _forget()
        first = _timed(lambda: machine_of(settings))
        say(f"a chain of {options.events} events")
        for number in range(options.events):
            ctx.chain.record("bench.filled", str(number), {"words": "as long as an event is, more or less " * 12})
        meter = [_forked(lambda: _meter(ctx), before=ctx.chain.history) for _ in range(options.repeats)]
        say("codecarbon's tracker")
        _forget()
        tracker = [_forked(_track) for _ in range(min(options.repeats, 5))]
    finish(summary(work, meter, tracker, first, options.events))


def summary(
    work: list[dict[str, float]],
    meter: list[dict[str, float]],
    tracker: list[dict[str, float]],
    first: dict[str, float],
    events: int,
) -> dict[str, Any]:
    """Return medians in milliseconds, and the meter's part of the work's CPU time."""
    medians = {name: _medians(each) for name, each in {"work": work, "meter": meter, "tracker": tracker}.items()}
    ratio = medians["meter"]["cpu"] / medians["work"]["cpu"]
    return {
        "ms": {name: {kind: round(value, 1) for kind, value in both.items()} for name, both in medians.items()},
        "first_ms": round(first["wall"], 1),
        "events": events,
        "repeats": len(meter),
        "days": len(work),
        "ratio": round(ratio, 3),
        "target": TARGET,
        "passed": ratio <= TARGET,
    }


def _meter(ctx: Context) -> None:
    with metered(replace(ctx, chain=replace(ctx.chain, run=f"bench/{os.getpid()}")), "score", "2013-01-01"):
        pass


def _forget() -> None:
    """Leave codecarbon as a warm parent has it: loaded, and nothing found out yet."""
    from codecarbon.core import hardware_cache, util

    hardware_cache.clear_cache()
    util.detect_cpu_model.cache_clear()


def _track() -> None:
    from codecarbon import OfflineEmissionsTracker

    tracker = OfflineEmissionsTracker(
        country_iso_code="DEU", tracking_mode="process", output_methods=[], log_level="critical"
    )
    tracker.start()
    tracker.stop()


def _days(ctx: Context, days: int) -> list[str]:
    return [str(ctx.spec.source.first + timedelta(days=number)) for number in range(days)]


def _medians(each: list[dict[str, float]]) -> dict[str, float]:
    return {kind: statistics.median(one[kind] for one in each) for kind in ("wall", "cpu")}


def _timed(call: Callable[[], object]) -> dict[str, float]:
    """Return wall and CPU milliseconds of a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return {"wall": 1000 * (time.perf_counter() - wall), "cpu": 1000 * (time.process_time() - cpu)}


def _forked(call: Callable[[], object], before: Callable[[], object] = dict) -> dict[str, float]:
    """Return the same of a call in a process of its own, after what a task has done there anyway."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            before()
            os.write(write, json.dumps(_timed(call)).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read) as told:
        text = told.read()
    _, status = os.waitpid(child, 0)
    assert status == 0, "the child has said why"
    return dict(json.loads(text))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20, help="forks that meter nothing")
    parser.add_argument("--days", type=int, default=5, help="days that are ingested")
    parser.add_argument("--events", type=int, default=500, help="events that the chain has already")
    return parser.parse_args()


if __name__ == "__main__":
    main()
