"""Notices, posted to a real receiver."""

from __future__ import annotations

from perennial.notices import notice
from perennial.settings import Settings
from unit.promotion.people import receiver


def test_a_notice_is_posted_as_slack_reads_it() -> None:
    with receiver() as (address, texts):
        assert notice(Settings(notice_url=address), "v1 waits") is True
    assert texts == ["v1 waits"]


def test_without_an_address_nothing_is_sent() -> None:
    assert notice(Settings(), "v1 waits") is None


def test_a_receiver_that_is_down_or_no_address_is_no_error() -> None:
    assert notice(Settings(notice_url="http://127.0.0.1:9/hook"), "v1 waits") is False
    assert notice(Settings(notice_url="no address"), "v1 waits") is False
