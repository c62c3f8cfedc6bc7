"""Counters of energy, as Linux shows them, read by codecarbon: files of their form stand for a processor's own."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from perennial.metering.energy import estimate
from perennial.metering.machine import Machine
from perennial.metering.rapl import Counters
from perennial.metering.reading import Reading, Usage

MACHINE = Machine("a chip", 4, 80.0, known=True, memory_watts=0.0, memory=2**30, kg_per_kwh=0.5, mix="XYZ")


def powercap(tmp_path: Path, counted: dict[str, int], most: int = 262_143_328_850) -> Path:
    folder = tmp_path / "intel-rapl"
    for number, (name, joules) in enumerate(counted.items()):
        domain = folder / f"intel-rapl:{number}"
        domain.mkdir(parents=True, exist_ok=True)
        (domain / "name").write_text(f"{name}\n")
        (domain / "energy_uj").write_text(f"{joules * 1_000_000}\n")
        (domain / "max_energy_range_uj").write_text(f"{most}\n")
    return folder


def test_a_process_gets_its_part_of_what_the_processors_counted(tmp_path: Path) -> None:
    folder = powercap(tmp_path, {"package-0": 1_000, "package-1": 5_000})
    counters = Counters.start(folder)
    assert counters is not None
    time.sleep(0.05)
    powercap(tmp_path, {"package-0": 1_060, "package-1": 5_040})
    alone = counters.joules(seconds=1.0, cpu_seconds=1e9)  # more than all others on this machine together
    assert alone == pytest.approx(100.0, rel=1e-12)


def test_a_counter_that_came_round_once_is_right_and_one_that_may_have_twice_is_not_used(tmp_path: Path) -> None:
    folder = powercap(tmp_path, {"package-0": 990}, most=1_000_000_000)
    counters = Counters.start(folder)
    assert counters is not None
    powercap(tmp_path, {"package-0": 10}, most=1_000_000_000)
    assert counters.joules(seconds=2.5, cpu_seconds=1.0) is None  # 400 W bring it round in 2.5 s
    assert counters.joules(seconds=2.4, cpu_seconds=1e9) == pytest.approx(20.0)


def test_who_may_not_read_them_has_none(tmp_path: Path) -> None:
    assert Counters.start(tmp_path / "none") is None
    assert Counters.start(powercap(tmp_path, {"psys": 5})) is None
    (powercap(tmp_path, {"package-0": 5}) / "intel-rapl:0" / "max_energy_range_uj").write_text("much")
    assert Counters.start(tmp_path / "intel-rapl") is None


def test_what_was_counted_takes_the_place_of_the_estimate(tmp_path: Path) -> None:
    counters = Counters.start(powercap(tmp_path, {"package-0": 1_000}))
    reading = Reading.take()
    began = Reading(reading.wall, reading.cpu, reading.read, reading.written, counters)
    powercap(tmp_path, {"package-0": 1_036})
    used = Usage.since(began)
    assert used.joules is not None
    assert 0 <= used.joules <= 36.0 + 1e-9  # the last bits of a division
    whole = Usage(1.0, 1.0, None, None, 0, joules=3.6e6)
    assert (estimate(whole, MACHINE).kwh, estimate(whole, MACHINE).kg_co2e) == (1.0, 0.5)
    assert estimate(whole, MACHINE).method == "measured by RAPL, shared by CPU time"
