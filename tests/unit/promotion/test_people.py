"""Who may answer, and why not others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.errors import GateRefused
from perennial.promotion.people import Makers, makers, may_answer, refuse_strangers, shut_out, unnamed, why_not
from unit.validation.test_judgement import policy
from unit.validation.told import candidate, history

MADE = Makers(asked=["carl", "dora"], changed=["dora", "dora@example.org"])
HIGH, LIMITED = policy("high"), policy("limited")
NAMES = st.text("abcDEF", min_size=1, max_size=3)


def test_makers_are_shut_out_where_independence_is_asked_for() -> None:
    assert shut_out(HIGH, MADE, {}) == {
        "carl": "asked for the training",
        "dora": "asked for the training and last changed the spec",
        "dora@example.org": "last changed the spec",
    }
    assert shut_out(LIMITED, MADE, {}) == {}


def test_who_has_had_a_say_is_shut_out_everywhere() -> None:
    assert shut_out(LIMITED, MADE, {"eva": "has approved it already"}) == {"eva": "has approved it already"}
    assert shut_out(HIGH, MADE, {"carl": "promoted it"})["carl"] == "promoted it and asked for the training"


def test_makers_are_those_of_the_registration_and_those_who_changed_the_spec_since() -> None:
    told = history(candidate(1, asked_by=["carl"], spec_by=["dora"]))
    assert makers(told, 1, ["eva"]) == Makers(["carl"], ["dora", "eva"])


def test_people_are_asked_who_are_left_over() -> None:
    told = history(candidate(1))
    assert may_answer(told, 1, ["alice", "Carl", "bob"], {"carl": "asked"}, 2) == ["alice", "bob"]
    assert may_answer(told, 1, [], {"carl": "asked"}, 2) == [], "nobody is known: everybody may try"


def test_a_question_that_too_few_may_answer_is_not_asked() -> None:
    with pytest.raises(GateRefused, match=r"2 people who may answer[^$]*bob; carl asked") as refused:
        may_answer(history(candidate(1)), 1, ["bob", "carl"], {"carl": "asked"}, 2)
    assert "PERENNIAL_APPROVERS" in str(refused.value.nearest)


def test_where_approvers_are_named_nobody_else_approves() -> None:
    for by in ("ann", "Ann", "bob@example.org"):
        refuse_strangers("m", ["ann", "bob"], by)
    refuse_strangers("m", [], "carl")
    with pytest.raises(GateRefused, match=r"one of the approvers: ann, bob[^$]*carl"):
        refuse_strangers("m", ["ann", "bob"], "carl")


def test_what_is_not_known_is_said() -> None:
    assert unnamed(HIGH, MADE) == []
    assert len(unnamed(HIGH, Makers([], []))) == 2
    assert unnamed(LIMITED, Makers([], [])) == []


@given(st.lists(NAMES, min_size=1), st.dictionaries(NAMES, NAMES))
def test_nobody_who_is_asked_is_shut_out(known: list[str], shut: dict[str, str]) -> None:
    left = may_answer(history(candidate(1)), 1, known, shut, 0)
    assert all(why_not(name, shut) is None for name in left)
    assert all(why_not(name, shut) for name in known if name not in left)
