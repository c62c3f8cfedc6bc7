"""The champion is judged again on days since a change: it passes while rows are as before, and fails where not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from perennial.audit.versions import versions
from perennial.keys import Window
from perennial.ledger.dependencies import due
from perennial.ledger.event import Event
from perennial.policy import load_policy
from perennial.settings import Settings
from perennial.training import search
from perennial.training import stage as training
from perennial.validation import stage
from perennial.validation.gates import GATES
from perennial.validation.revalidation import OF_PREDICTIONS, of_predictions
from unit.training import factory as days
from unit.training.factory import HOLDOUT, SEARCH, WINDOW, Factory

TREES = "estimator: sklearn.ensemble.HistGradientBoostingClassifier\n  parameters: {max_iter: 10}\n"
SINCE = Window(WINDOW.last + timedelta(days=2), WINDOW.last + timedelta(days=6))
"""As many days as the holdout has, from the end of the newest partition on."""


@pytest.fixture
def factory(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Factory:
    """v1 is champion, and something that it stands on has changed."""
    monkeypatch.setattr(search, "MOST_THREADS", 1)
    factory = Factory(settings)
    factory.say({SEARCH: "", TREES: "estimator: sklearn.linear_model.LogisticRegression\n"})
    factory.ingest(Window(WINDOW.first - timedelta(days=1), WINDOW.last + timedelta(days=1)))
    factory.claim()
    for step in (training.freeze, training.fit, training.register):
        step(factory.ctx, str(WINDOW))
    stage.evaluate(factory.ctx, "v1")
    told = {"version": 1, "previous": None, "kind": "promotion", "by": ["ann"], "reason": "it passed"}
    factory.ctx.chain.record("champion.changed", "v1", told)
    changed(factory, "view weather")
    return factory


def changed(factory: Factory, node: str, action: str = "revalidate") -> Event:
    payload = {"version": 1, "action": action, "what": "it is another"}
    return factory.ctx.chain.record("dependency.changed", node, payload)


def follows(factory: Factory) -> list[str]:
    interesting = {"champion.revalidated", "retraining.requested", "notice.held_back"}
    return [event.type for event in factory.ctx.chain.history().events if event.type in interesting]


def test_until_the_days_are_there_and_matured_the_verdict_stands(factory: Factory) -> None:
    given = factory.ctx.chain.history().verdict(1)
    factory.ingest(SINCE)
    assert stage.evaluate(factory.ctx, "v1") == given, "labels mature a day later"
    changed(factory, "model plant", action="tell")
    later = Window(SINCE.last + timedelta(days=1), SINCE.last + timedelta(days=1))
    factory.ingest(later)
    told = stage.evaluate(factory.ctx, "v1")
    assert (told.type, told.payload["window"]) == ("champion.revalidated", str(SINCE))
    assert len(SINCE) == len(HOLDOUT)
    assert told.payload["passed"], told.payload["why"]
    assert f"passed again, on {SINCE}: every gate passed" in list(versions(factory.ctx))[-1]
    assert follows(factory) == ["champion.revalidated"]
    assert stage.evaluate(factory.ctx, "v1") == given, "once for each change"
    assert factory.ctx.chain.history().verdict(1) == given
    looks = factory.ctx.chain.history().of("holdout.looked_at")
    assert [look.payload["window"] for look in looks] == [str(HOLDOUT)], "no day is used up for the next candidate"


def test_a_champion_that_no_longer_passes_is_told_and_a_training_asked_for(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heat comes in another unit from the day of the change on."""
    changed(factory, "model plant")
    made = days.parts
    monkeypatch.setattr(days, "parts", lambda *asked: [row | {"heat": 1.8 * row["heat"]} for row in made(*asked)])
    factory.ingest(Window(SINCE.first, SINCE.last + timedelta(days=1)))
    told = stage.evaluate(factory.ctx, "v1")
    assert not told.payload["passed"]
    assert len(told.payload["changes"]) == 2
    assert "calibration" in told.payload["why"]
    history = factory.ctx.chain.history()
    assert follows(factory) == ["retraining.requested", "notice.held_back", "champion.revalidated"]
    request, notice = history.of("retraining.requested")[0], history.of("notice.held_back")[0]
    assert request.payload["cause"] == "code"
    assert "model plant, view weather changed" in notice.payload["text"]
    assert due(history, len(SINCE), 1) is None
    assert history.champion == 1, "nothing is undone by it"


def test_only_gates_that_look_at_predictions_are_run(factory: Factory) -> None:
    policy = of_predictions(load_policy(factory.settings.policies, factory.ctx.spec))
    assert {"auc", "baseline", "calibration"} <= set(policy.gates)
    assert {GATES[name].family for name in policy.gates} <= OF_PREDICTIONS
