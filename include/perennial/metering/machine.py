"""What this machine draws at full load, and what a kilowatt-hour weighs here: codecarbon's tables."""

from __future__ import annotations

import json
import logging
import os
import platform
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from perennial.settings import Settings


@dataclass(frozen=True)
class Machine:
    """Figures of codecarbon: watts of all processors and of all memory, and the weight of electricity."""

    cpu: str
    threads: int
    watts: float
    known: bool
    """whether the watts are those of this processor, or of a processor in general"""
    memory_watts: float
    memory: int
    """bytes"""
    kg_per_kwh: float
    mix: str
    """whose electricity: a country, or the world's average"""

    @property
    def basis(self) -> str:
        """Say in a line what an estimate stands on."""
        assumed = "" if self.known else ", assumed"
        grid = f"{self.kg_per_kwh * 1000:.0f} g CO2e/kWh ({self.mix})"
        return f"{self.watts:g} W for {self.threads} threads of {self.cpu}{assumed}; {grid}"


def machine_of(settings: Settings) -> Machine:
    """Return the figures of this machine: kept under var/cache, as finding out takes codecarbon a second and more."""
    kept = settings.var / "cache" / "machine" / f"{platform.node() or 'this'}.json"
    asked = {
        "codecarbon": version("codecarbon"),
        "threads": os.cpu_count(),
        "country": settings.carbon_country,
        "cpu_watts": settings.cpu_watts,
    }
    with suppress(OSError, ValueError, TypeError, KeyError):
        read = json.loads(kept.read_text(encoding="utf-8"))
        if read["asked"] == asked:
            return Machine(**read["found"])
    found = _detect(settings)
    _keep(kept, {"asked": asked, "found": asdict(found)})
    return found


def _detect(settings: Settings) -> Machine:
    """Ask codecarbon: no network, no thread, no file and no lock, as no tracker of it is started."""
    from codecarbon.core.cpu import DEFAULT_POWER_PER_CORE, TDP
    from codecarbon.core.util import count_cpus, count_physical_cpus
    from codecarbon.external.hardware import POWER_CONSTANT
    from codecarbon.external.ram import RAM

    logging.getLogger("codecarbon").setLevel(logging.CRITICAL)  # it warns of each processor that it does not know
    chip, threads, memory = TDP(), count_cpus(), RAM(tracking_mode="machine")
    known = chip.tdp is not None and chip.tdp != threads * DEFAULT_POWER_PER_CORE
    watts = (chip.tdp * count_physical_cpus() if known else chip.tdp) or POWER_CONSTANT
    kg_per_kwh, mix = _electricity(settings.carbon_country)
    return Machine(
        cpu=chip.model,
        threads=threads,
        watts=settings.cpu_watts or float(watts),
        known=known or settings.cpu_watts is not None,
        memory_watts=float(memory.total_power().W),
        memory=int(memory.machine_memory_GB * 1024**3),
        kg_per_kwh=kg_per_kwh,
        mix=mix,
    )


def _electricity(country: str) -> tuple[float, str]:
    """Return kilograms of CO2 equivalents for a kilowatt-hour, and whose."""
    from codecarbon.core.emissions import Emissions
    from codecarbon.core.units import Energy
    from codecarbon.external.geography import GeoMetadata
    from codecarbon.input import DataSource

    source = DataSource()
    known = country in source.get_global_energy_mix_data()
    kg = Emissions(source).get_country_emissions(Energy.from_energy(1.0), GeoMetadata(country if known else None))
    return float(kg), country if known else f"world average, nothing known of {country}" if country else "world average"


def _keep(path: Path, body: object) -> None:
    """Write the file whole or not at all; a folder that cannot be written only costs time."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            json.dump(body, file)
        Path(file.name).replace(path)
