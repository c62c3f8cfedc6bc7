"""What rows looked like to a model, in little room: a checksum of each column over all rows, and some rows in full.

Kept at scoring and made again later, the two show whether a model was given what the feature store says it was: a
checksum tells of any row, the sample by how much. A checksum is a sum of values, each times the hash of its row's key,
modulo 2^64, so that it depends on no order; numbers count as float32, so that the last digit of a sum does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from perennial.estimators.columns import Columns, numeric
from perennial.lake.days import by_day

Hashes = NDArray[np.uint64]
SAMPLE = 100
"""Rows of a day that are kept in full: of two weeks, enough to meet a fault of two rows in a thousand."""
DAY = "day"
KEY = "perennial-rows-1"
"""Of the hash; sixteen characters, as pandas wants it."""


@dataclass(frozen=True)
class Day:
    """The rows of one day: how many, the checksum of each column, and some of them in full."""

    rows: int
    checksums: Mapping[str, int]
    sample: pa.Table

    def joined(self, other: Day, entity: str) -> Day:
        """Add rows of the same day."""
        sums = {name: (value + other.checksums[name]) % 2**64 for name, value in self.checksums.items()}
        sample = pa.concat_tables([self.sample, other.sample])
        return Day(self.rows + other.rows, sums, drawn(sample, hashes(sample.column(entity))))

    @classmethod
    def of(cls, rows: pa.Table, entity: str, columns: Columns) -> Day:
        """Look at rows of one day, at least one."""
        keys = hashes(rows.column(entity))
        odd = keys | np.uint64(1)
        sums = {name: _sum(_bits(name, rows.column(name)), odd) for name in columns.numeric}
        sums |= {name: _sum(hashes(rows.column(name)), odd) for name in columns.categorical}
        return cls(rows.num_rows, sums, drawn(rows, keys))


class Fingerprints:
    """Made of batches of rows, by day; holds no more than each day's sample."""

    def __init__(self, entity: str, columns: Columns) -> None:
        self.entity, self.columns = entity, columns
        self.days: dict[date, Day] = {}

    @property
    def names(self) -> list[str]:
        """The columns that are looked at."""
        return [DAY, self.entity, *self.columns.names]

    def add(self, batch: pa.RecordBatch) -> None:
        """Take in rows with day, entity and the model's columns."""
        for day, part in by_day([batch.select(self.names)], DAY):
            made = Day.of(pa.Table.from_batches([part]), self.entity, self.columns)
            self.days[day] = self.days[day].joined(made, self.entity) if day in self.days else made


def hashes(column: Any) -> Hashes:
    """Hash values by their text, the same in every process, (n,); 0 where missing."""
    from pandas.util import hash_array

    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    words = encoded.dictionary.to_pandas().to_numpy(dtype=object)
    if not len(words):
        return np.zeros(len(encoded), dtype=np.uint64)
    made = hash_array(words, hash_key=KEY, categorize=False)
    places = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    return np.where(column.is_valid().to_numpy(), made[places], np.uint64(0)).astype(np.uint64)


def drawn(rows: pa.Table, keys: Hashes, count: int = SAMPLE) -> pa.Table:
    """Return rows of one day, the same ones whatever order all come in; other keys on another day."""
    lot = hashes(rows.column(DAY).slice(0, 1))[0]
    order = np.argsort(keys ^ lot, kind="stable")[:count]
    return rows.take(pa.array(order)).combine_chunks()


def differing(one: Day, other: Day) -> list[str]:
    """Name the columns in which some row of the day is not the same."""
    return sorted(name for name, value in one.checksums.items() if other.checksums.get(name) != value)


def _bits(name: str, column: Any) -> Hashes:
    """Return numbers as the bits of their float32, (n,); one pattern for zero and one for what is missing."""
    with np.errstate(over="ignore"):
        values = np.asarray(numeric(name, column)).astype(np.float32) + np.float32(0)
    return np.where(np.isnan(values), np.uint32(0xFFFFFFFF), values.view(np.uint32)).astype(np.uint64)


def _sum(values: Hashes, odd: Hashes) -> int:
    return int(np.dot(values, odd))
