"""What the ledger is told of a try."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from perennial.context import Context
from perennial.metering.reading import Reading, Usage
from perennial.metering.record import metered, record


def test_a_stage_is_recorded_with_what_it_took(ctx: Context, tmp_path: Path) -> None:
    with metered(ctx, "ingest", "2013-01-01"):
        until = time.process_time() + 0.1
        while time.process_time() < until:
            pass
        (tmp_path / "file").write_bytes(bytes(1_000_000))
    (event,) = ctx.chain.history().of("cost.recorded")
    told = event.payload
    assert (event.key, event.actor, told["stage"], told["task"]) == ("2013-01-01", "ann", "ingest", "ingest")
    assert told["well"] is True
    assert (told["claim"], told["version"]) == (None, None)
    assert told["seconds"] >= 0.1
    assert told["cpu_seconds"] >= 0.1
    assert told["bytes_written"] >= 1_000_000
    assert told["kwh"] > 0
    assert told["kg_co2e"] == pytest.approx(told["kwh"] * 0.475, rel=0.01)
    assert told["method"] == "estimated from TDP and load"
    assert "world average" in told["basis"]


def test_a_try_that_failed_costs_and_fails(ctx: Context) -> None:
    with pytest.raises(ValueError, match="no such thing"), metered(ctx, "features", "2013-01-01"):
        raise ValueError("no such thing")
    (event,) = ctx.chain.history().of("cost.recorded")
    assert event.payload["well"] is False


def test_a_try_is_told_once_and_another_try_again(ctx: Context) -> None:
    used = Usage.since(Reading.take())
    tries = [
        record(ctx, "train", "2013-01-01..2013-03-31", used, well=True, task="fit", once=f"r/fit/{n}")
        for n in (1, 1, 2)
    ]
    assert len({event.seq for event in tries if event}) == 2


def test_a_ledger_that_is_away_fails_no_work(ctx: Context, caplog: pytest.LogCaptureFixture) -> None:
    (ctx.settings.keys / "signing.key").unlink()
    with metered(ctx, "ingest", "2013-01-01"):
        done = True
    assert done
    assert "flight_delay ingest" in caplog.text
    assert ctx.chain.history().of("cost.recorded") == []


def test_train_belongs_to_its_claim_and_a_version_to_the_claim_that_made_it(ctx: Context) -> None:
    window = "2013-01-01..2013-03-31"
    for claim in ("t1", "t2"):
        ctx.chain.record("retraining.decided", window, {"claim": claim, "window": window, "launch": True})
    ctx.chain.record("retraining.decided", "none", {"claim": None, "window": None, "launch": False})
    asked = [("train", window), ("validate", "v7"), ("score", "2013-04-01")]
    for stage, key in asked[:1]:
        with metered(ctx, stage, key):
            pass
    ctx.chain.record("candidate.registered", "v7", {"claim": "t2", "version": 7})
    for stage, key in asked:
        with metered(ctx, stage, key):
            pass
    told = [(e.payload["claim"], e.payload["version"]) for e in ctx.chain.history().of("cost.recorded")]
    assert told == [("t2", None), ("t2", 7), ("t2", 7), (None, None)]
