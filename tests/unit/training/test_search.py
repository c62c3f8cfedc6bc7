from __future__ import annotations

import os
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from perennial.errors import GateRefused
from perennial.keys import Window
from perennial.registry import Runs
from perennial.settings import Settings
from perennial.spec.training import Train
from perennial.training.search import Search, run, threads, usable
from perennial.training.snapshot import TrainingSet
from perennial.training.split import time_ordered

FIT = Window(date(2020, 1, 1), date(2020, 1, 12))
FOLDS = time_ordered(FIT, 3, 0)
TREES = "sklearn.ensemble.HistGradientBoostingClassifier"


def rows(labels: list[int]) -> TrainingSet:
    """Make two rows a day, whose heat tells the label."""
    days = np.repeat(np.arange("2020-01-01", "2020-01-13", dtype="datetime64[D]"), 2)
    y = np.array(labels)
    return TrainingSet(pa.table({"heat": y + np.linspace(0, 0.1, len(y))}), y, days)


def searched(trials: int | None, data: TrainingSet) -> Search:
    search = {"trials": trials, "parameters": {"max_leaf_nodes": [3, 7]}} if trials else None
    spec = {"window": "14d", "holdout": "2d", "estimator": TREES, "parameters": {"max_iter": 2}, "search": search}
    return Search(Train.model_validate(spec), ["heat"], [], data, usable(data, FOLDS), 1)


@pytest.mark.parametrize(("cores", "expected"), [(None, 1), (1, 1), (2, 1), (4, 2), (64, 4)])
def test_half_the_cores_are_left_to_others(monkeypatch: pytest.MonkeyPatch, cores: int | None, expected: int) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert threads() == expected


def test_a_fold_needs_both_classes_before_and_after_its_cut() -> None:
    assert usable(rows([0, 1] * 12), FOLDS) == list(FOLDS)
    assert usable(rows([0, 0] * 6 + [0, 1] * 6), FOLDS) == [FOLDS[2]]
    assert usable(rows([0, 1] * 6 + [1, 1] * 6), FOLDS) == [FOLDS[0]]


def test_a_search_that_nothing_can_decide_is_refused(settings: Settings) -> None:
    search = searched(2, rows([0] * 23 + [1]))
    with pytest.raises(GateRefused, match="labels differ"):
        run(search, Runs(settings, "demo"), "", "t1")


def test_without_a_search_nothing_has_to_be_decided(settings: Settings) -> None:
    search = searched(None, rows([0] * 23 + [1]))
    assert run(search, Runs(settings, "demo"), "", "t1") == ({"max_iter": 2}, {})
    assert search.scores(search.baseline, "baseline_") == {}
