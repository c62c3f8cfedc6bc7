"""Count a reference: features, scores, and the champion's scores of the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perennial.monitoring import reference
from perennial.monitoring.binning import bins_of
from perennial.monitoring.bins import Bins
from perennial.monitoring.case import Case
from perennial.monitoring.counts import Counts, beside, count, rows_of
from perennial.monitoring.reference import SCORE, Reference

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Counted:
    """A reference that was counted: the score is the last column."""

    bins: Mapping[str, Bins]
    side: Counts
    """features, and the champion's scores of the same rows"""
    scores: Counts
    """what scores are held against"""
    share: NDArray[np.float64]
    samples: Mapping[str, str]


def counted(case: Case, chosen: Reference) -> Counted:
    """Count features and scores; how scores vary by chance is read off the features' days, a holdout has too few."""
    columns, size, put = case.version["columns"], case.spec.monitor.sample, case.ctx.evidence.put
    with (
        case.ctx.lake.staging() as staging,
        reference.features(case, chosen) as sql,
        rows_of(case.ctx, sql) as rows,
    ):
        bins = bins_of(rows, columns["numeric"], columns["categorical"])
        features, drawn = count(rows, bins), put(_parquet(rows.sample(bins, size)), ".parquet")
        own = reference.score(case, rows, staging / "scores.parquet")
        with rows_of(case.ctx, reference.holdout(case) if chosen.kind == "training" else own) as against:
            bins |= (score := bins_of(against, [SCORE], []))
            scores, drawn_scores = count(against, score), put(_parquet(against.sample(score, size)), ".parquet")
        with rows_of(case.ctx, own) as varied:
            side = beside(features, count(varied, score, features.days))
    share = np.ones(len(bins))
    if chosen.kind == "training":
        by_row = case.spec.resampling_unit == "row"
        part = scores.rows / max(1, features.rows) if by_row else len(scores.days) / len(features.days)
        share[-1] = min(1.0, part)
    return Counted(bins, side, scores, share, {"features": drawn, "scores": drawn_scores})


def _parquet(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), sink, compression="zstd")
    return bytes(sink.getvalue())
