"""Which days of features must be built: new ones, and those whose inputs changed since. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from perennial.hashing import digest
from perennial.keys import DAY, Window
from perennial.lake.partitions import Partition

Current = Mapping[str, Mapping[date, Partition]]
"""Raw table -> day -> its current partition."""


@dataclass(frozen=True)
class Inputs:
    """What a transform is computed from: raw tables by day, and reference tables, which are read whole."""

    daily: Current
    reference: Current
    lookback: int
    first: date
    """The source's first day: no history is asked for before it."""

    def days(self, window: Window) -> Window:
        """Return the raw days that the features of a window are computed from."""
        reach = window.back(self.lookback)
        return Window(max(reach.first, min(self.first, window.first)), window.last)

    def read(self, window: Window) -> dict[str, list[Partition]]:
        """Return the partitions that the features of a window are computed from."""
        days = self.days(window)
        daily = {table: [have[day] for day in days if day in have] for table, have in self.daily.items()}
        return daily | {table: list(have.values()) for table, have in self.reference.items()}

    def digest(self, day: date) -> str:
        """Name the content that the features of a day are computed from."""
        read = self.read(Window(day, day)).values()
        return digest(sorted((one.table, str(one.day), one.revision) for parts in read for one in parts))

    def missing(self, window: Window) -> dict[str, list[date]]:
        """Return the raw days, by table, that the features of a window need and that have not arrived."""
        gaps = {table: [day for day in self.days(window) if day not in have] for table, have in self.daily.items()}
        gaps |= {table: [self.first] for table, have in self.reference.items() if not have}
        return {table: days for table, days in gaps.items() if days}


def stale(window: Window, built: Mapping[date, str], inputs: Inputs, lost: Iterable[date] = ()) -> list[date]:
    """Return the days to build, in order: new days of the window, and built days whose inputs are no longer the same.

    `built` gives the digest of the inputs that each day was built from, `lost` the days whose files are gone. A day
    whose inputs are incomplete is left as it is.
    """
    changed = {day for day, recorded in built.items() if inputs.digest(day) != recorded}
    wanted = changed | set(lost) | {day for day in window if day not in built}
    return sorted(day for day in wanted if not inputs.missing(Window(day, day)))


def spans(days: Iterable[date], gap: int, longest: int) -> list[Window]:
    """Join days, given in order, into windows of at most `longest` days that bridge gaps of at most `gap` days.

    A window is read with its lookback: two windows closer than that would read the days between them twice.
    """
    windows: list[Window] = []
    for day in days:
        last = windows[-1] if windows else None
        if last and day - last.last <= (gap + 1) * DAY and (day - last.first).days < longest:
            windows[-1] = Window(last.first, day)
        else:
            windows.append(Window(day, day))
    return windows
