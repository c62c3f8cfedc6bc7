"""The plain data of the catalogue against scikit-learn's own signatures, and what a wrong spec is told."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import get_args

import pytest

from perennial.errors import SpecError
from perennial.estimators import catalogue
from perennial.spec.training import EstimatorName

HGB = "sklearn.ensemble.HistGradientBoostingClassifier"


@pytest.mark.parametrize("name", catalogue.names())
def test_the_parameters_are_the_signatures_but_for_ours(name: str) -> None:
    signature = set(inspect.signature(catalogue.resolve(name)).parameters)
    assert set(catalogue.PARAMETERS[name]) == signature - catalogue.OURS
    assert list(catalogue.PARAMETERS[name]) == sorted(catalogue.PARAMETERS[name])


def test_every_reserved_parameter_exists_somewhere() -> None:
    signatures = (set(inspect.signature(catalogue.resolve(name)).parameters) for name in catalogue.names())
    assert set().union(*signatures) >= catalogue.OURS


def test_the_spec_knows_the_same_estimators() -> None:
    assert set(get_args(EstimatorName)) == set(catalogue.names())


def test_checking_names_imports_no_library() -> None:
    program = (
        "import sys; from perennial.estimators import catalogue;"
        f"catalogue.check({HGB!r}, ['max_iter']);"
        "sys.exit(len({'sklearn', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_estimator_is_told_the_nearest() -> None:
    with pytest.raises(SpecError) as raised:
        catalogue.check("sklearn.ensemble.HistGradientBoostingClasifier", where="model.yaml: train")
    assert raised.value.nearest == HGB
    assert raised.value.where == "model.yaml: train.estimator"


def test_an_unknown_parameter_is_told_the_nearest() -> None:
    with pytest.raises(SpecError) as raised:
        catalogue.check(HGB, {"max_iter": 3, "learn_rate": 0.1})
    assert raised.value.nearest == "learning_rate"
    assert raised.value.where == "train.parameters.learn_rate"


@pytest.mark.parametrize("name", ["random_state", "categorical_features", "verbose"])
def test_a_parameter_of_ours_is_refused_as_such(name: str) -> None:
    with pytest.raises(SpecError, match="set by Perennial"):
        catalogue.check(HGB, [name])


@pytest.mark.parametrize(
    ("params", "expected"),
    [({"learning_rate": -1}, "range"), ({"max_leaf_nodes": "many"}, "int"), ({"loss": "squared_error"}, "log_loss")],
)
def test_a_value_that_the_estimator_would_refuse_is_found_before_the_fit(
    params: dict[str, object], expected: str
) -> None:
    with pytest.raises(SpecError) as raised:
        catalogue.check_values(HGB, params)
    assert expected in raised.value.expected
    assert raised.value.found == repr(next(iter(params.values())))


def test_only_a_legal_estimator_has_a_name(models: dict[str, object]) -> None:
    for name, model in models.items():
        assert catalogue.name_of(model.named_steps["estimator"]) == name  # type: ignore[attr-defined]
    assert catalogue.name_of(object()) is None
