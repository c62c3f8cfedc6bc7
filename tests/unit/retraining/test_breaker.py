"""When do machines stop to launch trainings?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perennial.retraining.breaker import failed
from unit.retraining.told import Told, history, judged, launched, reset

FIVE = tuple(launched(f"t{n}") for n in range(1, 6))


def row(*told: Told) -> list[str]:
    return failed(history(*FIVE, *told))


def test_trainings_that_did_not_help_add_up_until_one_did() -> None:
    no = [judged(f"t{n}", n, helped=False) for n in (1, 2, 3)]
    assert row(*no) == ["t1", "t2", "t3"]
    assert row(*no, judged("t4", 4, helped=True)) == []
    assert row(*no, judged("t4", 4, helped=True), judged("t5", 5, helped=False)) == ["t5"]


def test_what_cannot_be_told_does_not_count_and_ends_the_row() -> None:
    no = [judged("t1", 1, helped=False), judged("t2", 2, helped=None), judged("t3", 3, helped=False)]
    assert row(*no) == ["t3"]


def test_what_is_not_judged_yet_neither_counts_nor_ends_the_row() -> None:
    assert row(judged("t1", 1, helped=False), judged("t3", 3, helped=False)) == ["t1", "t3"]


def test_the_row_is_in_the_order_of_launches_whenever_they_were_judged() -> None:
    """A version that served for two weeks is judged after the one that was refused meanwhile."""
    assert row(judged("t2", 2, helped=False, on="validation"), judged("t1", 1, helped=True)) == ["t2"]
    assert row(judged("t1", 1, helped=False, on="validation"), judged("t2", 2, helped=True)) == []


def test_a_person_ends_the_row() -> None:
    assert row(judged("t1", 1, helped=False), reset()) == []
    assert row(judged("t1", 1, helped=False), reset(), judged("t2", 2, helped=False)) == ["t2"]


def test_a_refused_version_that_was_waived_and_helped_counts_as_help() -> None:
    assert row(judged("t1", 1, helped=False, on="validation"), judged("t1", 1, helped=True)) == []


@given(st.lists(st.sampled_from([True, False, None]), max_size=5))
def test_the_row_is_what_failed_after_the_last_that_did_not_fail(words: list[bool | None]) -> None:
    told = [judged(f"t{n}", n, helped=word) for n, word in enumerate(words, start=1)]
    last = max((n for n, word in enumerate(words, start=1) if word is not False), default=0)
    assert row(*told) == [f"t{n}" for n, word in enumerate(words, start=1) if n > last and word is False]
