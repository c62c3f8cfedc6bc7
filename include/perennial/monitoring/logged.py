"""The feature log of a window, and the same rows made again by the feature store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from perennial.datasets import retrieve
from perennial.datasets.partitions import Built, as_read, built
from perennial.estimators import feature_log
from perennial.estimators.columns import Columns
from perennial.estimators.fingerprint import Day, Fingerprints
from perennial.keys import DAY, Window
from perennial.ledger.event import Event
from perennial.monitoring.case import Case

if TYPE_CHECKING:
    import pandas as pd

Read = Mapping[str, Mapping[str, str]]
"""Table -> day -> SHA-256: what scoring read."""
BATCH = 65_536


@dataclass
class Span:
    """Days in a row that were scored from revisions that do not contradict each other, with their logs."""

    logs: dict[date, Day] = field(default_factory=dict)
    read: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def window(self) -> Window:
        """The days."""
        return Window(min(self.logs), max(self.logs))

    def takes(self, day: date, read: Read) -> bool:
        """Tell whether a day follows on and was scored from the same revisions."""
        follows = not self.logs or max(self.logs) + DAY == day
        mine = (self.read.get(table, {}).get(at, sha256) == sha256 for table, at, sha256 in _flat(read))
        return follows and all(mine)

    def take(self, day: date, log: Day, read: Read) -> None:
        """Add a day."""
        self.logs[day] = log
        for table, at, sha256 in _flat(read):
            self.read.setdefault(table, {})[at] = sha256


def spans(case: Case) -> list[Span]:
    """Return the days that the champion scored and logged, joined where one retrieval makes them again."""
    found: list[Span] = []
    for day, event, log in _logs(case):
        assert event.evidence is not None, "a publication names the revisions that were read"
        read = case.ctx.evidence.read_json(event.evidence)
        if not found or not found[-1].takes(day, read):
            found.append(Span())
        found[-1].take(day, log, read)
    return found


def again(case: Case, span: Span) -> dict[date, Day]:
    """Make the rows again from the revisions that scoring read."""
    return _made(case, span.window, as_read(case.history, span.read))


def now(case: Case, span: Span) -> dict[date, Day]:
    """Make the rows again from the revisions of now."""
    return _made(case, span.window, None)


def corrected(case: Case, span: Span) -> int:
    """Count the partitions that were read and have another revision now."""
    current = built(case.history, case.version["transform"]).partitions
    return sum(current[table][date.fromisoformat(at)].sha256 != sha256 for table, at, sha256 in _flat(span.read))


def scores(case: Case, keys: pd.Index[Any]) -> pd.Series:
    """Return the published scores of logged rows by (entity, day), (n,); NaN where none is."""
    import pandas as pd

    current = case.history.partitions(case.ctx.table("predictions"))
    entity, ids = case.spec.entity, pa.array(keys.get_level_values(0).unique())
    parts = [
        pq.read_table(
            case.ctx.lake.path(current[day]),
            columns=[entity, "day", "score"],
            filters=pc.field(entity).isin(ids),
            partitioning=None,
        )
        for day in keys.get_level_values(1).unique()
    ]
    found = pa.concat_tables(parts).to_pandas()
    known: pd.Series = found.set_index(pd.MultiIndex.from_frame(found[[entity, "day"]]))["score"]
    return known.reindex(keys)


def _made(case: Case, window: Window, at: Built | None) -> dict[date, Day]:
    kinds = case.version["columns"]
    made = Fingerprints(case.spec.entity, Columns(tuple(kinds["numeric"]), tuple(kinds["categorical"])))
    with case.ctx.lake.staging() as staging:
        out = staging / "again.parquet"
        retrieve(case.ctx, case.version["transform"], window, out, labelled=False, at=at)
        with pq.ParquetFile(out, pre_buffer=False) as file:
            for batch in file.iter_batches(BATCH, columns=made.names):
                made.add(batch)
    return made.days


def _logs(case: Case) -> Iterator[tuple[date, Event, Day]]:
    """Yield each day whose current scores are the champion's, the event that published them, and the log."""
    table = case.ctx.table(feature_log.TABLE)
    published: dict[str, Event] = {}
    for event in case.history.of("predictions.published"):
        published |= dict.fromkeys(event.payload["tables"].get(case.ctx.table("predictions"), {}), event)
    current = case.history.partitions(table)
    for day in case.window:
        by = published.get(str(day))
        if by and by.payload["version"] == case.number and str(day) in by.payload["tables"].get(table, {}):
            yield day, by, feature_log.read(case.ctx.lake.path(current[day]))


def _flat(read: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    return ((table, day, sha256) for table, days in read.items() for day, sha256 in days.items())
