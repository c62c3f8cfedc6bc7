"""Judge a candidate: look at its holdout once, run every gate, write the card, record the verdict."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from perennial.context import Context
from perennial.errors import GateRefused
from perennial.keys import Window, parse_version, version_key
from perennial.ledger.dependencies import due
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.policy import Policy, load_policy
from perennial.validation.case import Case
from perennial.validation.freshness import fresh_holdout, seen_before
from perennial.validation.gates import GateResult
from perennial.validation.holdout import days_of, retrieve
from perennial.validation.judgement import families, judge
from perennial.validation.measured import measure
from perennial.validation.record import Judged, record
from perennial.validation.revalidation import revalidate
from perennial.validation.scored import score
from perennial.validation.waivers import Waiver, counting, waivers_in_force


def evaluate(ctx: Context, key: str) -> Event:
    """Return the verdict on version `key`, the one that exists for this file, spec, policy and champion, or a new one.

    The champion is judged again, beside its verdict, where something that it stands on changed and the days are there.
    Raises GateRefused for an unknown or retired version, HistoryIncomplete where features or labels are missing,
    ArtifactUntrusted where a model file is not the registered one.
    """
    history = ctx.chain.history()
    candidate = history.version(parse_version(key))
    is_due = due(history, ctx.spec.train.holdout, ctx.spec.label.matures_after)
    if is_due and candidate["version"] == history.champion:
        return revalidate(ctx, candidate, *is_due)
    policy = load_policy(ctx.settings.policies, ctx.spec)
    waivers = counting(waivers_in_force(history, datetime.now(UTC)), candidate, policy)
    binding = _binding(ctx, candidate, policy, history.champion, waivers)
    if told := _told(ctx, history, candidate["version"], binding):
        return told
    _may_still_serve(history, candidate["version"])
    return record(ctx, binding, _judge(ctx, history, candidate, policy, waivers))


def _judge(
    ctx: Context,
    history: History,
    candidate: Mapping[str, Any],
    policy: Policy,
    waivers: Mapping[str, Waiver],
) -> Judged:
    """Look at the holdout, score it, run every gate."""
    champion = history.version(history.champion) if history.champion else None
    with tempfile.TemporaryDirectory(prefix="perennial-validate-") as scratch:
        folder = Path(scratch)
        holdout = retrieve(ctx, candidate, champion, folder)
        _look(ctx, candidate, days_of(holdout.candidate))
        scored = score(ctx, candidate, champion, holdout)
        case = Case(ctx, policy, candidate, champion, scored, folder)
        measured = {family: measure(case, family) for family in families(policy, ctx.spec)}
    fresh = _freshness(ctx.chain.history(), candidate)
    return Judged(candidate, policy, scored, measured, judge(measured, policy, ctx.spec, fresh, waivers))


def _binding(
    ctx: Context, candidate: Mapping[str, Any], policy: Policy, champion: int | None, waivers: Mapping[str, Waiver]
) -> dict[str, Any]:
    """Return what a verdict is about; another value of any of these needs another verdict."""
    return {
        "version": candidate["version"],
        "artifact_sha256": candidate["artifact"]["sha256"],
        "spec_digest": ctx.spec.digest,
        "policy_digest": policy.digest,
        "champion": champion,
        "waivers": {gate: waiver.event for gate, waiver in sorted(waivers.items())},
        "reproduction": _reproduction(ctx, candidate, policy),
    }


def _reproduction(ctx: Context, candidate: Mapping[str, Any], policy: Policy) -> str | None:
    """Return the hash of the event that the gate `reproduction` looks at; None where there is no such gate or event."""
    if "reproduction" not in policy.gates:
        return None
    event = ctx.chain.history().last("version.reproduced", version_key(candidate["version"]))
    return event.hash if event else None


def _told(ctx: Context, history: History, version: int, binding: Mapping[str, Any]) -> Event | None:
    """Return the verdict on exactly this; the champion is judged no more, the verdict that made it stands."""
    given = [event for event in history.of("verdict.given") if event.payload["version"] == version]
    if version == history.champion:
        return given[-1] if given else None
    hits = [event for event in given if _is_about(ctx, event.payload, binding)]
    return hits[-1] if hits else None


def _is_about(ctx: Context, said: Mapping[str, Any], binding: Mapping[str, Any]) -> bool:
    others = all(said.get(name) == value for name, value in binding.items() if name != "spec_digest")
    return others and ctx.says_the_same(said["spec_digest"])


def _may_still_serve(history: History, version: int) -> None:
    if retired := history.retirement(version):
        successor = retired.payload["successor"]
        raise GateRefused(
            f"{history.chain}: validation of {version_key(version)}",
            expected="a version that may serve",
            found=f"retired: {retired.payload['reason']}",
            nearest=f"its successor {version_key(successor)}" if successor else None,
            next_command=f"perennial history {history.chain}",
        )


def _look(ctx: Context, candidate: Mapping[str, Any], days: Sequence[date]) -> None:
    """Record the look before anything is scored: a crash afterwards does not make the holdout fresh again."""
    key, window = version_key(candidate["version"]), candidate["holdout"]
    payload = {"version": candidate["version"], "window": window, "days": [str(day) for day in days]}
    ctx.chain.record("holdout.looked_at", key, payload, once=f"{key}:{window}")


def _freshness(history: History, candidate: Mapping[str, Any]) -> GateResult:
    holdout = Window.parse(candidate["holdout"])
    seen = seen_before(history, candidate["version"], holdout)
    return fresh_holdout(seen, Window.parse(candidate["fit_window"]), holdout)
