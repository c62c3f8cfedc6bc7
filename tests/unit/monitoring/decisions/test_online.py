"""The worst view decides; a view of few keys counts as much as one of many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perennial.monitoring.decisions.online import Served, judge
from perennial.monitoring.decisions.skew import TOLERATED


def test_where_nothing_differs_all_is_well() -> None:
    assert judge(Served({"load": 200, "weather": 3})) == (
        "ok",
        "the online store answers the newest values for 203 keys",
        (),
    )


def test_where_nothing_can_be_asked_nothing_is_said() -> None:
    assert judge(Served({}))[0] == "insufficient_data"


@given(wrong=st.integers(0, 200))
def test_the_share_of_keys_decides(wrong: int) -> None:
    verdict, _, at_fault = judge(Served({"load": 200}, {"load": wrong} if wrong else {}))
    assert verdict == ("alarm" if wrong > 200 * TOLERATED else "watch" if wrong else "ok")
    assert at_fault == (("load",) if wrong else ())


@given(others=st.integers(1, 10))
def test_one_key_of_three_is_not_lost_among_those_of_other_views(others: int) -> None:
    asked = {f"view{n}": 200 for n in range(others)} | {"weather": 3}
    verdict, why, at_fault = judge(Served(asked, {"view0": 1, "weather": 1}))
    assert (verdict, at_fault) == ("alarm", ("weather", "view0"))
    assert why.endswith("weather 33.3% of 3, view0 0.5% of 200")
