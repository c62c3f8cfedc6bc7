"""The life of a model in a running Airflow, shortened. The tests are chapters: each goes on where the last ended."""

from __future__ import annotations

from datetime import date

import httpx
import psutil
import pytest

from e2e import feed
from e2e.conftest import World
from perennial.audit.reconcile import reconcile
from perennial.audit.trace import trace
from perennial.errors import Held
from perennial.keys import DAY, Window, version_key
from perennial.ledger.holds import holds, lift
from perennial.ledger.verify import first_break
from perennial.local.api import Question, Run, Task
from perennial.local.follow import RunFailed
from perennial.local.rest import Refused
from perennial.scoring.stage import score

MODEL = "flight_delay"
HISTORY = "2013-01-01..2013-03-31"
UNTIL, BROKEN = date(2013, 4, 15), date(2013, 4, 17)
"""The last day that is scored before the feed breaks, and the day on which it does."""
PATIENCE = 300.0
"""Seconds for what takes some: another Airflow runs beside this one, on the same cores."""
pytestmark = pytest.mark.timeout(1200)  # every wait has an end of its own, which says what it waited for


def test_a_broken_spec_is_told_and_takes_nobody_down(world: World) -> None:
    errors = world.airflow.until(world.airflow.import_errors, PATIENCE, lambda: "an import error")
    assert len(errors) == 1
    (told,) = errors.values()
    for words in ("broken/model.yaml:", "risk_tier", "minimal, limited, high", "'minimum'", "nearest:  minimal"):
        assert words in told
    dags = world.airflow.dags()
    assert {f"{MODEL}.train", "callbacks.train"} <= set(dags)
    assert not [dag for dag in dags if dag.startswith("broken.")]


def test_a_range_is_one_run_and_its_key_travels(world: World) -> None:
    done = world.run(MODEL, "ingest", start="2013-01-01", end="2013-03-31")
    assert done == [("ingest", None), ("features", HISTORY), ("score", HISTORY)]
    assert not world.context(MODEL).chain.history().of("predictions.published"), "there is no champion yet"
    history = world.context(MODEL).chain.history()
    counts = history.last("raw.written").payload["counts"]["flights"]  # type: ignore[union-attr]
    assert all(day["read"] == day["good"] + day["quarantined"] for day in counts.values())
    assert history.newest_day.isoformat() == "2013-03-31"  # type: ignore[union-attr]


def test_a_request_makes_a_version_that_is_judged_and_promoted(world: World) -> None:
    done = world.run(MODEL, "retrain", reason="the first version")
    assert [stage for stage, _ in done] == ["retrain", "train", "validate", "promote"]
    assert done[1:] == [("train", "2013-01-01..2013-03-30"), ("validate", "v1"), ("promote", "v1")]
    history = world.context(MODEL).chain.history()
    assert history.champion == 1
    assert history.verdict(1).payload["passed"]  # type: ignore[union-attr]


def test_new_days_are_scored_and_every_row_can_be_traced(world: World) -> None:
    done = world.run(MODEL, "ingest", start="2013-04-01", end="2013-04-14")
    assert [stage for stage, _ in done] == ["ingest", "features", "score"]
    done = world.run(MODEL, "ingest", key="2013-04-15")
    assert done == [("ingest", "2013-04-15"), ("features", "2013-04-15"), ("score", "2013-04-15")]
    ctx = world.context(MODEL)
    import pyarrow.parquet as pq

    partition = max(ctx.chain.history().partitions("flight_delay/predictions").values(), key=lambda one: one.day)
    row = pq.read_table(ctx.lake.path(partition)).slice(7, 1).to_pylist()[0]
    told = trace(world.settings, row["prediction_id"])
    assert told["score"] == row["score"]
    assert told["version"] == "v1"
    assert "automatic" in str(told["approval"])
    assert "snapshot sha256" in str(told["training"])


def test_scoring_again_changes_nothing(world: World) -> None:
    before = world.context(MODEL).chain.history()
    world.run(MODEL, "score", key="2013-04-15")
    after = world.context(MODEL).chain.history()
    assert after.partitions("flight_delay/predictions") == before.partitions("flight_delay/predictions")
    assert len(after.of("predictions.published")) == len(before.of("predictions.published"))


