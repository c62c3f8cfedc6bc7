"""Whether predictions can be taken at their word, on real people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perennial.settings import Settings
from perennial.validation.case import Case
from perennial.validation.estimate import Unknown
from perennial.validation.gates import GATES, GateResult, Rule
from perennial.validation.measures.calibration import calibration
from unit.validation.real import case, worse

NAMES = ["calibration", "calibration_error", "brier"]


@pytest.fixture
def people(settings: Settings, tmp_path: Path) -> Case:
    return case(settings, tmp_path / "people")


def judged(name: str, found: Case) -> GateResult:
    asked = Rule(found.policy.gates[name], found.policy, found.spec)  # type: ignore[index]
    (result,) = GATES[name].results(calibration(found), asked)
    return result


def test_a_model_of_people_passes_and_scores_that_promise_too_much_fail(people: Case) -> None:
    frame = people.scored.frame
    boasting = worse(people, frame=frame.assign(p_candidate=frame["p_candidate"] ** 0.25))
    for name in NAMES:
        result = judged(name, people)
        assert (result.verdict, result.mode) == ("pass", "enforce")
        assert result.low <= result.value <= result.high  # type: ignore[operator]
        assert judged(name, boasting).verdict == "fail"


def test_an_error_that_is_levelled_out_on_the_whole_is_found_bin_by_bin(people: Case) -> None:
    """Everybody is promised the base rate of the other half: right on the whole, wrong for each half."""
    frame = people.scored.frame
    likely = frame["p_candidate"] > frame["p_candidate"].median()
    share = frame["y"].groupby(likely).mean()
    swapped = np.where(likely, share[False], share[True]) + frame["p_candidate"] / 1e6
    found = worse(people, frame=frame.assign(p_candidate=swapped))
    assert judged("calibration", found).verdict == "pass"
    assert judged("calibration_error", found).verdict == "fail"


def test_one_day_of_rows_that_hang_together_decides_nothing(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "flights", "flights")
    frame = found.scored.frame
    one = worse(found, frame=frame[frame["day"] == frame["day"].iloc[0]])
    assert all(isinstance(value, Unknown) for value in vars(calibration(one)).values() if not isinstance(value, int))
    for name in NAMES:
        assert judged(name, one).verdict == "insufficient_data"
