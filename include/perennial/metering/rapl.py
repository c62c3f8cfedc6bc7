"""The processors' own energy counters (RAPL), where Linux lets this account read them: bare metal, mostly as root."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

POWERCAP = Path("/sys/class/powercap/intel-rapl")
MOST = 400.0
"""Watts that no processor exceeds: how fast a counter can come round."""


class Counters:
    """Energy of all processors since now; they count for the machine, so a process gets its part of the CPU time."""

    def __init__(self, folder: Path) -> None:
        from codecarbon.core.cpu import IntelRAPL

        logging.getLogger("codecarbon").setLevel(logging.CRITICAL)
        self._rapl: Any = IntelRAPL(rapl_dir=str(folder))
        self._rapl.start()
        self._lasts = min(map(_range, _readable(folder))) / MOST
        self._busy = _busy()

    @classmethod
    def start(cls, folder: Path = POWERCAP) -> Counters | None:
        """Begin to count; None where there is nothing to read, or not in this form."""
        with suppress(OSError, ValueError):
            return cls(folder) if _readable(folder) else None
        return None

    def joules(self, seconds: float, cpu_seconds: float) -> float | None:
        """Return a process's part; None after so long that a counter may have come round more than once."""
        from codecarbon.core.units import Energy, Time

        if seconds >= self._lasts:
            return None
        counted = self._rapl.get_cpu_details(Time.from_seconds(seconds))
        kwh = sum(value for name, value in counted.items() if "Energy" in name)
        total = kwh / Energy.JOULES_TO_KWH  # its own factor: it is rounded, and 1/3.6e6 would not undo it
        busy = max(_busy() - self._busy, cpu_seconds)
        return total * cpu_seconds / busy if busy else 0.0


def _readable(folder: Path) -> list[Path]:
    """Return the domains of whole processors whose counter may be read."""
    domains = (path.parent for path in folder.glob("intel-rapl:*/energy_uj") if os.access(path, os.R_OK))
    return [one for one in domains if (one / "name").read_text(encoding="ascii").startswith("package")]


def _range(domain: Path) -> float:
    """Return the joules after which a counter begins anew."""
    return float((domain / "max_energy_range_uj").read_text(encoding="ascii")) / 1e6


def _busy() -> float:
    """Return the CPU seconds of everything on this machine since it was started."""
    times = psutil.cpu_times()
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # counted in user time, too
    return float(sum(times) - guests - times.idle - getattr(times, "iowait", 0.0))
