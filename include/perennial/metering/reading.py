"""The meters of this process and its children, read before and after the work."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import psutil

from perennial.estimators.footprint import peak
from perennial.metering.rapl import Counters

RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes: what the kernel counts the memory of children in."""


@dataclass(frozen=True)
class Reading:
    """What the meters show at one moment; bytes are None where the platform does not count them."""

    wall: float
    cpu: float
    read: int | None
    written: int | None
    counters: Counters | None = None

    @classmethod
    def begin(cls) -> Reading:
        """Read the meters before the work, and start to count energy where that can be counted."""
        return replace(cls.take(), counters=Counters.start())

    @classmethod
    def take(cls) -> Reading:
        """Read the meters of this process, of children that have ended, and of those that have not."""
        process = psutil.Process()
        alive = list(_alive(process))
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = time.process_time() + ended.ru_utime + ended.ru_stime + sum(map(_cpu, alive))
        counted = [_bytes(one) for one in (process, *alive)]
        read, written = (None if None in side else sum(filter(None, side)) for side in zip(*counted, strict=True))
        return cls(time.perf_counter(), cpu, read, written)


@dataclass(frozen=True)
class Usage:
    """What a piece of work took: seconds, CPU seconds, bytes."""

    seconds: float
    cpu_seconds: float
    bytes_read: int | None
    bytes_written: int | None
    peak_memory: int
    """of the largest process, since that process began; pages that it shares with others are counted"""
    joules: float | None = None
    """of the processors, where they count them"""

    @classmethod
    def since(cls, began: Reading) -> Usage:
        """Return what was used since a reading."""
        now = Reading.take()
        largest = max(peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * RSS_UNIT)
        seconds, cpu_seconds = now.wall - began.wall, max(now.cpu - began.cpu, 0.0)
        return cls(
            seconds=seconds,
            cpu_seconds=cpu_seconds,
            bytes_read=_more(began.read, now.read),
            bytes_written=_more(began.written, now.written),
            peak_memory=largest,
            joules=began.counters.joules(seconds, cpu_seconds) if began.counters else None,
        )


def _more(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else max(after - before, 0)


def _alive(process: psutil.Process) -> Iterator[psutil.Process]:
    with suppress(psutil.Error):
        yield from process.children(recursive=True)


def _cpu(process: psutil.Process) -> float:
    """Return the CPU seconds of a process and of its own children that have ended; 0 for one that has gone."""
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


def _bytes(process: psutil.Process) -> tuple[int | None, int | None]:
    """Return what a process read and wrote; on Linux also from and to the page cache, ended children included."""
    if not hasattr(process, "io_counters"):  # macOS
        return None, None
    try:
        counters = process.io_counters()
    except psutil.NoSuchProcess:
        return 0, 0
    except (psutil.Error, OSError):  # a container that hides them
        return None, None
    read, written = getattr(counters, "read_chars", None), getattr(counters, "write_chars", None)
    return (counters.read_bytes, counters.write_bytes) if read is None or written is None else (read, written)
