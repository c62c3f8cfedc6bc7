"""What a person sees of the retraining queue."""

from __future__ import annotations

from perennial.audit.status import status
from perennial.ledger.requests import put
from perennial.retraining.breaker import JUDGED
from perennial.retraining.stage import decide_queue
from perennial.settings import Settings
from unit.retraining.flights import Flights


def test_requests_the_training_under_way_and_the_breaker_are_shown(settings: Settings) -> None:
    ctx = Flights.at(settings).ctx()
    told = status(ctx)
    assert (told["queue"], told["trainings"], told["last judgement"]) == ("empty", "0", "none yet")
    assert (told["last decision"], told["business time"]) == ("none yet", "2013-04-01 00:00 UTC")
    assert told["circuit breaker"] == "closed: no training failed to help"
    put(ctx.chain, "person", "the first version")
    decide_queue(ctx)
    for number in range(7):
        put(ctx.chain, "outside", f"call {number}", name=str(number))
    told = status(ctx)
    assert told["queue"] == "; ".join([*(f"outside: call {n}" for n in range(5)), "and 2 more"])
    assert told["last decision"] == "2013-01-01..2013-03-30: launch t1: the first version"
    decide_queue(ctx)
    assert str(status(ctx)["last decision"]).startswith("wait: ")
    assert str(told["trainings"]).startswith("1; under way: t1 on 2013-01-01..2013-03-30 since ")


def test_a_training_that_did_not_help_is_shown_in_the_breaker(settings: Settings) -> None:
    ctx = Flights.at(settings).ctx()
    put(ctx.chain, "person", "the first version")
    decide_queue(ctx)
    body = {"claim": "t1", "version": 1, "helped": False, "on": "validation", "why": "v1 was refused: auc"}
    ctx.chain.record(JUDGED, "v1", body)
    told = status(ctx)
    assert told["circuit breaker"] == "closed: t1 did not help, 1 of 3"
    assert told["last judgement"] == "v1: v1 was refused: auc"
