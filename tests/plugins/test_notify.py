"""The notifiers, called as Airflow calls them, on the real ledger and a real receiver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import DAG, BaseOperator

from perennial.context import open_ledger
from perennial.errors import GateRefused, Held
from perennial.ledger.chain import Chain
from perennial.ledger.holds import place
from perennial.local import airflow_env
from perennial.notices.failures import ran_through
from perennial.settings import PROJECT, Settings
from perennial.spec.notices import Notices
from perennial_airflow.notify import Failed, Over, callbacks
from unit.notices.receivers import mail_server, webhook

MODEL, DAY = "flight_delay", "2013-04-01"
PAGE = "http://127.0.0.1:8080/dags/flight_delay.train/runs/r1/tasks/fit"


@pytest.fixture
def texts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Give what a webhook gets; the notifiers find their settings in the environment, as in Airflow."""
    with webhook() as (address, came):
        for name, value in {
            "VAR": str(settings.var),
            "MODELS": str(PROJECT / "include" / "models"),
            "LEDGER_URL": settings.url("ledger"),
            "NOTICE_URL": address,
        }.items():
            monkeypatch.setenv(f"PERENNIAL_{name}", value)
        yield came


def context(stage: str = "train", task: str = "fit", **values: Any) -> dict[str, Any]:
    """Return what a callback of a task gets."""
    dag = DAG(f"{MODEL}.{stage}", schedule=None, tags=[f"stage:{stage}"])
    run = SimpleNamespace(dag_id=dag.dag_id, run_id="r1", partition_key=DAY)
    ti = SimpleNamespace(task_id=task, log_url=PAGE, start_date=None)
    return {"dag": dag, "dag_run": run, "run_id": "r1", "ti": ti, "params": {}, **values}


def test_a_failure_is_told_with_its_cause_and_its_page_and_is_over_with_a_success(texts: list[str]) -> None:
    told, over = (callbacks(MODEL)[name] for name in ("on_failure_callback", "on_success_callback"))
    over(context())
    assert texts == [], "nothing was wrong"
    error = GateRefused("train", expected="a claim", found="none", next_command="perennial status flight_delay")
    told(context(exception=error))
    assert texts[0].startswith(f"flight_delay: train.fit {DAY}: failed\n")
    assert "perennial status flight_delay" in texts[0]
    assert PAGE in texts[0]
    told(context(exception=KeyError("x")))
    over(context(task="freeze"))
    assert len(texts) == 1, "the same failure, and the success of another task"
    over(context())
    over(context())
    assert texts[1:] == [f"flight_delay: over: train.fit {DAY}: failed\n{texts[1].partition(chr(10))[2]}"]


def test_a_run_adds_only_what_no_task_could_tell(texts: list[str]) -> None:
    run = Failed(MODEL, kind="failed")
    run(context(exception=KeyError("x")))
    run(context(reason="task_failure"))
    assert len(texts) == 1, "the task told"
    run(context(task="freeze", reason="task_failure"))
    assert "killed" in texts[1]
    minimal = {"dag": context()["dag"], "run_id": "r2", "reason": "timed_out"}
    run(minimal)
    assert texts[2].startswith("flight_delay: train r2: failed\n")


def test_who_is_held_has_not_failed(texts: list[str]) -> None:
    Failed(MODEL, kind="failed")(context(exception=Held("train", expected="no hold", found="one")))
    ledger = open_ledger(Settings.load())
    place(Chain(ledger, MODEL, "ann", "test"), ["training"], "an audit")
    by_hand = context(reason="task_failure")
    by_hand["dag_run"].run_type = "manual"
    Failed(MODEL, kind="failed")(by_hand)
    assert texts == [], "nor has the run that a person started"


def test_the_next_day_of_the_clock_makes_up_for_one_that_failed(texts: list[str]) -> None:
    Failed(MODEL, kind="failed")(context("clock", "tick", exception=KeyError("x")))
    later = context("clock", "tick")
    later["dag_run"].partition_key = "2013-04-02"
    Over(MODEL, kind="failed")(later)
    assert [text.partition("\n")[0] for text in texts] == [
        "flight_delay: clock.tick: failed",
        "flight_delay: over: clock.tick: failed",
    ]


def test_the_stage_by_command_takes_it_back_too(texts: list[str]) -> None:
    Failed(MODEL, kind="failed")(context(exception=KeyError("x")))
    settings = Settings.load()
    chain = Chain(open_ledger(settings), MODEL, "ann", "cli")
    ran_through(settings, chain, Notices(), "score", DAY)
    ran_through(settings, chain, Notices(), "train", "2013-04-02")
    assert len(texts) == 1
    ran_through(settings, chain, Notices(), "train", DAY)
    assert texts[1].startswith(f"flight_delay: over: train.fit {DAY}: failed")


def test_anybodys_dag_tells_in_its_own_words_by_the_same_door(texts: list[str]) -> None:
    with DAG("rebuild", schedule=None) as dag:
        task = BaseOperator(
            task_id="load",
            on_failure_callback=Failed(MODEL, subject="{{ run_id }} of {{ dag.dag_id }}", text="ask the harbour"),
        )
    mine = {"dag": dag, "run_id": "r1", "ti": SimpleNamespace(task_id="load", log_url="", start_date=None)}
    for callback in task.on_failure_callback:
        callback({**mine, "exception": KeyError("x")})
    Over(MODEL)(mine)
    assert texts[0] == "flight_delay: r1 of rebuild\nask the harbour"
    assert texts[1].startswith("flight_delay: over: r1 of rebuild")


def test_airflows_own_notifier_uses_the_same_mail_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server() as (address, box):
        settings = Settings(smtp_url=f"smtp://{address}", notice_from="ml@example.org")
        for name, value in airflow_env._mail(settings).items():
            monkeypatch.setenv(name, value)
        SmtpNotifier(to="ann@example.org", subject="mine", html_content="by hand")({})
    assert [(mail["From"], mail["Subject"]) for mail in box.mails] == [("ml@example.org", "mine")]
    assert airflow_env._mail(Settings()) == {}


def test_a_callback_needs_the_ledger_its_keys_and_nothing_else(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the container of the DAG processor, which has no other folder of var and no other database."""
    only = tmp_path / "only"
    only.mkdir()
    (only / "ledger").symlink_to(settings.keys)
    monkeypatch.setenv("PERENNIAL_VAR", str(only))
    monkeypatch.setenv("PERENNIAL_LEDGER_URL", settings.url("ledger"))
    callbacks(MODEL)["on_failure_callback"](context(reason="task_failure"))
    (event,) = Chain(open_ledger(settings), MODEL, "", "").ledger.read(MODEL)
    assert (event.type, event.payload["why"]) == ("notice.held_back", "nobody to tell")
    assert [path.name for path in only.iterdir()] == ["ledger"]
