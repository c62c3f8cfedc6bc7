"""The estimators and parameters a spec may name, as plain data: reading it imports no library."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from perennial.errors import SpecError, nearest

PARAMETERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sklearn.ensemble.HistGradientBoostingClassifier": (
            "class_weight",
            "early_stopping",
            "l2_regularization",
            "learning_rate",
            "loss",
            "max_bins",
            "max_depth",
            "max_features",
            "max_iter",
            "max_leaf_nodes",
            "min_samples_leaf",
            "n_iter_no_change",
            "scoring",
            "tol",
            "validation_fraction",
        ),
        "sklearn.ensemble.RandomForestClassifier": (
            "bootstrap",
            "ccp_alpha",
            "class_weight",
            "criterion",
            "max_depth",
            "max_features",
            "max_leaf_nodes",
            "max_samples",
            "min_impurity_decrease",
            "min_samples_leaf",
            "min_samples_split",
            "min_weight_fraction_leaf",
            "n_estimators",
            "oob_score",
        ),
        "sklearn.linear_model.LogisticRegression": (
            "C",
            "class_weight",
            "dual",
            "fit_intercept",
            "intercept_scaling",
            "l1_ratio",
            "max_iter",
            "solver",
            "tol",
        ),
        "sklearn.ensemble.HistGradientBoostingRegressor": (
            "early_stopping",
            "l2_regularization",
            "learning_rate",
            "loss",
            "max_bins",
            "max_depth",
            "max_features",
            "max_iter",
            "max_leaf_nodes",
            "min_samples_leaf",
            "n_iter_no_change",
            "quantile",
            "scoring",
            "tol",
            "validation_fraction",
        ),
        "sklearn.ensemble.RandomForestRegressor": (
            "bootstrap",
            "ccp_alpha",
            "criterion",
            "max_depth",
            "max_features",
            "max_leaf_nodes",
            "max_samples",
            "min_impurity_decrease",
            "min_samples_leaf",
            "min_samples_split",
            "min_weight_fraction_leaf",
            "n_estimators",
            "oob_score",
        ),
        "sklearn.linear_model.Ridge": ("alpha", "fit_intercept", "max_iter", "positive", "solver", "tol"),
    }
)
"""Legal parameters of each legal estimator, as in the signature of the class, but for OURS."""

OURS = frozenset(
    {
        "copy_X",  # decides nothing
        "categorical_features",  # categories are ordinal numbers: SHAP values of native splits are wrong
        "interaction_cst",  # names columns by position, which is ours to choose
        "monotonic_cst",  # the same
        "n_jobs",  # one thread per process; sums over threads would not be reproducible
        "penalty",  # deprecated in favour of l1_ratio
        "random_state",  # from the spec's seed
        "verbose",
        "warm_start",
    }
)
"""Parameters a spec may not set."""

LINEAR = frozenset({"sklearn.linear_model.LogisticRegression", "sklearn.linear_model.Ridge"})
"""Estimators that need scaled numbers, no missing values, and one column per category."""


def names() -> tuple[str, ...]:
    """Return the dotted names of the legal estimators."""
    return tuple(PARAMETERS)


def check(dotted: str, params: Iterable[str] = (), *, where: str = "train") -> None:
    """Raise SpecError for an estimator or a parameter name that is not legal; imports no library."""
    if dotted not in PARAMETERS:
        raise SpecError(
            f"{where}.estimator",
            expected=f"one of {', '.join(PARAMETERS)}",
            found=repr(dotted),
            nearest=nearest(dotted, PARAMETERS),
        )
    legal = PARAMETERS[dotted]
    for name in params:
        if name not in legal:
            raise SpecError(
                f"{where}.parameters.{name}",
                expected=f"a parameter of {dotted.rpartition('.')[2]}: {', '.join(legal)}",
                found=f"{name!r}, which is set by Perennial" if name in OURS else repr(name),
                nearest=nearest(name, legal),
            )


def check_values(dotted: str, params: Mapping[str, Any], *, where: str = "train") -> None:
    """Raise SpecError also for a value that the estimator itself would refuse; imports scikit-learn."""
    check(dotted, params, where=where)
    from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints

    kind = resolve(dotted)
    legal = kind._parameter_constraints  # noqa: SLF001 - what scikit-learn checks at the beginning of each fit
    for name, value in params.items():
        try:
            validate_parameter_constraints(legal, {name: value}, caller_name=kind.__name__)
        except InvalidParameterError as error:
            _, _, rest = str(error).partition(" must be ")
            expected, _, found = rest.rpartition(". Got ")
            raise SpecError(
                f"{where}.parameters.{name}", expected=expected, found=found.removesuffix(" instead.")
            ) from None


def resolve(dotted: str) -> Any:
    """Return the class of a legal dotted name; raises SpecError."""
    check(dotted)
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


def name_of(estimator: object) -> str | None:
    """Return the dotted name of a legal estimator's class, or None for anything else."""
    return next((dotted for dotted in PARAMETERS if resolve(dotted) is type(estimator)), None)
