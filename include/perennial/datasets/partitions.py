"""Which revision of a day is current for a transform, and which days a question reaches back to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from perennial.errors import HistoryIncomplete
from perennial.keys import Window
from perennial.lake.partitions import Partition
from perennial.ledger.history import History

Current = Mapping[date, Partition]


@dataclass(frozen=True)
class Built:
    """What the features stage wrote with one transform: the current partitions by table, the inputs' digest by day."""

    partitions: Mapping[str, Current]
    inputs: Mapping[date, str]


def built(history: History, transform: str) -> Built:
    """Read what was written with a transform; another transform's revisions of a shared view do not count."""
    partitions: dict[str, dict[date, Partition]] = {}
    inputs: dict[date, str] = {}
    for event in history.of("features.written"):
        if event.payload["transform"] != transform:
            continue
        inputs |= {date.fromisoformat(day): digest for day, digest in event.payload["inputs"].items()}
        for table, days in event.payload["tables"].items():
            kept = {date.fromisoformat(day): one for day, one in days.items()}
            new = {day: Partition(table, day, one["sha256"], one["rows"]) for day, one in kept.items()}
            partitions.setdefault(table, {}).update(new)
    return Built(partitions, inputs)


def as_read(history: History, read: Mapping[str, Mapping[str, str]]) -> Built:
    """Return the revisions that a retrieval read (table -> day -> SHA-256), to read them again: none is overwritten."""
    rows = {
        (table, day, one["sha256"]): one["rows"]
        for event in history.of("features.written")
        for table, days in event.payload["tables"].items()
        for day, one in days.items()
    }
    partitions = {
        table: {
            date.fromisoformat(day): Partition(table, date.fromisoformat(day), sha256, rows[table, day, sha256])
            for day, sha256 in days.items()
        }
        for table, days in read.items()
    }
    return Built(partitions, {})


def marks(history: History) -> dict[str, date]:
    """Return the last day of each registered view that is online."""
    found: dict[str, date] = {}
    for event in history.of("features.materialised"):
        found |= {view: date.fromisoformat(day) for view, day in event.payload["marks"].items()}
    return found


def reach(asked: tuple[datetime, datetime], ttl: timedelta, span: Window) -> Window | None:
    """Return the days of a view in which values lie that may answer; None when all would lie outside the source.

    `asked` are the first and last moment of the questions. Days before the source's first have no partition: what was
    known then stands on the first day.
    """
    first, last = asked
    if last < span.start:
        return None
    begins = span.first if not ttl or first - ttl < span.start else (first - ttl).date()
    return Window(min(begins, span.last), min(last.date(), span.last))


def chosen(model: str, table: str, current: Current, window: Window) -> list[Partition]:
    """Return the partitions of the days of a window; raises HistoryIncomplete that names the days without."""
    missing = [day for day in window if day not in current]
    if missing:
        raise HistoryIncomplete(
            f"{model}: {table}, {window}",
            expected=f"a partition for each of {len(window)} days",
            found=f"none for {some(missing)}",
            next_command=f"perennial run {model} features --key {Window(missing[0], missing[-1])}",
        )
    return [current[day] for day in window]


def some(days: Iterable[date], most: int = 3) -> str:
    """Write the first few days, and how many more there are."""
    known = list(days)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(map(str, known[:most])) + more
