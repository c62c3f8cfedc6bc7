"""A task that is held: it waits without a worker, goes on after the release, and tells a person at once."""

from __future__ import annotations

import asyncio
import runpy
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import ParamValidationError, TaskDeferred

from perennial.errors import GateRefused, Held
from perennial.ledger.chain import Chain
from perennial.ledger.holds import EVERY_MODEL, holds, lift, place, refuse_if_held
from perennial.settings import PROJECT, Settings
from perennial_airflow.brakes import ReleaseTrigger, stoppable, waits
from perennial_airflow.deadline import late
from unit.ledger import unreadable


@pytest.fixture
def chain(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Chain:
    from perennial.context import open_chain

    unreadable.install(settings, monkeypatch)
    return open_chain("m", settings=settings, actor="ann", run="test")


def context(run_type: str = "asset_triggered", user: str | None = None, **params: Any) -> dict[str, Any]:
    run = SimpleNamespace(dag_id="m.score", run_id="r1", run_type=run_type, triggering_user_name=user)
    return {"dag_run": run, "params": params}


def stopped(chain: Chain) -> Any:
    """A task that may not run while scoring is held, and says what it was given."""
    with DAG("m.score", schedule=None):

        @stoppable("scoring")
        def predict(model: str, **context: Any) -> str:
            refuse_if_held(chain, "scoring")
            return f"{model} {context['dag_run'].run_id}"

        return predict("m").operator


def test_a_held_task_waits_and_then_does_its_work(chain: Chain) -> None:
    task = stopped(chain)
    place(chain, ["scoring"], "the feed is broken")
    with pytest.raises(TaskDeferred) as waiting:
        task.execute(context())
    assert (waiting.value.method_name, waiting.value.timeout) == ("resume", None)
    trigger = waiting.value.trigger
    assert trigger.serialize()[1] == {"model": "m", "scope": "scoring", "poll": 10.0}
    assert trigger.is_held()
    lift(chain, "mended")
    assert not trigger.is_held()
    assert task.resume(context(), event="released") == "m r1"


def test_a_hold_that_is_placed_again_is_waited_for_again(chain: Chain) -> None:
    task = stopped(chain)
    place(chain, ["scoring"], "the feed is broken")
    with pytest.raises(TaskDeferred):
        task.resume(context(), event="released")


def test_a_run_that_a_person_started_says_at_once_why_not(chain: Chain) -> None:
    place(chain, ["scoring"], "the feed is broken")
    with pytest.raises(Held, match="the feed is broken"):
        stopped(chain).execute(context("manual", "ann"))


def test_a_ledger_that_does_not_answer_releases_nobody(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    place(chain, ["scoring"], "the feed is broken")
    asleep = ReleaseTrigger("m", "scoring", poll=0.05)
    monkeypatch.setenv("PERENNIAL_LEDGER_URL", "postgresql+psycopg://nobody@127.0.0.1:9/ledger")
    assert asleep.holds_on()
    monkeypatch.undo()


@pytest.mark.parametrize("model", ["m", EVERY_MODEL])
def test_the_trigger_fires_after_the_release_of_model_and_of_all(chain: Chain, model: str) -> None:
    from perennial.context import open_chain

    held = open_chain(model, actor="ann")
    place(held, ["promotion"], "an audit")
    asleep = ReleaseTrigger("m", "promotion", poll=0.05)
    assert not ReleaseTrigger("m", "scoring").is_held()
    threading.Timer(0.4, lambda: lift(held, "over")).start()
    start = time.monotonic()

    async def first() -> object:
        return await anext(aiter(asleep.run()))

    assert asyncio.run(asyncio.wait_for(first(), 30)).payload == "released"
    assert time.monotonic() - start > 0.3


def brakes() -> DAG:
    """The DAG for people, as it is where there are two models."""
    return runpy.run_path(str(PROJECT / "dags" / "brakes.py"))["build"](["m", "another"])


def apply(asked: dict[str, Any]) -> list[str]:
    """Run its task."""
    return list(brakes().get_task("apply").python_callable(**asked))


FORM = {"model": "m", "action": "hold", "scopes": ["scoring"], "number": None, "reason": "the feed is broken"}


def test_people_hold_and_release_by_the_form(chain: Chain) -> None:
    (told,) = apply(context("manual", "eva", **FORM))
    assert "m: hold 1 of scoring by eva" in told
    assert apply(context("manual", "ben", **{**FORM, "action": "release", "reason": "mended"})) == []
    lifted = chain.history().of("hold.lifted")[-1]
    assert (lifted.actor, lifted.run) == ("ben", "m.score/r1")


def test_all_models_are_held_by_one_form(chain: Chain) -> None:
    apply(context("manual", "eva", **{**FORM, "model": "all models", "scopes": ["training"]}))
    assert [hold.chain for hold in holds(chain)] == [EVERY_MODEL]


def test_a_run_that_nobody_started_may_hold_but_not_release(chain: Chain) -> None:
    apply(context("asset_triggered", None, **FORM))
    with pytest.raises(GateRefused, match="a person"):
        apply(context("scheduled", None, **{**FORM, "action": "release"}))
    assert len(holds(chain)) == 1


@pytest.mark.parametrize(
    ("asked", "complete"),
    [
        ({}, False),
        ({"model": "m"}, False),
        ({"model": "m", "reason": "the feed is broken"}, True),
        ({"model": "all models", "reason": "the feed is broken", "scopes": ["scoring"], "action": "release"}, True),
        ({"model": "n", "reason": "the feed is broken"}, False),
        ({"model": "m", "reason": "the feed is broken", "scopes": ["scorng"]}, False),
    ],
)
def test_the_form_takes_a_model_that_there_is_and_a_reason(asked: dict[str, Any], *, complete: bool) -> None:
    form = brakes().params
    if complete:
        form.update(asked)
        assert form.validate()["model"] == asked["model"]
    else:
        with pytest.raises(ParamValidationError):
            form.update(asked) or form.validate()


def test_a_run_that_waits_is_not_late(chain: Chain) -> None:
    assert not waits("m", "score")
    place(chain, ["scoring"], "the feed is broken")
    assert waits("m", "score")
    assert not waits("m", "train")
    assert not waits("m", "ingest")
    over = {"dag_run": {"dag_id": "m.score", "dag_run_id": "r1"}, "deadline": {"deadline_time": "2026-01-01"}}
    assert asyncio.run(late(model="m", stage="score", seconds=60, context=over)) == "m.score waits for a release"
    assert [event.type for event in chain.history().events] == ["hold.placed"]
