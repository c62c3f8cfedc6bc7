"""Tests of behaviour and robustness name columns that are there; a mistake is told with the nearest."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from perennial.datasets.declared import check_declared
from perennial.datasets.definition import Definition, ViewColumns
from perennial.errors import SpecError
from perennial.settings import PROJECT
from perennial.spec import Spec

FLIGHTS = PROJECT / "include" / "models" / "flight_delay" / "model.yaml"
VIEW = ViewColumns(("origin",), timedelta(days=1), {"mean_delay": "DOUBLE", "last_tail": "VARCHAR"})
MADE = Definition(
    transform="1" * 64,
    lookback=32,
    entity="flight_id",
    label="late",
    request={"distance": "DOUBLE", "carrier": "VARCHAR", "sex": "VARCHAR", "age": "BIGINT"},
    keys={},
    types={},
    views={"delays": VIEW},
    shared=(),
    raw={},
    sql="",
)


def spec(text: str) -> Spec:
    document = yaml.safe_load(FLIGHTS.read_text(encoding="utf-8")) | yaml.safe_load(text)
    document["features"]["request"] = ["distance", "carrier", "origin", "sex", "age"]
    return Spec.model_validate(document).placed(FLIGHTS.parent)


GOOD = """
protected: {age: {criterion: error_rate, why: the law}}
behaviour:
  invariance: [{name: a, column: sex, values: [f, m], within: 0.1}, {name: b, column: age, values: [20], within: 0.1}]
  direction: [{name: c, column: mean_delay, by: 10, expect: up}]
  golden: [{name: d, row: {carrier: UA, distance: 100, last_tail: N1}, decision: 1}]
robustness: {changeable: {mean_delay: 3}, units: {distance: 1.609}}
"""


def test_columns_that_are_there_are_fine() -> None:
    check_declared(spec(GOOD), MADE)


@pytest.mark.parametrize(
    ("right", "wrong", "where", "found", "near"),
    [
        ("column: sex", "column: sx", "behaviour.invariance.a", "sx", "sex"),
        ("values: [20]", "values: [old]", "behaviour.invariance.b", "'old'", None),
        ("column: mean_delay", "column: mean_dely", "behaviour.direction.c", "mean_dely", "mean_delay"),
        ("column: mean_delay", "column: carrier", "behaviour.direction.c", "carrier", None),
        ("{carrier: UA", "{carier: UA", "behaviour.golden.d", "carier", "carrier"),
        ("distance: 100", "distance: far", "behaviour.golden.d", "'far'", None),
        ("{mean_delay: 3}", "{mean_dela: 3}", "robustness.changeable", "mean_dela", "mean_delay"),
        ("{mean_delay: 3}", "{age: 3}", "robustness.changeable", "age", None),
        ("{distance: 1.609}", "{distanc: 1.609}", "robustness.units", "distanc", "distance"),
    ],
)
def test_a_mistake_is_told_with_the_nearest(right: str, wrong: str, where: str, found: str, near: str | None) -> None:
    assert right in GOOD
    with pytest.raises(SpecError) as caught:
        check_declared(spec(GOOD.replace(right, wrong, 1)), MADE)
    assert Path(caught.value.where.rpartition(": ")[0]) == FLIGHTS
    assert caught.value.where.endswith(where)
    assert (caught.value.found, caught.value.nearest) == (found, near)
    assert caught.value.next_command == "perennial validate flight_delay"


def test_two_tests_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="a twice"):
        spec(GOOD.replace("name: c", "name: a"))


@pytest.mark.parametrize("factor", [0, -1])
def test_a_bound_or_a_factor_is_positive(factor: float) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        spec(GOOD.replace("mean_delay: 3", f"mean_delay: {factor}"))
