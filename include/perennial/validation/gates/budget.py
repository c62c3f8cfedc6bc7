"""Whether the candidate is quick and small enough for where it is used."""

from __future__ import annotations

from dataclasses import dataclass

from perennial.validation.estimate import Unknown
from perennial.validation.gates.registry import GateResult, Rule, gate, judge_number


@dataclass(frozen=True)
class Budget:
    """What scoring takes on this machine."""

    calls: int
    """of one row each"""
    row: float
    """milliseconds of CPU time that 95 of 100 such calls take at most"""
    row_median: float
    batch_rows: int
    batch: float
    """milliseconds for a batch"""
    memory: float | Unknown
    """megabytes that a clean process holds at most while it scores a batch"""
    size: float
    """megabytes of the model's file"""


@gate("latency_row", "budget")
def latency_row(figures: Budget, rule: Rule) -> GateResult:
    """Ask how much work one row is; CPU time, as a verdict must not hang on what else the machine does."""
    said = f"p95 of {figures.calls} calls {figures.row:.1f} ms of CPU time, median {figures.row_median:.1f} ms"
    return judge_number("latency_row", figures.row, rule, said)


@gate("latency_batch", "budget")
def latency_batch(figures: Budget, rule: Rule) -> GateResult:
    """Ask how long a batch takes."""
    rate = 1_000 * figures.batch_rows / figures.batch
    return judge_number("latency_batch", figures.batch, rule, f"{figures.batch_rows} rows, {rate:,.0f} a second")


@gate("memory", "budget")
def memory(figures: Budget, rule: Rule) -> GateResult:
    """Ask how much memory scoring takes."""
    said = f"megabytes at most in a clean process, libraries included, for {figures.batch_rows} rows"
    return judge_number("memory", figures.memory, rule, said)


@gate("artifact_size", "budget")
def artifact_size(figures: Budget, rule: Rule) -> GateResult:
    """Ask how large the model's file is."""
    return judge_number("artifact_size", figures.size, rule, "megabytes of the model's file")
