"""What a run of `retrain` puts into the queue, on a real ledger."""

from __future__ import annotations

from typing import Any

import pytest

from perennial.errors import GateRefused, KeyInvalid
from perennial.ledger.event import Event
from perennial.ledger.requests import put
from perennial.retraining.breaker import JUDGED
from perennial.retraining.stage import decide_queue
from perennial.settings import Settings
from perennial_airflow.requests import take
from unit.retraining.flights import Flights

GOOD = {"id": "erp-4711", "source": "erp", "reason": "new price list"}


@pytest.fixture
def flights(settings: Settings) -> Flights:
    return Flights.at(settings)


def asked(flights: Flights, actor: str = "ann", run: str = "run", **params: Any) -> list[Event]:
    """Take the params of a run and return all requests."""
    ctx = flights.ctx(actor, run)
    take(ctx, {"params": {"reason": None, "reset_breaker": False, "request": None, **params}})
    return ctx.chain.history().of("retraining.requested")


def test_a_run_without_words_asks_nothing(flights: Flights) -> None:
    assert asked(flights) == []


def test_a_person_gives_a_reason(flights: Flights) -> None:
    (event,) = asked(flights, reason="newer days")
    assert (event.payload["cause"], event.payload["reason"], event.payload["by"]) == ("person", "newer days", "ann")


def test_another_system_sends_a_request_and_the_same_id_twice_is_one(flights: Flights) -> None:
    first = asked(flights, "erp-account", request={**GOOD, "window": "2013-03-01..2013-03-14"})
    again = asked(flights, "erp-account", run="another run", request={**GOOD, "reason": "sent once more"})
    assert first == again
    told = first[0].payload
    assert (told["cause"], told["source"], told["by"]) == ("outside", "erp", "erp-account")
    assert (told["window"], told["reason"]) == ("2013-03-01..2013-03-14", "new price list")
    assert len(asked(flights, request={**GOOD, "id": "erp-4712"})) == 2


def test_a_key_that_airflow_lets_through_is_refused(flights: Flights) -> None:
    with pytest.raises(KeyInvalid, match=r"requests\n  nearest:  request"):
        asked(flights, requests=GOOD)
    with pytest.raises(KeyInvalid, match="a last day on or after the first"):
        asked(flights, request={**GOOD, "window": "2013-03-14..2013-03-01"})
    assert asked(flights) == []


def test_a_person_resets_the_breaker_with_a_reason(flights: Flights) -> None:
    ctx = flights.ctx()
    put(ctx.chain, "person", "the first version")
    decide_queue(ctx)
    body = {"claim": "t1", "version": 1, "helped": False, "on": "validation", "why": "v1 was refused: auc"}
    ctx.chain.record(JUDGED, "v1", body)
    with pytest.raises(GateRefused, match="with a reason of at least 3"):
        asked(flights, reset_breaker=True)
    with pytest.raises(GateRefused, match="a person"):
        asked(flights, "airflow", reset_breaker=True, reason="a machine says so")
    for _ in range(2):  # a task that runs twice resets once
        assert len(asked(flights, reset_breaker=True, reason="a new feature is in")) == 1, "a reset is no request"
    (reset,) = ctx.chain.history().of("breaker.reset")
    assert reset.payload == {"by": "ann", "reason": "a new feature is in", "failed": ["t1"]}
