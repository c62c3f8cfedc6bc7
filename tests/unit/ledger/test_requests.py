"""Requests for a new version: told once for what they are about, refused without a cause or a reason."""

from __future__ import annotations

from typing import Any

import pytest

from perennial.context import open_ledger
from perennial.errors import KeyInvalid
from perennial.keys import Window
from perennial.ledger.chain import Chain
from perennial.ledger.requests import CAUSES, put
from perennial.settings import Settings

MAY = Window.parse("2013-05-01..2013-05-14")


@pytest.fixture
def chain(settings: Settings) -> Chain:
    return Chain(open_ledger(settings), "m", "ann", "run 1")


def test_a_request_says_why_about_what_and_by_whom(chain: Chain) -> None:
    event = put(chain, "performance", " AUC fell ", window=MAY)
    assert (event.type, event.key) == ("retraining.requested", str(MAY))
    assert event.payload == {"cause": "performance", "reason": "AUC fell", "window": str(MAY), "by": "ann"}


def test_one_cause_and_window_is_one_request(chain: Chain) -> None:
    first = put(chain, "drift", "distance moved", window=MAY)
    assert put(chain, "drift", "distance moved, said anew", window=MAY) == first
    assert put(chain, "fairness", "the gap grew", window=MAY) != first
    assert put(chain, "drift", "again", window=Window.parse("2013-06-01")) != first
    assert len(chain.history().events) == 3


def test_one_name_is_one_request_of_its_cause(chain: Chain) -> None:
    first = put(chain, "outside", "a new price list", name="erp-7", source="erp")
    assert put(chain, "outside", "the same call again", name="erp-7", source="erp") == first
    assert first.payload["source"] == "erp"
    assert put(chain, "person", "by hand", name="erp-7") != first


def test_two_systems_with_the_same_id_ask_twice(chain: Chain) -> None:
    first = put(chain, "outside", "a new price list", name="42", source="erp")
    other = put(chain, "outside", "another ticket", name="42", source="desk")
    assert (other.payload["source"], other.payload["reason"]) == ("desk", "another ticket")
    assert put(chain, "outside", "from inside", name="42") not in (first, other)
    assert [event.once for event in chain.history().events] == ["outside:42@erp", "outside:42@desk", "outside:42"]


def test_without_either_a_repeated_run_asks_once(chain: Chain) -> None:
    first = put(chain, "person", "newer days")
    assert put(chain, "person", "newer days") == first
    assert put(Chain(chain.ledger, "m", "ann", "run 2"), "person", "newer days") != first


@pytest.mark.parametrize(("cause", "reason"), [("pers", "newer days"), ("person", ""), ("person", "  x ")])
def test_without_a_cause_or_a_reason_nothing_is_asked(chain: Chain, cause: Any, reason: str) -> None:
    with pytest.raises(KeyInvalid, match="a reason of some words"):
        put(chain, cause, reason)
    assert chain.history().events == []


def test_all_causes_are_legal(chain: Chain) -> None:
    for cause in CAUSES:
        put(chain, cause, "some words", name="x")  # type: ignore[arg-type]
    assert len(chain.history().events) == len(CAUSES) == 8