def test_the_clock_wakes_the_monitor_and_its_page_is_served(world: World) -> None:
    done = world.run(MODEL, "clock", key="2013-04-16")
    windows = [key for stage, key in done if stage == "monitor"]
    history = world.context(MODEL).chain.history()
    assert windows
    assert windows == [event.key for event in history.of("monitoring.reported")]
    page = history.of("monitoring.reported")[0].payload["html"]
    url = f"{world.stack.url}/perennial/evidence/{page}"
    assert httpx.get(url).status_code == httpx.codes.UNAUTHORIZED
    token = httpx.post(
        f"{world.stack.url}/auth/token", json={"username": world.stack.user, "password": world.stack.password}
    ).json()["access_token"]
    answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == httpx.codes.OK
    assert "<html" in answer.text


def test_the_champion_is_not_archived(world: World) -> None:
    champion = world.context(MODEL).chain.history().champion
    assert champion, "the signal of the first window may have made v2 champion already"
    with pytest.raises(RunFailed, match="champion"):
        world.run(MODEL, "archive", key=version_key(champion), reason="to see it refused")
    assert not world.context(MODEL).chain.history().of("archive.sealed")


def test_drift_wakes_another_dag_which_asks_for_a_new_version(world: World) -> None:
    report = world.context(MODEL).chain.history().of("monitoring.reported")[0]
    assert report.payload["drifted"]
    run_id = world.airflow.trigger("example_drift_sensor", {"model": MODEL, "since": "2000-01-01T00:00:00Z"})
    assert world.airflow.wait("example_drift_sensor", run_id).state == "success"
    world.airflow.wait_quiet([f"{MODEL}.{stage}" for stage in ("retrain", "train", "validate", "promote")])
    asked = world.context(MODEL).chain.history().of("retraining.requested")
    assert asked[-1].payload["cause"] == "outside"
    assert report.payload["drifted"][0] in asked[-1].payload["reason"]


def test_the_second_version_serves_only_if_it_won(world: World) -> None:
    history = world.context(MODEL).chain.history()
    verdict = history.verdict(2)
    assert verdict is not None
    assert {gate["name"] for gate in verdict.payload["gates"]} >= {"auc", "baseline", "champion", "calibration"}
    assert history.champion == (2 if verdict.payload["passed"] else 1)
    if history.champion == 2:
        world.run(MODEL, "archive", key="v1", reason="replaced by v2")
        assert world.context(MODEL).chain.history().retirement(1)
    else:
        with pytest.raises(RunFailed, match="verdict"):
            world.run(MODEL, "promote", key="v2", reason="to see it refused")


def test_a_feed_that_breaks_stops_the_model_and_names_its_source(world: World) -> None:
    feed.empty(world.settings.models / MODEL, "weather.csv", "dewp", BROKEN)  # the contract does not ask for it
    run_id = world.airflow.trigger(f"{MODEL}.ingest", {"start": str(UNTIL + DAY), "end": str(BROKEN)})
    assert world.airflow.wait(f"{MODEL}.ingest", run_id).state == "success"
    ctx = world.context(MODEL)
    (hold,) = world.airflow.until(lambda: holds(ctx.chain), PATIENCE, lambda: "a hold")
    assert hold.reason == f"broken data upstream: weather.dewp holds nothing, since {BROKEN}"
    assert hold.scopes == {"scoring", "training", "promotion"}
    decided = ctx.chain.history().last("triage.decided")
    assert decided is not None
    assert (decided.payload["kind"], decided.payload["at_fault"]) == ("broken_upstream", ["weather.dewp"])
    (run,) = world.airflow.until(lambda: _waiting(world), PATIENCE, lambda: "a score run that waits")
    assert run.partition_key == f"{UNTIL + DAY}..{BROKEN}"
    with pytest.raises(Held, match=r"weather\.dewp holds nothing"):
        score(ctx, Window(BROKEN, BROKEN))
    assert max(ctx.chain.history().partitions(f"{MODEL}/predictions")) == UNTIL


def test_a_person_lets_it_go_on_when_the_feed_was_mended(world: World) -> None:
    feed.mend(world.settings.models / MODEL, "weather.csv")
    run_id = world.airflow.trigger(f"{MODEL}.ingest", {"start": str(BROKEN), "end": str(BROKEN)})
    assert world.airflow.wait(f"{MODEL}.ingest", run_id).state == "success"
    world.airflow.wait_quiet([f"{MODEL}.ingest", f"{MODEL}.features"])
    ctx = world.context(MODEL)
    assert holds(ctx.chain), "only a person lifts it"
    lift(ctx.chain, "the station sends its dew point again")
    world.airflow.wait_quiet([f"{MODEL}.score"])
    predictions = ctx.chain.history().partitions(f"{MODEL}/predictions")
    assert max(predictions) == BROKEN
    assert holds(ctx.chain) == []
    assert len(ctx.chain.history().of("hold.placed")) == 1


