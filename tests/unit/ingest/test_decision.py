"""Counts in, verdict out."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.ingest.decision import DayCount, first_broken, refusal

DAY = date(2024, 1, 1)


def count(read: int, quarantined: int, limit: float = 0.05, *, table: str = "rows", day: date = DAY) -> DayCount:
    return DayCount(table, day, read, quarantined, limit, {"a rule": quarantined} if quarantined else {})


@pytest.mark.parametrize(
    ("read", "quarantined", "limit", "passes"),
    [
        (0, 0, 0.0, True),
        (100, 0, 0.0, True),
        (100, 1, 0.0, False),
        (100, 5, 0.05, True),
        (100, 6, 0.05, False),
        (1, 1, 1.0, True),
        (1, 1, 0.99, False),
    ],
)
def test_the_limit_is_the_last_share_that_passes(read: int, quarantined: int, limit: float, passes: bool) -> None:
    assert count(read, quarantined, limit).passes is passes


COUNTS = st.builds(
    lambda read, bad, limit, table, day: count(read, min(bad, read), limit, table=table, day=DAY + timedelta(day)),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.floats(0, 1),
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, 5),
)


@given(st.lists(COUNTS, unique_by=lambda one: (one.table, one.day)))
def test_the_first_broken_day_is_the_first_on_which_a_table_does_not_pass(counts: list[DayCount]) -> None:
    found = first_broken(counts)
    assert all(not one.passes for one in found)
    assert len({one.day for one in found}) == bool(found)
    first = found[0].day if found else date.max
    assert all(one.passes for one in counts if one.day < first)
    assert {one.table for one in found} == {one.table for one in counts if one.day == first and not one.passes}


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0, 1))
def test_one_more_bad_row_never_helps(read: int, bad: int, limit: float) -> None:
    if bad < read and not count(read, bad, limit).passes:
        assert not count(read, bad + 1, limit).passes


def test_the_report_of_a_day_has_its_counts_and_what_was_broken() -> None:
    assert count(200, 3).to_dict() == {
        "read": 200,
        "good": 197,
        "quarantined": 3,
        "passes": True,
        "broken": {"a rule": {"unexpected": 3, "percent": 1.5}},
    }


def test_the_refusal_tells_figures_files_and_what_to_do() -> None:
    rules = {f"rule {n}": n for n in range(1, 9)}
    broken = [DayCount("rows", DAY, 200, 20, 0.05, rules), count(10, 9, 0.5, table="stops")]
    error = refusal("tiny", broken, also=2, files=[Path("q.parquet")], key="2024-01-01..2024-01-31")
    assert error.where == "tiny: rows, stops on 2024-01-01"
    assert error.expected.startswith("at most 5.00% of the rows of rows quarantined; at most 50.00%")
    assert "20 of 200 rows (10.00%): rule 8: 8, rule 7: 7" in error.found
    assert "rule 3: 3, 2 more rules; 9 of 10 rows (90.00%): a rule: 9; later days that do not pass: 2" in error.found
    assert error.found.endswith("rows and reasons in q.parquet")
    assert str(error.next_command).endswith("perennial run tiny ingest --key 2024-01-01..2024-01-31")
