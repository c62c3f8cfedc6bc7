"""How groups of people are decided about in production, beside validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from perennial.estimators.grouping import grouping
from perennial.monitoring import labels
from perennial.monitoring.case import Case
from perennial.monitoring.decisions.fairness import Gap, judge, level
from perennial.monitoring.labels import blocks_of
from perennial.monitoring.result import Result
from perennial.statistics.fairness import RATES, Counts, count, gap, large, rates
from perennial.statistics.resampling import Interval

if TYPE_CHECKING:
    import pandas as pd


def fairness(case: Case) -> Result | None:
    """Compare the groups of each protected attribute by the criterion chosen for it; without any it does not apply."""
    if not case.spec.protected or case.spec.train.task == "regression":
        return None
    found = labels.predicted(case, case.window, list(case.spec.protected)).labelled
    rows = found[(found["version"] == case.ctx.named(case.number)) & found["decision"].notna()]
    maturity = "matured" if labels.matured(case) else "early"
    figures: dict[str, Any] = {"maturity": maturity, "labelled": len(rows)}
    if maturity == "early":
        why = f"labels mature on {labels.matures(case):%Y-%m-%d}"
        return Result("fairness", "insufficient_data", why, figures)
    if len(rows) < case.policy.min_rows:
        why = f"{len(rows)} labelled decisions, {case.policy.min_rows} are needed"
        return Result("fairness", "insufficient_data", why, figures)
    gaps, groups = zip(*(_attribute(case, rows, name) for name in case.spec.protected), strict=True)
    verdict, why, blamed = judge(gaps)
    figures["attributes"] = [{**one.to_dict(), "groups": each} for one, each in zip(gaps, groups, strict=True)]
    return Result("fairness", verdict, why, figures, blamed)


def _attribute(case: Case, rows: pd.DataFrame, name: str) -> tuple[Gap, list[dict[str, Any]]]:
    """Return the gap between the groups of an attribute that are large enough, and the rates of all."""
    criterion, found = case.spec.protected[name].criterion, grouping(rows, name)
    by_row = case.spec.resampling_unit == "row"
    blocks = None if by_row else np.unique(blocks_of(case, rows), return_inverse=True)[1]
    y, decision = (rows[column].to_numpy(dtype=np.int64) for column in ("y", "decision"))
    counts = count(found.codes, y, decision, len(found.names), blocks)
    pooled = counts if by_row else counts.sum(axis=0)
    enough = large(pooled, criterion, rows=case.policy.min_group, positives=case.policy.min_positives)
    names = [one for one, kept in zip(found.names, enough, strict=True) if kept]
    interval, lowest, highest = _gap(criterion, counts[..., enough, :, :], names, level(case.spec))
    then, limit = _at_validation(case, criterion, name), case.policy.gates[criterion]
    return Gap(name, criterion, interval, then, lowest, highest, limit), _groups(found.names, pooled)


def _gap(
    criterion: str, counts: Counts, names: list[str], sure: float
) -> tuple[Interval | None, str | None, str | None]:
    try:
        found = gap(criterion, counts, level=sure)
    except ValueError:
        return None, None, None
    return found.interval, names[found.lowest], names[found.highest]


def _at_validation(case: Case, criterion: str, attribute: str) -> Interval | None:
    """Return what the gate of the criterion saw; None where it could not say."""
    for gate in case.verdict["gates"]:
        if gate["name"] == f"{criterion}:{attribute}" and gate["low"] is not None:
            return Interval(gate["value"], gate["low"], gate["high"])
    return None


def _groups(names: tuple[str, ...], pooled: Counts) -> list[dict[str, Any]]:
    shares = {rate: rates(pooled, rate) for rate in RATES}
    return [
        {
            "name": name,
            "rows": int(pooled[place].sum()),
            **{rate: None if np.isnan(found[place]) else float(found[place]) for rate, found in shares.items()},
        }
        for place, name in enumerate(names)
    ]