def _waiting(world: World) -> list[Run]:
    """Return the score runs whose task has given its worker back."""
    runs = world.airflow.runs(f"{MODEL}.score", "running")
    return [run for run in runs if any(one.state == "deferred" for one in _tasks(world, run))]


def _tasks(world: World, run: Run) -> list[Task]:
    return world.airflow.task_instances(run.dag_id, run.run_id)


def _said(world: World) -> list[Question | None]:
    """Return [None] once the ledger has the approval, until then the question if it is open."""
    if world.context("callbacks").chain.history().of("approval.given"):
        return [None]
    return [*world.airflow.questions("callbacks.promote")]


def test_people_approve_where_the_policy_asks_them(world: World) -> None:
    world.run("callbacks", "ingest", start="2024-01-01", end="2024-02-20")
    run_id = world.airflow.trigger("callbacks.retrain", {"reason": "the first version"})
    assert world.airflow.wait("callbacks.retrain", run_id).state == "success"
    (question,) = world.airflow.until(
        lambda: world.airflow.questions("callbacks.promote"), PATIENCE, lambda: "a question"
    )
    assert "Promote callbacks v1?" in question.subject
    assert world.context("callbacks").chain.history().champion is None
    # Airflow may lose an answer given in the second in which a question parks; then it is asked for again.
    while question:
        world.airflow.answer(question, "Approve", comment="the card convinced me")
        question = world.airflow.until(lambda: _said(world), PATIENCE, lambda: "an answer in the ledger")[0]
    world.airflow.wait_quiet(["callbacks.promote"], PATIENCE)
    history = world.context("callbacks").chain.history()
    assert history.champion == 1
    approval = history.last("approval.given")
    assert approval is not None
    assert (approval.payload["how"], approval.payload["by"]) == ("people", world.stack.user)
    assert approval.payload["reason"] == "the card convinced me"


def test_another_system_asks_by_one_door(world: World) -> None:
    dag, known = "callbacks.retrain", len(world.airflow.runs("callbacks.retrain"))
    request = {"id": "erp-4711", "source": "erp", "reason": "a new price list", "window": "2024-02-01..2024-02-20"}
    for broken in ({"window": "soon"}, {"reason": "no"}, {"urgent": True}, {"cause": "drift"}):
        with pytest.raises(Refused) as refused:
            world.airflow.trigger(dag, {"request": request | broken})
        assert refused.value.status == httpx.codes.BAD_REQUEST
    assert len(world.airflow.runs(dag)) == known
    for _ in range(2):
        assert world.airflow.wait(dag, world.airflow.trigger(dag, {"request": request})).state == "success"
    history = world.context("callbacks").chain.history()
    (asked,) = [event for event in history.of("retraining.requested") if event.payload["cause"] == "outside"]
    assert request["reason"] in asked.payload["reason"]
    decided = history.last("retraining.decided")
    assert decided is not None
    assert decided.payload["outcome"] == "wait", "no day of the holdout is fresh"
    assert history.versions == [1]


def test_ledger_and_world_agree_at_the_end(world: World) -> None:
    for model in (MODEL, "callbacks"):
        ctx = world.context(model)
        heads = ctx.chain.ledger.heads
        assert first_break(model, ctx.chain.history().events, *heads.read(model), heads.trusts) is None
        assert reconcile(ctx, repair=False) == []


def test_an_alias_moved_by_hand_is_found_and_put_back(world: World) -> None:
    from perennial.registry import Versions

    ctx = world.context(MODEL)
    champion = ctx.chain.history().champion
    Versions(world.settings, MODEL).remove_alias("champion")
    (found,) = reconcile(ctx, repair=True)
    assert found.repaired
    assert version_key(champion or 0) in found.expected
    assert reconcile(ctx, repair=False) == []


def test_down_leaves_no_process(world: World) -> None:
    from perennial.local import airflow_env, processes, stack

    assert processes.marked(airflow_env.MARK, airflow_env.mark(world.settings))
    stack.down(world.settings, grace=1.0)
    assert processes.marked(airflow_env.MARK, airflow_env.mark(world.settings)) == []
    names = {process.name() for process in psutil.process_iter() if str(world.settings.var) in _command(process)}
    assert names == set()


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
