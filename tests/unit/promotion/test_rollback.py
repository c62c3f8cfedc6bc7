"""Back to a version that served, with its features, while the model is scoring."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from perennial.errors import Conflict, GateRefused
from perennial.keys import Window
from perennial.ledger.history import History
from perennial.policy import load_policy
from perennial.promotion import stage, words
from perennial.promotion.rollback import rollback
from perennial.settings import Settings
from perennial.training.stage import fit, freeze, register
from unit.promotion.made import Made
from unit.promotion.scorer import keep_scoring
from unit.training.factory import PER_DAY, SPAN, WINDOW, Factory

DAYS = [str(day) for day in Window(date(2020, 1, 2), date(2020, 1, 25))]


@pytest.fixture
def made(settings: Settings, tmp_path: Path) -> Made:
    """v1, v2 and v3 were champion one after the other."""
    made = Made.at(settings, tmp_path)
    for number in (1, 2, 3):
        made.candidate(number)
        made.verdict(number)
        words.approve(made.ctx, f"v{number}", by="promote", how="automatic", reason="passed")
        stage.switch(made.ctx, f"v{number}", expected_champion=number - 1 or None, reason="passed every gate")
    return made


def test_without_a_target_it_goes_to_the_one_before_and_then_to_the_one_before_that(made: Made) -> None:
    assert rollback(made.ctx, "v3 errs at night").payload["version"] == 2
    event = rollback(made.ctx, "v2 does so, too")
    assert (event.payload["version"], event.payload["kind"], event.payload["by"]) == (1, "rollback", ["ann"])
    with pytest.raises(GateRefused, match="none before it"):
        rollback(made.ctx, "v1 as well")


def test_to_a_named_version_and_not_without_a_reason(made: Made) -> None:
    with pytest.raises(GateRefused, match="a reason") as refused:
        rollback(made.ctx, "", "v1")
    assert refused.value.next_command == 'perennial rollback flight_delay --to v1 --reason "..."'
    first = rollback(made.ctx, "v3 errs at night", "v1")
    assert rollback(made.ctx, "v3 errs at night", "v1") == first


def test_forward_is_no_rollback(made: Made) -> None:
    rollback(made.ctx, "v3 errs at night", "v1")
    made.verdict(3)
    with pytest.raises(Conflict, match="a rollback"):
        rollback(made.ctx, "on second thoughts", "v3")


def test_features_that_are_gone_are_named_with_what_to_run(trained: Factory) -> None:
    from perennial import datasets
    from perennial.feature_store import store

    ctx = trained.ctx
    name = datasets.feature_set(ctx, ctx.spec.transform_digest).service
    with store.opened(ctx.settings, {}) as feast:
        feast.delete_feature_service(name)
    with pytest.raises(GateRefused, match=name) as refused:
        rollback(ctx, "v2 errs at night")
    assert refused.value.next_command == "perennial reconcile factory --repair"


@pytest.fixture
def trained(settings: Settings) -> Factory:
    """Two real versions, trained on real features; v2 is champion, and there are days to score."""
    factory = Factory(settings)
    factory.say()
    factory.ingest(Window(SPAN.first, date(2020, 1, 25)))
    for number in (1, 2):
        factory.claim(f"t{number}")
        for step in (freeze, fit, register):
            step(factory.ctx, str(WINDOW))
        crown(factory, number)
    return factory


def crown(factory: Factory, number: int) -> None:
    """Give a version a verdict that it passed, and make it champion as the tier says."""
    ctx = factory.ctx
    history = ctx.chain.history()
    payload = {
        "version": number,
        "artifact_sha256": history.version(number)["artifact"]["sha256"],
        "spec_digest": ctx.spec.digest,
        "policy_digest": load_policy(ctx.settings.policies, ctx.spec).digest,
        "passed": True,
        "champion": history.champion,
        "gates": [],
    }
    ctx.chain.record("verdict.given", f"v{number}", payload)
    words.by_rule(ctx, f"v{number}", "")
    stage.switch(ctx, f"v{number}", expected_champion=history.champion, reason="passed every gate")


def test_under_scoring_load_nothing_of_the_old_version_is_published_after_and_nothing_is_lost(
    trained: Factory,
) -> None:
    """Two processes score new days all the time while a person goes back; then they score all days once more."""
    spawn = multiprocessing.get_context("spawn")
    back, stop, done = spawn.Event(), spawn.Event(), spawn.Queue()
    loads = [
        spawn.Process(target=keep_scoring, args=(trained.settings, "factory", half, back, stop, done), daemon=True)
        for half in (DAYS[::2], DAYS[1::2])
    ]
    for load in loads:
        load.start()
    scored = [done.get(timeout=240) for _ in range(6)]
    changed = rollback(replace(trained.ctx, chain=replace(trained.ctx.chain, actor="eva")), "v2 errs at night")
    back.set()
    seen = Counter(scored)
    while len(seen) < len(DAYS) or min(seen.values()) < 2:  # the second round begins after the switch
        seen[done.get(timeout=240)] += 1
    stop.set()
    for load in loads:
        load.join(240)
        assert load.exitcode == 0
    history = trained.ctx.chain.history()
    published = history.of("predictions.published")
    before = [event for event in published if event.seq < changed.seq]
    assert {event.payload["version"] for event in before} == {2}
    assert len(before) < len(DAYS), "new days were scored while the champion changed"
    assert {event.payload["version"] for event in published if event.seq > changed.seq} == {1}
    _complete(trained, history)


def _complete(trained: Factory, history: History) -> None:
    """Every row of every day has one score, of v1."""
    current = history.partitions(trained.ctx.table("predictions"))
    assert [str(day) for day in current] == DAYS
    for partition in current.values():
        assert trained.ctx.lake.intact(partition)
        rows = pq.read_table(trained.ctx.lake.path(partition))
        assert rows.num_rows == partition.rows == PER_DAY
        ids = rows.column("prediction_id").to_pylist()
        assert len(set(ids)) == PER_DAY
        assert all(one.startswith("factory:v1/") for one in ids)
