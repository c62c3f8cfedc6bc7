"""Put a window of the champion's predictions before every monitor, and say what follows."""

from __future__ import annotations

import logging
from time import perf_counter

from perennial.context import Context
from perennial.datasets.labels import known_labels
from perennial.errors import GateRefused
from perennial.hashing import digest
from perennial.keys import Window, version_key
from perennial.ledger.event import Event
from perennial.monitoring.case import Case, open_case
from perennial.monitoring.consequences import tell
from perennial.monitoring.labels import matured
from perennial.monitoring.monitors import MONITORS
from perennial.monitoring.result import FAILED, MonitorName, Result
from perennial.monitoring.triage import triage

log = logging.getLogger(__name__)


def report(ctx: Context, window: Window) -> Event:
    """Let every monitor look at a window; raises GateRefused where the champion predicted nothing in it.

    A window is told again when more is known of it, or when a monitor says something else; what was said before stands.
    """
    case, results, seconds = open_case(ctx, window), {}, {}
    for name in MONITORS:
        started = perf_counter()
        if (result := look(name, case)) is not None:
            results[name] = result
        seconds[name] = round(perf_counter() - started, 2)
    known = known_labels(ctx, case.history, case.version["transform"], [window])[window]
    maturity = "matured" if matured(case) else "early"
    body = {
        "version": case.number,
        "window": str(window),
        "labels": {"maturity": maturity, "rows": known.rows, "known": known.labelled},
        "results": {name: result.to_dict() for name, result in results.items()},
        "drifted": list(results["drift"].at_fault),
        "html": results["drift"].evidence.get("html"),
        "failed": [name for name, result in results.items() if result.why.startswith(FAILED)],
        "seconds": seconds,
    }
    said = digest({name: [result.verdict, result.why] for name, result in results.items()})[:16]
    state = f"{version_key(case.number)}:{window}:{maturity}:{known.labelled}:{said}"
    once = name_of(state, case.history.last("monitoring.reported", str(window)))
    return ctx.chain.record("monitoring.reported", str(window), body, evidence=ctx.evidence.put_json(body), once=once)


def name_of(state: str, last: Event | None) -> str:
    """Name a report on what is known and said now: the newest one's name where that says the same, else a new one.

    What was said once, then otherwise, and now again is news: the newest report is the one that counts.
    """
    if last is None or last.once is None:
        return state
    return last.once if last.once.partition("@")[0] == state else f"{state}@{last.seq}"


def look(name: MonitorName, case: Case) -> Result | None:
    """Ask one monitor; one that fails says so and takes nobody down with it."""
    try:
        return MONITORS[name](case)
    except Exception as error:
        log.exception("%s: monitor %s of %s", case.ctx.model, name, case.window)
        return Result(name, "insufficient_data", f"{FAILED}: {type(error).__name__}: {error}")


def decide(ctx: Context, window: Window) -> Event:
    """Say what the window's newest report means; raises GateRefused where there is none."""
    reported = ctx.chain.history().last("monitoring.reported", str(window))
    if reported is None:
        raise GateRefused(
            f"{ctx.model}: triage of {window}",
            expected="a monitoring report on this window",
            found="none in the ledger",
            next_command=f"perennial run {ctx.model} monitor --key {window}",
        )
    found = triage({name: Result.from_dict(kept) for name, kept in reported.payload["results"].items()})
    return tell(ctx, reported.payload["version"], window, found, once=reported.hash)
