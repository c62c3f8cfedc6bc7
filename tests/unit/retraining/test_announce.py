"""What people are told of the queue, and that it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from perennial.ledger.holds import lift, place
from perennial.ledger.requests import put
from perennial.retraining.announce import announce, notices
from perennial.retraining.breaker import JUDGED
from perennial.retraining.by_hand import reset_breaker
from perennial.retraining.stage import decide_queue, to_announce
from unit.retraining.flights import Flights
from unit.retraining.told import WALL, abandoned, history, judged, launched, registered


def test_an_open_breaker_is_told_once_and_so_is_its_end(flights: Flights) -> None:
    ctx = flights.ctx()
    for number in (1, 2, 3):
        announce(ctx)
        put(ctx.chain, "person", f"version {number}")
        decide_queue(ctx)
        flights.end(f"t{number}")
        body = {"claim": f"t{number}", "version": number, "helped": False, "on": "validation", "why": "it was refused"}
        ctx.chain.record(JUDGED, f"v{number}", body)
        flights.arrive(flights.after(40))
    for _ in range(2):
        announce(ctx)
    told = [event for event in ctx.chain.history().events if event.type.startswith("notice.")]
    assert [event.key for event in told] == ["breaker"]
    assert told[0].payload["subject"] == "3 trainings in a row did not help: machines launch no more"
    reset_breaker(ctx, "a new feature is in")
    for _ in range(2):
        announce(ctx)
    assert len(ctx.chain.history().of("notice.reset")) == 1


def test_a_training_that_takes_unusually_long_is_told_until_it_ends(flights: Flights) -> None:
    spec = flights.ctx().spec
    late = WALL + timedelta(hours=25)
    (notice,) = notices(spec, history(launched("t1")), late)
    assert (notice.key, notice.severity) == ("t1", "warning")
    assert 'perennial abandon flight_delay t1 --reason "..."' in notice.text
    assert notices(spec, history(launched("t1")), WALL + timedelta(hours=1)) == []
    assert notices(spec, history(launched("t1"), registered("t1", 1)), late) == []
    assert notices(spec, history(launched("t1"), abandoned("t1")), late) == []


def test_a_training_that_waits_for_a_release_is_not_announced_again_nor_called_long(
    flights: Flights, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = flights.ctx()
    put(ctx.chain, "person", "the first version")
    decide_queue(ctx)
    later = flights.ctx(run="another")
    monkeypatch.setattr("perennial.retraining.queue.UNHEARD", timedelta())
    monkeypatch.setattr("perennial.retraining.decision.SLOW_AT_FIRST", timedelta())
    assert to_announce(later)
    place(ctx.chain, ["training"], "an audit")
    assert to_announce(later) == []
    announce(later)
    assert not ctx.chain.history().of("notice.raised", "notice.held_back")
    lift(ctx.chain, "over")
    assert to_announce(later)
    announce(later)
    assert ctx.chain.history().of("notice.raised", "notice.held_back")


def test_two_that_did_not_help_are_nobodys_business(flights: Flights) -> None:
    row = [*(launched(f"t{n}") for n in (1, 2)), *(registered(f"t{n}", n) for n in (1, 2))]
    told = history(*row, judged("t1", 1, helped=False), judged("t2", 2, helped=False))
    assert notices(flights.ctx().spec, told, WALL) == []
