"""A storm of signals while parts of Airflow are killed: one training follows, and no request is lost.

    python bench/retraining_queue.py [--signals 1000] [--seconds 60]

A small model made by the scaffold runs in a real Airflow. Processes of their own put requests into the ledger, each
about another window, and wake `retrain` with an asset event each, evenly over the time. Meanwhile the tasks of a
`retrain` run are killed with their workers, then the scheduler with all that it forked, then the triggerer (SIGKILL);
scheduler and triggerer are started again as a supervisor would. When all is quiet, new days come and the clock looks at
the queue. Lost would be a request that is neither closed by a decision nor open.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import psutil
from common import finish, installation, say

from perennial.context import Context, open_context
from perennial.keys import DAY, Window
from perennial.ledger.claims import launches
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.requests import put
from perennial.local import airflow_env, processes, stack
from perennial.local.api import Airflow
from perennial.local.started import Stack
from perennial.retraining.queue import open_requests
from perennial.scaffold import new_model
from perennial.settings import Settings
from perennial.stages import STAGES

MODEL = "callbacks"
SENDERS = 4
PATIENCE = 900.0
"""Seconds; Airflow takes five minutes to notice that a task was killed."""


def main() -> None:
    options = _options()
    with installation() as settings:
        prepared = replace(settings, models=settings.var / "models")
        new_model(prepared, MODEL)
        here = stack.up(prepared)
        try:
            finish(_measured(Storm(prepared, here), options.signals, options.seconds))
        finally:
            stack.down(prepared, grace=1.0)


@dataclass(frozen=True)
class Storm:
    """A running Airflow, and hands to kill its parts with."""

    settings: Settings
    stack: Stack

    @property
    def ctx(self) -> Context:
        return open_context(MODEL, settings=self.settings, actor="bench")

    def begin(self, airflow: Airflow) -> list[date]:
        """Wake the model and let its first days come; return those that are left."""
        for stage in STAGES:
            airflow.unpause(f"{MODEL}.{stage}")
        days = list(self.ctx.spec.span)
        cut = len(days) // 2 + 7
        self.ingest(airflow, Window(days[0], days[cut]))
        return days[cut + 1 :]

    def ingest(self, airflow: Airflow, window: Window) -> None:
        run = airflow.trigger(f"{MODEL}.ingest", {"start": str(window.first), "end": str(window.last)})
        airflow.wait(f"{MODEL}.ingest", run)
        self.quiet(airflow)

    def quiet(self, airflow: Airflow) -> None:
        airflow.wait_quiet([f"{MODEL}.{stage}" for stage in STAGES], patience=PATIENCE)

    def kill_workers(self, airflow: Airflow) -> float:
        """Kill what the scheduler forked, in the middle of a `retrain` run; return the moment."""

        def running() -> bool:
            return any(task.state == "running" for task in airflow.task_instances(f"{MODEL}.retrain"))

        airflow.until(running, 60, lambda: "a running task of retrain")
        for process in self._component("scheduler").children(recursive=True):
            _kill(process)
        return time.monotonic()

    def kill(self, name: str) -> float:
        """Kill a component with all that it forked, and start it again after two seconds; return the moment."""
        parent = self._component(name)
        for process in [parent, *parent.children(recursive=True)]:
            _kill(process)
        at = time.monotonic()
        time.sleep(2.0)
        port, logs = int(self.stack.url.rpartition(":")[2]), Path(self.stack.logs)
        env = stack.environment(self.settings, port, airflow_env.OURS)
        command = [sys.executable, "-m", "airflow", name, *stack.COMPONENTS[name]]
        processes.start(command, env, logs / f"{name}-again.log", logs.parent)
        return at

    def _component(self, name: str) -> psutil.Process:
        return psutil.Process(self.stack.components[name])


def _measured(storm: Storm, signals: int, seconds: float) -> dict[str, Any]:
    with storm.stack.client(patience=120.0) as airflow:
        say("the first days come")
        left = storm.begin(airflow)
        say(f"{signals} signals in {seconds:.0f} s")
        senders = _send(storm, airflow, signals, seconds)
        killed = _kill_parts(storm, airflow, seconds)
        for sender in senders:
            sender.join(PATIENCE)
        sent = time.monotonic() - killed.pop("began")
        say(f"sent in {sent:.0f} s; waiting until all is quiet")
        storm.quiet(airflow)
        stormy = storm.ctx.chain.history()
        say("new days come, and the clock looks at the queue")
        storm.ingest(airflow, Window(left[0], left[-1]))
        airflow.wait(f"{MODEL}.clock", airflow.trigger(f"{MODEL}.clock", partition_key=str(left[-1])))
        storm.quiet(airflow)
        runs = airflow.count(f"{MODEL}.retrain")
    failed = [sender.exitcode for sender in senders if sender.exitcode]
    told = {"sent_in": round(sent, 1), "runs": runs, "senders_failed": len(failed)}
    told |= {"killed_at": {name: round(at, 1) for name, at in killed.items()}}
    return {**summary(stormy, storm.ctx.chain.history(), signals), **told}


def summary(stormy: History, after: History, signals: int) -> dict[str, Any]:
    """Count what became of the requests: in the storm, and when days had come and the clock had looked."""
    asked = {f"{event.type}:{event.once}" for event in after.of("retraining.requested") if _of_storm(event)}
    closed = {one: event for event in after.of("retraining.decided") for one in _closed(event)}
    waiting = {request.id for request in open_requests(after)}
    lost = asked - set(closed) - waiting
    trainings = launches(stormy)
    made = [event.payload["claim"] for event in after.of("candidate.registered")]
    first = {one for one in asked if one in closed and closed[one].seq <= len(stormy.events)}
    decisions = [event.payload["outcome"] for event in stormy.of("retraining.decided")]
    return {
        "signals": signals,
        "asked": len(asked),
        "trainings": len(trainings),
        "versions": len(made),
        "decisions": {outcome: decisions.count(outcome) for outcome in ("launch", "wait", "refuse")},
        "closed_in_the_storm": len(first),
        "closed_later": len(asked & set(closed)) - len(first),
        "open": len(asked & waiting),
        "lost": len(lost),
        "passed": len(asked) == signals and len(trainings) == 1 and not lost and trainings[0].claim in made,
    }


def _of_storm(event: Event) -> bool:
    return str(event.payload["cause"]) == "drift"


def _closed(event: Event) -> list[str]:
    return list(event.payload["requests"]) if event.payload["outcome"] != "wait" else []


def _send(storm: Storm, airflow: Airflow, signals: int, seconds: float) -> list[Any]:
    asset = next(row["id"] for row in airflow.pages("/assets", "assets") if row["name"] == f"{MODEL}.signal")
    context = multiprocessing.get_context("spawn")
    shares = [range(number, signals, SENDERS) for number in range(SENDERS)]
    begin = time.time() + 10.0  # until all of them have imported what they need
    senders = [
        context.Process(target=_sender, args=(storm, asset, share, begin, seconds / signals)) for share in shares
    ]
    for sender in senders:
        sender.start()
    time.sleep(max(0.0, begin - time.time()))
    return senders


def _sender(storm: Storm, asset: int, share: range, begin: float, pace: float) -> None:
    """Put every request of a share at its time, and wake `retrain` with it."""
    chain = storm.ctx.chain
    with storm.stack.client(patience=PATIENCE) as airflow:
        for number in share:
            time.sleep(max(0.0, begin + number * pace - time.time()))
            day = date(2000, 1, 1) + number * DAY
            put(chain, "drift", f"signal {number}", window=Window(day, day))
            airflow.post("/assets/events", {"asset_id": asset, "extra": {}, "partition_key": str(day)})


def _kill_parts(storm: Storm, airflow: Airflow, seconds: float) -> dict[str, float]:
    """Kill workers, scheduler and triggerer at about a sixth, a third and a half of the time; return when."""
    began = time.monotonic()
    parts: Mapping[str, Callable[[], float]] = {
        "workers": lambda: storm.kill_workers(airflow),
        "scheduler": lambda: storm.kill("scheduler"),
        "triggerer": lambda: storm.kill("triggerer"),
    }
    killed = {"began": began}
    for place, (name, kill) in enumerate(parts.items(), start=1):
        time.sleep(max(0.0, began + place * seconds / 6 - time.monotonic()))
        killed[name] = kill() - began
        say(f"{name} killed after {killed[name]:.0f} s")
    return killed


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        say(f"process {process.pid} had ended by itself")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--signals", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
