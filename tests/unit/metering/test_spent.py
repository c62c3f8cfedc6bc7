"""What was spent adds up, by stage and by retraining."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.metering.spent import Spent, retrainings, spent, total
from unit.metering.told import FIRST, cost, event, history

tries = st.builds(
    cost,
    st.sampled_from(["ingest", "train", "score"]),
    st.none() | st.integers(0, 100),
    cpu_seconds=st.floats(0, 1e5),
    peak_memory=st.integers(0, 10**10),
    bytes_read=st.none() | st.integers(0, 10**12),
    well=st.booleans(),
)


@given(st.lists(tries), st.integers(1, 120), st.integers(0, 120))
def test_no_try_is_lost_or_counted_twice(events: list, days: int, today: int) -> None:
    now = FIRST + timedelta(days=today)
    found = total(spent(history(*events), days, now).values())
    span = timedelta(days=days)
    mine = [e.payload for e in events if e.business_time is None or now - span < e.business_time <= now]
    assert found.tries == len(mine)
    assert found.failed == sum(not one["well"] for one in mine)
    assert found.cpu_seconds == pytest.approx(sum(one["cpu_seconds"] for one in mine))
    assert found.bytes_read == sum(one["bytes_read"] or 0 for one in mine)
    assert found.peak_memory == max((one["peak_memory"] for one in mine), default=0)


@given(st.lists(tries))
def test_all_time_is_the_sum_of_its_stages_and_begins_with_the_dearest(events: list) -> None:
    by_stage = spent(history(*events), None, None)
    assert sum(one.tries for one in by_stage.values()) == len(events)
    assert [one.cpu_seconds for one in by_stage.values()] == sorted(
        (one.cpu_seconds for one in by_stage.values()), reverse=True
    )


def test_a_retraining_is_all_stages_of_its_claim_failed_tries_too() -> None:
    told = history(
        cost("train", claim="t1", cpu_seconds=5.0, well=False),
        cost("train", claim="t1", cpu_seconds=7.0),
        event("candidate.registered", key="v1", claim="t1", version=1),
        cost("validate", claim="t1", version=1, cpu_seconds=3.0),
        cost("archive", claim="t1", version=1, cpu_seconds=9.0),
        cost("score", cpu_seconds=100.0),
        cost("train", claim="t2", cpu_seconds=1.0),
    )
    first, second = retrainings(told)
    assert (first.claim, first.version, first.spent.cpu_seconds, first.spent.failed) == ("t1", 1, 15.0, 1)
    assert list(first.stages) == ["train", "validate"]
    assert (second.claim, second.version, second.spent) == ("t2", None, Spent.of(cost("train").payload))
