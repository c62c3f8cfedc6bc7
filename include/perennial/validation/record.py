"""Keep what a judgement found, file by file, and record the verdict that names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from perennial.context import Context
from perennial.hashing import canonical, digest
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.policy import Policy
from perennial.spec.kept import text_of
from perennial.validation.card import Facts, card, technical_file
from perennial.validation.card.document import to_html, to_markdown
from perennial.validation.card.facts import told, written
from perennial.validation.estimate import Estimate, Unknown
from perennial.validation.holdout import Scored, as_parquet
from perennial.validation.judgement import Judgement
from perennial.validation.measured import Measured


@dataclass(frozen=True)
class Judged:
    """What was measured on a candidate's holdout, and what follows."""

    candidate: Mapping[str, Any]
    policy: Policy
    scored: Scored
    measured: Mapping[str, Measured]
    judgement: Judgement


def record(ctx: Context, binding: Mapping[str, Any], it: Judged) -> Event:
    """Keep the files, then record the verdict that names them."""
    body = _body(ctx, binding, it)
    kept = {name: ctx.evidence.put(text, suffix) for name, (text, suffix) in _documents(ctx, body, it).items()}
    evidence = ctx.evidence.put_json({**body, **kept, "policy": it.policy.model_dump(mode="json")})
    key = version_key(it.candidate["version"])
    return ctx.chain.record("verdict.given", key, {**body, **kept}, evidence=evidence, once=digest(dict(binding)))


def _body(ctx: Context, binding: Mapping[str, Any], it: Judged) -> dict[str, Any]:
    """Return what the verdict says, without its documents."""
    scored, performance = it.scored, it.measured["performance"].figures
    frame = pa.Table.from_pandas(scored.frame, preserve_index=False)
    return {
        **binding,
        "tier": it.policy.tier,
        "passed": it.judgement.passed,
        "fresh": it.judgement.fresh,
        "holdout": it.candidate["holdout"],
        "rows": {"labelled": len(scored.frame), "unlabelled": scored.unlabelled, "compared": performance.compared},
        "gates": [gate.to_dict() for gate in it.judgement.gates],
        "seconds": {family: round(one.seconds, 3) for family, one in it.measured.items()},
        "figures": {family: one.evidence for family, one in it.measured.items()},
        "reference": {
            "metric": ctx.spec.train.quality,
            "quality": _kept(performance.quality),
            "calibration": _kept(it.measured["calibration"].figures.in_the_large),
        },
        "scored": ctx.evidence.put(as_parquet(frame), ".parquet"),
        "golden": ctx.evidence.put(as_parquet(scored.golden), ".parquet"),
        "spec": ctx.evidence.put(text_of(ctx.spec), ".json"),
        "policy": ctx.evidence.put(canonical(it.policy.model_dump(mode="json")), ".json"),
    }


def _documents(ctx: Context, body: Mapping[str, Any], it: Judged) -> dict[str, tuple[str, str]]:
    """Return the card, and for tier `high` the technical file, each with the suffix of its file."""
    facts = Facts(
        spec=ctx.spec,
        policy=it.policy,
        **told(ctx.chain.history(), it.candidate, body["waivers"]),
        verdict=body,
        figures={family: ctx.evidence.read_json(digest) for family, digest in body["figures"].items()},
        frame=it.scored.frame,
        written=written(ctx.spec),
    )
    document = card(facts)
    documents = {"card": (to_html(document), ".html"), "card_markdown": (to_markdown(document), ".md")}
    if it.policy.tier == "high":
        documents["technical"] = (to_html(technical_file(facts)), ".html")
    return documents


def _kept(figure: Estimate) -> dict[str, float] | None:
    return None if isinstance(figure, Unknown) else figure.to_dict()
