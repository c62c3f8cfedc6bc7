"""When a notice is sent, in made-up histories: repetition, quiet hours, storms, escalation, tries."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.notices.decision import CLAIM, CROWD, CROWD_TIME, WAITS, decide, due_messages, next_try, to_escalate
from perennial.notices.notice import Notice
from perennial.notices.quiet import quiet_until
from perennial.notices.state import Cause, Message, State
from perennial.spec.notices import Notices, Severity

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAILED = Notice("failed", "a", "b", "k")
NAME = ("failed", "k")

moments = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + minutes * HOUR / 60)
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
severities = st.sampled_from(["info", "warning", "urgent"])


def quiet(begin: time, end: time, zone: str) -> Notices:
    return Notices.model_validate({"quiet": f"{begin:%H:%M}-{end:%H:%M}", "time_zone": zone})


def standing(severity: Severity = "warning", **values: datetime | bool) -> State:
    cause = {"since": NOON, "raised": NOON, **values}
    return State(causes={("failed", "k"): Cause("a", "b", severity, **cause)})  # type: ignore[arg-type]


def waiting(due: datetime, severity: Severity = "warning") -> State:
    message = Message("e", ("failed", "k"), "first", "a", "b", severity, "team", due, 1)
    return State(waiting={"e": message})


@given(moments, clocks, clocks, zones)
def test_quiet_hours_end_when_the_clock_says_so(now: datetime, begin: time, end: time, zone: str) -> None:
    if begin == end:
        return
    rules = quiet(begin, end, zone)
    until = quiet_until(rules, now)
    here = now.astimezone(ZoneInfo(zone)).time()
    inside = begin <= here < end if begin < end else here >= begin or here < end
    assert (until is not None) == inside
    if until:
        assert now < until <= now + 26 * HOUR
        assert quiet_until(rules, until) is None, "the first moment after them is not quiet"


def test_quiet_hours_follow_the_clock_over_the_days_on_which_it_is_set() -> None:
    night = quiet(time(22), time(7), "Europe/Berlin")
    assert quiet_until(night, datetime(2026, 3, 28, 23, tzinfo=UTC)) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert quiet_until(night, datetime(2026, 3, 27, 23, tzinfo=UTC)) == datetime(2026, 3, 28, 6, tzinfo=UTC)


@given(moments, severities, st.booleans(), st.timedeltas(timedelta(0), timedelta(days=3)), st.integers(0, 9))
def test_every_notice_is_sent_or_says_why_not_and_when(
    now: datetime, severity: Severity, known: bool, ago: timedelta, crowd: int
) -> None:
    rules = quiet(time(22), time(7), "UTC")
    state = standing(raised=now - ago) if known else State()
    state.raised = [("failed", now - timedelta(minutes=n)) for n in range(crowd)]
    made = decide(rules, Notice("failed", "a", "b", "k", severity), state, now, reachable=True)
    assert made.step == ("again" if known else "first")
    if made.why == "repeats":
        assert known
        assert ago < rules.repeat_after
        assert made.due is None
    else:
        assert made.due is not None
        assert now < made.due <= now + timedelta(hours=9)
    if severity == "urgent":
        assert made.why == "", "what is urgent waits for nothing, also where it was less urgent before"


@given(moments, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_the_same_is_told_again_only_after_its_time(now: datetime, ago: timedelta) -> None:
    rules = Notices()
    made = decide(rules, FAILED, standing(raised=now - ago), now, reachable=True)
    assert (made.why == "repeats") == (ago < rules.repeat_after)


def test_a_storm_waits_until_the_hour_after_its_first_is_over() -> None:
    state = State(raised=[("failed", NOON + n * timedelta(minutes=1)) for n in range(CROWD)])
    now = NOON + HOUR / 2
    assert decide(Notices(), FAILED, state, now, reachable=True).due == NOON + CROWD_TIME
    other = Notice("alarm", "a", "b", "k")
    assert decide(Notices(), other, state, now, reachable=True).due == now + CLAIM


def test_a_kind_is_as_urgent_as_the_model_says() -> None:
    rules = Notices.model_validate({"kinds": {"failed": "urgent", "late": "mute"}, "quiet": "11:00-13:00"})
    assert decide(rules, FAILED, State(), NOON, reachable=True).why == ""
    assert decide(rules, Notice("late", "a", "b", "k", "urgent"), State(), NOON, reachable=True).why == "mute"


@pytest.mark.parametrize("severity", ["warning", "urgent"])
def test_what_stands_too_long_escalates_once_and_not_at_night_unless_urgent(severity: Severity) -> None:
    rules = Notices.model_validate({"quiet": "22:00-07:00", "escalate_to": ["eva@example.org"]})
    told = standing(severity, told=NOON)
    assert to_escalate(rules, told, NOON + 3 * HOUR) == []
    assert [name for name, _ in to_escalate(rules, told, NOON + 4 * HOUR)] == [NAME]
    assert bool(to_escalate(rules, told, NOON + 11 * HOUR)) == (severity == "urgent")
    assert to_escalate(rules, standing(severity, told=NOON, escalated=True), NOON + 9 * HOUR) == []
    assert to_escalate(rules, standing(severity), NOON + 9 * HOUR) == [], "nobody has heard of it yet"
    assert to_escalate(Notices(), told, NOON + 9 * HOUR) == [], "there is nobody"
    alone = standing(severity, nobody=True, raised=NOON + 3 * HOUR)
    assert to_escalate(rules, alone, NOON + 3 * HOUR) == []
    assert to_escalate(rules, alone, NOON + 4 * HOUR), "nobody else would ever hear of it"
    assert to_escalate(rules, standing("info", told=NOON), NOON + 9 * HOUR) == []
    news = State(causes={("hold", "scoring"): told.causes[NAME]})
    assert to_escalate(rules, news, NOON + 9 * HOUR) == [], "what people did is no cause that could be over"


@given(moments, st.timedeltas(timedelta(days=-1), timedelta(days=1)), severities)
def test_a_message_is_due_at_its_time_and_outside_quiet_hours(
    now: datetime, ahead: timedelta, severity: Severity
) -> None:
    rules = quiet(time(22), time(7), "Europe/Berlin")
    due = bool(due_messages(rules, waiting(now + ahead, severity), now))
    assert due == (ahead <= timedelta(0) and (severity == "urgent" or quiet_until(rules, now) is None))


def test_tries_come_less_and_less_often_and_end() -> None:
    waits = [next_try(attempt, NOON) for attempt in range(1, len(WAITS) + 2)]
    assert waits == [*(NOON + wait for wait in WAITS), None]
    assert list(WAITS) == sorted(WAITS)
