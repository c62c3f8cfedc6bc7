"""How long stages take, by what the meters told: the newest run of each against the usual ones before it."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

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
    """Return the seconds of each run of each stage, in order of their beginning."""
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for event in history.of(TYPE):
        found[event.payload["stage"]][_run(event.run, event.seq)] += event.payload["seconds"]
    return {stage: list(runs.values()) for stage, runs in sorted(found.items())}


def _run(run: str, seq: int) -> str:
    """Name a run; what a person starts by hand has no name of its own."""
    return run if "/" in run else f"{run}/{seq}"


def _said(runs: list[float]) -> str:
    newest, before = runs[-1], runs[:-1][-BEFORE:]
    return f"{newest:.1f} s" + (f" (usually {median(before):.1f} s)" if before else "")
