"""The parts of a stack, each alone: environment, finding and ending processes, the API's transport, warm workers."""

from __future__ import annotations

import importlib.util
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from perennial.errors import SetupError
from perennial.local import airflow_env, processes, stack
from perennial.local.airflow_env import Secrets
from perennial.local.api import Airflow
from perennial.local.files import tail, write_private
from perennial.local.health import unhealthy
from perennial.local.ports import free_port
from perennial.local.records import Question
from perennial.local.rest import Refused, Rest
from perennial.local.started import Stack
from perennial.settings import PROJECT, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psutil

URLS = {name: f"postgresql+psycopg://u:p@127.0.0.1:1/{name}" for name in ("airflow", "ledger", "mlflow", "feast")}
KEYS = Secrets(jwt="j", session="s", fernet="f")
MARK = "PERENNIAL_TEST_MARK"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation with a database of its own elsewhere."""
    return Settings(var=tmp_path, urls=URLS)


# The environment


def test_every_airflow_setting_is_one_that_airflow_knows(settings: Settings) -> None:
    spec = importlib.util.find_spec("airflow")
    assert spec is not None
    assert spec.submodule_search_locations
    config = Path(spec.submodule_search_locations[0], "config_templates", "config.yml")
    known = yaml.load(config.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    ours = airflow_env.environment(settings, 8080, KEYS) | airflow_env.common()
    for name in (name for name in ours if name.startswith("AIRFLOW__")):
        _, section, option = name.lower().split("__")
        assert option in known[section]["options"], name


def test_perennial_reads_its_own_settings_back(settings: Settings) -> None:
    assert Settings.load(airflow_env.environment(settings, 8080, KEYS)) == settings


def test_the_stack_answers_on_loopback_and_uses_the_given_database(settings: Settings) -> None:
    env = airflow_env.environment(settings, 8123, KEYS)
    assert env["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert env["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8123/execution/"
    assert env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == URLS["airflow"]
    assert env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"] == URLS["airflow"].replace("psycopg", "psycopg_async")


def test_what_both_worlds_share_names_no_place_and_no_secret() -> None:
    shared = airflow_env.common()
    assert shared["OMP_NUM_THREADS"] == "1"
    assert not [value for value in shared.values() if "/" in value or "localhost" in value or "127.0" in value]


def test_another_airflow_of_the_user_does_not_leak_in() -> None:
    env = airflow_env.inherited({"AIRFLOW_HOME": "/other", "PGHOST": "db", "HOME": "/h", "no_proxy": "intranet"})
    assert env["HOME"] == "/h"
    assert not {"AIRFLOW_HOME", "PGHOST"} & env.keys()
    assert env["NO_PROXY"] == env["no_proxy"] == f"intranet,{airflow_env.LOOPBACK}"
    assert env["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


def test_secrets_are_made_once_kept_private_and_never_printed(settings: Settings) -> None:
    first, words = Secrets.of(settings), airflow_env.passwords(settings)
    assert Secrets.of(settings) == first
    assert airflow_env.passwords(settings) == words
    assert first.jwt not in repr(first)
    for path in (settings.var / "airflow").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_people_enter_with_their_roles_and_keep_their_passwords(settings: Settings, tmp_path: Path) -> None:
    words = airflow_env.passwords(settings)
    more = replace(settings, users={"alice": "op", "bob": "user"})
    env = airflow_env.environment(more, 8080, KEYS)
    assert env["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == "admin:admin,alice:op,bob:user"
    assert Settings.load(env) == more
    assert airflow_env.passwords(more).items() > words.items()
    here = Stack("http://127.0.0.1:1", "admin", str(airflow_env.password_file(more)), "", "", {})
    assert len({here.password, here.password_of("alice"), here.password_of("bob")}) == 3
    with pytest.raises(SetupError, match="alice"):
        here.password_of("alic")


@pytest.mark.parametrize("text", ["alice", "alice:boss", ":op"])
def test_a_user_without_a_role_of_airflow_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="name:role"):
        Settings.load({"PERENNIAL_USERS": text})


# Files


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_private(path, "old")
    write_private(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_the_end_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert str(log) in tail(log)
    log.write_text("1\n2\n3\n", encoding="utf-8")
    assert tail(log, lines=2) == "2\n3"


# Processes


def spawn(code: str, mark: str, log: Path) -> subprocess.Popen[bytes]:
    """Start Python code that carries the mark."""
    return processes.start([sys.executable, "-c", code], {**os.environ, MARK: mark}, log, log.parent)


def marked(mark: str, count: int) -> list[psutil.Process]:
    """Wait until so many processes carry the mark."""
    deadline = time.monotonic() + 10
    while len(found := processes.marked(MARK, mark)) != count and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(found) == count
    return found


def test_an_orphan_in_a_session_of_its_own_is_found_and_ended(tmp_path: Path) -> None:
    mark = str(tmp_path)
    leave = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(60)"
    spawn(leave, mark, tmp_path / "log").wait()
    orphans = marked(mark, 1)
    assert processes.end(orphans, 5.0) == []
    assert processes.marked(MARK, mark) == []


def test_a_process_that_will_not_end_is_returned_and_then_killed(tmp_path: Path) -> None:
    mark, log = str(tmp_path), tmp_path / "log"
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    spawn(deaf, mark, log)
    deadline = time.monotonic() + 10
    while "deaf" not in log.read_text(encoding="utf-8") and time.monotonic() < deadline:
        time.sleep(0.05)
    stubborn = processes.end(marked(mark, 1), 0.2)
    assert len(stubborn) == 1
    assert processes.kill(stubborn) == []


def test_a_process_without_the_mark_is_not_ours(tmp_path: Path) -> None:
    stranger = spawn("import time; time.sleep(60)", "another", tmp_path / "log")
    try:
        assert processes.marked(MARK, str(tmp_path)) == []
    finally:
        stranger.kill()
        stranger.wait()


# The stack


def test_nothing_runs_before_up(settings: Settings) -> None:
    seen = stack.status(settings)
    assert seen.stack is None
    assert not seen.complete


def test_a_taken_port_is_refused_by_name(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SetupError, match=str(port)):
            stack.up(settings, port=port)
    assert not (settings.var / "run" / "stack.json").exists()


def test_a_database_that_does_not_answer_stops_the_start_with_the_log(settings: Settings) -> None:
    with pytest.raises(SetupError, match=r"migrate\.log"):
        stack.up(settings, port=free_port())
    assert processes.marked(airflow_env.MARK, airflow_env.mark(settings)) == []


def test_a_heartbeat_of_an_earlier_stack_is_not_health() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    fresh = {"status": "healthy", "latest_scheduler_heartbeat": "2026-01-01T00:00:01+00:00"}
    stale = {"status": "healthy", "latest_triggerer_heartbeat": "2025-12-31T23:59:59+00:00"}
    absent = {"status": None, "latest_dag_processor_heartbeat": None}
    health = {"scheduler": fresh, "triggerer": stale, "dag_processor": absent}
    assert unhealthy(health, since) == ["dag-processor", "triggerer"]


# The API's transport, against a server that answers as Airflow does


class Answers(BaseHTTPRequestHandler):
    """A list of 250 entries in pages cut to 100, tokens that are used up after three calls, and a missing entry."""

    left = 0

    def do_POST(self) -> None:
        login = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if login != {"username": "admin", "password": "word"}:
            return self.reply(401, {"detail": "Invalid credentials"})
        type(self).left = 3
        return self.reply(201, {"access_token": "token"})

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if type(self).left == 0:
            return self.reply(401, {"detail": "expired"})
        type(self).left -= 1
        if url.path != "/api/v2/things":
            return self.reply(404, {"detail": "no such thing"})
        query = {name: int(values[0]) for name, values in parse_qs(url.query).items()}
        entries = list(range(250))[query["offset"] :][: min(query["limit"], 100)]
        return self.reply(200, {"things": entries, "total_entries": 250})

    def reply(self, status: int, body: dict[str, Any]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@contextmanager
def serving(port: int, delay: float = 0.0) -> Iterator[str]:
    """Answer on a port, after a while."""
    servers: list[ThreadingHTTPServer] = []
    ready = threading.Event()

    def begin() -> None:
        time.sleep(delay)
        servers.append(ThreadingHTTPServer(("127.0.0.1", port), Answers))
        ready.set()
        servers[0].serve_forever(poll_interval=0.05)

    thread = threading.Thread(target=begin)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        ready.wait()
        servers[0].shutdown()
        thread.join()
        servers[0].server_close()


def test_all_pages_are_read_with_a_server_that_starts_late_and_a_token_that_expires() -> None:
    with serving(free_port(), delay=0.5) as url, Rest(url, "admin", "word") as rest:
        assert list(rest.pages("/things", "things")) == list(range(250))
        assert list(rest.pages("/things", "things")) == list(range(250))


def test_a_refusal_says_what_the_server_said() -> None:
    with serving(free_port()) as url:
        with Rest(url, "admin", "word") as rest, pytest.raises(Refused, match=r"404.*no such thing") as refusal:
            rest.get("/nothing")
        with Rest(url, "admin", "wrong") as rest, pytest.raises(Refused, match=r"401.*Invalid credentials"):
            rest.get("/things")
    assert refusal.value.status == 404


def test_silence_ends_in_an_error_that_says_what_to_do() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with Rest(url, "admin", "word", patience=0.0) as rest, pytest.raises(SetupError, match="make up"):
        rest.get("/things")


def test_a_password_is_not_sent_to_another_machine() -> None:
    with pytest.raises(SetupError, match="address of this machine"):
        Airflow("http://192.0.2.1:8080", "admin", "word")


def test_a_question_brings_the_present_values_of_its_params() -> None:
    task = {"dag_id": "m.promote", "dag_run_id": "r", "task_id": "approve", "map_index": -1}
    reason = {"value": "", "description": None, "schema": {"type": "string"}}
    row = {"task_instance": task, "subject": "?", "body": None, "options": ["Approve"], "params": {"reason": reason}}
    assert Question.read(row).params == {"reason": ""}


# Warm workers


@pytest.mark.parametrize(
    ("argv", "executor", "forks"),
    [
        (["airflow", "scheduler", "--skip-serve-logs"], "LocalExecutor", True),
        (["airflow", "scheduler"], "CeleryExecutor", False),
        (["airflow", "celery", "worker", "-q", "default"], "CeleryExecutor", True),
        (["airflow", "celery", "flower"], "CeleryExecutor", False),
        (["airflow", "api-server"], "LocalExecutor", False),
        (["airflow", "dags", "list"], "LocalExecutor", False),
        (["airflow"], "LocalExecutor", False),
    ],
)
def test_libraries_are_loaded_where_tasks_are_forked(argv: list[str], executor: str, forks: bool) -> None:
    module = runpy.run_path(str(PROJECT / "config" / "airflow_local_settings.py"))
    assert module["_forks_tasks"](argv, executor) is forks
    assert module["__all__"] == []


def test_warming_starts_no_python_thread_and_loads_nothing_of_the_project() -> None:
    code = (
        "import sys, threading; sys.argv = ['airflow', 'scheduler']; import airflow_local_settings as warm;"
        "assert threading.active_count() == 1, threading.enumerate();"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'perennial'];"
        "assert set(warm.LIBRARIES) <= set(sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(PROJECT / "config"), "OMP_NUM_THREADS": "1", "DO_NOT_TRACK": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
