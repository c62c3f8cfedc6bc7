"""Which run an event has become."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from perennial.local.follow import first_since
from perennial.local.records import Run

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def run(name: str, key: str, minutes: int | None) -> Run:
    started = None if minutes is None else NOON + timedelta(minutes=minutes)
    return Run("m.retrain", name, "success", "asset_triggered", key, started, None, {})


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ([], None),
        ([run("before", "queue", -1)], None),
        ([run("queued", "queue", None)], None),
        ([run("other", "v3", 1)], None),
        ([run("before", "queue", -1), run("mine", "queue", 0)], "mine"),
        ([run("mine", "queue", 1), run("of a later signal", "queue", 2)], "mine"),
    ],
)
def test_an_event_becomes_the_first_run_since(runs: list[Run], found: str | None) -> None:
    woken = first_since(runs, "queue", NOON)
    assert (woken and woken.run_id) == found
