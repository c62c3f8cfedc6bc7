"""Keys are read back as they were written, and what is no key is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.errors import KeyInvalid
from perennial.keys import Window, parse_version, version_key

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
WINDOWS = st.tuples(DAYS, st.integers(0, 400)).map(lambda pair: Window.ending(pair[0], pair[1] + 1))


@given(WINDOWS)
def test_a_window_reads_back(window: Window) -> None:
    assert Window.parse(str(window)) == window
    assert len(list(window)) == len(window)
    assert all(day in window for day in window)


@given(WINDOWS, st.integers(1, 50))
def test_chunks_cover_a_window_without_overlap(window: Window, days: int) -> None:
    chunks = list(window.chunks(days))
    assert [day for chunk in chunks for day in chunk] == list(window)
    assert max(map(len, chunks)) <= days


@given(WINDOWS, WINDOWS)
def test_clip_is_the_days_of_both(one: Window, other: Window) -> None:
    clipped = one.clip(other.first, other.last)
    assert set(clipped or ()) == set(one) & set(other)


@pytest.mark.parametrize(
    "key", ["", "yesterday", "2013-02-30", "2013-01-01..2013-01-02..2013-01-03", "2013-01-02..2013-01-01"]
)
def test_what_is_no_window_is_refused(key: str) -> None:
    with pytest.raises(KeyInvalid):
        Window.parse(key)


@given(st.integers(1, 10**6))
def test_a_version_reads_back(number: int) -> None:
    assert parse_version(version_key(number)) == number


@pytest.mark.parametrize("key", ["", "3", "v0", "v03", "V3", "v3 "])
def test_what_is_no_version_is_refused(key: str) -> None:
    with pytest.raises(KeyInvalid):
        parse_version(key)
