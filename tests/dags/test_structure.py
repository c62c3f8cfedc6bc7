"""The DAGs as Airflow sees them, without a database: counts, ids, tags, guards, hygiene."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, Param
from airflow.serialization.decoders import decode_timetable
from airflow.serialization.encoders import encode_timetable
from airflow.timetables.base import TimeRestriction

from perennial.policy import load_policy
from perennial.settings import PROJECT, Settings
from perennial.spec import load_all
from perennial.spec.run_times import StageName
from perennial_airflow.notify import Failed, Over

STAGES = [path.stem for path in sorted((PROJECT / "dags").glob("*.py")) if "def build(spec: Spec)" in path.read_text()]


@pytest.fixture(scope="module")
def dags() -> dict[str, DAG]:
    bag = DagBag(PROJECT / "dags", load_op_links=False)
    assert bag.import_errors == {}
    return dict(bag.dags)


def test_every_model_has_every_stage(dags: dict[str, DAG]) -> None:
    specs, broken = load_all(Settings())
    assert broken == {}
    assert len(STAGES) == 11
    built = {f"{spec.name}.{stage}" for spec in specs for stage in STAGES}
    for_all = {"perennial.brakes", "perennial.notices"}
    assert {name for name in dags if not name.startswith("example_")} == built | for_all


def test_every_dag_may_have_a_deadline_and_has_it_where_the_spec_says(dags: dict[str, DAG]) -> None:
    assert set(get_args(StageName)) == set(STAGES)
    for spec in load_all(Settings())[0]:
        limits = {stage: [limit] for stage, limit in spec.monitor.run_times.items()}
        for stage in STAGES:
            found = [alert.interval for alert in dags[f"{spec.name}.{stage}"].deadline or []]
            assert found == limits.get(stage, [])


def test_dags_say_whose_they_are(dags: dict[str, DAG]) -> None:
    for spec in load_all(Settings())[0]:
        for stage in STAGES:
            dag = dags[f"{spec.name}.{stage}"]
            assert dag.tags == {f"model:{spec.name}", f"stage:{stage}", f"owner:{spec.owner}"}
            assert dag.doc_md
            assert not dag.catchup


def test_the_form_of_a_dag_that_a_version_is_enough_for_wants_nothing_else(dags: dict[str, DAG]) -> None:
    """The UI wants a value of every param that may not be null, and takes an empty text for none."""
    for stage in ("ingest", "validate", "retrain", "archive"):
        wanted = [name for name, one in dags[f"flight_delay.{stage}"].params.items() if _is_wanted(one)]
        assert wanted == [], f"{stage} cannot be triggered without {wanted}"


def _is_wanted(param: Param) -> bool:
    return "null" not in param.schema["type"] and param.value is not False and not param.value


# The task that cannot be undone, and the tasks that must have passed before it.
GUARDS = {
    "ingest": {"load": []},
    "features": {"materialise": ["upstream", "transform"]},
    "train": {"register": ["freeze", "fit"]},
    "validate": {"announce": ["waive", "evaluate"]},
    "promote": {"switch": ["check"]},
    "monitor": {"triage": ["report"], "signal": ["triage"], "question": ["triage"]},
    "ask": {"signal": ["ask"]},
    "retrain": {"decide": ["ask", "judge"]},
    "archive": {"clean_up": ["check", "pack", "drill", "retire"]},
}


@pytest.mark.parametrize("stage", GUARDS)
def test_the_dangerous_task_has_its_guards_upstream(dags: dict[str, DAG], stage: str) -> None:
    for spec in load_all(Settings())[0]:
        dag = dags[f"{spec.name}.{stage}"]
        for task, guards in GUARDS[stage].items():
            upstream = {one.task_id for one in dag.get_task(task).get_flat_relatives(upstream=True)}
            assert set(guards) <= upstream
            assert dag.get_task(task).trigger_rule == "all_success"


def test_who_scores_is_woken_by_nothing_that_comes_before_the_look_at_the_raw_days(dags: dict[str, DAG]) -> None:
    """A broken table is found, and the model held, before a day can be scored."""
    for spec in load_all(Settings())[0]:
        name = f"{spec.name}.features"
        wakers = {
            (dag_id, task.task_id)
            for dag_id, dag in dags.items()
            for task in dag.tasks
            if name in [out.name for out in task.outlets]
        }
        assert wakers == {(name, "materialise")}
        assert dags[name].get_task("upstream").upstream_task_ids == set(), "it waits for nothing"


def test_who_approves_is_what_the_policy_says(dags: dict[str, DAG]) -> None:
    for spec in load_all(Settings())[0]:
        dag, asked = dags[f"{spec.name}.promote"], load_policy(Settings().policies, spec).approval
        before = {one.task_id for one in dag.get_task("switch").get_flat_relatives(upstream=True)}
        places = [f"ask_{place}" if place > 1 else "ask" for place in range(1, asked.people + 1)]
        by_people = asked.by == "people"
        assert before == {"check", *(places if by_people else ["approve"])}
        after = {one.task_id for one in dag.get_task("switch").get_flat_relatives()}
        assert after == ({"review"} if by_people else set())
        assert dag.max_active_runs > 1, "an open question must not hold up a rollback"


def test_a_question_never_answers_itself(dags: dict[str, DAG]) -> None:
    questions = [task for dag in dags.values() for task in dag.tasks if isinstance(task, HITLOperator)]
    assert questions, "a model of tier high asks people"
    for task in questions:
        assert task.defaults is None
        triage = task.dag_id.endswith(".ask")
        assert task.options == (["Retrain", "Keep watching", "Hold"] if triage else ["Approve", "Reject"])
        assert list(task.params) == ["comment"]


def test_the_chain_of_assets_closes(dags: dict[str, DAG]) -> None:
    """Each stage wakes the next: what one emits is what another waits for."""
    emits: dict[str, set[str]] = {}
    waits: dict[str, set[str]] = {}
    for name, dag in dags.items():
        emits[name] = {outlet.name for task in dag.tasks for outlet in task.outlets}
        condition = getattr(dag.timetable, "asset_condition", None)
        waits[name] = {condition.name} if condition else set()
    for spec in load_all(Settings())[0]:
        reached, frontier = set(), {f"{spec.name}.retrain"}
        while frontier:
            reached |= frontier
            out = set().union(*(emits[name] for name in frontier))
            frontier = {name for name in dags if waits[name] & out} - reached
        assert {f"{spec.name}.{stage}" for stage in ("train", "validate", "promote")} <= reached
        for waiting, producing in (("features", "ingest"), ("score", "features"), ("monitor", "clock")):
            assert waits[f"{spec.name}.{waiting}"] & emits[f"{spec.name}.{producing}"]
        assert waits[f"{spec.name}.ask"] & emits[f"{spec.name}.monitor"]
        for waker in ("monitor", "clock", "ask"):
            assert waits[f"{spec.name}.retrain"] & emits[f"{spec.name}.{waker}"]


@pytest.mark.parametrize("stage", ["ingest", "clock"])
def test_a_scheduled_run_is_about_the_day_that_has_ended(dags: dict[str, DAG], stage: str) -> None:
    for spec in load_all(Settings())[0]:
        timetable = decode_timetable(encode_timetable(dags[f"{spec.name}.{stage}"].timetable))
        later = datetime(2013, 4, 2, 12, tzinfo=UTC)
        info = timetable.next_dagrun_info_v2(
            last_dagrun_info=None, restriction=TimeRestriction(earliest=later, latest=None, catchup=True)
        )
        assert (info.run_after.date().isoformat(), info.partition_key) == ("2013-04-03", "2013-04-02")


def test_only_retrain_starts_training(dags: dict[str, DAG]) -> None:
    for spec in load_all(Settings())[0]:
        emitters = {
            name for name, dag in dags.items() for task in dag.tasks for out in task.outlets
            if out.name == f"{spec.name}.training"
        }  # fmt: skip
        assert emitters == {f"{spec.name}.retrain"}


def parsed_alone(file: Path, dag_id: str = "") -> Iterator[str]:
    """Import one DAG file in a fresh process; yield the modules it loaded."""
    code = f"import runpy, sys; runpy.run_path({str(file)!r}); print('\\n'.join(sys.modules))"
    env = {
        "PYTHONPATH": str(PROJECT / "plugins"),
        "PATH": str(Path(sys.executable).parent),
        "HOME": "/nonexistent",
        "_AIRFLOW_PARSING_CONTEXT_DAG_ID": dag_id,
    }
    env = {name: value for name, value in env.items() if value}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    yield from run.stdout.splitlines()


HEAVY = {"feast", "mlflow", "evidently", "great_expectations", "sklearn", "duckdb", "pandas", "pyarrow", "matplotlib"}


@pytest.mark.parametrize("file", sorted((PROJECT / "dags").glob("*.py")), ids=lambda path: path.stem)
def test_parsing_pays_for_no_heavy_library(file: Path) -> None:
    loaded = {module.split(".")[0] for module in parsed_alone(file)}
    assert loaded & HEAVY == set()


def test_every_failure_is_told_and_taken_back(dags: dict[str, DAG]) -> None:
    ours = {name: dag for name, dag in dags.items() if any(tag.startswith("stage:") for tag in dag.tags)}
    assert {f"{spec.name}.train" for spec in load_all(Settings())[0]} <= set(ours)
    for name, dag in ours.items():
        assert [type(one) for one in told(dag.on_failure_callback)] == [Failed], name
        for task in dag.tasks:
            assert [type(one) for one in told(task.on_failure_callback)] == [Failed], f"{name}.{task.task_id}"
            assert [type(one) for one in told(task.on_success_callback)] == [Over]
            assert [type(one) for one in told(task.on_skipped_callback)] == [Over]
            assert not told(task.on_retry_callback), "a failure that is tried again is no notice"


def told(callback: Any) -> list[Any]:
    return list(callback) if isinstance(callback, list | tuple) else [callback] if callback else []
