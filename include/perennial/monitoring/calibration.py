"""Thresholds of drift for a version and its reference: found once, kept in the ledger, used for every window after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perennial.errors import HistoryIncomplete
from perennial.hashing import digest
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.monitoring import reference
from perennial.monitoring.bins import Bins
from perennial.monitoring.case import Case
from perennial.monitoring.counts import Counts, Rows, bins_of, count, rows_of
from perennial.monitoring.reference import SCORE, Reference
from perennial.spec.drift import DriftMethod
from perennial.statistics.alarms import Calibration, Rule, calibrate
from perennial.statistics.distances import LEAST
from perennial.statistics.years import YEAR, Plan, distances

if TYPE_CHECKING:
    import pandas as pd

WINDOWS, FEWEST_YEARS, MOST_YEARS = 30_000, 200, 1_000
"""Windows that are simulated, and in how many years at least and at most."""
FEWEST_DAYS = 8
"""Days of a reference below which chance from day to day is unknown."""


@dataclass(frozen=True)
class Calibrated:
    """What a version's columns are held against, and from where on they drift."""

    bins: Mapping[str, Bins]
    methods: Mapping[str, DriftMethod]
    thresholds: Mapping[str, float]
    reference: NDArray[np.int64]
    """(columns, bins)"""
    constant: frozenset[str]
    kept: Mapping[str, Any]
    """The event's payload."""

    def total(self, name: str) -> NDArray[np.int64]:
        """Return a column's counts, (bins,)."""
        return np.asarray(self.reference[list(self.bins).index(name), : self.bins[name].size])


def calibrated(case: Case) -> Calibrated:
    """Return the thresholds for a case's window; raises HistoryIncomplete where the reference has too few days."""
    chosen = reference.reference(case)
    about = _about(case, chosen)
    key, once = version_key(case.number), digest(about)
    told = [event for event in case.history.of("drift.calibrated") if event.once == once]
    return _read(case, told[0] if told else _made(case, chosen, about, key, once))


def _about(case: Case, chosen: Reference) -> dict[str, Any]:
    """Return what thresholds are for; another value of any of these needs others."""
    return {
        "version": case.number,
        "reference": chosen.to_dict(),
        "days": len(case.window),
        "every": case.spec.monitor.every,
        "sample": case.spec.monitor.sample,
        "unit": case.spec.resampling_unit,
        "rule": case.spec.monitor.drift.model_dump(mode="json"),
    }


def _made(case: Case, chosen: Reference, about: Mapping[str, Any], key: str, once: str) -> Event:
    """Count the reference, simulate years without drift, keep what was found."""
    columns, evidence = case.version["columns"], case.ctx.evidence
    with reference.features(case, chosen) as sql, rows_of(case.ctx, sql) as rows:
        bins = bins_of(rows, columns["numeric"], columns["categorical"])
        features, sampled = count(rows, bins), evidence.put(_parquet(rows, list(bins), case), ".parquet")
    with rows_of(case.ctx, reference.scores(case, chosen)) as rows:
        bins |= (score := bins_of(rows, [SCORE], []))
        scores, sampled_scores = count(rows, score), evidence.put(_parquet(rows, [SCORE], case), ".parquet")
    methods = {name: method_of(case, name, one) for name, one in bins.items()}
    found, years = _simulated(case, [features, scores], list(methods.values()), weights(case, list(bins)))
    body = {
        **about,
        "alpha": found.alpha,
        "rate": found.rate,
        "years": years,
        "reference_days": {"features": str(features.days), "scores": str(scores.days)},
        "reference_rows": {"features": features.rows, "scores": scores.rows},
        "thresholds": dict(zip(bins, map(float, found.thresholds), strict=True)),
        "samples": {"features": sampled, "scores": sampled_scores},
    }
    counts = [total[: one.size].tolist() for one, total in zip(bins.values(), _totals(features, scores), strict=True)]
    file = {
        **body,
        "columns": {
            name: {**one.to_dict(), "method": methods[name], "counts": cells, "weight": float(weight)}
            for (name, one), cells, weight in zip(bins.items(), counts, weights(case, list(bins)), strict=True)
        },
        "constant": sorted(features.constant | scores.constant),
    }
    return case.ctx.chain.record("drift.calibrated", key, body, evidence=evidence.put_json(file), once=once)


