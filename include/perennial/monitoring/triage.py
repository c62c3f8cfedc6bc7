"""What the monitors' results mean together. Pure: results in, a finding with its reason out.

The first line that fits decides; what the other monitors say stands in the reason.

    what the monitors say                               kind                    action
    upstream: broken data                               broken_upstream         stop
    fairness: unfair, or less fair than it was          unfair                  ask
    skew: scored on other features, or other scores     skew                    ask
    performance: quality lost, inputs drifted           performance_and_drift   retrain
    performance: quality lost, inputs as before         concept_drift           retrain
    performance: quality lost, drift unknown            performance             retrain
    performance: calibration off, ranking holds         label_drift             retrain
    contract, freshness or online: alarm                upkeep                  watch
    performance or drift: unknown                       insufficient_data       nothing
    drift: alarm, performance holds                     drift                   watch
    any monitor: watch                                  early_signs             watch
    all is well                                         healthy                 nothing

Broken data wins: no other figure means anything while it comes in, and a retraining would learn from it. Nor does a
retraining mend unfair decisions by itself, or what was scored on other values than were kept: lost performance may come
from there, so people look, and read of it in the question. The online store is not read by scoring: where it answers
wrongly, somebody has to look, and what performance asks for is asked for all the same.
An estimate of performance without labels decides nothing here; it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from perennial.monitoring.result import Result, Verdict

Kind = Literal[
    "broken_upstream",
    "unfair",
    "skew",
    "performance_and_drift",
    "concept_drift",
    "performance",
    "label_drift",
    "upkeep",
    "insufficient_data",
    "drift",
    "early_signs",
    "healthy",
]
Action = Literal["nothing", "watch", "retrain", "ask", "stop"]
Results = Mapping[str, Result]
ASIDE = "estimate"
"""The monitor whose word is told and decides nothing."""


@dataclass(frozen=True)
class Finding:
    """What is said of a window, and what follows."""

    kind: Kind
    action: Action
    reason: str
    """What the monitors that decided said, and then the others."""
    at_fault: tuple[str, ...] = ()
    why: str = ""
    """What the monitors that decided said."""


def triage(results: Results) -> Finding:
    """Say what the results mean; a monitor without a result does not apply to the model."""
    return next(found for rule in RULES if (found := rule(results)))


def _broken(results: Results) -> Finding | None:
    return _finding(results, "broken_upstream", "stop", ["upstream"]) if _says(results, "upstream", "alarm") else None


def _unfair(results: Results) -> Finding | None:
    return _finding(results, "unfair", "ask", ["fairness"]) if _says(results, "fairness", "alarm") else None


def _skewed(results: Results) -> Finding | None:
    return _finding(results, "skew", "ask", ["skew"]) if _says(results, "skew", "alarm") else None


def _lost(results: Results) -> Finding | None:
    if not _says(results, "performance", "alarm"):
        return None
    kind: Kind = "label_drift"
    if set(results["performance"].at_fault) & {"quality"} or "calibration" not in results["performance"].at_fault:
        drifted, known = _says(results, "drift", "alarm"), _says(results, "drift", "ok", "watch")
        kind = "performance_and_drift" if drifted else "concept_drift" if known else "performance"
    return _finding(results, kind, "retrain", ["performance", "drift"])


def _upkeep(results: Results) -> Finding | None:
    due = [name for name in ("freshness", "online", "contract") if _says(results, name, "alarm")]
    return _finding(results, "upkeep", "watch", due) if due else None


def _unknown(results: Results) -> Finding | None:
    names = [name for name in ("performance", "drift") if not _says(results, name, "ok", "watch", "alarm")]
    return _finding(results, "insufficient_data", "nothing", names) if names else None


def _drifted(results: Results) -> Finding | None:
    return _finding(results, "drift", "watch", ["drift", "performance"]) if _says(results, "drift", "alarm") else None


def _early(results: Results) -> Finding | None:
    names = [name for name, one in results.items() if one.verdict == "watch" and name != ASIDE]
    return _finding(results, "early_signs", "watch", names) if names else None


def _healthy(results: Results) -> Finding:
    return _finding(results, "healthy", "nothing", ["performance", "drift"])


RULES: Sequence[Callable[[Results], Finding | None]] = (
    _broken,
    _unfair,
    _skewed,
    _lost,
    _upkeep,
    _unknown,
    _drifted,
    _early,
    _healthy,
)


def _says(results: Results, monitor: str, *verdicts: Verdict) -> bool:
    return monitor in results and results[monitor].verdict in verdicts


def _finding(results: Results, kind: Kind, action: Action, deciding: Sequence[str]) -> Finding:
    """Say why: the monitors that decide first, then every other that has something to say."""
    there = [name for name in deciding if name in results]
    others = [name for name, one in results.items() if name not in there and one.verdict in ("alarm", "watch")]
    said, also = list(_words(results, there)), _words(results, others, named=True)
    blamed = [
        place for name in there if results[name].verdict in ("alarm", "watch") for place in results[name].at_fault
    ]
    reason = "; ".join([*said, *also]) or "no monitor has looked"
    return Finding(kind, action, reason, tuple(dict.fromkeys(blamed)), "; ".join(said) or reason)


def _words(results: Results, names: Sequence[str], *, named: bool = False) -> Iterator[str]:
    for name in names:
        yield f"{name}: {results[name].why}" if named else results[name].why
