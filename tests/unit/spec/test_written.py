"""Parts of the spec that are one text are read as they are written, and refused by what editors know of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from perennial.spec.compute import Allowance, CpuHours, Kilograms
from perennial.spec.drift import Confirm, ConfirmText, Rate, RateText
from perennial.spec.retraining import Budget, BudgetText

DAYS = st.integers(1, 3650)
AMOUNTS = st.integers(1, 99_999).map(lambda tenths: tenths / 10)
PARTS: dict[Any, st.SearchStrategy[Any]] = {
    BudgetText: st.builds(Budget, trainings=st.integers(1, 999), days=DAYS),
    RateText: st.builds(Rate, alarms=st.integers(1, 999), days=DAYS),
    ConfirmText: st.integers(1, 99).flatmap(lambda n: st.builds(Confirm, k=st.integers(1, n), n=st.just(n))),
    CpuHours: st.builds(Allowance, amount=AMOUNTS, unit=st.just("h"), days=DAYS),
    Kilograms: st.builds(Allowance, amount=AMOUNTS, unit=st.just("kg"), days=DAYS),
}


@given(data=st.data())
@pytest.mark.parametrize("kind", PARTS, ids=[str(number) for number in range(len(PARTS))])
def test_what_is_written_is_read_back_and_fits_the_schema(kind: Any, data: st.DataObject) -> None:
    part, adapter = data.draw(PARTS[kind]), TypeAdapter(kind)
    assert adapter.validate_python(str(part)) == adapter.validate_python(part) == part
    assert adapter.dump_python(part, mode="json") == str(part)
    assert re.search(adapter.json_schema()["pattern"], str(part))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (BudgetText, "0 per 30d"),
        (BudgetText, {"trainings": 1, "days": 30}),
        (RateText, "1 a year"),
        (ConfirmText, "3 of 2"),
        (CpuHours, "0h per 30d"),
        (CpuHours, "5kg per 30d"),
        (Kilograms, "5kg per 0d"),
    ],
)
def test_anything_else_is_refused_with_an_example(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError, match=TypeAdapter(kind).json_schema()["examples"][0]):
        TypeAdapter(kind).validate_python(value)
