"""How long stages take, by what the meters told: the newest run of each against the usual ones before it."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.metering.subject import TYPE

BEFORE = 10
"""Runs before the newest that say what is usual."""


def in_a_line(history: History) -> str:
    """Say it for each stage: seconds of work of the newest run, tries that failed included, and the median."""
    said = [f"{stage} {_said(runs)}" for stage, runs in _seconds(history).items()]
    late = history.last("run.late")
    return "; ".join([*said, *([f"last late: {late.payload['stage']} {late.key}"] if late else [])]) or "none yet"


def _seconds(history: History) -> dict[str, list[float]]:
    """Return the seconds of each run of each stage, in order of their beginning; a run that only failed is none."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    went_well = {(event.payload["stage"], _run(event)) for event in history.of(TYPE) if event.payload["well"]}
    for event in history.of(TYPE):
        name = event.payload["stage"], _run(event)
        if name in went_well:
            found[name[0]][name[1]] += event.payload["seconds"]
    return {stage: list(runs.values()) for stage, runs in sorted(found.items())}


def _run(event: Event) -> str:
    """Name a run; what a person starts by hand has no name of its own."""
    return event.run if "/" in event.run else f"{event.run}/{event.seq}"


def _said(runs: list[float]) -> str:
    newest, before = runs[-1], runs[:-1][-BEFORE:]
    return f"{newest:.1f} s" + (f" (usually {median(before):.1f} s)" if before else "")
