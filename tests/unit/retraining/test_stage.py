"""The queue on a real ledger: one training for many requests, none lost, every no on record."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from perennial.errors import GateRefused
from perennial.keys import DAY, Window
from perennial.ledger.holds import lift, place
from perennial.ledger.requests import put
from perennial.metering.reading import Usage
from perennial.metering.record import record
from perennial.retraining.breaker import JUDGED
from perennial.retraining.by_hand import abandon, reset_breaker
from perennial.retraining.queue import open_requests
from perennial.retraining.stage import decide_queue, to_announce
from perennial.retraining.wake import wake
from perennial.settings import Settings
from perennial.spec.compute import Allowance
from unit.retraining.flights import Flights

MARCH, APRIL, MAY = date(2013, 3, 31), date(2013, 4, 14), date(2013, 5, 14)


def outcomes(flights: Flights) -> list[str]:
    return [event.payload["outcome"] for event in flights.ctx().chain.history().of("retraining.decided")]


def test_many_requests_make_one_training(flights: Flights) -> None:
    ctx = flights.ctx()
    for cause in ("drift", "performance", "drift"):
        put(ctx.chain, cause, f"{cause} in March", window=Window(MARCH, MARCH))  # type: ignore[arg-type]
    event = decide_queue(ctx)
    assert event is not None
    assert (event.payload["claim"], event.payload["window"]) == ("t1", "2013-01-01..2013-03-30")
    assert event.payload["why"] == "drift in March; performance in March"
    assert len(event.payload["requests"]) == 2
    assert decide_queue(ctx) is None


def test_a_wait_is_told_once_and_a_later_look_launches(flights: Flights) -> None:
    ctx = flights.ctx()
    put(ctx.chain, "person", "the first version")
    decide_queue(ctx)
    put(ctx.chain, "drift", "it moved", window=Window(MARCH, MARCH))
    for _ in range(2):
        event = decide_queue(ctx)
        assert event is not None
        assert "t1 on 2013-01-01..2013-03-30 is under way" in event.payload["why"]
    flights.end("t1")
    decide_queue(ctx)
    flights.arrive(APRIL)
    decide_queue(ctx)
    assert outcomes(flights) == ["launch", "wait", "wait", "launch"]


def test_without_enough_days_a_request_waits_for_them(flights: Flights) -> None:
    ctx = flights.ctx()
    train = ctx.spec.train.model_copy(update={"holdout": 89})
    ctx = replace(ctx, spec=ctx.spec.model_copy(update={"train": train}))
    put(ctx.chain, "person", "too early")
    event = decide_queue(ctx)
    assert event is not None
    assert event.payload["outcome"] == "wait"
    assert event.payload["why"].startswith("more than 89 days with matured labels")
    flights.arrive(APRIL)
    decide_queue(ctx)
    assert outcomes(flights) == ["wait", "launch"]


def test_a_hold_makes_everybody_wait_until_it_is_lifted(flights: Flights) -> None:
    ctx = flights.ctx()
    place(ctx.chain, ["training"], "a leak in the features")
    put(ctx.chain, "person", "the first version")
    event = decide_queue(ctx)
    assert event is not None
    assert event.payload["outcome"] == "wait"
    assert "a leak in the features" in event.payload["why"]
    lift(ctx.chain, "the leak is closed")
    decide_queue(ctx)
    assert outcomes(flights) == ["wait", "launch"]


def test_a_wait_that_came_back_is_the_newest_decision_again(flights: Flights) -> None:
    ctx = flights.ctx()
    put(ctx.chain, "person", "the first version")
    decide_queue(ctx)
    put(ctx.chain, "drift", "it moved", window=Window(MARCH, MARCH))
    decide_queue(ctx)
    place(ctx.chain, ["training"], "a leak in the features")
    decide_queue(ctx)
    lift(ctx.chain, "mended")
    for _ in range(2):
        decide_queue(ctx)
    told = ctx.chain.history().of("retraining.decided")
    assert [event.payload["outcome"] for event in told] == ["launch", "wait", "wait", "wait"]
    assert "a leak in the features" in told[2].payload["why"]
    assert told[3].payload["why"] == told[1].payload["why"]


@pytest.mark.parametrize(("exceeded", "outcome"), [("stop", "wait"), ("warn", "launch")])
def test_a_budget_for_computing_that_is_spent_stops_or_warns(flights: Flights, exceeded: Any, outcome: str) -> None:
    ctx = flights.ctx()
    allowed = Allowance(amount=1, unit="h", days=30)
    compute = ctx.spec.compute.model_copy(update={"cpu": allowed, "exceeded": exceeded})
    ctx = replace(ctx, spec=ctx.spec.model_copy(update={"compute": compute}))
    record(ctx, "score", "2013-03-31", Usage(4000.0, 3960.0, 0, 0, 0), well=True)
    put(ctx.chain, "person", "the first version")
    event = decide_queue(ctx)
    assert event is not None
    assert event.payload["outcome"] == outcome
    assert "1h per 30d" in event.payload["why"]


def test_an_open_breaker_waits_for_a_person_who_resets_it(flights: Flights) -> None:
    ctx, robot = flights.ctx(), flights.ctx("airflow")
    for number in (1, 2, 3):
        put(ctx.chain, "person", f"version {number}", name=str(number))
        assert decide_queue(ctx)
        flights.end(f"t{number}")
        body = {"claim": f"t{number}", "version": number, "helped": False, "on": "validation", "why": "it was refused"}
        ctx.chain.record(JUDGED, f"v{number}", body)
        flights.arrive(date(2013, 3 + 2 * number, 1))
    flights.arrive(date(2013, 12, 1))
    put(ctx.chain, "drift", "it moved", window=Window(MAY, MAY))
    waits = decide_queue(ctx)
    assert waits is not None
    assert waits.payload["why"].startswith("t1, t2, t3 did not help, 3 in a row")
    with pytest.raises(GateRefused, match="a person, with a reason"):
        reset_breaker(robot, "I am sure")
    assert reset_breaker(ctx, "a new feature is in").payload["failed"] == ["t1", "t2", "t3"]
    launched = decide_queue(ctx)
    assert launched is not None
    assert launched.payload["claim"] == "t4"
    with pytest.raises(GateRefused, match="nothing is held back by it"):
        reset_breaker(flights.ctx(run="another"), "once more")


def test_a_training_that_can_never_end_is_given_up_and_asked_for_again(flights: Flights) -> None:
    ctx = flights.ctx()
    put(ctx.chain, "person", "the first version")
    decide_queue(ctx)
    with pytest.raises(GateRefused, match="no such claim"):
        abandon(ctx, "t7", "wrong number")
    with pytest.raises(GateRefused, match="a person"):
        abandon(flights.ctx("airflow"), "t1", "it takes long")
    told = abandon(ctx, "t1", "its raw days were deleted")
    assert abandon(ctx, "t1", "again") == told
    event = decide_queue(ctx)
    assert event is not None
    assert (event.payload["claim"], event.payload["why"]) == ("t2", "the first version")
    flights.end("t2")
    with pytest.raises(GateRefused, match="it made v2"):
        abandon(ctx, "t2", "too late")


def test_a_run_that_died_after_its_decision_announces_it_when_it_is_tried_again(flights: Flights) -> None:
    ctx = flights.ctx(run="flight_delay.retrain/1")
    put(ctx.chain, "person", "the first version")
    assert decide_queue(ctx)
    assert decide_queue(ctx) is None
    assert to_announce(ctx) == ["2013-01-01..2013-03-30"]
    assert to_announce(flights.ctx(run="flight_delay.retrain/2")) == []
    flights.end("t1")
    assert to_announce(ctx) == []


def test_the_clock_asks_by_schedule_once_and_looks_at_what_nobody_decided(flights: Flights) -> None:
    ctx = flights.ctx()
    assert not wake(ctx)
    put(ctx.chain, "person", "the first version")
    assert wake(ctx)
    decide_queue(ctx)
    assert not wake(ctx)
    flights.end("t1")
    flights.arrive(date(2013, 7, 1))
    assert wake(ctx)
    assert wake(ctx)
    (asked,) = [e for e in ctx.chain.history().of("retraining.requested") if e.payload["cause"] == "schedule"]
    last = ctx.chain.history().of("retraining.decided")[0].business_time
    assert last
    assert ctx.spec.retrain.every
    assert asked.key == str((last + ctx.spec.retrain.every * DAY).date())
    assert decide_queue(ctx)
    assert not wake(ctx)


def _ask_and_decide(settings: Settings, number: int, count: int) -> None:
    """Put requests in a process of its own, and decide after every third."""
    ctx = Flights(settings).ctx(f"worker{number}", f"run{number}")
    for turn in range(count):
        put(ctx.chain, "outside", f"signal {turn} of {number}", name=f"{number}-{turn}")
        if turn % 3 == 0:
            decide_queue(ctx)


def test_processes_that_ask_and_decide_at_once_make_one_training_and_lose_nothing(flights: Flights) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_ask_and_decide, args=(flights.settings, number, 12)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(240)
        assert worker.exitcode == 0
    ctx = flights.ctx()
    history = ctx.chain.history()
    asked = {f"{event.type}:{event.once}" for event in history.of("retraining.requested")}
    launched = [event for event in history.of("retraining.decided") if event.payload["launch"]]
    assert len(asked) == 36
    assert [event.payload["claim"] for event in launched] == ["t1"]
    first = set(launched[0].payload["requests"])
    assert first | {request.id for request in open_requests(history)} == asked
    flights.end("t1")
    flights.arrive(date(2013, 6, 1))
    later = decide_queue(ctx)
    closed = first | set(later.payload["requests"] if later else [])
    assert closed == asked
    assert open_requests(ctx.chain.history()) == []
