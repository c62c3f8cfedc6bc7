"""Where one prediction comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from perennial.audit.decision import explained
from perennial.audit.versions import decided
from perennial.context import Context, open_context
from perennial.errors import KeyInvalid, LedgerError
from perennial.keys import DAY, parse_version, version_key
from perennial.lake.partitions import Partition
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.settings import Settings


@dataclass(frozen=True)
class PredictionId:
    """The parts of `flight_delay:v1/2013-04-01/<entity>`."""

    model: str
    version: int
    day: date
    text: str

    @classmethod
    def parse(cls, text: str) -> PredictionId:
        """Read an id; raises KeyInvalid."""
        model, _, rest = text.partition(":")
        version, _, rest = rest.partition("/")
        day, _, entity = rest.partition("/")
        try:
            return cls(model, parse_version(version), date.fromisoformat(day), text) if entity else cls._invalid(text)
        except (ValueError, KeyInvalid):
            return cls._invalid(text)

    @classmethod
    def _invalid(cls, text: str) -> PredictionId:
        raise KeyInvalid(
            f"prediction {text!r}",
            expected="model:version/day/entity, such as flight_delay:v1/2013-04-01/...",
            found=repr(text),
        )


def trace(settings: Settings, prediction: str) -> dict[str, object]:
    """Return score, decision, version, features, training, approval and run of a prediction; raises LedgerError."""
    asked = PredictionId.parse(prediction)
    ctx = open_context(asked.model, settings=settings)
    history = ctx.chain.history()
    published = _published(ctx, history, asked)
    row = _row(ctx, published, asked)
    version = history.version(asked.version)
    change = _promotion_before(history, asked.version, published)
    rows: dict[str, object] = {
        "prediction": asked.text,
        "score": row["score"],
        **explained(ctx, published, row, asked.day),
        "published": f"{published.wall_time:%Y-%m-%d %H:%M:%S} UTC, event {published.seq}, run {published.run}",
        "version": version_key(asked.version),
        "artifact": f"sha256 {version['artifact']['sha256']}",
        "features": f"service {version['service']}, transform {published.payload['transform'][:12]}",
        "feature window": f"{asked.day - ctx.spec.features.lookback * DAY}..{asked.day}",
        "feature files": f"evidence {published.evidence}",
        "features logged": _logged(ctx, published, asked, row[ctx.spec.entity]),
        "training": f"{version['fit_window']}, snapshot sha256 {version['snapshot']}",
        "training run": f"MLflow {version['run_id']}, claim {version['claim']}",
    }
    return rows | _decision(history, change)


def _decision(history: History, change: Event | None) -> dict[str, object]:
    if change is None:
        return {}
    events = {event.hash: event for event in history.events}
    verdict = events[change.payload["verdict"]]
    return {
        "champion": f"event {change.seq}, {change.payload['kind']} {change.wall_time:%Y-%m-%d %H:%M} by {change.actor}",
        "approval": "; ".join(decided(history, change)),
        "verdict": f"event {verdict.seq}, evidence {verdict.evidence}",
        "model card": f"evidence {verdict.payload['card']}",
    }


def _published(ctx: Context, history: History, asked: PredictionId) -> Event:
    table = ctx.table("predictions")
    for event in reversed(history.of("predictions.published")):
        if str(asked.day) in event.payload["tables"].get(table, {}) and event.payload["version"] == asked.version:
            return event
    raise _unknown(asked, f"no scores of {version_key(asked.version)} were published for {asked.day}")


def _row(ctx: Context, published: Event, asked: PredictionId) -> dict[str, Any]:
    """Look the row up in the partition that this version published."""
    import pyarrow.parquet as pq

    table = ctx.table("predictions")
    kept = published.payload["tables"][table][str(asked.day)]
    partition = Partition(table, asked.day, kept["sha256"], kept["rows"])
    named = [("prediction_id", "==", asked.text)]
    found = pq.read_table(ctx.lake.path(partition), filters=named, partitioning=None).to_pylist()
    if len(found) != 1:
        raise _unknown(asked, f"{len(found)} rows of this id among the {partition.rows} of {asked.day}")
    return dict(found[0])


def _logged(ctx: Context, published: Event, asked: PredictionId, entity: object) -> str:
    """Say where the log of what the version was given lies, and whether this row is among those kept in full."""
    from perennial.estimators import feature_log

    table = ctx.table(feature_log.TABLE)
    kept = published.payload["tables"].get(table, {}).get(str(asked.day))
    if kept is None:
        return "no: scored before features were logged"
    partition = Partition(table, asked.day, kept["sha256"], kept["rows"])
    sample = feature_log.read(ctx.lake.path(partition)).sample
    mine = entity in sample.column(ctx.spec.entity).to_pylist()
    return f"{table}, revision {partition.revision}: {'this row in full' if mine else 'this row in the checksums'}"


def _promotion_before(history: History, number: int, published: Event) -> Event | None:
    """Return the promotion under which the scores were published."""
    hits = [e for e in history.of("champion.changed") if e.payload["version"] == number and e.seq < published.seq]
    return hits[-1] if hits else None


def _unknown(asked: PredictionId, found: str) -> LedgerError:
    return LedgerError(
        f"prediction {asked.text}",
        expected="a published prediction",
        found=found,
        next_command=f"perennial ledger show {asked.model} --type predictions.published",
    )
