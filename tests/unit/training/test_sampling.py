from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perennial.spec.training import Train
from perennial.training.sampling import best, trials

TREES = "sklearn.ensemble.HistGradientBoostingClassifier"
GRID = {"learning_rate": [0.03, 0.1], "max_leaf_nodes": [15, 31, 63]}


def train(count: int | None, seed: int = 0) -> Train:
    search = {"trials": count, "parameters": GRID} if count else None
    spec = {"window": "90d", "holdout": "14d", "estimator": TREES, "parameters": {"max_iter": 50}, "seed": seed}
    return Train.model_validate({**spec, "search": search})


def test_trials_are_drawn_by_the_seed_and_keep_the_fixed_parameters() -> None:
    drawn = trials(train(4))
    assert drawn == trials(train(4))
    assert drawn != trials(train(4, seed=1))
    assert len({tuple(sorted(trial.items())) for trial in drawn}) == 4
    assert all(trial["max_iter"] == 50 and trial["learning_rate"] in GRID["learning_rate"] for trial in drawn)


def test_a_small_grid_is_tried_whole() -> None:
    assert len(trials(train(200))) == 6


def test_without_a_search_there_is_one_trial() -> None:
    assert trials(train(None)) == [{"max_iter": 50}]


@given(st.lists(st.floats(0, 1), min_size=1))
def test_the_best_is_the_first_of_the_highest(scores: list[float]) -> None:
    assert best(scores) == scores.index(max(scores))
