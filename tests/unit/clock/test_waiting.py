"""What waits is sent for all models, and for what concerns all of them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from perennial.clock.held import tell_holds
from perennial.clock.stage import tick
from perennial.clock.waiting import deliver_all
from perennial.context import open_context, open_ledger
from perennial.ledger.brakes import EVERY_MODEL
from perennial.ledger.chain import Chain
from perennial.ledger.holds import lift, place
from perennial.notices import Notice, tell
from perennial.settings import PROJECT, Settings
from perennial.spec.notices import Notices
from unit.notices.receivers import webhook

LONG_AGO = datetime.now(UTC) - timedelta(hours=2)


def test_what_was_not_taken_is_sent_for_every_model(settings: Settings) -> None:
    shutil.copytree(PROJECT / "include" / "models" / "flight_delay", settings.models / "flight_delay")
    down = replace(settings, notice_url="http://127.0.0.1:9/hook")
    ledger = open_ledger(settings)
    for name in ("flight_delay", EVERY_MODEL):
        notice = Notice("hold", "score: held", f"of {name}", "score")
        tell(down, Chain(ledger, name, "ann", "test"), Notices(), notice, LONG_AGO)
    with webhook() as (address, texts):
        up = replace(settings, notice_url=address)
        assert deliver_all(up, "test") == {EVERY_MODEL: 1, "flight_delay": 1}
        assert deliver_all(up, "test") == {EVERY_MODEL: 0, "flight_delay": 0}
    assert sorted(texts) == ["all-models: score: held\nof all-models", "flight_delay: score: held\nof flight_delay"]


def test_a_broken_spec_is_told_once_what_waited_is_sent_all_the_same_and_its_end_is_told(settings: Settings) -> None:
    spec = settings.models / "flight_delay" / "model.yaml"
    shutil.copytree(PROJECT / "include" / "models" / "flight_delay", spec.parent)
    shutil.copytree(spec.parent, settings.models / "never_lived")
    whole = spec.read_text(encoding="utf-8")
    chain = Chain(open_ledger(settings), "flight_delay", "ann", "test")
    down = replace(settings, notice_url="http://127.0.0.1:9/hook")
    tell(down, chain, Notices(), Notice("late", "score: late", "by an hour", "score"), LONG_AGO)
    with webhook() as (address, texts):
        up = replace(settings, notice_url=address)
        spec.write_text(f"{whole}\nretrian: {{}}\n", encoding="utf-8")
        for _ in range(2):
            assert set(deliver_all(up, "test")) == {EVERY_MODEL, "flight_delay"}
        assert [text.partition("\n")[0] for text in texts] == [
            "flight_delay: its spec cannot be honoured: nothing of it runs",
            "flight_delay: score: late",
        ]
        assert "retrian" in texts[0]
        spec.write_text(whole, encoding="utf-8")
        for _ in range(2):
            deliver_all(up, "test")
    assert [text.partition("\n")[0] for text in texts[2:]] == [
        "flight_delay: over: its spec cannot be honoured: nothing of it runs"
    ]


def test_a_chain_that_cannot_be_read_keeps_no_other_from_being_told(settings: Settings) -> None:
    shutil.copytree(PROJECT / "include" / "models" / "flight_delay", settings.models / "flight_delay")
    ledger = open_ledger(settings)
    Chain(ledger, EVERY_MODEL, "ann", "test").record("notice.raised", "score", {"layout": "of another time"})
    notice = Notice("late", "score: late", "by an hour", "score")
    down = replace(settings, notice_url="http://127.0.0.1:9/hook")
    tell(down, Chain(ledger, "flight_delay", "ann", "test"), Notices(), notice, LONG_AGO)
    with webhook() as (address, texts), pytest.raises(KeyError, match="kind"):
        deliver_all(replace(settings, notice_url=address), "test")
    assert texts == ["flight_delay: score: late\nby an hour"]


def test_the_clock_of_a_model_sends_too(settings: Settings) -> None:
    shutil.copytree(PROJECT / "include" / "models" / "flight_delay", settings.models / "flight_delay")
    ctx = open_context("flight_delay", settings=replace(settings, notice_url="http://127.0.0.1:9/hook"))
    tell(ctx.settings, ctx.chain, Notices(), Notice("late", "score: late", "by an hour", "score"), LONG_AGO)
    with webhook() as (address, texts):
        tick(replace(ctx, settings=replace(settings, notice_url=address)))
    assert texts == ["flight_delay: score: late\nby an hour"]


def test_a_persons_hold_and_its_end_are_told_once_to_the_others(settings: Settings) -> None:
    with webhook() as (address, texts):
        reached = replace(settings, notice_url=address)
        ann, triage = (Chain(open_ledger(settings), "m", actor, "test") for actor in ("ann", "triage"))
        place(triage, ["scoring"], "broken data upstream: weather")
        place(ann, ["training"], "the labels are wrong")
        for _ in range(2):
            tell_holds(reached, ann, Notices(), datetime.now(UTC))
        assert len(texts) == 1, "what triage holds, triage tells"
        assert texts[0].startswith("m: training: held\nann, ")
        assert "perennial release m --reason" in texts[0]
        lift(ann, "the labels are right again", [2])
        for ahead in (0, 1, 25):
            tell_holds(reached, ann, Notices(), datetime.now(UTC) + timedelta(hours=ahead))
    assert [text.partition("\n")[0] for text in texts[1:]] == ["m: training: released"]
