"""Whose window it is: between the clock and the monitor another version may have become champion."""

from __future__ import annotations

from datetime import date

from perennial.keys import Window
from perennial.monitoring.case import is_champions
from unit.validation.told import Told, history

WINDOW = Window(date(2013, 5, 6), date(2013, 5, 19))


def published(key: str, version: int) -> Told:
    return "predictions.published", key, {"version": version}


def promoted(version: int | None) -> Told:
    return "champion.changed", f"v{version}", {"version": version}


def test_a_window_is_the_champions_where_it_predicted_a_day_of_it() -> None:
    before = [promoted(1), published("2013-05-01..2013-05-06", 1)]
    assert is_champions(history(*before), WINDOW)
    assert not is_champions(history(*before, promoted(2)), WINDOW)
    assert not is_champions(history(*before, promoted(2), published("2013-05-20", 2)), WINDOW)
    assert is_champions(history(*before, promoted(2), published("2013-05-19", 2)), WINDOW)
    assert is_champions(history(*before, promoted(2), promoted(1)), WINDOW), "after a rollback"
    assert not is_champions(history(*before, promoted(None)), WINDOW)
    assert not is_champions(history(), WINDOW)
