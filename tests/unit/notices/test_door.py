"""Notices on the real ledger, sent to real receivers: told once, held back, tried again, escalated, over."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from perennial.context import open_ledger
from perennial.ledger.chain import Chain
from perennial.notices import Notice, deliver, reset, tell
from perennial.notices.decision import to_escalate
from perennial.notices.door import _escalate
from perennial.notices.state import Name, read
from perennial.settings import Settings
from perennial.spec.notices import Notices
from unit.notices.receivers import Mailbox, mail_server, webhook

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NIGHT = datetime(2026, 6, 1, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEAM, BOSS = ["ann@example.org"], ["eva@example.org"]
RULES = Notices.model_validate({"to": TEAM, "quiet": "22:00-07:00"})
ESCALATING = RULES.model_copy(update={"escalate_to": tuple(BOSS)})
NAME: Name = ("failed", "train w1")
FAILED = Notice("failed", "train w1: failed", "KeyError\nperennial run m train --key w1", "train w1")


@pytest.fixture
def chain(settings: Settings) -> Chain:
    return Chain(open_ledger(settings), "m", "ann", "run1")


@pytest.fixture(scope="module")
def mail() -> Iterator[tuple[str, Mailbox]]:
    with mail_server() as (address, box):
        yield f"smtp://{address}", box


@pytest.fixture
def box(mail: tuple[str, Mailbox]) -> Mailbox:
    mail[1].mails.clear()
    mail[1].recipients.clear()
    return mail[1]


@pytest.fixture
def reached(settings: Settings, mail: tuple[str, Mailbox], box: Mailbox) -> Settings:
    return replace(settings, smtp_url=mail[0])


def subjects(box: Mailbox) -> list[str]:
    return [str(one["Subject"]) for one in box.mails]


def test_the_same_is_told_once_until_it_is_over_and_that_is_told_once(
    reached: Settings, chain: Chain, box: Mailbox
) -> None:
    assert tell(reached, chain, RULES, FAILED, NOON).type == "notice.raised"
    again = tell(reached, chain, RULES, FAILED, NOON + HOUR)
    assert (again.type, again.payload["why"]) == ("notice.held_back", "repeats")
    assert tell(reached, chain, RULES, FAILED, NOON + HOUR) == again, "the same run adds nothing"
    assert subjects(box) == ["m: train w1: failed"]
    over = reset(reached, chain, RULES, "failed", "train w1", why="it ran through", now=NOON + 2 * HOUR)
    assert over
    assert reset(reached, chain, RULES, "failed", "train w1", why="it ran through", now=NOON + 2 * HOUR) is None
    assert subjects(box)[1:] == ["m: over: train w1: failed"]
    tell(reached, chain, RULES, FAILED, NOON + 3 * HOUR)
    assert subjects(box)[2:] == ["m: train w1: failed"]


def test_after_a_day_what_still_stands_is_told_again(reached: Settings, chain: Chain, box: Mailbox) -> None:
    for hours in (0, 23, 24, 25):
        tell(reached, chain, RULES, FAILED, NOON + hours * HOUR)
    assert subjects(box) == ["m: train w1: failed", "m: still: train w1: failed"]


def test_quiet_hours_hold_back_what_is_not_urgent_and_it_comes_as_one_after_them(
    reached: Settings, chain: Chain, box: Mailbox
) -> None:
    other = replace(FAILED, key="score w1", subject="score w1: failed")
    for notice in (FAILED, other):
        event = tell(reached, chain, RULES, notice, NIGHT)
        assert (event.type, event.payload["why"]) == ("notice.held_back", "quiet hours")
    urgent = replace(FAILED, key="hold", subject="hold", severity="urgent")
    tell(reached, chain, RULES, urgent, NIGHT)
    assert subjects(box) == ["m: hold"]
    assert deliver(reached, chain, RULES, NIGHT + 7 * HOUR) == 0
    assert deliver(reached, chain, RULES, NIGHT + 8 * HOUR) == 2
    assert subjects(box)[1:] == ["m: 2 notices"]
    assert "score w1: failed" in box.mails[-1].get_content()
    assert deliver(reached, chain, RULES, NIGHT + 8 * HOUR) == 0


def test_what_is_over_before_anybody_heard_of_it_is_not_told(reached: Settings, chain: Chain, box: Mailbox) -> None:
    tell(reached, chain, RULES, FAILED, NIGHT)
    over = reset(reached, chain, RULES, "failed", "train w1", why="it ran through", now=NIGHT + HOUR)
    assert over
    assert over.payload["told"] is False
    assert deliver(reached, chain, RULES, NIGHT + 9 * HOUR) == 0
    assert box.mails == []


def test_a_receiver_that_is_down_loses_nothing(
    settings: Settings, chain: Chain, mail: tuple[str, Mailbox], box: Mailbox
) -> None:
    down = replace(settings, smtp_url="smtp://127.0.0.1:9", notice_url="http://127.0.0.1:9/hook")
    tell(down, chain, RULES, FAILED, NOON)
    missed = chain.history().of("notice.held_back")[-1].payload
    assert (missed["why"], missed["left"]) == ("not taken", ["webhook", "mail"])
    assert deliver(down, chain, RULES, NOON + HOUR / 60) == 0, "not at once"
    half = replace(down, smtp_url=mail[0])
    assert deliver(half, chain, RULES, NOON + HOUR / 10) == 1
    assert chain.history().of("notice.held_back")[-1].payload["left"] == ["webhook"]
    with webhook() as (address, texts):
        whole = replace(half, notice_url=address)
        assert deliver(whole, chain, RULES, NOON + HOUR) == 1
        assert deliver(whole, chain, RULES, NOON + 9 * HOUR) == 0
    assert len(texts) == len(box.mails) == 1


def test_it_is_given_up_after_a_day(settings: Settings, chain: Chain) -> None:
    down = replace(settings, smtp_url="smtp://127.0.0.1:9")
    rules = Notices.model_validate({"to": TEAM})
    tell(down, chain, rules, FAILED, NOON)
    sent = sum(deliver(down, chain, rules, NOON + tries * 12 * HOUR) for tries in range(9))
    last = chain.history().of("notice.held_back")[-1].payload
    assert (last["why"], last["due"], sent) == ("given up", None, 6)


def test_whoever_dies_while_sending_leaves_it_to_the_next(reached: Settings, chain: Chain, box: Mailbox) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("perennial.notices.door.post", _dies)
        with pytest.raises(KeyboardInterrupt):
            tell(reached, chain, RULES, FAILED, NOON)
    assert deliver(reached, chain, RULES, NOON + HOUR / 60) == 0, "it may still be sent"
    assert deliver(reached, chain, RULES, NOON + HOUR) == 1
    assert subjects(box) == ["m: train w1: failed"]


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_is_not_over_in_time_escalates_once_and_all_hear_that_it_is_over(
    reached: Settings, chain: Chain, box: Mailbox
) -> None:
    tell(reached, chain, ESCALATING, FAILED, NOON)
    for hours in (3, 4, 5, 6):
        deliver(reached, chain, ESCALATING, NOON + hours * HOUR)
    assert subjects(box)[1:] == ["m: not over yet: train w1: failed"]
    assert box.recipients[1:] == [[*TEAM, *BOSS]]
    assert "perennial run m train" in box.mails[-1].get_content()
    reset(reached, chain, ESCALATING, "failed", "train w1", why="it ran through", now=NOON + 7 * HOUR)
    assert box.recipients[2:] == [[*TEAM, *BOSS]]


def test_where_there_is_nobody_to_tell_at_first_it_escalates_all_the_same(
    reached: Settings, chain: Chain, box: Mailbox
) -> None:
    rules = Notices.model_validate({"escalate_to": BOSS})
    assert tell(reached, chain, rules, FAILED, NOON).payload["why"] == "nobody to tell"
    for hours in (3, 4, 5):
        deliver(reached, chain, rules, NOON + hours * HOUR)
    assert subjects(box) == ["m: not over yet: train w1: failed"]
    assert "Nobody else is told" in box.mails[0].get_content()
    reset(reached, chain, rules, "failed", "train w1", why="it ran through", now=NOON + 7 * HOUR)
    assert box.recipients == [BOSS, BOSS]


def test_an_escalation_that_comes_after_the_end_brings_nothing_back(
    reached: Settings, chain: Chain, box: Mailbox
) -> None:
    tell(reached, chain, ESCALATING, FAILED, NOON)
    (late,) = to_escalate(ESCALATING, read(chain), NOON + 4 * HOUR)
    reset(reached, chain, ESCALATING, "failed", "train w1", why="it ran through", now=NOON + 4 * HOUR)
    _escalate(chain, *late, NOON + 4 * HOUR)
    assert deliver(reached, chain, ESCALATING, NOON + 5 * HOUR) == 0
    assert read(chain).causes == {}
    assert len(box.mails) == 2


def test_a_storm_is_told_one_by_one_at_first_and_then_as_one(reached: Settings, chain: Chain, box: Mailbox) -> None:
    for day in range(9):
        tell(reached, chain, RULES, replace(FAILED, key=f"ingest {day}", subject=f"ingest {day}: failed"), NOON)
    assert len(box.mails) == 5
    assert deliver(reached, chain, RULES, NOON + HOUR) == 4
    assert subjects(box)[5:] == ["m: 4 notices"]


def test_with_nobody_to_tell_it_is_kept_and_told_when_there_is(settings: Settings, chain: Chain) -> None:
    rules = Notices()
    assert tell(settings, chain, rules, FAILED, NOON).payload["why"] == "nobody to tell"
    with webhook() as (address, texts):
        told = tell(replace(settings, notice_url=address), chain, rules, FAILED, NOON + HOUR)
    assert told.type == "notice.raised"
    assert texts == [f"m: still: {FAILED.subject}\n{FAILED.text}"]


def test_a_muted_kind_is_recorded_only(reached: Settings, chain: Chain, box: Mailbox) -> None:
    rules = RULES.model_copy(update={"kinds": {"failed": "mute"}})
    for hours in range(3):
        assert tell(reached, chain, rules, FAILED, NOON + hours * HOUR).payload["why"] == "mute"
    assert len(chain.history().of("notice.held_back")) == 1
    assert box.mails == []


def test_many_who_say_the_same_at_once_send_it_once(reached: Settings, chain: Chain, box: Mailbox) -> None:
    def say(number: int) -> str:
        mine = Chain(open_ledger(reached), "m", "ann", f"run{number}")
        return tell(reached, mine, RULES, FAILED, NOON).type

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(say, range(6)))
    assert sorted(told) == ["notice.held_back"] * 5 + ["notice.raised"]
    with ThreadPoolExecutor(4) as pool:
        over = list(pool.map(lambda _: reset(reached, chain, RULES, *NAME, why="mended", now=NOON), range(4)))
    assert len([event for event in over if event]) == 1
    assert len(box.mails) == 2


def test_many_clocks_at_once_send_what_waits_once(
    settings: Settings, reached: Settings, chain: Chain, box: Mailbox
) -> None:
    tell(replace(settings, smtp_url="smtp://127.0.0.1:9"), chain, RULES, FAILED, NOON)
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _: deliver(reached, chain, RULES, NOON + HOUR), range(4)))
    assert sorted(sent) == [0, 0, 0, 1]
    assert len(box.mails) == 1


def test_a_shell_that_knows_no_receiver_leaves_the_end_to_one_that_does(
    settings: Settings, reached: Settings, chain: Chain, box: Mailbox
) -> None:
    rules = Notices()  # the webhook alone, whose address stands in the environment of the stack
    with webhook() as (address, texts):
        stack = replace(settings, notice_url=address)
        tell(stack, chain, rules, FAILED, NOON)
        over = reset(settings, chain, rules, *NAME, why="mended by hand", now=NOON)
        assert over
        assert over.payload["told"] is True
        assert deliver(settings, chain, rules, NOON) == 0
        assert deliver(stack, chain, rules, NOON) == 1
    assert texts[1].startswith("m: over: train w1: failed\nmended by hand")


def test_the_end_of_the_day_is_told_after_a_night_in_which_it_came_and_went(
    reached: Settings, chain: Chain, box: Mailbox
) -> None:
    tell(reached, chain, RULES, FAILED, NOON)
    for hour in (0, 1):
        reset(reached, chain, RULES, *NAME, why="it ran through", now=NIGHT + hour * HOUR)
        tell(reached, chain, RULES, FAILED, NIGHT + hour * HOUR)
    reset(reached, chain, RULES, *NAME, why="it ran through", now=NIGHT + 2 * HOUR)
    deliver(reached, chain, RULES, NIGHT + 9 * HOUR)
    assert subjects(box) == ["m: train w1: failed", "m: over: train w1: failed"]
