"""The door for requests from outside: what Airflow's own check of params lets in, and what it answers 400 to."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import ParamValidationError

from perennial_airflow.requests import PARAMS

GOOD = {"id": "erp-4711", "source": "erp", "reason": "new price list"}


def checked(**conf: Any) -> dict[str, Any]:
    """Check a run's conf as Airflow does when it is triggered."""
    params = ParamsDict({name: param.__copy__() for name, param in PARAMS.items()})
    params.update(conf)
    return params.validate()


def test_a_run_that_only_looks_at_the_queue_needs_nothing() -> None:
    assert checked() == {"reason": None, "reset_breaker": False, "request": None}


@pytest.mark.parametrize(
    "more",
    [{}, {"window": "2013-04-01"}, {"window": "2013-04-01..2013-04-14"}, {"cause": "person"}, {"cause": "outside"}],
)
def test_a_request_is_let_in(more: dict[str, str]) -> None:
    assert checked(request={**GOOD, **more})["request"] == {**GOOD, **more}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", None),
        ("id", ""),
        ("id", "two words"),
        ("id", "x" * 101),
        ("source", None),
        ("source", "e"),
        ("reason", None),
        ("reason", "no"),
        ("reason", "   "),
        ("reason", "x" * 501),
        ("window", "April"),
        ("window", "2013-13-01"),
        ("window", "2013-04-01.."),
        ("cause", "drift"),
        ("reasn", "a key that nobody reads"),
    ],
)
def test_a_request_that_breaks_the_schema_is_refused(name: str, value: str | None) -> None:
    request = {key: word for key, word in {**GOOD, name: value}.items() if word is not None}
    with pytest.raises(ParamValidationError):
        checked(request=request)


@pytest.mark.parametrize("conf", [{"reason": "no"}, {"reason": 7}, {"reset_breaker": "yes"}, {"request": "erp-4711"}])
def test_so_is_what_a_person_types(conf: dict[str, Any]) -> None:
    with pytest.raises(ParamValidationError):
        checked(**conf)
