"""Of a script counts what decides the relation, and nothing else."""

from __future__ import annotations

import pytest

from perennial.dependents.script import relation_digest
from perennial.settings import PROJECT

FLIGHTS = (PROJECT / "include" / "models" / "flight_delay" / "features.sql").read_text(encoding="utf-8")
VIEWS = [
    "weather",
    "origin_delays",
    "carrier_delays",
    "carrier_origin_delays",
    "destination_delays",
    "aircraft_delays",
    "route_delays",
    "aircraft",
]


def changed(old: str, new: str) -> set[str]:
    """Return the views whose digest another text changes."""
    assert old in FLIGHTS, old
    text = FLIGHTS.replace(old, new)
    return {view for view in VIEWS if relation_digest(text, view) != relation_digest(FLIGHTS, view)}


@pytest.mark.parametrize(
    ("old", "new", "views"),
    [
        ("-- The observation of an hour is known when", "-- Known when", set()),
        ("time_hour + INTERVAL 1 HOUR AS event_timestamp", "time_hour AS event_timestamp", {"weather"}),
        ("    temp,\n", "    temp - 32 AS temp,\n", {"weather"}),
        ("TIMESTAMPTZ '1970-01-01 00:00:00Z'", "TIMESTAMPTZ '1971-01-01 00:00:00Z'", {"aircraft"}),
        ("isodow(make_date(year, month, day))", "isodow(time_hour)", set()),
        ("arr_delay >= 15", "arr_delay >= 30", {view for view in VIEWS if view.endswith("delays")}),
    ],
)
def test_a_change_reaches_the_views_that_it_decides(old: str, new: str, views: set[str]) -> None:
    assert changed(old, new) == views


def test_a_relation_that_is_not_made_has_no_digest() -> None:
    assert relation_digest(FLIGHTS, "wether") is None
    assert relation_digest("SELECT 1;", "weather") is None
