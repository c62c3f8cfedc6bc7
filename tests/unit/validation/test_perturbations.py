"""Each perturbation changes what it says and nothing else, and the same way for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perennial.estimators.columns import Column
from perennial.estimators.probe import UNSEEN
from perennial.settings import PROJECT
from perennial.spec import load_spec
from perennial.validation.flips import FEW, Answers, flipped, worse_side
from perennial.validation.perturbations.adversarial import MOST, affordable, attack
from perennial.validation.perturbations.missing_values import LOST, missing_values
from perennial.validation.perturbations.noise import NOISE, noise
from perennial.validation.perturbations.out_of_range import out_of_range
from perennial.validation.perturbations.units import beyond, refused, swapped
from perennial.validation.perturbations.unseen_categories import unseen_categories

ROWS = 4_000
COLUMNS = (
    Column("age", "numeric", 0.0, 90.0),
    Column("wage", "numeric", 0.0, 100.0),
    Column("empty", "numeric"),
    Column("job", "categorical", categories=("clerk", "farmer")),
    Column("place", "categorical", categories=("north", "south", None)),
)


@pytest.fixture
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "age": rng.integers(0, 91, ROWS).astype(float),
            "wage": np.where(rng.random(ROWS) < 0.1, np.nan, rng.uniform(0, 100, ROWS)),
            "empty": np.full(ROWS, np.nan),
            "job": rng.choice(["clerk", "farmer"], ROWS),
            "place": rng.choice(["north", "south"], ROWS),
        }
    )


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("change", [noise, missing_values, unseen_categories, out_of_range])
def test_the_same_seed_changes_the_same_and_the_rows_given_stay(change: Callable[..., Any], rows: pd.DataFrame) -> None:
    kept = rows.copy()
    first, again = (change(rows, COLUMNS, rng()) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(rows, kept)
    assert not first.equals(rows)
    pd.testing.assert_frame_equal(change(rows, [], rng()), rows)


def test_noise_is_small_stays_in_range_and_keeps_whole_numbers_whole(rows: pd.DataFrame) -> None:
    found = noise(rows, COLUMNS, rng())
    error = (found["wage"] - rows["wage"]).dropna()
    assert error.std() == pytest.approx(NOISE * rows["wage"].std(), rel=0.1)
    assert found["wage"].isna().equals(rows["wage"].isna())
    assert (found["age"] % 1 == 0).all()
    assert 0.1 < (found["age"] != rows["age"]).mean() < 0.9
    assert found["age"].between(0, 90).all()
    assert found[["empty", "job", "place"]].equals(rows[["empty", "job", "place"]])


def test_a_value_that_most_rows_have_is_a_state_and_stays(rows: pd.DataFrame) -> None:
    some = rows["age"] < 30
    gains = rows.assign(wage=np.where(some, rows["wage"], 0.0))
    found = noise(gains, COLUMNS, rng())
    assert (found["wage"][~some] == 0).all()
    assert (found["wage"] != gains["wage"])[some & gains["wage"].notna()].mean() > 0.9


def test_values_are_lost_at_random_in_every_column(rows: pd.DataFrame) -> None:
    found = missing_values(rows, COLUMNS, rng())
    lost = found.isna() & ~rows.isna()
    assert lost[["age", "job", "place"]].mean().to_numpy() == pytest.approx(LOST, abs=0.015)
    assert missing_values(rows, COLUMNS, rng(), lost=1.0).isna().all(axis=None)


def test_one_category_of_each_row_is_new(rows: pd.DataFrame) -> None:
    found = unseen_categories(rows, COLUMNS, rng())
    assert ((found[["job", "place"]] == UNSEEN).sum(axis=1) == 1).all()
    assert 0.4 < (found["job"] == UNSEEN).mean() < 0.6


def test_one_number_of_each_row_is_far_away(rows: pd.DataFrame) -> None:
    found = out_of_range(rows, COLUMNS, rng())
    away = pd.DataFrame({one.name: beyond(found[one.name].to_numpy(), one) for one in COLUMNS[:2]})
    assert (away.sum(axis=1) == 1).all()
    assert set(found["age"][away["age"]]) == {-90.0, 180.0}


def test_a_wrong_unit_is_seen_where_the_contract_or_the_range_says_so(rows: pd.DataFrame) -> None:
    spec = load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")
    found = swapped(rows, "age", 12.0)
    assert found["age"].max() == 1080
    assert beyond(found["age"].to_numpy(), COLUMNS[0]).mean() > 0.8
    kilometres = np.array([0.08, 80.0, 7_000.0, np.nan])
    assert refused(kilometres, "distance", spec).tolist() == [True, False, True, False]
    assert not refused(kilometres, "minute_of_day", spec).any()


def ask(rows: pd.DataFrame, _: Any) -> Answers:
    """Say yes to old people with a high wage."""
    score = rows["age"].to_numpy() / 180 + rows["wage"].fillna(0).to_numpy() / 200
    return Answers(score, (score >= 0.8).astype(float))


BOUNDS = {"age": 5.0, "wage": 10.0}
KNOWN = {column.name: column for column in COLUMNS}


def test_a_person_turns_a_no_only_within_bounds_and_range(rows: pd.DataFrame) -> None:
    before = ask(rows, None)
    against = np.flatnonzero(before.decisions == 0.0)
    found = attack(rows, against, BOUNDS, KNOWN, ask)
    reach = np.minimum(rows["age"] + 5, 90) / 180 + np.minimum(rows["wage"].fillna(-10) + 10, 100) / 200
    expected = reach.to_numpy()[against] >= 0.8
    assert 0.05 < expected.mean() < 0.5
    assert found.flipped.tolist() == expected.tolist()
    assert 0 < max(found.by.values()) <= expected.sum()
    assert found.predictions <= MOST * len(against) / affordable(BOUNDS)
    assert before.scores[against][found.flipped].min() > 0.8 - 5 / 180 - 10 / 200


def test_nobody_left_to_turn_is_no_error(rows: pd.DataFrame) -> None:
    found = attack(rows, np.empty(0, dtype=np.int64), BOUNDS, KNOWN, ask)
    assert (len(found.flipped), found.predictions, found.by) == (0, 0, {"age": 0, "wage": 0})


def decided(values: Any) -> Answers:
    return Answers(np.zeros(len(values)), np.asarray(values))


def test_a_decision_that_is_none_is_one_of_its_own() -> None:
    before, after = decided([1.0, 0.0, np.nan, np.nan]), decided([1.0, 1.0, np.nan, 0.0])
    assert flipped(before, after).tolist() == [False, True, False, True]


def test_a_predicted_number_counts_as_another_when_it_moves_far() -> None:
    before = Answers(np.array([0.0, 10.0, 20.0, 30.0]), None)
    spread = before.scores.std()
    after = Answers(before.scores + spread * np.array([0.0, 0.2, -0.3, 0.3]), None)
    turned = flipped(before, after)
    assert turned.tolist() == [False, False, True, True]
    assert worse_side(before, turned).value == 0.5  # type: ignore[union-attr]


def test_the_rarer_decision_counts_where_it_turns_more() -> None:
    before = decided([1.0] * 50 + [0.0] * 950)
    turned = np.arange(1_000) < 25
    assert worse_side(before, turned).value == 0.5  # type: ignore[union-attr]
    few = slice(50 - FEW + 1, None)
    assert worse_side(before.take(few), turned[few]).value == 0.0  # type: ignore[union-attr]
    assert "either decision" in worse_side(before.take(slice(10)), turned[:10]).why  # type: ignore[union-attr]
