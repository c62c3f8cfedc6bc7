"""How one score became a decision: the rule, and where thresholds differ the person's group and lot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perennial.context import Context
from perennial.datasets.definition import EXAMPLES, definition
from perennial.estimators.decision_rule import DecisionRule, group_names, lots, rule_of
from perennial.lake.partitions import Partition
from perennial.ledger.event import Event
from perennial.spec.training import REGRESSORS

if TYPE_CHECKING:
    import pandas as pd

ANSWERS = {1: "yes", 0: "no"}


def explained(ctx: Context, published: Event, row: Mapping[str, Any], day: date) -> dict[str, object]:
    """Return decision and rule of a row of the prediction log; a mitigated one also shows group, thresholds, lot."""
    version = ctx.chain.history().version(published.payload["version"])
    if version["estimator"] in REGRESSORS:
        return {"decision": "none: a number is predicted"}
    rule = rule_of(version, ctx.spec.cost)
    said = f"held for a person: {row['held']}" if row["held"] else ANSWERS[row["decision"]]
    rows: dict[str, object] = {"decision": said, "rule": str(rule)}
    return rows | _group(ctx, rule, published, row, day) if rule.attributes else rows


def _group(ctx: Context, rule: DecisionRule, published: Event, row: Mapping[str, Any], day: date) -> dict[str, object]:
    made = definition(ctx, published.payload["transform"])
    assert published.evidence, "scores are published with what they were made from"
    table = made.table(ctx.model, EXAMPLES)
    read = ctx.evidence.read_json(published.evidence)[table][str(day)]
    path = ctx.lake.path(Partition(table, day, read, 1))
    if not path.exists():
        return {"group": "not known any more: the features were cleaned up with the version"}
    found = _person(path, made.entity, row[made.entity], rule.attributes)
    group = group_names(found, rule.attributes)[0]
    steps = rule.groups.get(group)
    words = "none: the group was never seen" if steps is None else "; ".join(map(str, steps)) or "never yes"
    drawn = lots([row[made.entity]], ctx.named(published.payload["version"]))[0]
    return {"group": group, "thresholds": words, "lot": f"{drawn:.6f}, yes where it lies below the share of yes"}


def _person(path: Path, entity: str, name: Any, attributes: Sequence[str]) -> pd.DataFrame:
    """Return the protected attributes of one example, (1, k)."""
    import pyarrow.parquet as pq

    found = pq.read_table(path, columns=list(attributes), filters=[(entity, "==", name)], partitioning=None)
    frame: pd.DataFrame = found.to_pandas()
    return frame
