"""The keys of runs: a window of days (`2013-04-01`, `2013-01-01..2013-03-31`) or a version (`v3`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from perennial.errors import KeyInvalid

DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Window:
    """A closed range of days, UTC."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse a window that ends before it begins (KeyInvalid)."""
        if self.last < self.first:
            raise KeyInvalid(
                f"window {self.first}..{self.last}",
                expected="a last day on or after the first",
                found=f"{self.last} before {self.first}",
                nearest=f"{self.last}..{self.first}",
            )

    @classmethod
    def parse(cls, key: str) -> Window:
        """Read `DAY` or `DAY..DAY`; raises KeyInvalid."""
        parts = key.split("..")
        try:
            days = [date.fromisoformat(part.strip()) for part in parts]
        except ValueError:
            days = []
        if len(days) not in (1, 2):
            raise KeyInvalid(
                f"key {key!r}",
                expected="a day (2013-04-01) or a closed range of days (2013-01-01..2013-03-31)",
                found=repr(key),
            )
        return cls(days[0], days[-1])

    @classmethod
    def ending(cls, last: date, days: int) -> Window:
        """Return the window of `days` days that ends with `last`."""
        return cls(last - (days - 1) * DAY, last)

    def __str__(self) -> str:
        """Write the key back; a single day is written once."""
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"

    def __len__(self) -> int:
        """Count the days."""
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        """Walk the days in order."""
        return (self.first + n * DAY for n in range(len(self)))

    def __contains__(self, day: date) -> bool:
        """Tell whether `day` lies inside."""
        return self.first <= day <= self.last

    @property
    def start(self) -> datetime:
        """The first instant, UTC."""
        return start_of(self.first)

    @property
    def end(self) -> datetime:
        """The first instant after the window, UTC."""
        return start_of(self.last + DAY)

    def back(self, days: int) -> Window:
        """Return the window with its beginning moved `days` days back."""
        return Window(self.first - days * DAY, self.last)

    def clip(self, first: date, last: date) -> Window | None:
        """Return the part inside first..last, or None when there is none."""
        low, high = max(self.first, first), min(self.last, last)
        return Window(low, high) if low <= high else None

    def chunks(self, days: int) -> Iterator[Window]:
        """Cut into consecutive windows of at most `days` days."""
        for n in range(0, len(self), days):
            first = self.first + n * DAY
            yield Window(first, min(first + (days - 1) * DAY, self.last))


def start_of(day: date) -> datetime:
    """Return midnight UTC at the beginning of `day`."""
    return datetime.combine(day, time(), UTC)


def version_key(number: int) -> str:
    """Write the key of version `number`: v3."""
    return f"v{number}"


def parse_version(key: str) -> int:
    """Read `v3` as 3; raises KeyInvalid."""
    match = re.fullmatch(r"v([1-9]\d*)", key)
    if not match:
        raise KeyInvalid(f"key {key!r}", expected="a version such as v3", found=repr(key))
    return int(match[1])
