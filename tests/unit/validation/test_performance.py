"""How a candidate ranks, on real flights and people: what is measured, and what passes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perennial.settings import Settings
from perennial.statistics.delong import auc_interval
from perennial.statistics.resampling import Interval, interval
from perennial.validation.case import Case
from perennial.validation.estimate import Unknown
from perennial.validation.gates import GATES, GateResult, Rule
from perennial.validation.measures.performance import performance
from unit.validation.real import case, fitted, worse

GATES_OF_RANKING = ("auc", "baseline", "champion")


def judged(name: str, found: Case, **limit: float) -> GateResult:
    """Return the gate's result on a case with the limit of its policy, or another."""
    asked = found.policy.gates[name].model_copy(update=limit)  # type: ignore[index]
    (result,) = GATES[name].results(performance(found), Rule(asked, found.policy, found.spec))
    return result


@pytest.fixture
def flights(settings: Settings, tmp_path: Path) -> Case:
    return case(settings, tmp_path / "flights", "flights", champion=fitted("flights", 20)[0])


def test_every_figure_is_measured(flights: Case) -> None:
    found, frame = performance(flights), flights.scored.frame
    assert (found.rows, found.compared) == (12_000, 12_000)
    assert found.quality == interval("auc", frame["y"], frame["p_candidate"], frame["day"].astype(str))
    assert found.quality != auc_interval(frame["y"], frame["p_candidate"])
    assert isinstance(found.champion, Interval)
    assert isinstance(found.baseline, Interval)
    assert found.baseline.value > found.champion.value


def test_people_are_drawn_one_by_one(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people")
    frame = found.scored.frame
    assert performance(found).quality == auc_interval(frame["y"], frame["p_candidate"])


def test_a_good_candidate_passes(flights: Case) -> None:
    assert {judged(gate, flights).verdict for gate in GATES_OF_RANKING} == {"pass"}


def test_a_candidate_that_learned_from_labels_turned_at_random_fails(settings: Settings, tmp_path: Path) -> None:
    noisy = fitted("flights", 60, 0.45)[0]
    found = case(settings, tmp_path / "flights", "flights", candidate=noisy, champion=fitted("flights")[0])
    assert {judged(gate, found).verdict for gate in GATES_OF_RANKING} == {"fail"}


def test_a_candidate_that_is_as_good_passes_by_the_margin_and_would_not_without(flights: Case) -> None:
    """The interval of two nearly equal models reaches below 0: nobody could ever be replaced."""
    assert judged("champion", flights, limit=-0.01).verdict == "pass"
    result = judged("champion", flights, limit=0.0)
    assert (result.verdict, result.low is not None and result.low < 0) == ("fail", True)


def test_without_a_champion_nothing_is_compared(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "flights", "flights")
    assert (performance(found).champion, performance(found).compared) == (None, 0)
    assert judged("champion", found).verdict == "pass"


def test_only_rows_of_both_versions_are_compared(flights: Case) -> None:
    frame = flights.scored.frame
    even = np.arange(len(frame)) % 2 == 0
    half = performance(worse(flights, frame=frame.assign(p_champion=frame["p_champion"].where(even))))
    both = performance(worse(flights, frame=frame[even]))
    assert (half.rows, half.compared) == (12_000, 6_000)
    assert half.champion == both.champion
    assert half.quality == performance(flights).quality


def test_what_the_rows_cannot_give_is_unknown_with_a_reason(flights: Case) -> None:
    frame = flights.scored.frame
    nothing_shared = performance(worse(flights, frame=frame.assign(p_champion=np.nan)))
    assert nothing_shared.champion == Unknown("the champion's features have none of these rows")
    assert isinstance(performance(worse(flights, frame=frame.assign(y=1))).quality, Unknown)
    one_day = performance(worse(flights, frame=frame[frame["day"] == frame["day"].iloc[0]]))
    for figure in (one_day.quality, one_day.baseline, one_day.champion):
        assert isinstance(figure, Unknown)
        assert figure.why
