"""What counts as a change, from histories of any shape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from perennial.datasets.definition import ViewColumns
from perennial.dependents.changes import of_champion, of_definition, of_script
from perennial.ledger.event import Event
from perennial.ledger.history import History

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEATHER = ViewColumns(("origin",), 6 * HOUR, {"temp": "DOUBLE", "wind": "DOUBLE"})


def event(minute: int, type_: str, **payload: object) -> Event:
    at = START + timedelta(minutes=minute)
    return Event("up", minute + 1, type_, "k", "ann", "run", None, at, payload, None, None, "", f"{minute:064}")


@given(st.lists(st.one_of(st.none(), st.integers(1, 3)), max_size=8), st.integers(-1, 8))
def test_an_upstream_champion_counts_where_it_is_another_than_then(champions: list[int | None], then: int) -> None:
    events = [event(minute, "champion.changed", version=version) for minute, version in enumerate(champions)]
    found = of_champion(History("up", events), START + timedelta(minutes=then))
    before = champions[: then + 1][-1] if champions[: then + 1] else None
    now = champions[-1] if champions else None
    assert (found is not None) == (before != now)
    if found:
        assert str(found.node) == "model up"
        assert (
            found.what == f"its champion was {f'v{before}' if before else 'none'} and is {f'v{now}' if now else 'none'}"
        )


@given(st.lists(st.sampled_from([None, "a", "b"]), max_size=6), st.integers(-1, 6))
def test_a_script_counts_where_it_decides_the_view_otherwise_than_then(digests: list[str | None], then: int) -> None:
    events = [event(minute, "features.defined", digest=one) for minute, one in enumerate(digests)]
    found = of_script(
        "weather", "up", events, START + timedelta(minutes=then), lambda defined: defined.payload["digest"]
    )
    before = [one for one in digests[: then + 1] if one]
    made = [one for one in digests if one]
    assert (found is not None) == (bool(before) and before[-1] != made[-1])


def test_a_definition_counts_by_columns_keys_and_time_to_live() -> None:
    assert of_definition("weather", WEATHER, ViewColumns(("origin",), 6 * HOUR, dict(WEATHER.fields))) is None
    found = of_definition(
        "weather", WEATHER, ViewColumns(("airport",), 3 * HOUR, {"temp": "BIGINT", "humid": "DOUBLE"})
    )
    assert found is not None
    for words in ("gone: wind", "new: humid", "temp is BIGINT, not DOUBLE", "keys origin are airport", "3:00:00"):
        assert words in found.what
    assert found.name.startswith("view weather:")
