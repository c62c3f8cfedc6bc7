"""Energy follows from CPU time, memory and time; carbon from energy."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.metering.energy import estimate
from perennial.metering.machine import Machine
from perennial.metering.reading import Reading, Usage

GIB = 1024**3
MACHINE = Machine("a chip", 8, 80.0, known=True, memory_watts=20.0, memory=32 * GIB, kg_per_kwh=0.5, mix="XYZ")
seconds = st.floats(0, 1e6)


def usage(wall: float, cpu: float, peak: int = 0) -> Usage:
    return Usage(wall, cpu, None, None, peak)


def test_an_hour_of_all_threads_is_the_processors_watts() -> None:
    found = estimate(usage(3600, 8 * 3600), MACHINE)
    assert found.kwh == pytest.approx(0.080)
    assert found.kg_co2e == pytest.approx(0.040)
    assert found.method == "estimated from TDP and load"


def test_an_hour_of_half_the_memory_is_half_its_watts() -> None:
    assert estimate(usage(3600, 0, 16 * GIB), MACHINE).kwh == pytest.approx(0.010)
    assert estimate(usage(3600, 0, 99 * GIB), MACHINE).kwh == pytest.approx(0.020)


def test_it_is_what_codecarbon_says_of_the_same_work(tmp_path: Path) -> None:
    from codecarbon.external.hardware import CPU

    chip = CPU.from_utils(str(tmp_path), "cpu_load", "a chip", 80, tracking_mode="process")
    here = replace(MACHINE, threads=os.cpu_count() or 1, memory_watts=0.0)
    chip.start()
    first = chip._last_measurement_time
    began, until = Reading.take(), time.process_time() + 0.6
    while time.process_time() < until:
        pass
    used = Usage.since(began)
    theirs = chip.total_power().W * (chip._last_measurement_time - first)  # joules
    assert estimate(used, here).kwh * 3.6e6 == pytest.approx(theirs, rel=0.1)  # it counts CPU time in ticks of 10 ms


@given(seconds, seconds, seconds, st.integers(0, 99 * GIB))
def test_two_halves_cost_what_the_whole_does_and_more_work_never_less(
    wall: float, cpu: float, more: float, peak: int
) -> None:
    whole = estimate(usage(wall, cpu, peak), MACHINE)
    half = estimate(usage(wall / 2, cpu / 2, peak), MACHINE)
    assert 2 * half.kwh == pytest.approx(whole.kwh)
    assert estimate(usage(wall, cpu + more, peak), MACHINE).kwh >= whole.kwh >= 0


def test_the_basis_says_what_was_assumed() -> None:
    assert MACHINE.basis == "80 W for 8 threads of a chip; 500 g CO2e/kWh (XYZ)"
    vague = Machine("a chip", 8, 32.0, known=False, memory_watts=1, memory=1, kg_per_kwh=0.475, mix="world average")
    assert vague.basis == "32 W for 8 threads of a chip, assumed; 475 g CO2e/kWh (world average)"
