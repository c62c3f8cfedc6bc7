"""What a card says, gathered: all of it plain values from the ledger and the evidence store."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perennial.context import Context
from perennial.errors import GateRefused
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.waivers import GRANTED, revoked, said
from perennial.metering.spent import of_claim
from perennial.metering.subject import TYPE as COST
from perennial.policy import Policy
from perennial.spec import Spec
from perennial.spec.kept import revive

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Facts:
    """All that a card says; mappings are payloads of ledger events, or kept figures as plain JSON values."""

    spec: Spec
    policy: Policy
    candidate: Mapping[str, Any]
    snapshot: Mapping[str, Any]
    decision: Mapping[str, Any]
    """why the version was trained; empty where nothing was recorded"""
    verdict: Mapping[str, Any]
    figures: Mapping[str, Any]
    """of each family of gates"""
    frame: pd.DataFrame
    """the holdout's labelled rows with their scores"""
    waivers: Sequence[Mapping[str, Any]] = ()
    """those that the verdict looked at; `revoked` says who took one back, and why"""
    life: Sequence[Event] | None = None
    """what happened to the version up to now; None in the card that is part of the verdict"""
    cost: Sequence[Mapping[str, Any]] = ()
    """what each try of making, judging and promoting it took"""
    written: Mapping[str, str] = field(default_factory=dict)
    """what the owner wrote for the technical file, by heading"""

    @property
    def name(self) -> str:
        """The version: v3."""
        return version_key(self.candidate["version"])

    @property
    def champion(self) -> int | None:
        """The version it was judged against."""
        found: int | None = self.verdict["champion"]
        return found

    def gates(self, *names: str) -> list[Mapping[str, Any]]:
        """Return the results of some gates, with those of their parts."""
        return [gate for gate in self.verdict["gates"] if gate["name"].partition(":")[0] in names]


def facts_of(ctx: Context, number: int) -> Facts:
    """Gather the facts of a version that was judged, as of now; raises GateRefused for one that was not."""
    import pyarrow.parquet as pq

    history = ctx.chain.history()
    candidate, verdict = history.version(number), history.verdict(number)
    if verdict is None:
        raise GateRefused(
            f"{ctx.model}: card of {version_key(number)}",
            expected="a version that was judged",
            found="no verdict",
            next_command=f"perennial run {ctx.model} validate --key {version_key(number)}",
        )
    body = verdict.payload
    kept = ctx.evidence.read_json(str(verdict.evidence))
    return Facts(
        spec=_spec(ctx, body),
        policy=Policy.model_validate_json(_text(kept["policy"])),
        **told(history, candidate, body["waivers"]),
        verdict=body,
        figures={family: ctx.evidence.read_json(digest) for family, digest in body["figures"].items()},
        frame=pq.read_table(ctx.evidence.path(body["scored"])).to_pandas(),
        life=life(history, candidate),
        written=written(ctx.spec),
    )


def told(history: History, candidate: Mapping[str, Any], waivers: Mapping[str, str]) -> dict[str, Any]:
    """Return what the ledger says of a candidate and of the waivers of a verdict: {gate: hash of its event}."""
    claim, over = candidate["claim"], revoked(history)
    used = [event for event in history.of(GRANTED) if event.hash in waivers.values()]
    return {
        "candidate": candidate,
        "snapshot": _of_claim(history, "snapshot.frozen", claim),
        "decision": _of_claim(history, "retraining.decided", claim),
        "waivers": [{**e.payload, "revoked": said(over[e.hash]) if e.hash in over else None} for e in used],
        "cost": [event.payload for event in of_claim(history, claim)],
    }


def life(history: History, candidate: Mapping[str, Any]) -> list[Event]:
    """Return what happened to a version since it was registered, oldest first."""
    number, key = candidate["version"], version_key(candidate["version"])
    about = [event for event in history.events if event.key == key and event.payload.get("version") == number]
    return [event for event in about if event.type != COST]


def written(spec: Spec) -> dict[str, str]:
    """Return what stands under each heading of `technical.md` in the model's folder; nothing where there is no file."""
    path = spec.folder / "technical.md"
    if not path.exists():
        return {}
    _, *parts = ("\n" + path.read_text(encoding="utf-8")).split("\n## ")
    headed = (part.partition("\n") for part in parts)
    return {title.strip(): text.strip() for title, _, text in headed}


def _spec(ctx: Context, verdict: Mapping[str, Any]) -> Spec:
    """Return the spec that the verdict was given under."""
    if verdict["spec_digest"] == ctx.spec.digest:
        return ctx.spec
    with tempfile.TemporaryDirectory() as folder:
        return revive(ctx.evidence.path(verdict["spec"]).read_text(encoding="utf-8"), Path(folder))


def _of_claim(history: History, type_: str, claim: str) -> Mapping[str, Any]:
    hits = [event.payload for event in history.of(type_) if event.payload.get("claim") == claim]
    return hits[-1] if hits else {}


def _text(value: object) -> str:
    import json

    return json.dumps(value)
