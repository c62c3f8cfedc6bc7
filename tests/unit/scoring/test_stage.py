"""Scores become decisions as the version's rule says, rows of a group never seen are held, and each can be traced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from perennial import datasets
from perennial.audit.trace import trace
from perennial.estimators import feature_log
from perennial.estimators.decision_rule import DecisionRule, decide
from perennial.keys import Window
from perennial.ledger.event import Event
from perennial.scoring.stage import score
from perennial.settings import Settings
from perennial.training import search
from perennial.training.stage import fit, freeze, register
from unit.training.factory import FAIR, HOLDOUT, MACHINES, NUMBER, PER_DAY, WINDOW, Factory

DAY = Window(HOLDOUT.last, HOLDOUT.last)


@pytest.fixture
def factory(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Factory:
    monkeypatch.setattr(search, "MOST_THREADS", 1)
    return Factory(settings)


def champion(factory: Factory, pieces: dict[str, str]) -> dict[str, Any]:
    """Train a version on twenty days, the last of them with a machine that training does not see, and crown it."""
    factory.say(pieces)
    factory.ingest(Window(WINDOW.first, HOLDOUT.last - (DAY.end - DAY.start)).back(1))
    factory.ingest(DAY, machines=f"{MACHINES}d")
    factory.claim()
    freeze(factory.ctx, str(WINDOW))
    fit(factory.ctx, str(WINDOW))
    version = register(factory.ctx, str(WINDOW)).payload
    verdict = factory.ctx.chain.record("verdict.given", "v1", {"version": 1, "card": "0" * 64, "gates": []})
    told = {
        "kind": "promotion",
        "version": 1,
        "by": ["ann"],
        "reason": "tests",
        "approvals": [],
        "verdict": verdict.hash,
    }
    factory.ctx.chain.record("champion.changed", "v1", told)
    return dict(version)


def partition_of(factory: Factory, table: str) -> Path:
    ctx = factory.ctx
    (partition,) = ctx.chain.history().partitions(ctx.table(table)).values()
    return ctx.lake.path(partition)


def log_of(factory: Factory, event: Event) -> pd.DataFrame:
    frame = pq.read_table(partition_of(factory, "predictions"), partitioning=None).to_pandas()
    frame["machine"] = [f"{MACHINES}d"[int(part.rpartition("-")[2]) % 4] for part in frame["part"]]
    assert event.payload["rows"] == len(frame) == PER_DAY
    return frame


def test_a_plain_version_decides_at_its_threshold(factory: Factory, tmp_path: Path) -> None:
    version = champion(factory, {"\nmonitor:": "\ncost: {false_positive: 1, false_negative: 3}\nmonitor:"})
    assert version["decision"]["threshold"] == 0.25
    event = score(factory.ctx, DAY)
    assert event is not None
    log = log_of(factory, event)
    assert (log["decision"] == (log["score"] >= 0.25)).all()
    yes = int(log["decision"].sum())
    assert 0 < yes < PER_DAY
    assert event.payload["decisions"] == {"yes": yes, "no": PER_DAY - yes, "held": {}}
    assert log["held"].isna().all()
    assert score(factory.ctx, DAY) == event
    logged = feature_log.read(partition_of(factory, feature_log.TABLE))
    assert logged.rows == logged.sample.num_rows == PER_DAY, "a day of so few is kept whole"
    given = pq.read_table(
        datasets.retrieve(factory.ctx, version["transform"], DAY, tmp_path / "x", labelled=False).path
    )
    wanted = given.select(logged.sample.column_names).sort_by("part")
    assert logged.sample.sort_by("part").equals(wanted)
    told = trace(factory.settings, log["prediction_id"][0])
    assert str(told["features logged"]).endswith("this row in full")


def test_a_fair_version_decides_by_group_and_holds_whom_it_does_not_know(factory: Factory) -> None:
    version = champion(factory, FAIR)
    rule = DecisionRule.from_dict(version["decision"])
    assert sorted(rule.groups) == list(MACHINES)
    assert "machine" not in version["columns"]["categorical"]
    event = score(factory.ctx, DAY)
    assert event is not None
    log = log_of(factory, event)
    wanted = decide(rule, log["score"].to_numpy(), log[["machine"]], log["part"].tolist(), "factory:v1")
    pd.testing.assert_series_equal(log["decision"].astype(float), pd.Series(wanted, name="decision"))
    strangers = log["machine"].eq("d")
    assert (log["held"].notna() == strangers).all()
    reason = "group never seen: machine d"
    assert set(log.loc[strangers, "held"]) == {reason}
    yes, held = int((log["decision"] == 1).sum()), int(strangers.sum())
    assert event.payload["decisions"] == {"yes": yes, "no": PER_DAY - held - yes, "held": {reason: held}}
    assert held == PER_DAY // 4


def test_a_number_is_no_decision(factory: Factory) -> None:
    version = champion(factory, NUMBER)
    assert version["decision"] is None
    event = score(factory.ctx, DAY)
    assert event is not None
    log = log_of(factory, event)
    assert log["decision"].isna().all()
    assert log["held"].isna().all()
    assert event.payload["decisions"] == {"yes": 0, "no": 0, "held": {}}
    told = trace(factory.settings, log["prediction_id"][0])
    assert (told["decision"], told["score"]) == ("none: a number is predicted", log["score"][0])


def test_a_trace_shows_decision_rule_group_and_thresholds(factory: Factory) -> None:
    version = champion(factory, FAIR)
    event = score(factory.ctx, DAY)
    assert event is not None
    log = log_of(factory, event)
    known = log[log["machine"].eq("b")].iloc[0]
    told = trace(factory.settings, known["prediction_id"])
    assert told["decision"] == ("yes" if known["decision"] == 1 else "no")
    assert told["rule"] == "threshold_optimizer: demographic_parity by machine"
    assert told["group"] == "b"
    (step, *_) = DecisionRule.from_dict(version["decision"]).groups["b"]
    assert str(step) in str(told["thresholds"])
    assert "yes where it lies below" in str(told["lot"])
    stranger = log[log["machine"].eq("d")].iloc[0]
    told = trace(factory.settings, stranger["prediction_id"])
    assert told["decision"] == "held for a person: group never seen: machine d"
    assert (told["group"], told["thresholds"]) == ("d", "none: the group was never seen")
