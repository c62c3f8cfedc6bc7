"""The trials of a randomised search. Pure: the same search and seed give the same trials in the same order."""

from __future__ import annotations

from typing import Any

from perennial.spec.training import Train


def trials(train: Train) -> list[dict[str, Any]]:
    """Return the parameters of each trial, drawn without repetition; one trial when the spec asks for no search.

    Drawn as scikit-learn's RandomizedSearchCV draws from lists; a grid smaller than `trials` is tried whole.
    """
    from sklearn.model_selection import ParameterGrid, ParameterSampler

    if train.search is None:
        return [dict(train.parameters)]
    choices = {name: list(values) for name, values in sorted(train.search.parameters.items())}
    drawn = ParameterSampler(choices, min(train.search.trials, len(ParameterGrid(choices))), random_state=train.seed)
    return [{**train.parameters, **trial} for trial in drawn]


def best(scores: list[float]) -> int:
    """Return the place of the highest score; of equals the first."""
    return max(range(len(scores)), key=lambda place: (scores[place], -place))
