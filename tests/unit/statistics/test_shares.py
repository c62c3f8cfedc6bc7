"""Wilson's interval of a share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.statistics.shares import mean, share


@given(st.integers(1, 5_000), st.data())
def test_a_share_lies_within_its_interval(rows: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, rows))
    found = share(hits, rows)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.value == hits / rows


def test_no_hit_is_no_proof_of_none() -> None:
    assert share(0, 100).high == pytest.approx(0.037, abs=0.001)
    assert share(0, 10_000).high < 0.001


def test_it_holds_the_truth_about_as_often_as_it_says() -> None:
    drawn = np.random.default_rng(0).binomial(500, 0.03, 2_000)
    kept = [found.low <= 0.03 <= found.high for found in (share(int(hits), 500) for hits in drawn)]
    assert 0.93 < np.mean(kept) < 0.98


def test_a_share_of_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="one row"):
        share(0, 0)


def test_a_mean_has_students_interval() -> None:
    found = mean(np.array([1.0, 2.0, 3.0, 4.0]))
    assert found.value == 2.5
    assert (found.low, found.high) == pytest.approx((0.446, 4.554), abs=0.001)
    with pytest.raises(ValueError, match="two values"):
        mean(np.array([1.0]))
