"""The drift sensor: what it waits for, and that it waits without a worker."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from airflow.sdk.exceptions import TaskDeferred
from hypothesis import given
from hypothesis import strategies as st

from perennial.context import open_ledger
from perennial.ledger.chain import Chain
from perennial.settings import Settings
from perennial_airflow.drift import DriftSensor, DriftTrigger, enough_drift

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC).isoformat()


@pytest.fixture
def chain(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Chain:
    monkeypatch.setenv("PERENNIAL_VAR", str(settings.var))
    monkeypatch.setenv("PERENNIAL_LEDGER_URL", settings.url("ledger"))
    return Chain(open_ledger(settings), "m", "ann", "test")


def report(chain: Chain, window: str, drifted: list[str]) -> None:
    body = {"version": 1, "window": window, "drifted": drifted, "html": "0" * 64}
    chain.record("monitoring.reported", window, body)


def trigger(since: str = LONG_AGO, columns: list[str] | None = None, min_drifted: int = 2) -> DriftTrigger:
    return DriftTrigger("m", since, columns, min_drifted, poll=0.05)


def test_no_report_and_too_little_drift_are_no_event(chain: Chain) -> None:
    assert trigger().look() is None
    report(chain, "2013-04-01..2013-04-07", ["temp"])
    assert trigger().look() is None


def test_the_first_report_with_enough_drift_is_the_event(chain: Chain) -> None:
    report(chain, "2013-04-01..2013-04-07", ["temp"])
    report(chain, "2013-04-08..2013-04-14", ["temp", "humid"])
    report(chain, "2013-04-15..2013-04-21", ["temp", "humid", "dewp"])
    found = trigger().look()
    assert found is not None
    assert (found["window"], found["drifted"]) == ("2013-04-08..2013-04-14", ["temp", "humid"])


def test_reports_from_before_do_not_count(chain: Chain) -> None:
    report(chain, "2013-04-08..2013-04-14", ["temp", "humid"])
    later = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    assert trigger(since=later).look() is None


def test_only_the_columns_asked_about_count(chain: Chain) -> None:
    report(chain, "2013-04-08..2013-04-14", ["temp", "humid"])
    assert trigger(columns=["temp", "score"]).look() is None
    assert trigger(columns=["temp"], min_drifted=1).look() is not None


def test_the_trigger_waits_until_a_report_comes(chain: Chain) -> None:
    async def first() -> dict[str, object]:
        async for event in trigger().run():
            return dict(event.payload)
        raise AssertionError("the trigger ended without an event")

    def report_later() -> None:
        time.sleep(0.5)
        report(chain, "2013-04-08..2013-04-14", ["temp", "humid"])

    writer = threading.Thread(target=report_later)
    writer.start()
    assert asyncio.run(asyncio.wait_for(first(), 30))["window"] == "2013-04-08..2013-04-14"
    writer.join()


def test_the_trigger_survives_being_written_down() -> None:
    path, arguments = trigger(columns=["temp"]).serialize()
    assert path == "perennial_airflow.drift.DriftTrigger"
    assert DriftTrigger(**arguments).serialize() == (path, arguments)


def test_the_sensor_gives_its_slot_back() -> None:
    sensor = DriftSensor(task_id="wait", model="m", min_drifted=3, since=LONG_AGO, poke_interval=7, timeout=60)
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute({})
    assert isinstance(deferred.value.trigger, DriftTrigger)
    assert (deferred.value.trigger.min_drifted, deferred.value.trigger.poll) == (3, 7)
    assert deferred.value.timeout == timedelta(seconds=60)


@given(
    st.lists(st.sampled_from("abcdef"), unique=True), st.none() | st.sets(st.sampled_from("abcdef")), st.integers(1, 6)
)
def test_enough_drift_is_at_least_what_was_asked(drifted: list[str], columns: set[str] | None, least: int) -> None:
    found = enough_drift(drifted, sorted(columns) if columns is not None else None, least)
    assert found == [] or len(found) >= least
    assert set(found) <= set(drifted)
