from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.errors import GateRefused
from perennial.keys import DAY, Window
from perennial.training.split import split, time_ordered

WINDOW = Window(date(2013, 1, 1), date(2013, 3, 31))


def test_the_newest_days_are_held_out() -> None:
    parts = split(WINDOW, 14)
    assert str(parts.fit) == "2013-01-01..2013-03-17"
    assert str(parts.holdout) == "2013-03-18..2013-03-31"


def test_folds_of_a_quarter_with_a_day_for_labels_to_mature() -> None:
    folds = time_ordered(split(WINDOW, 14).fit, 3, 1)
    assert [(str(fold.fit), str(fold.validation)) for fold in folds] == [
        ("2013-01-01..2013-01-18", "2013-01-20..2013-02-07"),
        ("2013-01-01..2013-02-06", "2013-02-08..2013-02-26"),
        ("2013-01-01..2013-02-25", "2013-02-27..2013-03-17"),
    ]


@pytest.mark.parametrize("holdout", [90, 91])
def test_a_window_of_holdout_alone_is_refused(holdout: int) -> None:
    with pytest.raises(GateRefused, match=f"at least {holdout + 1} days"):
        split(WINDOW, holdout)


days = st.integers(1, 200)


@given(days, days)
def test_fit_and_holdout_make_up_the_window(length: int, holdout: int) -> None:
    window = Window.ending(date(2013, 12, 31), length)
    if length <= holdout:
        with pytest.raises(GateRefused):
            split(window, holdout)
        return
    parts = split(window, holdout)
    assert [*parts.fit, *parts.holdout] == list(window)
    assert len(parts.holdout) == holdout


@given(days, st.integers(2, 10), st.integers(0, 30))
def test_every_fold_learns_only_from_days_whose_labels_had_matured(length: int, count: int, gap: int) -> None:
    window = Window.ending(date(2013, 12, 31), length)
    try:
        folds = time_ordered(window, count, gap)
    except GateRefused:
        assert length // (count + 1) == 0 or length - count * (length // (count + 1)) <= gap
        return
    assert len(folds) == count
    assert len({len(fold.validation) for fold in folds}) == 1
    for fold in folds:
        assert fold.fit.first == window.first
        assert fold.validation.first - fold.fit.last == timedelta(days=gap + 1)
    for fold, later in pairwise(folds):
        assert later.validation.first == fold.validation.last + DAY
    assert folds[-1].validation.last == window.last
