"""Distances of counts: the library's where it has them, and what must hold of any."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial import distance

from perennial.spec.drift import DriftMethod
from perennial.statistics.distances import DISTANCES, LEAST, hellinger, jensenshannon, psi, shares

COUNTS = arrays(np.int64, st.tuples(st.integers(1, 4), st.just(6)), elements=st.integers(0, 10_000))
BEFORE, NOW = np.array([40, 30, 20, 10, 0]), np.array([10, 20, 30, 30, 10])


def test_every_method_of_the_spec_is_one() -> None:
    assert set(DISTANCES) == set(LEAST) == set(get_args(DriftMethod))


def test_psi_is_its_formula_with_empty_bins_filled() -> None:
    p, q = np.array([0.4, 0.3, 0.2, 0.1, 1e-4]), np.array([0.1, 0.2, 0.3, 0.3, 0.1])
    assert psi(BEFORE, NOW) == pytest.approx(((p - q) * np.log(p / q)).sum())


def test_jensenshannon_is_scipys() -> None:
    assert jensenshannon(BEFORE, NOW) == pytest.approx(distance.jensenshannon(BEFORE, NOW, base=2))


def test_hellinger_is_its_formula() -> None:
    p, q = shares(BEFORE), shares(NOW)
    assert hellinger(BEFORE, NOW) == pytest.approx(np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2))


@pytest.mark.parametrize("name", list(DISTANCES))
@given(COUNTS, st.data())
def test_what_holds_of_any(name: str, one: np.ndarray, data: st.DataObject) -> None:
    other = data.draw(arrays(np.int64, one.shape, elements=st.integers(0, 10_000)))
    measure = DISTANCES[name]
    found = measure(one, other)
    assert found.shape == one.shape[:-1]
    assert (found >= 0).all()
    assert np.allclose(found, measure(other, one))
    assert np.allclose(measure(one, 3 * one), 0, atol=1e-6)
    assert np.allclose(measure(np.pad(one, [(0, 0), (0, 3)]), np.pad(other, [(0, 0), (0, 3)])), found)
    assert measure(one[:, None], other[None]).shape == (len(one), len(one))


@given(st.floats(0.005, 0.05))
def test_the_least_distances_say_about_the_same(moved: float) -> None:
    before = np.full(10, 1000.0)
    now = before * (1 + moved * np.tile([1, -1], 5))
    ratios = [DISTANCES[name](before, now) / LEAST[name] for name in ("jensenshannon", "hellinger")]
    assert ratios == pytest.approx([np.sqrt(psi(before, now) / LEAST["psi"])] * 2, rel=0.02)
