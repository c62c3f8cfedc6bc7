"""Which trainings are to be judged, and what a comparison says of them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.keys import start_of
from perennial.retraining.judgement import WORTH, judge, refused, to_judge
from perennial.statistics.bootstrap import Interval
from unit.retraining.told import Told, changed, history, judged, launched, registered, verdict

APRIL = start_of(date(2013, 4, 1))
TWO = (launched("t1"), registered("t1", 1), changed(1, None, APRIL), launched("t2"), registered("t2", 2))
CHAMPION = {"name": "champion", "value": -0.02, "low": -0.03, "high": -0.01, "verdict": "fail", "mode": "enforce"}
COST = {"name": "cost", "value": 0.1, "low": 0.0, "high": 0.2, "verdict": "fail", "mode": "report"}
WAIVED = {"name": "auc", "value": 0.6, "low": 0.6, "high": 0.6, "verdict": "fail", "mode": "enforce", "waiver": "abc"}


def due(*told: Told, labelled: date = date(2013, 12, 31)) -> list[tuple[str, int, int | None, str, str]]:
    cases = to_judge(history(*TWO, *told), 14, labelled)
    return [(case.claim, case.version, case.against, case.on, str(case.window)) for case in cases]


def test_a_first_version_is_not_judged() -> None:
    assert due() == []


def test_a_refused_version_is_judged_at_once_on_its_holdout() -> None:
    told = verdict(2, passed=False, champion=1, gates=(CHAMPION,))
    assert due(told, labelled=date.min) == [("t2", 2, 1, "validation", "2013-03-17..2013-03-30")]
    assert due(told, judged("t2", 2, helped=False, on="validation")) == []


def test_a_new_champion_is_judged_when_it_has_served_long_enough() -> None:
    told = (verdict(2, passed=True, champion=1), changed(2, 1, APRIL))
    expected = [("t2", 2, 1, "production", "2013-04-01..2013-04-14")]
    assert due(*told, labelled=date(2013, 4, 13)) == []
    assert due(*told, labelled=date(2013, 4, 14)) == expected
    assert due(*told, judged("t2", 2, helped=None)) == []


def test_a_rollback_makes_no_new_champion() -> None:
    told = (verdict(2, passed=True, champion=1), changed(2, 1, APRIL), changed(1, 2, APRIL, "rollback"))
    assert [case[:3] for case in due(*told)] == [("t2", 2, 1)]


def test_a_refused_version_that_people_let_pass_is_judged_again_as_champion() -> None:
    told = (
        verdict(2, passed=False, champion=1, gates=(CHAMPION,)),
        judged("t2", 2, helped=False, on="validation"),
        verdict(2, passed=True, champion=1),
        changed(2, 1, APRIL),
    )
    assert [case[3] for case in due(*told)] == ["production"]


def test_a_refusal_says_which_gates_and_how_it_compared() -> None:
    told = verdict(2, passed=False, champion=1, gates=(CHAMPION, COST, WAIVED))
    (case,) = to_judge(history(*TWO, told), 14, None)
    judgement, gain = refused(case)
    assert (judgement.helped, judgement.why) == (False, "v2 was refused: champion")
    assert gain == Interval(-0.02, -0.03, -0.01)


def test_a_refusal_without_a_champion_has_no_gain() -> None:
    first = {**CHAMPION, "value": None, "low": None, "high": None, "verdict": "pass"}
    (case,) = to_judge(history(*TWO, verdict(2, passed=False, gates=(first, {**WAIVED, "waiver": None}))), 14, None)
    judgement, gain = refused(case)
    assert (judgement.helped, judgement.why, gain) == (False, "v2 was refused: auc", None)


@pytest.mark.parametrize(
    ("gain", "helped"),
    [
        ((0.02, 0.01, 0.03), True),
        ((0.002, 0.001, 0.003), True),
        ((0.001, -0.002, 0.004), False),
        ((-0.02, -0.03, -0.01), False),
        ((0.01, -0.01, 0.03), None),
        ((-0.01, -0.04, 0.02), None),
    ],
)
def test_what_a_gain_means(gain: tuple[float, float, float], helped: bool | None) -> None:
    assert judge(Interval(*gain), 5000, 1000).helped is helped


def test_few_rows_or_one_class_tell_nothing() -> None:
    assert judge(Interval(0.02, 0.01, 0.03), 999, 1000).helped is None
    assert judge(None, 5000, 1000).helped is None


@given(st.floats(-0.5, 0.5), st.floats(0, 0.2), st.floats(0, 0.2))
def test_what_may_be_worth_it_is_never_called_useless(value: float, below: float, above: float) -> None:
    found = judge(Interval(value, value - below, value + above), 5000, 1000).helped
    assert not (found is False and value + above >= WORTH)
    assert not (found is True and value - below <= 0)
