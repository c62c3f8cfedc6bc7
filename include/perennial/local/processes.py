"""The processes of a stack: started apart from the terminal, found by a mark in their environment, ended."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_started: list[subprocess.Popen[bytes]] = []  # held, so that whoever started a process can also reap it


def start(command: Sequence[str], env: Mapping[str, str], log: Path, cwd: Path) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own that writes to `log`; the log of the time before becomes `log`.1."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started.append(process)
    return process


def marked(name: str, value: str) -> list[psutil.Process]:
    """Return the living processes whose environment says name=value, but for this one and those it came from.

    The mark is inherited by every child, stays with orphans and changed sessions, and means nothing after a reboot:
    a process id alone would mean a stranger then.
    """
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [process for process in psutil.process_iter() if process.pid not in own and _carries(process, name, value)]


def end(processes: Sequence[psutil.Process], patience: float) -> list[psutil.Process]:
    """Ask processes to end and wait; returns those that have not after `patience` seconds."""
    for process in processes:
        _signal(process.terminate)
    return wait(processes, patience)


def kill(processes: Sequence[psutil.Process], patience: float = 5.0) -> list[psutil.Process]:
    """End processes at once; returns those that are still there after `patience` seconds."""
    for process in processes:
        _signal(process.kill)
    return wait(processes, patience)


def wait(processes: Sequence[psutil.Process], patience: float) -> list[psutil.Process]:
    """Wait for processes to end; returns those that have not after `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        _started[:] = [process for process in _started if process.poll() is None]
        alive = [process for process in processes if living(process)]
        if not alive or time.monotonic() > deadline:
            return alive
        time.sleep(0.05)


def living(process: psutil.Process) -> bool:
    """Tell whether a process still runs; one that has ended and waits for its parent does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _carries(process: psutil.Process, name: str, value: str) -> bool:
    try:
        return bool(process.environ().get(name) == value)
    except (psutil.Error, OSError):  # gone, a zombie, or another user's
        return False


def _signal(send: Callable[[], object]) -> None:
    with suppress(psutil.NoSuchProcess):
        send()
