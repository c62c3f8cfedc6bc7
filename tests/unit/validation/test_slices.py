"""Whether a part of the rows pays for the others, on real people and flights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perennial.settings import Settings
from perennial.validation.case import Case
from perennial.validation.gates import GATES, GateResult
from perennial.validation.gates.slices import Slice, Slices
from perennial.validation.measures.slices import slices
from unit.validation.figures import rule
from unit.validation.real import case, fitted, worse


def judged(found: Case | Slices, **changes: object) -> dict[str, GateResult]:
    figures = slices(found) if isinstance(found, Case) else found
    asked = rule(-0.02, **changes)
    return {result.name: result for result in GATES["slices"].results(figures, asked)}


def spoiled(found: Case, column: str, value: str) -> Case:
    """Return the case with one slice told its base rate: as if the candidate had forgotten all about it."""
    frame, chosen = found.scored.frame, (found.scored.groups[column] == value).to_numpy()
    share = frame["y"][chosen].mean()
    return worse(found, frame=frame.assign(p_candidate=np.where(chosen, share, frame["p_candidate"])))


def test_a_candidate_as_good_as_the_champion_everywhere_passes(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people", champion=fitted("people", 40)[0])
    results = judged(found)
    assert list(results) == [f"slices:{name}" for name in ("education", "sex", "race", "age_band", "citizenship")]
    assert {(one.verdict, one.mode) for one in results.values()} == {("pass", "enforce")}
    figures = slices(found)
    sizes = found.scored.groups["education"].value_counts()
    assert {one.name: one.rows for one in (*figures.slices, *figures.small) if one.column == "education"} == dict(sizes)
    for column in {one.column for one in figures.small}:
        largest = max((one for one in figures.small if one.column == column), key=lambda one: one.rows)
        assert f"small: {largest.name} ({largest.rows})" in results[f"slices:{column}"].why


def test_a_slice_in_which_hardly_anything_happens_is_small_however_many_rows_it_has(
    settings: Settings, tmp_path: Path
) -> None:
    found = case(settings, tmp_path / "people", champion=fitted("people", 40)[0])
    children = (found.scored.groups["education"] == "Children").to_numpy()
    assert children.sum() > 1_000
    assert found.scored.frame["y"][children].sum() < found.policy.min_positives
    figures = slices(found)
    assert "Children" in {one.name for one in figures.small}
    assert "Children" not in {one.name for one in figures.slices}


def test_a_slice_that_pays_for_the_others_fails_its_column_and_is_named(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people", champion=fitted("people", 40)[0])
    results = judged(spoiled(found, "education", "Bachelors degree(BA AB BS)"))
    education = results["slices:education"]
    assert education.verdict == "fail"
    assert "worst Bachelors degree(BA AB BS) (" in education.why
    assert education.value is not None
    assert education.value < -0.02
    assert education.high is not None
    assert education.high < 0


def test_whole_days_are_drawn_where_rows_of_a_day_hang_together(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "flights", "flights", champion=fitted("flights", 40)[0])
    results = judged(found)
    assert {name: one.verdict for name, one in results.items()} == {"slices:carrier": "pass", "slices:origin": "pass"}
    assert judged(spoiled(found, "origin", "EWR"))["slices:origin"].verdict == "fail"


def test_without_a_champion_slices_are_held_against_their_base_rate_and_reported(
    settings: Settings, tmp_path: Path
) -> None:
    found = case(settings, tmp_path / "people")
    frame = found.scored.frame
    women = frame[(found.scored.groups["sex"] == "Female").to_numpy()]
    figures = slices(found)
    (one,) = [each for each in figures.slices if each.name == "Female"]
    spread = ((women["y"] - women["y"].mean()) ** 2).sum()
    assert one.value == pytest.approx(1 - ((women["y"] - women["p_candidate"]) ** 2).sum() / spread)
    result = judged(figures)["slices:sex"]
    assert (result.mode, result.verdict) == ("report", "pass")
    assert f"all rows {figures.overall:.4f}" in result.why
    upside_down = worse(found, frame=frame.assign(p_candidate=1 - frame["p_candidate"]))
    assert judged(upside_down)["slices:sex"].verdict == "fail"
    children = judged(figures)["slices:education"].why
    assert "small: Children (" in children


def test_too_small_for_a_column_of_its_own_is_insufficient(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people", champion=fitted("people", 40)[0], min_group=10_500)
    result = judged(found)["slices:sex"]
    assert (result.verdict, result.value) == ("insufficient_data", None)
    assert "small: Female (6186), Male (5814)" in result.why
    assert judged(found)["slices:citizenship"].verdict == "pass"


def one(value: float, p: float) -> Slice:
    return Slice("c", "x", 500, value, value - 0.1, value + 0.1, p)


@pytest.mark.parametrize(
    ("value", "p", "verdict"),
    [(-0.05, 0.01, "fail"), (-0.05, 0.06, "pass"), (-0.01, 0.001, "pass"), (0.3, 0.0001, "pass")],
)
def test_a_slice_has_to_fall_behind_materially_and_beyond_chance(value: float, p: float, verdict: str) -> None:
    assert judged(Slices((one(value, p),), (), champion=True, overall=0.0))["slices:c"].verdict == verdict


def test_a_declared_column_that_the_version_does_not_have_is_no_silence(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "people", champion=fitted("people", 40)[0])
    old = replace(found, scored=replace(found.scored, groups=found.scored.groups.drop(columns="education")))
    said = judged(old)["slices:education"]
    assert (said.verdict, said.mode, said.why) == ("insufficient_data", "enforce", "its features have no such column")
    assert judged(old)["slices:sex"].verdict == "pass"


def test_without_slices_there_is_nothing_to_judge_or_something_to_declare() -> None:
    nothing = Slices((), (), champion=True, overall=0.0)
    assert judged(nothing, insufficient_data="is_reported") == {}
    (result,) = judged(nothing, insufficient_data="blocks").values()
    assert (result.name, result.verdict) == ("slices", "insufficient_data")
