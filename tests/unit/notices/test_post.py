"""The words of one message that stands for many."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from perennial.notices.post import LISTED, WHOLE, _words
from perennial.notices.state import Message

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def messages(count: int, step: str = "first") -> list[Message]:
    return [
        Message(str(n), ("failed", str(n)), step, f"ingest {n}: failed", f"why {n}", "warning", "team", NOON, 1)
        for n in range(count)
    ]


def test_one_has_its_own_subject_in_one_line() -> None:
    assert _words("m", messages(1, "over")) == ("m: over: ingest 0: failed", "why 0")
    broken = Message("e", ("own", "k"), "first", "a\nb", "c", "info", "team", NOON, 1)
    assert _words("m", [broken])[0] == "m: a b", "a line break would end the header of a mail"


@pytest.mark.parametrize("count", [2, WHOLE, WHOLE + 1, LISTED, LISTED + 7, 2000])
def test_a_storm_is_counted_and_stays_short(count: int) -> None:
    subject, text = _words("m", messages(count))
    assert subject == f"m: {count} notices"
    assert text.count("why ") == min(count, WHOLE)
    assert text.count("failed") == min(count, LISTED)
    assert (f"and {count - LISTED} more" in text) == (count > LISTED)
    assert ("perennial notices show m" in text) == (count > WHOLE)
    assert len(text) < 4000
