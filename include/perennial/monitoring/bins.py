"""The bins that a column is counted in: fixed when a version is first looked at, the same for every window. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Quantiles of the reference that numbers are cut at; the tails by themselves, that is where a broken feed shows."""
RARE, MOST = 0.01, 20
"""A category of a smaller share, or beyond so many, is counted with those that were never seen."""


@dataclass(frozen=True)
class Bins:
    """Numbers: at most each edge, then above the last. Text: each category, then all others. Then missing values."""

    numeric: bool
    edges: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Return how many bins there are; the last one holds missing values."""
        return len(self.edges) + len(self.categories) + 2

    def count(self, values: pd.Series, missing: int) -> NDArray[np.int64]:
        """Count values that are there, (bins,), and so many that are missing."""
        if self.numeric:
            places = np.searchsorted(self.edges, values.to_numpy(dtype=np.float64), side="left")
        else:
            known = {name: place for place, name in enumerate(self.categories)}
            places = values.map(lambda value: known.get(str(value), len(known))).to_numpy(dtype=np.int64)
        counts = np.bincount(places, minlength=self.size)
        counts[-1] = missing
        return counts

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"edges": list(self.edges)} if self.numeric else {"categories": list(self.categories)}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Bins:
        """Read what was kept."""
        return cls("edges" in kept, tuple(kept.get("edges", ())), tuple(kept.get("categories", ())))


def number_bins(quantiles: Sequence[float], least: float | None) -> Bins:
    """Return the bins of a number from its quantiles at LEVELS and its least value; neither where it is never there.

    Values below a least one that is as common as a whole quantile are new: they get a bin of their own, as those above
    a common largest one do.
    """
    edges = sorted({float(value) for value in quantiles if np.isfinite(value)})
    if edges and edges[0] == least:
        edges.insert(0, float(np.nextafter(edges[0], -np.inf)))
    return Bins(numeric=True, edges=tuple(edges))


def text_bins(counts: Mapping[str, int]) -> Bins:
    """Return the bins of a text column from how often each category was seen, the commonest first."""
    total = sum(counts.values())
    common = [name for name, count in counts.items() if name and count >= RARE * total]
    ordered = sorted(common, key=lambda name: (-counts[name], name))[:MOST]
    return Bins(numeric=False, categories=tuple(ordered))
