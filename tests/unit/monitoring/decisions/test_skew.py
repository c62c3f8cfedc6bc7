"""Skew is what no correction explains; a little of it is told, much of it is an alarm."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.decisions.skew import TOLERATED, Compared, Skew, judge

SAME = Compared(1000)
HEALTHY = Skew(SAME, SAME, 0, 0.0)


def test_without_a_difference_all_is_well() -> None:
    assert judge(HEALTHY) == ("ok", "1000 logged rows are what the feature store gives again", ())


def test_without_a_log_nothing_is_said() -> None:
    assert judge(replace(HEALTHY, again=Compared(0)))[0] == "insufficient_data"


@given(differing=st.integers(0, 1000))
def test_the_share_of_rows_decides(differing: int) -> None:
    again = Compared(1000, differing, {"temp": differing} if differing else {})
    verdict, why, _ = judge(replace(HEALTHY, again=again))
    assert verdict == ("alarm" if differing > 1000 * TOLERATED else "watch" if differing else "ok")
    assert ("temp" in why) == (differing > 0)


@given(differing=st.integers(0, 1000), score=st.floats(0, 1))
def test_corrections_alone_never_alarm(differing: int, score: float) -> None:
    now = Compared(1000, differing, {"temp": differing}, score=score)
    verdict, why, at_fault = judge(replace(HEALTHY, now=now, corrected=3))
    assert verdict == ("watch" if score > 0.01 else "ok")
    assert why.startswith("3 feature partitions were corrected since")
    assert at_fault == ()


def test_rows_that_were_not_kept_are_watched() -> None:
    verdict, why, _ = judge(replace(HEALTHY, again=Compared(1000, elsewhere=("dewp",))))
    assert verdict == "watch"
    assert "checksums differ in rows that were not kept: dewp" in why


def test_a_score_that_the_version_would_not_give_is_an_alarm() -> None:
    verdict, why, _ = judge(replace(HEALTHY, largest=0.2))
    assert verdict == "alarm"
    assert "differ by up to 0.2" in why
