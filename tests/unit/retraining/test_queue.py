"""What is open, what was launched and not heard, what nobody spoke of."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from perennial.retraining.queue import UNHEARD, open_requests, undecided, unheard
from unit.retraining.told import WALL, Told, abandoned, asked, decided, frozen, history, ident, launched, registered


def names(*told: Told) -> list[str]:
    return [request.id for request in open_requests(history(*told))]


def test_a_wait_leaves_requests_open_a_launch_and_a_no_close_them() -> None:
    both = (asked("a"), asked("b"))
    assert names(*both, decided("wait", ident("a"))) == [ident("a"), ident("b")]
    assert names(*both, decided("refuse", ident("a"))) == [ident("b")]
    assert names(*both, launched("t1", ident("a"), ident("b"))) == []


def test_what_comes_after_a_decision_is_open() -> None:
    assert names(asked("a"), launched("t1", ident("a")), asked("b")) == [ident("b")]


def test_requests_of_a_training_that_was_given_up_are_open_again() -> None:
    told = (asked("a"), launched("t1", ident("a")), asked("b"))
    assert names(*told, abandoned("t1")) == [ident("a"), ident("b")]
    assert names(*told, abandoned("t1"), launched("t2", ident("a"), ident("b"))) == []


def test_a_launch_is_announced_by_its_own_run_and_again_when_nobody_works_on_it() -> None:
    told = history(asked("a"), launched("t1", ident("a"), run="retrain/1"))
    soon, late = WALL + timedelta(minutes=3), WALL + UNHEARD + timedelta(minutes=3)
    assert [one.claim for one in unheard(told, "retrain/1", soon)] == ["t1"]
    assert unheard(told, "retrain/2", soon) == []
    assert [one.claim for one in unheard(told, "retrain/2", late)] == ["t1"]


def test_a_launch_that_somebody_works_on_is_not_announced_again() -> None:
    told = (asked("a"), launched("t1", ident("a"), run="retrain/1"))
    for further in ((frozen("t1"),), (registered("t1", 1),), (abandoned("t1"),)):
        assert unheard(history(*told, *further), "retrain/1", WALL + timedelta(days=9)) == []


def test_undecided_is_what_no_decision_named() -> None:
    assert undecided(history(asked("a")))
    assert not undecided(history(asked("a"), decided("wait", ident("a"))))
    assert undecided(history(asked("a"), decided("wait", ident("a")), asked("b")))
    assert not undecided(history())


@given(st.lists(st.sampled_from(["ask", "wait", "refuse", "launch", "abandon"]), max_size=30))
def test_no_request_is_lost(steps: list[str]) -> None:
    """Whatever happens in whatever order: a request is open, or a decision that stands has closed it."""
    told: list[Told] = []
    for number, step in enumerate(steps):
        waiting = names(*told)
        claims = [one.payload["claim"] for one in told if one.type == "retraining.decided" and one.payload["launch"]]
        if step == "ask":
            told.append(asked(str(number)))
        elif step == "launch":
            told.append(launched(f"t{len(claims) + 1}", *waiting))
        elif step == "abandon" and claims:
            told.append(abandoned(claims[-1]))
        elif step in ("wait", "refuse"):
            told.append(decided(step, *waiting))
    given_up = {one.payload["claim"] for one in told if one.type == "retraining.abandoned"}
    closed = {
        request
        for one in told
        if one.type == "retraining.decided" and one.payload["outcome"] != "wait"
        if one.payload["claim"] not in given_up
        for request in one.payload["requests"]
    }
    every = {f"retraining.requested:{one.once}" for one in told if one.type == "retraining.requested"}
    assert set(names(*told)) == every - closed
