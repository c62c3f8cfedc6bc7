"""When a training may be repeated, and what counts as the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.errors import GateRefused
from perennial.training.repetition import TOLERANCE, Figures, content_held, held, refuse_other_making, same_rule

MADE = {"lock": "a" * 64, "commit": "c0ffee", "libraries": {"scikit-learn": "1.9.1", "numpy": "2.4.6"}}
RULE = {"threshold": 0.5, "groups": {"F": [{"probability": 1.0, "operator": ">", "threshold": 0.2}]}}


def changed(**values: Any) -> dict[str, Any]:
    return {**MADE, **values}


def test_the_same_requirements_may_repeat_it() -> None:
    refuse_other_making("m", MADE, changed(commit="other", threads=3))


@pytest.mark.parametrize("made", [None, {}, changed(lock=None)])
def test_without_a_record_of_its_making_nothing_is_repeated(made: Any) -> None:
    with pytest.raises(GateRefused, match="whose making was recorded"):
        refuse_other_making("m", made, MADE)


def test_other_requirements_are_refused_and_the_way_back_is_named() -> None:
    with pytest.raises(GateRefused) as refused:
        refuse_other_making("m", MADE, changed(lock="b" * 64))
    assert ("a" * 64 in refused.value.expected, "b" * 64 in refused.value.found) == (True, True)
    assert "git show c0ffee:requirements.lock" in (refused.value.next_command or "")


def test_libraries_that_are_not_the_locks_are_refused() -> None:
    with pytest.raises(GateRefused, match=r"numpy 2\.5\.0, not 2\.4\.6") as refused:
        refuse_other_making("m", MADE, changed(libraries={"scikit-learn": "1.9.1", "numpy": "2.5.0"}))
    assert "scikit-learn" not in refused.value.found


def test_bytes_come_before_predictions() -> None:
    one = {"sha256": "1", "probe": "p"}
    assert content_held(one, one) == "bytes"
    assert content_held(one, {"sha256": "2", "probe": "p"}) == "predictions"
    assert content_held(one, {"sha256": "2", "probe": "q"}) is None


@given(st.floats(-0.01, 0.01), st.floats(0, 0.01))
def test_figures_hold_within_the_tolerance_alone(gap: float, apart: float) -> None:
    figures = Figures("auc", 0.0, gap, apart)
    near = abs(gap) <= TOLERANCE and apart <= TOLERANCE
    assert held(None, figures, same_rule=True) == ("figures" if near else "different")
    assert held(None, figures, same_rule=False) == "different"


def test_a_figure_that_is_no_number_is_not_near() -> None:
    assert not Figures("auc", float("nan"), 0.7, 0.0).near
    assert not Figures("auc", 0.7, 0.7, float("nan")).near


def test_the_same_file_with_another_rule_is_another_version() -> None:
    assert held("bytes", None, same_rule=True) == "bytes"
    assert held("bytes", None, same_rule=False) == "different"


def test_rules_are_compared_number_by_number() -> None:
    near = {**RULE, "threshold": 0.501}
    other = {"threshold": 0.5, "groups": {"M": RULE["groups"]["F"]}}  # type: ignore[index]
    assert same_rule(RULE, RULE, exactly=True)
    assert same_rule(RULE, near, exactly=False)
    assert not same_rule(RULE, near, exactly=True)
    assert not same_rule(RULE, other, exactly=False)
    assert not same_rule(RULE, None, exactly=False)
    assert same_rule(None, None, exactly=True)
