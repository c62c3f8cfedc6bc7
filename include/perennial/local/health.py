"""Waiting until the components of a stack are healthy, or saying which is not and why."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from perennial.errors import SetupError
from perennial.local.files import tail
from perennial.local.rest import Refused

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from perennial.local.api import Airflow
    from perennial.local.rest import Json

REPORTED = {"scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}


def await_health(
    client: Airflow,
    components: Mapping[str, subprocess.Popen[bytes]],
    *,
    since: datetime,
    logs: Path,
    patience: float,
    show: Callable[[str], None],
) -> None:
    """Return when all are healthy; raises SetupError when one ends or `patience` seconds are over."""
    begun = time.monotonic()
    while waiting := _waiting(client, list(components), since):
        seconds = time.monotonic() - begun
        show(f"Waiting for {', '.join(waiting)} ({seconds:.0f} s; the scheduler first loads the libraries)")
        gone = [name for name, process in components.items() if process.poll() is not None]
        if gone or seconds > patience:
            name = (gone or waiting)[0]
            log = logs / f"{name}.log"
            raise SetupError(
                f"airflow {name}",
                expected=f"a healthy component within {patience:.0f} s",
                found=f"{_state(components[name])}; the end of {log}:\n{tail(log)}",
            )
        time.sleep(0.3)


def unhealthy(health: Json, since: datetime) -> list[str]:
    """Return the components that are not healthy; a heartbeat from before `since` is an earlier stack's."""
    return [
        name
        for name, key in REPORTED.items()
        if health[key]["status"] != "healthy" or not _later(health[key][f"latest_{key}_heartbeat"], since)
    ]


def _waiting(client: Airflow, names: list[str], since: datetime) -> list[str]:
    try:
        return unhealthy(client.health(), since)
    except Refused:
        raise
    except SetupError:  # the API itself does not answer yet
        return names


def _later(heartbeat: str | None, since: datetime) -> bool:
    return heartbeat is not None and datetime.fromisoformat(heartbeat) >= since


def _state(process: subprocess.Popen[bytes]) -> str:
    return "not healthy yet" if process.returncode is None else f"it ended with status {process.returncode}"