def method_of(case: Case, name: str, bins: Bins) -> DriftMethod:
    """Return how a column's distance is measured."""
    rules = case.spec.monitor.drift
    return rules.columns.get(name, rules.numeric if bins.numeric else rules.categorical)


def weights(case: Case, names: Sequence[str]) -> NDArray[np.float64]:
    """Weigh columns by the importance that validation found, (columns,), mean 1.

    Half of the weight is everybody's: an importance is an estimate, and what the model hardly reads may break too.
    """
    figures = case.verdict["figures"].get("explainability")
    importance = case.ctx.evidence.read_json(figures)["importance"] if figures else {}
    known = np.array([float(importance.get(name) or 0.0) for name in names])
    middle = known[known > 0].mean() if (known > 0).any() else 1.0
    relative = np.where([name in importance for name in names], known / middle, 1.0)
    return np.asarray((1 + relative / relative.mean()) / 2)


def _simulated(
    case: Case, sides: Sequence[Counts], methods: Sequence[DriftMethod], weighed: NDArray[np.float64]
) -> tuple[Calibration, int]:
    """Simulate years; features and scores come from other days, so they are drawn apart."""
    rules, every, by_row = case.spec.monitor.drift, case.spec.monitor.every, case.spec.resampling_unit == "row"
    years = int(np.clip(WINDOWS * every // YEAR, FEWEST_YEARS, MOST_YEARS))
    null, first = [], 0
    for seed, side in enumerate(sides):
        _enough(case, side, by_row=by_row)
        plan = Plan(len(case.window), every, years, by_row=by_row, lead=rules.confirm.n, seed=seed)
        null.append(distances(side.values, methods[first : first + len(side.columns)], plan))
        first += len(side.columns)
    names = [name for side in sides for name in side.columns]
    rule = Rule(rules.confirm.k, rules.confirm.n, np.array([name in rules.critical for name in names]))
    least = np.array([LEAST[method] for method in methods])
    together, allowed = np.concatenate(null, axis=-1), rules.false_alarms.yearly
    return calibrate(together, weighed, least, rule=rule, allowed=allowed, every=every), years


def _enough(case: Case, side: Counts, *, by_row: bool) -> None:
    if not side.rows or (not by_row and len(side.days) < FEWEST_DAYS):
        raise HistoryIncomplete(
            f"{case.ctx.model}: reference of drift for {version_key(case.number)}",
            expected="rows" if by_row else f"at least {FEWEST_DAYS} days with rows",
            found=f"{side.rows} rows on {len(side.days)} days",
        )


def _totals(*sides: Counts) -> list[NDArray[np.int64]]:
    return [row for side in sides for row in side.total]


def _parquet(rows: Rows, names: Sequence[str], case: Case) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    frame = rows.sample(names, case.spec.monitor.sample)
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), sink, compression="zstd")
    return bytes(sink.getvalue())


def sampled(case: Case, found: Calibrated) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the samples of the reference that pages are drawn from: features and scores."""
    import pyarrow.parquet as pq

    files = (case.ctx.evidence.path(found.kept["samples"][name]) for name in ("features", "scores"))
    features, scores = (pq.read_table(file).to_pandas() for file in files)
    return features, scores


def _read(case: Case, event: Event) -> Calibrated:
    """Read the thresholds that an event names."""
    assert event.evidence, "it was recorded with a file"
    file = case.ctx.evidence.read_json(event.evidence)
    bins = {name: Bins.from_dict(one) for name, one in file["columns"].items()}
    counts = np.zeros((len(bins), max(one.size for one in bins.values())), dtype=np.int64)
    for place, one in enumerate(file["columns"].values()):
        counts[place, : len(one["counts"])] = one["counts"]
    return Calibrated(
        bins,
        {name: one["method"] for name, one in file["columns"].items()},
        file["thresholds"],
        counts,
        frozenset(file["constant"]),
        event.payload,
    )
