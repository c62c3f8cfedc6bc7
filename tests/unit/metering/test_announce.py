"""People are told of a budget once, and again when there is room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perennial.context import Context
from perennial.metering.reading import Usage
from perennial.metering.record import record
from perennial.spec.compute import Compute
from perennial.spec.notices import Notices


def with_budget(ctx: Context, notices: Notices | None = None) -> Context:
    rules = {"compute": Compute(cpu="10h per 30d", exceeded="stop"), "notices": notices or Notices()}
    return replace(ctx, spec=ctx.spec.model_copy(update=rules))


def work(ctx: Context, hours: float) -> None:
    assert record(ctx, "train", "2013-01-01", Usage(1.0, hours * 3600, 0, 0, 1), well=True)


def told(ctx: Context) -> list[tuple[str, str]]:
    events = ctx.chain.history().of("notice.raised", "notice.held_back", "notice.reset")
    return [(event.type.partition(".")[2], event.key) for event in events if event.payload["kind"] == "cost"]


def ingested(ctx: Context, day: str) -> None:
    body = {"last": day, "first": day, "tables": {}}
    ctx.chain.record("raw.written", day, body)


def test_each_step_is_told_once_and_room_again_ends_it(ctx: Context) -> None:
    mine = with_budget(ctx)
    ingested(mine, "2013-01-01")
    work(mine, 7)
    assert told(mine) == []
    work(mine, 2)
    work(mine, 0.5)
    assert [key for _, key in told(mine)] == ["cpu near"]
    work(mine, 1)
    work(mine, 1)
    assert [key for _, key in told(mine)] == ["cpu near", "cpu exceeded"]
    ingested(mine, "2013-02-15")
    work(mine, 0.1)
    assert sorted(told(mine)[2:]) == [("reset", "cpu exceeded"), ("reset", "cpu near")]
    last = mine.chain.history().of("notice.held_back", "notice.raised")[-1]
    assert "no training is launched until there is room" in last.payload["text"]
    assert "perennial costs flight_delay" in last.payload["text"]


@pytest.mark.parametrize("quiet", [True, False])
def test_nobody_hears_of_a_muted_kind_or_of_no_budget(ctx: Context, quiet: bool) -> None:
    mine = with_budget(ctx, Notices(kinds={"cost": "mute"})) if quiet else ctx
    work(mine, 99)
    assert told(mine) == []
