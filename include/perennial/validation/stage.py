"""Judge a candidate: look at its holdout once, run every gate, write the card, record the verdict."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from perennial.context import Context
from perennial.errors import GateRefused
from perennial.hashing import digest
from perennial.keys import Window, parse_version, version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.policy import Policy, load_policy
from perennial.validation.card import Facts, card
from perennial.validation.case import Case
from perennial.validation.document import to_html, to_markdown
from perennial.validation.estimate import Estimate, Unknown
from perennial.validation.freshness import fresh_holdout, seen_before
from perennial.validation.gates import GateResult
from perennial.validation.holdout import as_parquet, retrieve
from perennial.validation.judgement import families, judge
from perennial.validation.measured import measure
from perennial.validation.scored import score
from perennial.validation.waivers import Waiver, counting, waivers_in_force


def evaluate(ctx: Context, key: str) -> Event:
    """Return the verdict on version `key`, the one that exists for this file, spec, policy and champion, or a new one.

    Raises GateRefused for an unknown or retired version, HistoryIncomplete where features or labels are missing,
    ArtifactUntrusted where a model file is not the registered one.
    """
    history = ctx.chain.history()
    candidate = history.version(parse_version(key))
    policy = load_policy(ctx.settings.policies, ctx.spec)
    waivers = counting(waivers_in_force(history, datetime.now(UTC)), candidate, policy)
    binding = _binding(ctx, candidate, policy, history.champion, waivers)
    if told := _told(history, candidate["version"], binding):
        return told
    _may_still_serve(history, candidate["version"])
    return _record(ctx, binding, _judge(ctx, history, candidate, policy, waivers))


def _judge(
    ctx: Context,
    history: History,
    candidate: Mapping[str, Any],
    policy: Policy,
    waivers: Mapping[str, Waiver],
) -> Facts:
    """Look at the holdout, score it, run every gate; return what the card says."""
    champion = history.version(history.champion) if history.champion else None
    with tempfile.TemporaryDirectory(prefix="perennial-validate-") as scratch:
        folder = Path(scratch)
        holdout = retrieve(ctx, candidate, champion, folder)
        _look(ctx, candidate)
        scored = score(ctx, candidate, champion, holdout)
        case = Case(ctx, policy, candidate, champion, scored, folder)
        measured = {family: measure(case, family) for family in families(policy)}
    fresh = _freshness(ctx.chain.history(), candidate)
    return Facts(
        spec=ctx.spec,
        policy=policy,
        candidate=candidate,
        snapshot=_of_claim(history, "snapshot.frozen", candidate["claim"]),
        decision=_of_claim(history, "retraining.decided", candidate["claim"]),
        champion=history.champion,
        measured={family: one.figures for family, one in measured.items()},
        seconds={family: round(one.seconds, 3) for family, one in measured.items()},
        judgement=judge(measured, policy, ctx.spec, fresh, waivers),
        scored=scored,
    )


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


def _told(history: History, version: int, binding: Mapping[str, Any]) -> Event | None:
    """Return the verdict on exactly this; the champion is judged no more, the verdict that made it stands."""
    given = [event for event in history.of("verdict.given") if event.payload["version"] == version]
    if version == history.champion:
        return given[-1] if given else None
    hits = [event for event in given if all(event.payload.get(name) == value for name, value in binding.items())]
    return hits[-1] if hits else None


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


def _look(ctx: Context, candidate: Mapping[str, Any]) -> None:
    """Record the look before anything is scored: a crash afterwards does not make the holdout fresh again."""
    key, window = version_key(candidate["version"]), candidate["holdout"]
    payload = {"version": candidate["version"], "window": window}
    ctx.chain.record("holdout.looked_at", key, payload, once=f"{key}:{window}")


def _freshness(history: History, candidate: Mapping[str, Any]) -> GateResult:
    holdout = Window.parse(candidate["holdout"])
    seen = seen_before(history, candidate["version"], holdout)
    return fresh_holdout(seen, Window.parse(candidate["fit_window"]), holdout)


def _of_claim(history: History, type_: str, claim: str) -> Mapping[str, Any]:
    hits = [event.payload for event in history.of(type_) if event.payload.get("claim") == claim]
    return hits[-1] if hits else {}


def _record(ctx: Context, binding: Mapping[str, Any], facts: Facts) -> Event:
    """Keep the files, then record the verdict that names them."""
    document, judgement, scored = card(facts), facts.judgement, facts.scored
    performance, calibration = facts.measured["performance"], facts.measured["calibration"]
    frame = pa.Table.from_pandas(scored.frame, preserve_index=False)
    body = {
        **binding,
        "passed": judgement.passed,
        "fresh": judgement.fresh,
        "holdout": facts.candidate["holdout"],
        "rows": {"labelled": len(scored.frame), "unlabelled": scored.unlabelled, "compared": performance.compared},
        "gates": [gate.to_dict() for gate in judgement.gates],
        "seconds": dict(facts.seconds),
        "reference": {
            "metric": facts.spec.train.quality,
            "quality": _kept(performance.auc),
            "calibration": _kept(calibration.in_the_large),
        },
        "scored": ctx.evidence.put(as_parquet(frame), ".parquet"),
        "golden": ctx.evidence.put(as_parquet(scored.golden), ".parquet"),
        "card": ctx.evidence.put(to_html(document), ".html"),
        "card_markdown": ctx.evidence.put(to_markdown(document), ".md"),
    }
    evidence = ctx.evidence.put_json({**body, "policy": facts.policy.model_dump(mode="json")})
    return ctx.chain.record("verdict.given", facts.name, body, evidence=evidence, once=digest(dict(binding)))


def _kept(figure: Estimate) -> dict[str, float] | None:
    return None if isinstance(figure, Unknown) else figure.to_dict()
