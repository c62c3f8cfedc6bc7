"""Holds on a real ledger: who may place and lift them, and that nothing slips through while one is placed."""

from __future__ import annotations

import multiprocessing

import pytest

from perennial.context import open_ledger
from perennial.errors import GateRefused, Held, KeyInvalid
from perennial.ledger.chain import Chain
from perennial.ledger.event import Event
from perennial.ledger.holds import EVERY_MODEL, holds, lift, place, refuse_if_held
from perennial.ledger.store import Ledger
from perennial.settings import Settings


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    return open_ledger(settings)


def chain(ledger: Ledger, actor: str = "ann", model: str = "m") -> Chain:
    return Chain(ledger, model, actor, f"run/{actor}")


def test_a_hold_refuses_its_scopes_and_says_why(ledger: Ledger) -> None:
    place(chain(ledger), ["scoring"], "the feed is broken")
    with pytest.raises(Held) as refusal:
        refuse_if_held(chain(ledger, "airflow"), "scoring")
    assert "the feed is broken" in refusal.value.found
    assert "by ann" in refusal.value.found
    assert refusal.value.next_command == 'perennial release m --reason "..."'
    refuse_if_held(chain(ledger), "training")
    refuse_if_held(chain(ledger, model="another"), "scoring")


def test_a_hold_of_all_models_refuses_each(ledger: Ledger) -> None:
    place(chain(ledger, model=EVERY_MODEL), ["promotion"], "year end")
    for model in ("m", "another"):
        with pytest.raises(Held, match="perennial release --all"):
            refuse_if_held(chain(ledger, model=model), "promotion")
    assert [hold.chain for hold in holds(chain(ledger))] == [EVERY_MODEL]


def test_the_same_reason_is_one_hold_of_all_its_scopes(ledger: Ledger) -> None:
    first = place(chain(ledger), ["scoring"], "broken")
    assert place(chain(ledger, "bob"), ["scoring"], " broken ") == first
    place(chain(ledger), ["training"], "broken")
    [hold] = holds(chain(ledger))
    assert (hold.scopes, hold.by, hold.number) == ({"scoring", "training"}, "ann", first.seq)
    lift(chain(ledger), "mended")
    assert holds(chain(ledger)) == []
    assert place(chain(ledger), ["scoring"], "broken").seq > first.seq


@pytest.mark.parametrize("machine", ["airflow", "triage", "nobody"])
def test_machines_may_place_but_not_lift(ledger: Ledger, machine: str) -> None:
    place(chain(ledger, machine), ["scoring"], "broken data upstream")
    with pytest.raises(GateRefused, match="a person"):
        lift(chain(ledger, machine), "looks well again")
    lifted = lift(chain(ledger, "bob"), "the source was mended")
    assert (lifted.actor, lifted.payload["by"], lifted.payload["reason"]) == ("bob", "bob", "the source was mended")
    refuse_if_held(chain(ledger), "scoring")


def test_lifting_without_a_hold_or_a_reason_says_so(ledger: Ledger) -> None:
    with pytest.raises(GateRefused, match="none"):
        lift(chain(ledger), "to be sure")
    place(chain(ledger), ["scoring"], "broken")
    with pytest.raises(GateRefused, match="reason of at least"):
        lift(chain(ledger), " ")
    lift(chain(ledger), "mended")
    with pytest.raises(GateRefused, match="lifted by ann: mended"):
        lift(chain(ledger, "bob"), "to be sure")


def test_a_run_that_lifts_twice_lifts_once(ledger: Ledger) -> None:
    place(chain(ledger), ["scoring"], "broken")
    assert lift(chain(ledger), "mended") == lift(chain(ledger), "mended")


def test_of_several_holds_those_that_were_named_are_lifted(ledger: Ledger) -> None:
    one = place(chain(ledger), ["scoring"], "broken")
    two = place(chain(ledger), ["promotion"], "an audit")
    with pytest.raises(GateRefused, match="an audit"):
        lift(chain(ledger), "mended")
    with pytest.raises(GateRefused):
        lift(chain(ledger), "mended", [one.seq, 99])
    lift(chain(ledger), "mended", [one.seq])
    assert [hold.number for hold in holds(chain(ledger))] == [two.seq]


@pytest.mark.parametrize(("scopes", "reason"), [([], "broken"), (["scorng"], "broken"), (["scoring"], " ")])
def test_an_unclear_hold_is_refused(ledger: Ledger, scopes: list[str], reason: str) -> None:
    with pytest.raises(KeyInvalid):
        place(chain(ledger), scopes, reason)  # type: ignore[arg-type]


def _publish(settings: Settings) -> None:
    """Publish until a hold refuses; anything else fails the process."""
    writer = Chain(open_ledger(settings), "m", "airflow", "race")
    try:
        for _ in range(10_000):
            writer.record("thing.published", "k", {}, brake="scoring")
    except Held:
        return
    raise AssertionError("no hold came")


@pytest.mark.parametrize("held", ["m", EVERY_MODEL])
def test_nothing_is_recorded_after_a_hold_was(settings: Settings, ledger: Ledger, held: str) -> None:
    """What is recorded under a brake is older than the hold, whichever of the two chains it stands in."""
    context = multiprocessing.get_context("fork")
    for turn in range(10):
        before = len(_published(ledger))
        writers = [context.Process(target=_publish, args=(settings,)) for _ in range(2)]
        for writer in writers:
            writer.start()
        while len(_published(ledger)) == before:
            pass
        placed = place(chain(ledger, model=held), ["scoring"], f"hold {turn}")
        for writer in writers:
            writer.join(240)
            assert writer.exitcode == 0
        assert max(event.wall_time for event in _published(ledger)) < placed.wall_time
        lift(chain(ledger, model=held), f"turn {turn} is over")


def _published(ledger: Ledger) -> list[Event]:
    return [event for event in ledger.read("m") if event.type == "thing.published"]
