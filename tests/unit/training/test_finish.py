"""After the search: recalibration and mitigation on the newest fold, the rule kept with the version, its price told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.errors import GateRefused
from perennial.estimators.artifact import load
from perennial.estimators.decision_rule import DecisionRule
from perennial.estimators.inner import STEP, inner
from perennial.estimators.manifest import Manifest
from perennial.estimators.predict import predict
from perennial.keys import DAY, Window
from perennial.spec.decisions import Cost
from perennial.training import finish
from perennial.training.claim import launched
from perennial.training.finish import price
from perennial.training.fitting import Fit
from perennial.training.recorder import Unrecorded
from perennial.training.split import Fold
from perennial.training.stage import fit, freeze, register
from perennial.training.staging import Staging
from unit.training.factory import FAIR, MACHINES, SEARCH, WINDOW, Factory

KEY = str(WINDOW)


def train(factory: Factory) -> dict[str, Any]:
    freeze(factory.ctx, KEY)
    fit(factory.ctx, KEY)
    return dict(register(factory.ctx, KEY).payload)


def folder_of(factory: Factory, version: dict[str, Any]) -> Path:
    return (factory.settings.artifacts / version["artifact"]["path"]).parent


def test_a_plain_version_keeps_its_threshold_too(factory: Factory) -> None:
    told = train(factory)
    assert DecisionRule.from_dict(told["decision"]) == DecisionRule(0.5)
    assert json.loads((folder_of(factory, told) / "decision.json").read_text(encoding="utf-8")) == told["decision"]
    assert not [name for name in told["metrics"] if name.startswith("mitigation")]


def test_a_fair_version_keeps_its_rule_beside_the_model_and_tells_its_price(factory: Factory) -> None:
    factory.say(FAIR)
    told = train(factory)
    rule = DecisionRule.from_dict(told["decision"])
    assert (rule.attributes, sorted(rule.groups)) == (("machine",), list(MACHINES))
    assert (rule.method, rule.criterion) == ("threshold_optimizer", "demographic_parity")
    assert rule.threshold == pytest.approx(1 / 3)
    assert json.loads((folder_of(factory, told) / "decision.json").read_text(encoding="utf-8")) == told["decision"]
    prices = {name: told["metrics"][name] for name in told["metrics"] if name.startswith("mitigation")}
    assert set(prices) == {f"mitigation_{name}" for name in ("accuracy", "cost", "price_accuracy", "price_cost")}
    assert 0.5 < prices["mitigation_accuracy"] < 1
    assert abs(prices["mitigation_price_cost"]) < 0.2


def test_a_repeated_fit_tells_the_same_rule(factory: Factory) -> None:
    factory.say(FAIR)
    frozen = freeze(factory.ctx, KEY)
    fit(factory.ctx, KEY)
    staging = Staging.of(factory.ctx, launched(factory.ctx.chain.history())[0])
    first = staging.read(frozen.payload["sha256"])
    staging.remove()
    fit(factory.ctx, KEY)
    second = staging.read(frozen.payload["sha256"])
    assert first is not None
    assert second is not None
    assert (first.decision, first.metrics, first.candidate) == (second.decision, second.metrics, second.candidate)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_a_recalibrated_version_is_registered_like_any_other(factory: Factory, method: str) -> None:
    factory.say({**FAIR, "  holdout: 5d\n": f"  holdout: 5d\n  recalibrate: {method}\n"})
    told = train(factory)
    model = load(factory.settings.artifacts / told["artifact"]["path"], told["artifact"]["sha256"])
    assert inner(model) is not model.named_steps[STEP]
    assert Manifest.read(folder_of(factory, told) / "manifest.json").recalibrate == method
    assert sorted(DecisionRule.from_dict(told["decision"]).groups) == list(MACHINES)
    assert told["estimator"].endswith("HistGradientBoostingClassifier")


def test_without_a_fold_that_teaches_there_is_no_mitigation(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    factory.say({**FAIR, SEARCH: ""})
    freeze(factory.ctx, KEY)
    monkeypatch.setattr("perennial.training.search.usable", lambda *_: [])
    with pytest.raises(GateRefused, match="a fold of the fit days"):
        fit(factory.ctx, KEY)


@given(
    rows=st.lists(st.tuples(st.integers(0, 1), st.booleans(), st.floats(0, 1)), min_size=1),
    miss=st.floats(0.1, 10),
)
def test_the_price_is_what_the_fair_decisions_lose(rows: list[tuple[int, bool, float]], miss: float) -> None:
    y, plain, fair = (np.array(part) for part in zip(*rows, strict=True))
    told = price(Cost(false_negative=miss), y, plain, fair)
    wrong = np.where(y == 1, 1 - fair, fair)
    assert told["mitigation_accuracy"] == pytest.approx(1 - wrong.mean())
    assert told["mitigation_cost"] == pytest.approx((wrong * np.where(y == 1, miss, 1)).mean())
    before = (plain != (y == 1)) * np.where(y == 1, miss, 1)
    assert told["mitigation_price_cost"] == pytest.approx(told["mitigation_cost"] - before.mean())
    assert told["mitigation_price_accuracy"] == pytest.approx((plain == (y == 1)).mean() - told["mitigation_accuracy"])


def test_no_mitigation_has_no_price() -> None:
    y, plain = np.array([0, 1, 1]), np.array([True, True, False])
    told = price(Cost(), y, plain, plain.astype(float))
    assert told["mitigation_price_accuracy"] == told["mitigation_price_cost"] == 0


def test_scores_out_of_fold_stand_beside_their_rows(factory: Factory) -> None:
    factory.say(FAIR)
    frozen = freeze(factory.ctx, KEY)
    work = Fit(factory.ctx, launched(factory.ctx.chain.history())[0], frozen, Unrecorded(), 1)._work()
    later, scores = finish._out_of_fold(work, {"max_iter": 10})
    assert len(scores) == len(later.labels) == sum(len(work.data.part(fold.validation).labels) for fold in work.folds)
    fold = work.folds[-1]
    newest = work.data.part(fold.validation)
    model = work.candidate({"max_iter": 10}, work.data.part(fold.fit))
    np.testing.assert_array_equal(scores[-len(newest.labels) :], predict(model, newest.table))
    assert later.table.slice(len(scores) - len(newest.labels)).equals(newest.table)


def test_folds_before_a_gap_are_left_out(factory: Factory) -> None:
    factory.say(FAIR)
    frozen = freeze(factory.ctx, KEY)
    work = Fit(factory.ctx, launched(factory.ctx.chain.history())[0], frozen, Unrecorded(), 1)._work()
    days = WINDOW.first
    gapped = [
        Fold(Window(days, days), Window(days + 2 * DAY, days + 3 * DAY)),
        Fold(Window(days, days), Window(days + 5 * DAY, days + 6 * DAY)),
        Fold(Window(days, days), Window(days + 7 * DAY, days + 8 * DAY)),
    ]
    assert finish._folds(replace(work, folds=gapped)) == gapped[1:]
