"""Airflow on one machine: `up` starts its four components over the embedded Postgres, `down` leaves nothing behind."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from perennial.errors import SetupError
from perennial.hashing import digest
from perennial.local import airflow_env, postgres, processes
from perennial.local.files import tail, write_private
from perennial.local.health import await_health
from perennial.local.ports import reserved
from perennial.local.started import Stack, stack_file, started

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import psutil
    from rich.status import Status as Display

    from perennial.settings import Settings

# Logs are read from the shared folder: the log servers would listen on all interfaces.
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "api-server": (),
    "scheduler": ("--skip-serve-logs",),
    "dag-processor": (),
    "triggerer": ("--skip-serve-logs",),
}
PORT = 8080  # the first one tried
PATIENCE = 300.0  # s until every component is healthy; one that ends is noticed at once
GRACE = 20.0  # s that running tasks have to finish when the stack goes down


@dataclass(frozen=True)
class Status:
    """What is there now: the stack that was started, which of its components live, and the database."""

    stack: Stack | None
    alive: Mapping[str, bool]
    database: bool

    @property
    def complete(self) -> bool:
        """Tell whether everything runs."""
        return self.stack is not None and self.database and all(self.alive.values())


def up(
    settings: Settings,
    *,
    port: int | None = None,
    folders: airflow_env.Folders = airflow_env.OURS,
    console: Console | None = None,
) -> Stack:
    """Start what does not run yet and wait until it is healthy; a stack that runs with these settings is returned.

    Raises SetupError, with the end of the log, when a component does not come up; nothing is left running then.
    """
    with _alone(settings), (console or Console(stderr=True)).status("Looking for a running stack") as shown:
        here = status(settings)
        if here.complete and here.stack and here.stack.settings == _digest(settings):
            return here.stack
        _end(settings, grace=GRACE if here.complete else 0.0)
        try:
            with reserved("airflow api-server", range(PORT, PORT + 100) if port is None else [port]) as here_on:
                return _start(settings, here_on, folders, shown)
        except BaseException:  # an interrupt too must not leave half a stack
            shown.update("Ending what was started")
            _end(settings, grace=0.0)
            if not here.database:
                postgres.stop(settings)
            raise


def down(settings: Settings, *, grace: float = GRACE, console: Console | None = None) -> None:
    """End every process of the stack, then the database; tasks that run have `grace` seconds. Raises SetupError."""
    with _alone(settings), (console or Console(stderr=True)).status("Ending Airflow") as shown:
        _end(settings, grace)
        shown.update("Stopping Postgres")
        postgres.stop(settings)


def status(settings: Settings) -> Status:
    """Look at what runs."""
    stack = started(settings)
    pids = {process.pid for process in _members(settings)}
    alive = {name: bool(stack) and stack.components[name] in pids for name in COMPONENTS} if stack else {}
    return Status(stack, alive, not _embedded(settings) or postgres.running(settings))


def environment(settings: Settings, port: int, folders: airflow_env.Folders) -> dict[str, str]:
    """Return the whole environment of a component."""
    own = airflow_env.environment(settings, port, airflow_env.Secrets.of(settings), folders)
    return airflow_env.inherited(os.environ) | airflow_env.common() | own


def _start(settings: Settings, port: int, folders: airflow_env.Folders, shown: Display) -> Stack:
    if _embedded(settings):
        shown.update("Starting Postgres")
        postgres.start(settings)
    airflow_env.passwords(settings)
    env = environment(settings, port, folders)
    logs = Path(env["AIRFLOW__LOGGING__BASE_LOG_FOLDER"])
    logs.mkdir(parents=True, exist_ok=True)
    shown.update("Bringing Airflow's tables up to date")
    _migrate(env, logs / "migrate.log")
    since = datetime.now(UTC)
    components = {
        name: processes.start([sys.executable, "-m", "airflow", name, *flags], env, logs / f"{name}.log", logs.parent)
        for name, flags in COMPONENTS.items()
    }
    stack = Stack(
        url=f"http://127.0.0.1:{port}",
        user=airflow_env.USER,
        password_file=str(airflow_env.password_file(settings)),
        logs=str(logs),
        started=since.isoformat(),
        components={name: process.pid for name, process in components.items()},
        settings=_digest(settings),
    )
    write_private(stack_file(settings), json.dumps(asdict(stack), indent=2))
    with stack.client(patience=0.0) as client:
        await_health(client, components, since=since, logs=logs, patience=PATIENCE, show=shown.update)
    with stack.client() as client:
        client.pool("training", 1, "fits take all cores: one at a time")
    return stack


def _digest(settings: Settings) -> str:
    return digest(airflow_env.own(settings))


def _end(settings: Settings, grace: float) -> None:
    """End all processes of this installation: the scheduler first, while the API still hears its tasks."""
    stack = started(settings)
    first = [p for p in _members(settings) if stack and p.pid == stack.components["scheduler"]]
    processes.end(first, grace)
    processes.end(_members(settings), patience=5.0)
    for _ in range(3):  # a process may fork while the others are killed
        processes.kill(_members(settings))
    if left := _members(settings):
        names = ", ".join(f"{process.pid} ({process.name()})" for process in left)
        raise SetupError("airflow", expected="no process of this stack left", found=names)
    stack_file(settings).unlink(missing_ok=True)


def _members(settings: Settings) -> list[psutil.Process]:
    return processes.marked(airflow_env.MARK, airflow_env.mark(settings))


def _migrate(env: Mapping[str, str], log: Path) -> None:
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    if processes.start(command, env, log, log.parent).wait():
        raise SetupError("airflow db migrate", expected="up-to-date tables", found=f"the end of {log}:\n{tail(log)}")


def _embedded(settings: Settings) -> bool:
    return any(name not in settings.urls for name in postgres.DATABASES)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Keep a second `up` or `down` waiting until the first is through."""
    stack_file(settings).parent.mkdir(parents=True, exist_ok=True)
    with (stack_file(settings).parent / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
