"""How far two columns lie apart, from counts over the same bins. Pure, any number of windows and columns at once.

All arguments are counts of shape (..., bins) that broadcast against each other; bins that a column does not have are
zero on both sides and add nothing. A side without rows is compared as if nothing stood in any of its bins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Counts = NDArray[Any]
Distance = Callable[[Counts, Counts], Floats]
DistanceName = Literal["psi", "jensenshannon", "hellinger"]

LEAST_SHARE = 1e-4
"""An empty bin is taken for this share: the logarithm of nothing says more about the rows than about the column."""


LEAST: Mapping[DistanceName, float] = {"psi": 0.01, "jensenshannon": 0.042, "hellinger": 0.035}
"""What is smaller does not matter, however sure one is of it: about a shift by a tenth of a standard deviation.

The three say the same: near zero PSI is 8 times the Jensen-Shannon divergence (in nats), and 8 times the square of
Hellinger's distance."""


def psi(reference: Counts, current: Counts) -> Floats:
    """Return the population stability index, (...): the symmetric Kullback-Leibler divergence (Siddiqi 2006)."""
    p, q = (np.maximum(shares(side), LEAST_SHARE) for side in (reference, current))
    return _summed((p - q) * (np.log(p) - np.log(q)))


def jensenshannon(reference: Counts, current: Counts) -> Floats:
    """Return the Jensen-Shannon distance, (...), in [0, 1]: a root of bits (Endres and Schindelin 2003)."""
    p, q = shares(reference), shares(current)
    middle = (p + q) / 2
    return np.sqrt(np.maximum((_entropy(middle) - (_entropy(p) + _entropy(q)) / 2), 0))


def hellinger(reference: Counts, current: Counts) -> Floats:
    """Return the Hellinger distance, (...), in [0, 1]."""
    return np.sqrt(_summed((np.sqrt(shares(reference)) - np.sqrt(shares(current))) ** 2) / 2)


DISTANCES: Mapping[DistanceName, Distance] = {"psi": psi, "jensenshannon": jensenshannon, "hellinger": hellinger}


def shares(counts: Counts) -> Floats:
    """Return the share of each bin, (..., bins)."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray(counts / np.maximum(total, 1))


def _entropy(share: Floats) -> Floats:
    return -_summed(share * np.log2(np.where(share > 0, share, 1)))


def _summed(values: Floats) -> Floats:
    return np.asarray(values.sum(axis=-1))
