"""Whether a window may go online: an older one never takes the place of a newer one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from perennial.keys import Window


@dataclass(frozen=True)
class Plan:
    """What to do with a window, the mark afterwards, and why a window is left out (None: it is written)."""

    mark: date
    skipped: str | None = None


def plan(window: Window, mark: date | None, *, fill: bool = False) -> Plan:
    """Compare a window with the mark, the last day of the newest window that is online (None: nothing is).

    A window that ends on the mark or after it is written: it holds whatever is newest of the days it covers. One that
    ends before it is skipped, or with `fill` written where nothing newer is online (keys that were not seen since).
    """
    if mark is None or window.last >= mark:
        return Plan(mark=window.last)
    if fill:
        return Plan(mark=mark)
    return Plan(mark=mark, skipped=f"older than {mark}, the last day online")
