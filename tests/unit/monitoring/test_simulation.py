"""How much each column weighs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.simulation import weights_of

NAMES = ["temp", "wind", "score"]


def test_columns_weigh_half_by_their_importance() -> None:
    assert weights_of(NAMES, {"temp": 3.0, "wind": 1.0}).tolist() == pytest.approx([1.25, 0.75, 1.0])


def test_without_importance_all_weigh_the_same() -> None:
    assert weights_of(NAMES, {}).tolist() == [1, 1, 1]
    assert weights_of(NAMES, {"temp": 0.0}).tolist() == [1, 1, 1]


@given(st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1e6)))
def test_weights_have_mean_one_and_none_is_left_out(importance: dict[str, float]) -> None:
    found = weights_of(NAMES, importance)
    assert np.mean(found) == pytest.approx(1)
    assert found.min() >= 0.5 - 1e-9
