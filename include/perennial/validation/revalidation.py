"""Judge the champion again, on days since something under it changed; nothing is promoted or undone by it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perennial.context import Context
from perennial.hashing import digest
from perennial.keys import Window, version_key
from perennial.ledger.dependencies import REVALIDATED
from perennial.ledger.event import Event
from perennial.ledger.requests import put
from perennial.notices import Notice, tell
from perennial.policy import Policy, load_policy
from perennial.validation.case import Case
from perennial.validation.freshness import fresh_holdout
from perennial.validation.gates import GATES
from perennial.validation.holdout import retrieve
from perennial.validation.judgement import Judgement, families, judge, stops
from perennial.validation.measured import Measured, measure
from perennial.validation.scored import score
from perennial.validation.waivers import counting, waivers_in_force

OF_PREDICTIONS = frozenset({"performance", "calibration", "cost", "slices", "fairness"})
"""Families of gates that look at scores and labels; what looks at the file itself cannot have changed."""


def revalidate(ctx: Context, champion: Mapping[str, Any], window: Window, changes: Sequence[Event]) -> Event:
    """Run the gates that look at predictions on these days, and record what they say.

    Where one is not passed, people are told, and a training is asked for. Raises HistoryIncomplete where features or
    labels are missing.
    """
    policy = of_predictions(load_policy(ctx.settings.policies, ctx.spec))
    judgement, measured = _judged(ctx, {**champion, "holdout": str(window)}, policy)
    body = {
        "version": champion["version"],
        "window": str(window),
        "changes": [event.hash for event in changes],
        "passed": judgement.passed,
        "gates": [gate.to_dict() for gate in judgement.gates],
        "figures": {family: one.evidence for family, one in measured.items()},
        "why": _why(judgement, policy),
    }
    if not judgement.passed:
        _ask_and_tell(ctx, champion, window, changes, body["why"])
    key, evidence = version_key(champion["version"]), ctx.evidence.put_json(body)
    return ctx.chain.record(REVALIDATED, key, body, evidence=evidence, once=digest(body["changes"]))


def of_predictions(policy: Policy) -> Policy:
    """Return the policy with the gates that look at predictions."""
    gates = {name: limit for name, limit in policy.gates.items() if GATES[name].family in OF_PREDICTIONS}
    return policy.model_copy(update={"gates": gates})


def _judged(ctx: Context, champion: Mapping[str, Any], policy: Policy) -> tuple[Judgement, Mapping[str, Measured]]:
    """Score the days and run the gates, by themselves and beside the baseline: there is nobody else to compare with."""
    waivers = counting(waivers_in_force(ctx.chain.history(), datetime.now(UTC)), champion, policy)
    with tempfile.TemporaryDirectory(prefix="perennial-validate-") as scratch:
        folder = Path(scratch)
        scored = score(ctx, champion, None, retrieve(ctx, champion, None, folder))
        case = Case(ctx, policy, champion, None, scored, folder)
        measured = {family: measure(case, family) for family in families(policy, ctx.spec)}
    fresh = fresh_holdout({}, Window.parse(champion["fit_window"]), Window.parse(champion["holdout"]))
    return judge(measured, policy, ctx.spec, fresh, waivers), measured


def _why(judgement: Judgement, policy: Policy) -> str:
    failed = [f"{gate.name}: {gate.why}" for gate in judgement.gates if stops(gate, policy)]
    return "; ".join(failed) or ("every gate passed" if judgement.passed else "it was fitted on some of these days")


def _ask_and_tell(
    ctx: Context, champion: Mapping[str, Any], window: Window, changes: Sequence[Event], why: str
) -> None:
    key, under = version_key(champion["version"]), ", ".join(sorted({event.key for event in changes}))
    put(ctx.chain, "code", f"{key} does not pass on {window}, after {under} changed: {why}", name=f"{key}:{window}")
    text = f"After {under} changed it was judged on {window}: {why}. A training was asked for."
    subject = f"{key} does not pass since {under} changed"
    notice = Notice("dependents", subject, f"{text} perennial status {ctx.model}", f"{key}:{window}")
    tell(ctx.settings, ctx.chain, ctx.spec.notices, notice)
