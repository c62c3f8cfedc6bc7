"""From CPU seconds and memory to energy and carbon: codecarbon's model of a process's share of a machine. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from perennial.metering.machine import Machine
from perennial.metering.reading import Usage

JOULES = 3.6e6
"""of a kilowatt-hour"""
ESTIMATED = "estimated from TDP and load"
MEASURED = "measured by RAPL, shared by CPU time"


@dataclass(frozen=True)
class Energy:
    """Kilowatt-hours and kilograms of CO2 equivalents, and how they were found."""

    kwh: float
    kg_co2e: float
    method: str


def estimate(usage: Usage, machine: Machine) -> Energy:
    """Share the processors' watts by CPU time, and the memory's watts by peak memory and time.

    The processors are codecarbon's `process` mode: power is TDP times load over all threads, so energy is TDP times
    CPU seconds over threads; where they counted their joules themselves, those take its place. Codecarbon's memory
    model charges a whole machine's modules to each process; here a process has the part that it filled. What an idle
    machine draws is nobody's.
    """
    estimated = machine.watts * usage.cpu_seconds / machine.threads
    processors = estimated if usage.joules is None else usage.joules
    filled = min(usage.peak_memory / machine.memory, 1.0)
    kwh = (processors + machine.memory_watts * filled * usage.seconds) / JOULES
    return Energy(kwh, kwh * machine.kg_per_kwh, ESTIMATED if usage.joules is None else MEASURED)
