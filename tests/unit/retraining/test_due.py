"""What the clock asks of the queue, day by day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from perennial.keys import DAY, start_of
from perennial.ledger.history import History
from perennial.retraining.due import code_due, look_due, made_alike, new_data_due, training_due
from perennial.retraining.queue import UNHEARD
from perennial.settings import PROJECT
from perennial.spec import Spec, load_spec
from unit.retraining.told import WALL, Told, abandoned, asked, decided, frozen, history, ident, launched, registered

FIRST = date(2013, 4, 1)
SOON = WALL + timedelta(minutes=5)


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")


def version(spec: Spec, **train: Any) -> dict[str, Any]:
    kept = {**spec.train.model_dump(mode="json"), **train}
    return {"transform": spec.transform_digest, "made": {"train": kept}}


def test_a_scheduled_training_is_due_once_the_time_has_passed() -> None:
    last = start_of(FIRST)
    assert training_due(90, last, last + 90 * DAY - timedelta(seconds=1)) is None
    assert training_due(90, last, last + 95 * DAY) == FIRST + 90 * DAY
    assert training_due(None, last, last + 1000 * DAY) is None
    assert training_due(90, None, last) is None


def test_new_data_are_due_when_so_many_labelled_days_have_come() -> None:
    assert new_data_due(30, FIRST, FIRST + 29 * DAY) is None
    assert new_data_due(30, FIRST, FIRST + 40 * DAY) == FIRST + 30 * DAY
    assert new_data_due(None, FIRST, FIRST + 400 * DAY) is None
    assert new_data_due(30, None, FIRST) is None


def test_code_is_due_where_the_champion_was_made_otherwise(spec: Spec) -> None:
    same, other = version(spec), version(spec, seed=7)
    assert code_due(spec, same, [same]) is None
    assert code_due(spec, None, []) is None
    assert code_due(spec, other, [other])
    assert code_due(spec, {**same, "transform": "t"}, [])


def test_code_that_made_a_version_is_not_asked_for_again(spec: Spec) -> None:
    """A version of the new code that was refused, or rolled back, was the answer."""
    other = version(spec, seed=7)
    assert code_due(spec, other, [other, version(spec)]) is None


def test_code_is_not_due_where_the_spec_says_so(spec: Spec) -> None:
    quiet = spec.model_copy(update={"retrain": spec.retrain.model_copy(update={"on_code": False})})
    assert code_due(quiet, version(spec, seed=7), []) is None


def test_a_new_key_at_its_default_is_no_change_an_old_key_that_is_gone_is(spec: Spec) -> None:
    kept = version(spec)
    del kept["made"]["train"]["seed"]
    assert made_alike(spec, kept)
    assert not made_alike(spec, version(spec, no_longer_honoured=1))
    assert made_alike(spec, {"transform": spec.transform_digest})


def told(*events: Told) -> History:
    """A history whose business time is 2 April."""
    return history(Told("raw.written", {"last": str(FIRST)}), *events)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), False),
        ((asked("a"),), True),
        ((asked("a"), decided("wait", ident("a"))), True),
        ((asked("a"), decided("wait", ident("a"), until=start_of(FIRST + 2 * DAY))), False),
        ((asked("a"), decided("wait", ident("a"), until=start_of(FIRST + DAY))), True),
        ((asked("a"), decided("wait", ident("a"), until=start_of(FIRST + 2 * DAY)), asked("b")), True),
        ((asked("a"), decided("refuse", ident("a"))), False),
        ((asked("a"), launched("t1", ident("a")), frozen("t1"), registered("t1", 1)), False),
        ((asked("a"), launched("t1", ident("a")), abandoned("t1")), True),
    ],
)
def test_somebody_looks_at_what_may_have_moved(events: tuple[Told, ...], expected: bool) -> None:
    assert look_due(told(*events), SOON) is expected


def test_a_launch_that_nobody_heard_of_is_looked_at() -> None:
    events = told(asked("a"), launched("t1", ident("a")))
    assert not look_due(events, SOON)
    assert look_due(events, SOON + UNHEARD)


def test_nothing_is_looked_at_before_the_first_day() -> None:
    waits = decided("wait", ident("a"), until=start_of(FIRST))
    assert not look_due(history(asked("a"), waits), SOON)
