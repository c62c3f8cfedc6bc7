"""A randomised search on time-ordered folds: one MLflow run a trial, none of them done twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from perennial.errors import GateRefused
from perennial.estimators.baseline import fit_baseline
from perennial.estimators.pipeline import build, fit
from perennial.estimators.predict import predict
from perennial.spec.training import Quality, Train
from perennial.statistics.explained import r2
from perennial.statistics.ranking import auc
from perennial.training.recorder import Recorder
from perennial.training.sampling import best, trials
from perennial.training.snapshot import TrainingSet
from perennial.training.split import Fold

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

QUALITY: Mapping[Quality, Callable[[Any, Any], float]] = {"auc": auc, "r2": r2}
MOST_THREADS = 4
"""More gain little on these sizes."""


@dataclass(frozen=True)
class Search:
    """What every trial shares; `folds` are those on which labels differ."""

    train: Train
    numeric: Sequence[str]
    categorical: Sequence[str]
    data: TrainingSet
    folds: Sequence[Fold]
    threads: int

    def candidate(self, parameters: Mapping[str, Any], data: TrainingSet) -> Pipeline:
        """Fit the spec's estimator."""
        model = build(self.train.estimator, parameters, self.numeric, self.categorical, self.train.seed)
        return fit(model, data.table, data.labels, threads=self.threads)

    def baseline(self, data: TrainingSet) -> Pipeline:
        """Fit the model that a candidate has to beat."""
        return fit_baseline(
            data.table, data.labels, self.numeric, self.categorical, seed=self.train.seed, task=self.train.task
        )

    def scores(self, fitted: Callable[[TrainingSet], Pipeline], prefix: str = "") -> dict[str, float]:
        """Return AUC (of a number: R squared) on each fold and the mean: `auc_fold_1`, ..., `auc`; {} without folds."""
        name, found = prefix + self.train.quality, [self._score(fitted, fold) for fold in self.folds]
        named = {f"{name}_fold_{place}": value for place, value in enumerate(found, start=1)}
        return named | ({name: fmean(found)} if found else {})

    def _score(self, fitted: Callable[[TrainingSet], Pipeline], fold: Fold) -> float:
        later = self.data.part(fold.validation)
        model = fitted(self.data.part(fold.fit))
        return QUALITY[self.train.quality](later.labels, predict(model, later.table, threads=self.threads))


def usable(data: TrainingSet, folds: Sequence[Fold]) -> list[Fold]:
    """Return the folds whose labels differ before and after: on others there is nothing to learn or to rank."""
    return [fold for fold in folds if data.part(fold.fit).differs and data.part(fold.validation).differs]


def threads() -> int:
    """Return how many threads a fit gets, whatever OMP_NUM_THREADS says: half the cores, at least one.

    OpenMP's threads wait for each other while they burn their cores. Two threads on two cores that others use too took
    nine times the CPU of one, and eight times as long.
    """
    return max(1, min((os.cpu_count() or 1) // 2, MOST_THREADS))


def run(
    search: Search, runs: Recorder, parent: str, key: str, warm: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, float]]:
    """Try every trial and return the best one's parameters and scores; raises GateRefused when none can be scored.

    `warm` are parameters to take without a search: they are the only trial.

    Trials are child runs `<key>/trial/<place>` of `parent`; those that have finished before are read, not repeated.
    """
    tried = trials(search.train) if warm is None else [dict(warm)]
    if not search.folds and len(tried) > 1:
        raise GateRefused(
            "search",
            expected="a fold of the fit days in which labels differ before and after its cut",
            found="none",
            next_command="a longer train.window, or no train.search, in model.yaml",
        )
    if not search.folds:
        return tried[0], {}
    trial = _Trial(search, runs, parent, key)
    results = [trial.result(place, parameters) for place, parameters in enumerate(tried)]
    chosen = best([result[search.train.quality] for result in results])
    return tried[chosen], results[chosen]


@dataclass(frozen=True)
class _Trial:
    search: Search
    runs: Recorder
    parent: str
    prefix: str

    def result(self, place: int, parameters: Mapping[str, Any]) -> dict[str, float]:
        """Return the scores of one trial, from its run when that has finished."""
        key = f"{self.prefix}/trial/{place}"
        if done := self.runs.finished(key):
            return done
        run_id = self.runs.open(key, f"trial {place}", {}, self.parent)
        with self.runs.failing(run_id):
            scores = self.search.scores(lambda data: self.search.candidate(parameters, data))
            self.runs.log(run_id, {**parameters, "threads": self.search.threads}, scores)
        self.runs.finish(run_id)
        return scores
