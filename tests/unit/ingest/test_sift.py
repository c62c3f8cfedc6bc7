"""Rows are parted by day, none is lost, and days are never cut."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.ingest.sift import empty, sift, whole_days
from perennial.spec.source import Expectation, TableContract

FIRST = date(2024, 1, 1)


def batch(days: list[int], **columns: Any) -> pa.RecordBatch:
    columns = columns or {"n": pa.array(range(len(days)), pa.int64())}
    ours = {
        "_day": pa.array([FIRST + timedelta(day) for day in days], pa.date32()),
        "_row": pa.array(range(1, len(days) + 1), pa.int64()),
        "_faults": pa.array([[] for _ in days], pa.list_(pa.string())),
    }
    return pa.RecordBatch.from_pydict(columns | ours)


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=8), max_size=8),
    st.integers(1, 12),
)
def test_a_stream_is_regrouped_into_whole_days(parts: list[list[int]], rows: int) -> None:
    flat = sorted(day for part in parts for day in part)
    batches, start = [], 0
    for part in parts:
        batches.append(batch(flat[start : start + len(part)]))
        start += len(part)
    tables = list(whole_days(batches, rows))
    assert [day for table in tables for day in table["_day"].to_pylist()] == [FIRST + timedelta(d) for d in flat]
    days = [set(table["_day"].to_pylist()) for table in tables]
    assert sum(map(len, days)) == len(set().union(*days)) if days else not flat


def rule(name: str, **arguments: Any) -> Expectation:
    return Expectation(name=name, arguments=arguments)


def test_rows_with_reasons_go_to_quarantine_and_the_others_stay_as_they_were() -> None:
    rows = batch([0, 0, 0, 1], n=pa.array([1, -1, None, 5], pa.int32()), s=pa.array(["a", "b", "c", None]))
    contract = TableContract(
        max_quarantined=0.9,
        expect=(
            rule("expect_column_values_to_be_between", column="n", min_value=0),
            rule("expect_column_values_to_not_be_null", column="n"),
        ),
    )
    first, second = sift("rows", [rows], contract)
    assert first.good.schema == second.good.schema == pa.schema({"n": pa.int32(), "s": pa.string()})
    assert first.good.to_pylist() == [{"n": 1, "s": "a"}]
    between = "expect_column_values_to_be_between(column='n', min_value=0)"
    missing = "expect_column_values_to_not_be_null(column='n')"
    assert first.quarantined.to_pylist() == [
        {"n": -1, "s": "b", "_row": 2, "_reasons": [between]},
        {"n": None, "s": "c", "_row": 3, "_reasons": [missing]},
    ]
    assert (first.count.read, first.count.quarantined, first.count.rules) == (3, 2, {between: 1, missing: 1})
    assert (second.count.day, second.good.num_rows, second.quarantined.num_rows) == (date(2024, 1, 2), 1, 0)
    assert second.quarantined.schema == first.quarantined.schema


def test_a_day_that_does_not_pass_is_quarantined_whole() -> None:
    contract = TableContract(expect=(rule("expect_column_values_to_be_between", column="n", min_value=1),))
    (day,) = sift("rows", [batch([0, 0, 0])], contract)
    assert not day.count.passes
    assert day.good.num_rows == 0
    assert [len(reasons) for reasons in day.quarantined["_reasons"].to_pylist()] == [1, 0, 0]


def test_faults_of_the_source_count_as_one_rule_and_keep_their_values() -> None:
    faults = pa.array([["n is not BIGINT: x: y"], ["n is not BIGINT: z", "no day: t is NULL"], []])
    rows = batch([0, 0, 0]).set_column(3, "_faults", faults)
    (day,) = sift("rows", [rows], TableContract(max_quarantined=1.0, expect=()))
    assert day.count.rules == {"n is not BIGINT": 2, "no day": 1}
    assert day.quarantined["_reasons"].to_pylist() == faults.to_pylist()[:2]


@pytest.mark.parametrize("missing", [False, True])
def test_integers_that_a_float_would_round_are_told_apart(missing: bool) -> None:
    big = [2**60, 2**60 + 1, 2**60 + 1, None if missing else 1]
    contract = TableContract(
        max_quarantined=1.0,
        expect=(
            rule("expect_column_values_to_be_unique", column="n"),
            rule("expect_column_values_to_be_between", column="n", min_value=0, max_value=2**61),
        ),
    )
    (day,) = sift("rows", [batch([0, 0, 0, 0], n=pa.array(big, pa.int64()))], contract)
    assert day.quarantined["n"].to_pylist() == [2**60 + 1] * 2


def test_a_day_without_rows_has_the_same_columns() -> None:
    contract = TableContract(expect=())
    (day,) = sift("rows", [batch([0])], contract)
    none = empty("rows", FIRST, batch([0]).schema, 0.0)
    assert none.good.schema == day.good.schema
    assert none.quarantined.schema == day.quarantined.schema
    assert none.count.passes
