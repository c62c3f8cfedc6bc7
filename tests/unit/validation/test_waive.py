"""A waiver granted on the real ledger, by the person who acts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from perennial.audit.waivers import waivers
from perennial.context import open_context
from perennial.errors import Conflict, GateRefused
from perennial.ledger.waivers import REVOKED
from perennial.settings import Settings
from perennial.validation.waive import revoke, waive
from unit.promotion.made import MODEL, Made

SOON = str((datetime.now(UTC) + timedelta(days=20)).date())


@pytest.fixture
def made(settings: Settings, tmp_path: Path) -> Made:
    return Made.at(settings, tmp_path, "high")


def test_it_is_told_once_with_who_why_and_until(made: Made) -> None:
    event = waive(made.ctx, "auc", until=SOON, reason=" few rows this season ")
    assert (event.type, event.key, event.actor) == ("waiver.granted", "auc", "ann")
    until = f"{SOON}T23:59:59+00:00"
    assert event.payload == {"gate": "auc", "by": "ann", "reason": "few rows this season", "until": until}
    assert waive(made.ctx, "auc", until=SOON, reason="few rows this season") == event


def test_a_part_is_checked_against_what_was_judged(made: Made) -> None:
    made.candidate(1)
    made.verdict(1, gates=[{"name": "calibration:sex", "verdict": "fail", "why": "because"}])
    waive(made.ctx, "calibration:sex", until=SOON, reason="looked at by hand")
    with pytest.raises(GateRefused) as refused:
        waive(made.ctx, "calibration:sx", until=SOON, reason="looked at by hand")
    assert refused.value.nearest == "calibration:sex"


def test_the_list_says_what_a_waiver_opens(made: Made) -> None:
    made.candidate(1)
    event = waive(made.ctx, "auc", until=SOON, reason="few rows this season")
    assert list(waivers(made.ctx)) == [
        f"auc  until {SOON} 23:59 UTC  by ann: few rows this season\n  state  in force\n  opens  nothing yet"
    ]
    gate = {"name": "auc", "verdict": "fail", "why": "low", "waiver": event.hash}
    made.verdict(1, gates=[gate])
    assert "opens  v1, where it is fail" in next(waivers(made.ctx))


def test_the_list_says_for_whom_a_waiver_does_not_count(made: Made) -> None:
    registered = made.candidate(1)
    maker = {**registered.payload, "version": 2, "asked_by": ["ann"]}
    made.ctx.chain.record("candidate.registered", "v2", maker)
    gate = {"name": "auc", "verdict": "fail", "why": "low", "waiver": None}
    made.verdict(2, gates=[gate])
    waive(made.ctx, "auc", until=SOON, reason="few rows this season")
    assert "opens  not v2: ann asked for its training" in next(waivers(made.ctx))


def test_a_newer_waiver_replaces_an_older_one(made: Made) -> None:
    waive(made.ctx, "auc", until=SOON, reason="few rows this season")
    other = open_context(MODEL, settings=made.ctx.settings, actor="bea", run="test")
    waive(other, "auc", until=SOON, reason="and few events")
    first, second = waivers(made.ctx)
    assert ("replaced by a newer one" in first, "in force" in second) == (True, True)


def test_a_waiver_is_revoked_once_with_who_and_why_and_may_be_granted_anew(made: Made) -> None:
    first = waive(made.ctx, "auc", until=SOON, reason="few rows this season")
    event = revoke(made.ctx, "auc", reason=" the rows have come ")
    assert (event.type, event.key) == (REVOKED, "auc")
    assert event.payload == {"gate": "auc", "by": "ann", "reason": "the rows have come", "waivers": [first.hash]}
    assert revoke(made.ctx, "auc", reason="the rows have come") == event
    with pytest.raises(GateRefused, match="in force: none is"):
        revoke(made.ctx, "auc", reason="once more")
    (line,) = waivers(made.ctx)
    assert f"state  revoked {event.wall_time:%Y-%m-%d %H:%M} UTC by ann: the rows have come" in line
    second = waive(made.ctx, "auc", until=SOON, reason="few rows this season")
    assert second.hash != first.hash
    assert "state  in force" in list(waivers(made.ctx))[-1]


def test_the_same_words_after_another_waiver_are_a_new_one(made: Made) -> None:
    waive(made.ctx, "auc", until=SOON, reason="few rows this season")
    other = open_context(MODEL, settings=made.ctx.settings, actor="bea", run="test")
    waive(other, "auc", until=SOON, reason="and few events")
    waive(made.ctx, "auc", until=SOON, reason="few rows this season")
    assert "by ann" in list(waivers(made.ctx))[-1]
    assert "state  in force" in list(waivers(made.ctx))[-1]


def test_of_two_who_revoke_at_once_one_does(made: Made) -> None:
    waive(made.ctx, "auc", until=SOON, reason="few rows this season")
    start = Barrier(2)

    def back(name: str) -> bool:
        ctx = open_context(MODEL, settings=made.ctx.settings, actor=name, run="test")
        start.wait()
        try:
            revoke(ctx, "auc", reason=f"{name} says so")
        except (Conflict, GateRefused):
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(back, ("bea", "cid"))) == [False, True]
    assert len(made.ctx.chain.history().of(REVOKED)) == 1
