"""Thresholds of drift for a version and its reference: found once, kept in the ledger, used for every window after."""

from __future__ import annotations

import logging
from collections.abc import Mapping
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
from perennial.monitoring.counted import counted
from perennial.monitoring.reference import SCORE, Reference
from perennial.monitoring.simulation import method_of, simulated, weights_of
from perennial.spec.drift import DriftMethod

if TYPE_CHECKING:
    import pandas as pd


log = logging.getLogger(__name__)


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
    *seasonal, training = reference.references(case)
    for chosen in seasonal:
        try:
            return _told(case, chosen)
        except HistoryIncomplete as missing:  # a view reaches back further than features were built
            log.info("%s: no season to hold %s against: %s", case.ctx.model, case.window, missing.found)
    return _told(case, training)


def _told(case: Case, chosen: Reference) -> Calibrated:
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
    found = counted(case, chosen)
    methods = {name: method_of(case.spec.monitor.drift, name, one) for name, one in found.bins.items()}
    weights = weights_of(list(found.bins), _importance(case))
    run = simulated(case, found.side, list(methods.values()), weights, found.share)
    body = {
        **about,
        "alpha": run.found.alpha,
        "rate": run.found.rate,
        "years": run.years,
        "reference_days": {"features": str(found.side.days), "scores": str(found.scores.days)},
        "reference_rows": {"features": found.side.rows, "scores": found.scores.rows},
        "thresholds": dict(zip(found.bins, map(float, run.found.thresholds), strict=True)),
        "samples": found.samples,
    }
    totals = [*found.side.total[:-1], *found.scores.total]
    columns = {
        name: {**one.to_dict(), "method": methods[name], "weight": float(weight), "counts": total[: one.size].tolist()}
        for (name, one), weight, total in zip(found.bins.items(), weights, totals, strict=True)
    }
    constant = sorted((found.side.constant - {SCORE}) | found.scores.constant)
    evidence = case.ctx.evidence.put_json({**body, "columns": columns, "constant": constant})
    return case.ctx.chain.record("drift.calibrated", key, body, evidence=evidence, once=once)


def _importance(case: Case) -> dict[str, float]:
    """Return what validation found of each column, nothing where it did not look."""
    figures = case.verdict["figures"].get("explainability")
    found = case.ctx.evidence.read_json(figures)["importance"] if figures else {}
    return {name: value for name, value in found.items() if value is not None}


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
