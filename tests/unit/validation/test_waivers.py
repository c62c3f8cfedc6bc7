"""Who may let candidates past which gate, for how long, and for which candidates it counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.errors import GateRefused, KeyInvalid
from perennial.validation.waivers import Waiver, counting, granted, last_moment, may_waive, to_revoke, waivers_in_force
from unit.validation.figures import policy
from unit.validation.told import history

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HIGH = policy("high")
WAIVER = Waiver("auc", "bea", "the season is short", NOW + timedelta(days=1), "e" * 64)
RESULTS = ["fresh_holdout", "auc", "calibration:sex", "calibration:age_band"]


def asked(**values: Any) -> dict[str, Any]:
    until = (NOW + timedelta(days=30)).isoformat()
    return {"gate": "auc", "by": "bea", "reason": "the season is short", "until": until, **values}


def test_a_waiver_of_a_gate_with_a_name_a_reason_and_an_end_is_allowed() -> None:
    may_waive(HIGH, asked(), [], NOW)
    may_waive(HIGH, asked(), RESULTS, NOW)
    may_waive(HIGH, asked(gate="calibration:age_band"), RESULTS, NOW)


@pytest.mark.parametrize(
    ("gate", "near"),
    [("aux", "auc"), ("fresh_holdout", None), ("calibration:age_bnd", "calibration:age_band"), ("auc:sex", "auc")],
)
def test_a_waiver_that_would_open_nothing_is_refused_with_what_was_meant(gate: str, near: str | None) -> None:
    with pytest.raises(GateRefused, match=f"waiver of {gate}") as refused:
        may_waive(HIGH, asked(gate=gate), RESULTS, NOW)
    assert near is None or refused.value.nearest == near


def test_the_check_of_the_holdout_cannot_be_waived() -> None:
    with pytest.raises(GateRefused, match="a gate of tier high"):
        may_waive(HIGH, asked(gate="fresh_holdout"), RESULTS, NOW)


@pytest.mark.parametrize("values", [{"by": " "}, {"by": "airflow"}, {"reason": "ok"}, {"reason": "   "}])
def test_nobody_and_nothing_said_waive_nothing(values: dict[str, str]) -> None:
    with pytest.raises(GateRefused, match="who waives, and a reason"):
        may_waive(HIGH, asked(**values), [], NOW)


@given(st.integers(-800, 800))
def test_a_waiver_ends_within_the_time_of_the_tier(days: int) -> None:
    until = NOW + timedelta(days=days)
    longest = HIGH.longest_waiver
    if timedelta(0) < until - NOW <= longest:
        may_waive(HIGH, asked(until=until.isoformat()), [], NOW)
    else:
        with pytest.raises(GateRefused, match="an end after now"):
            may_waive(HIGH, asked(until=until.isoformat()), [], NOW)


def test_the_last_day_is_covered_whole() -> None:
    assert last_moment("2027-01-31") == datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert last_moment("2027-01-31T08:00") == datetime(2027, 1, 31, 8, tzinfo=UTC)
    east = datetime(2027, 1, 31, 8, tzinfo=timezone(timedelta(hours=2)))
    assert last_moment("2027-01-31T08:00+02:00") == east
    with pytest.raises(KeyInvalid, match="a day such as"):
        last_moment("next year")


@pytest.mark.parametrize("part", ["asked_by", "spec_by"])
def test_a_waiver_of_a_maker_does_not_count_where_the_tier_asks_for_independence(part: str) -> None:
    waivers = {"auc": WAIVER}
    for maker in ("bea", "Bea", "bea@example.org"):
        assert counting(waivers, {part: ["ann", maker]}, HIGH) == {}
    assert counting(waivers, {part: ["ann"]}, HIGH) == waivers
    assert counting(waivers, {}, HIGH) == waivers
    assert counting(waivers, {part: ["bea"]}, policy("limited")) == waivers


def test_the_newest_waiver_of_a_gate_counts_until_it_expires() -> None:
    first = asked(until=(NOW + timedelta(days=9)).isoformat())
    second = asked(by="cid", until=(NOW + timedelta(days=2)).isoformat())
    told = history(("waiver.granted", "auc", first), ("waiver.granted", "auc", second))
    assert [waiver.by for waiver in granted(told)] == ["bea", "cid"]
    assert waivers_in_force(told, NOW)["auc"].by == "cid"
    assert waivers_in_force(told, NOW + timedelta(days=3)) == {}


FIRST, SECOND = ("waiver.granted", "auc", asked()), ("waiver.granted", "auc", asked(by="cid"))
BOTH = [event.hash for event in history(FIRST, SECOND).events]
BACK = ("waiver.revoked", "auc", {"gate": "auc", "by": "dan", "reason": "no more", "waivers": BOTH})


def test_a_revocation_ends_a_waiver_and_those_that_it_replaced() -> None:
    assert to_revoke(history(FIRST, SECOND), "auc", "dan", "no more", NOW) == BOTH
    assert waivers_in_force(history(FIRST, SECOND, BACK), NOW) == {}
    again = waivers_in_force(history(FIRST, SECOND, BACK, ("waiver.granted", "auc", asked(by="eva"))), NOW)
    assert again["auc"].by == "eva"


@pytest.mark.parametrize(("by", "reason"), [("airflow", "no more"), (" ", "no more"), ("dan", "no")])
def test_nobody_and_nothing_said_revoke_nothing(by: str, reason: str) -> None:
    with pytest.raises(GateRefused, match="who revokes, and a reason"):
        to_revoke(history(FIRST), "auc", by, reason, NOW)


def test_what_is_not_waived_cannot_be_revoked() -> None:
    with pytest.raises(GateRefused, match="a waiver that is in force: auc") as refused:
        to_revoke(history(FIRST), "aux", "dan", "no more", NOW)
    assert refused.value.nearest == "auc"
    for told, now in ((history(FIRST, SECOND, BACK), NOW), (history(FIRST), NOW + timedelta(days=31))):
        with pytest.raises(GateRefused, match="in force: none is"):
            to_revoke(told, "auc", "dan", "no more", now)
