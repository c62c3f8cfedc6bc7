"""How a task learns what it is about."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from perennial.errors import KeyInvalid
from perennial_airflow.stage import key_of


def context(key: str | None = None, **params: str | None) -> dict[str, Any]:
    return {"dag_run": SimpleNamespace(dag_id="churn.ingest", partition_key=key), "params": params}


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (context("2024-01-01", start="2024-02-01"), "2024-01-01"),
        (context(version="v3"), "v3"),
        (context(start="2024-01-01", end="2024-01-31"), "2024-01-01..2024-01-31"),
        (context(start="2024-01-01", end=None), "2024-01-01..2024-01-01"),
    ],
)
def test_the_key_is_the_partition_or_what_a_person_typed(given: dict[str, Any], key: str) -> None:
    assert key_of(given) == key


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"start": None, "end": None}, "again with start and end"),
        ({"version": None, "reason": ""}, "again with version"),
        ({}, "again with a Partition Key, under Advanced Options"),
    ],
)
def test_a_run_about_nothing_is_told_which_fields_say_what_it_is_about(params: dict[str, Any], said: str) -> None:
    with pytest.raises(KeyInvalid, match=said):
        key_of(context(**params))
