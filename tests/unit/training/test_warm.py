"""A training that takes the champion's parameters instead of searching."""

from __future__ import annotations

from perennial.training.reproduce import reproduce
from perennial.training.stage import fit, freeze, register
from perennial.training.warm import warm_start
from unit.training.factory import SEARCH, Factory
from unit.training.test_stage import KEY, runs, train

WARM = {"budget: 1 per 7d": "budget: 1 per 7d, search: warm"}
OTHER_SEARCH = {SEARCH: SEARCH.replace("[0.1, 0.3]", "[0.1, 0.5]")}
OTHER_FIXED = {"max_iter: 10": "max_iter: 3"}


def crowned(factory: Factory) -> None:
    """Make v1 the champion."""
    body = {"version": 1, "previous": None, "kind": "promotion"}
    factory.ctx.chain.record("champion.changed", "v1", body)


def test_the_champions_parameters_are_the_only_trial_and_can_be_reproduced(factory: Factory) -> None:
    first = train(factory)
    crowned(factory)
    factory.claim("t2")
    factory.say(WARM)
    freeze(factory.ctx, KEY)
    fit(factory.ctx, KEY)
    second = register(factory.ctx, KEY).payload
    assert second["version"] == 2
    assert second["parameters"] == first.payload["parameters"]
    assert second["made"]["warm"] == {"version": 1, "parameters": first.payload["parameters"]}
    assert first.payload["made"]["warm"] is None
    trials = [run for run in runs(factory) if run.data.tags.get("mlflow.parentRunId") == second["run_id"]]
    assert len(trials) == 1
    # Nothing but the search differs, so the model does not.
    assert second["artifact"]["sha256"] == first.payload["artifact"]["sha256"]
    assert reproduce(factory.ctx, "v2").payload["result"] == "bytes"


def test_there_is_a_search_where_nothing_can_be_taken_over(factory: Factory) -> None:
    train(factory)
    warm, history = factory.say(WARM).spec, factory.ctx.chain.history()
    assert warm_start(warm, history) is None, "nobody is champion"
    crowned(factory)
    history = factory.ctx.chain.history()
    assert warm_start(warm, history)
    assert warm_start(factory.say().spec, history) is None
    assert warm_start(factory.say({**WARM, **OTHER_SEARCH}).spec, history) is None
    assert warm_start(factory.say({**WARM, **OTHER_FIXED}).spec, history) is None
