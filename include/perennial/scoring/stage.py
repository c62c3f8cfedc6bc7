"""Score the days of a window with the champion and publish the scores, whole days at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from perennial import datasets
from perennial.context import Context
from perennial.errors import Conflict, SpecError
from perennial.estimators import feature_log
from perennial.estimators.artifact import load
from perennial.estimators.columns import Columns
from perennial.estimators.decision_rule import rule_of
from perennial.estimators.fingerprint import Fingerprints
from perennial.estimators.scorefile import Decider, score_file
from perennial.keys import Window
from perennial.lake.days import keep_days
from perennial.lake.partitions import Partition
from perennial.ledger.event import Event
from perennial.ledger.holds import refuse_if_held
from perennial.scoring.publish import scoring_version, still_champion
from perennial.spec.training import REGRESSORS

CHUNK = 31
"""Days scored at once; memory is bounded by the batch, this bounds the scratch files."""


def score(ctx: Context, window: Window, version: str | None = None) -> Event | None:
    """Score a window and return the event that published its last days; None while there is no champion.

    Raises GateRefused when `version` is given and may not serve, Held while scoring is held, also where the hold came
    while it scored. A champion that changes meanwhile wins: the days are scored again with it.
    """
    event = None
    for chunk in window.chunks(CHUNK):
        event = _score_chunk(ctx, chunk, version)
    return event


def _score_chunk(ctx: Context, window: Window, asked: str | None) -> Event | None:
    refuse_if_held(ctx.chain, "scoring")
    number = scoring_version(ctx.chain.history(), asked)
    if number is None:
        return None
    predicted = _predict(ctx, number, window)
    try:
        return _publish(ctx, number, window, predicted)
    except Conflict:
        if asked is not None:
            raise
        return _score_chunk(ctx, window, None)


@dataclass(frozen=True)
class _Predicted:
    """What a window's scoring leaves to be published."""

    partitions: Sequence[Partition]
    logged: Sequence[Partition]
    """of the feature log"""
    inputs: str
    """evidence digest of the feature partitions they were made from"""
    decisions: Mapping[str, Any]


def _predict(ctx: Context, number: int, window: Window) -> _Predicted:
    version = ctx.chain.history().version(number)
    model = load(ctx.settings.artifacts / version["artifact"]["path"], version["artifact"]["sha256"])
    with ctx.lake.staging() as staging:
        examples, log = staging / "examples.parquet", staging / "predictions.parquet"
        read = datasets.retrieve(ctx, version["transform"], window, examples, labelled=False)
        keys, decider = ["day", ctx.spec.entity], decider_of(ctx, version)
        given = Fingerprints(ctx.spec.entity, Columns.of(model))
        score_file(model, [examples], log, keys=keys, version=ctx.named(number), decider=decider, tap=given.add)
        _same_rows(ctx, examples, log)
        partitions = keep_days(ctx.lake, ctx.table("predictions"), log, window)
        logged = feature_log.keep(ctx.lake, ctx.table(feature_log.TABLE), given, window, pq.read_schema(examples))
        return _Predicted(partitions, logged, ctx.evidence.put_json(read.partitions), counted(log))


def decider_of(ctx: Context, version: Mapping[str, Any]) -> Decider | None:
    """Return how a version's scores become decisions; None where it predicts a number."""
    if version["estimator"] in REGRESSORS:
        return None
    return Decider(rule_of(version, ctx.spec.cost), ctx.spec.entity)


def counted(log: Path) -> dict[str, Any]:
    """Count the decisions of a prediction log, and the rows that are held for a person by reason."""
    table = pq.read_table(log, columns=["decision", "held"])
    counts = {pair["values"]: pair["counts"] for pair in pc.value_counts(table.column("decision")).to_pylist()}
    reasons = pc.value_counts(table.column("held").drop_null()).to_pylist()
    held = {pair["values"]: pair["counts"] for pair in sorted(reasons, key=lambda pair: str(pair["values"]))}
    return {"yes": counts.get(1, 0), "no": counts.get(0, 0), "held": held}


def _same_rows(ctx: Context, examples: Path, log: Path) -> None:
    """Refuse an entity that stands twice on a day (its scores could not be told apart) and a row without a score."""
    import duckdb

    entity = ctx.spec.entity
    twice = duckdb.execute(
        f'SELECT day, "{entity}", count(*) FROM read_parquet(?) GROUP BY ALL HAVING count(*) > 1 LIMIT 1',
        [str(examples)],
    ).fetchone()
    if twice:
        raise SpecError(
            f"{ctx.spec.folder / ctx.spec.features.sql}: relation examples",
            expected=f"each {entity} once a day",
            found=f"{twice[2]} rows for {twice[1]!r} on {twice[0]}",
            next_command=f"perennial validate {ctx.model}",
        )
    asked, answered = (pq.read_metadata(path).num_rows for path in (examples, log))
    if asked != answered:
        raise ValueError(f"expected a score for each of {asked} rows, found {answered}")


def _tables(predicted: _Predicted) -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for one in [*predicted.partitions, *predicted.logged]:
        made.setdefault(one.table, {})[str(one.day)] = one.to_dict()
    return made


def _publish(ctx: Context, number: int, window: Window, predicted: _Predicted) -> Event:
    partitions, history = [*predicted.partitions, *predicted.logged], ctx.chain.history()
    version = history.version(number)
    last = history.last("predictions.published", str(window))
    current = {one for table in {one.table for one in partitions} for one in history.partitions(table).values()}
    if last and last.payload["version"] == number and current.issuperset(partitions):
        still_champion(history, number)
        return last
    return ctx.chain.record(
        "predictions.published",
        str(window),
        {
            "tables": _tables(predicted),
            "version": number,
            "artifact_sha256": version["artifact"]["sha256"],
            "transform": version["transform"],
            "rows": sum(partition.rows for partition in predicted.partitions),
            "decisions": dict(predicted.decisions),
        },
        evidence=predicted.inputs,
        guard=lambda present: still_champion(present, number),
        brake="scoring",
    )
