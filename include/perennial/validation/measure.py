"""From scored rows to the figures that gates look at; the resampling unit is a day."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from perennial.context import Context
from perennial.datasets.definition import DAY
from perennial.estimators.clean_process import Smoke, smoke
from perennial.statistics.calibration import calibration_in_the_large
from perennial.statistics.resampling import difference, interval
from perennial.validation.figures import Estimate, Measured, Unknown, estimate
from perennial.validation.holdout import GOLDEN_SCORE

if TYPE_CHECKING:
    import pandas as pd


def measure(frame: pd.DataFrame, champion: int | None, smoked: Smoke) -> Measured:
    """Compute every figure that a gate may ask for, from the scored rows of a holdout."""
    y, days, mine = frame["y"], frame[DAY].astype(str), frame["p_candidate"]
    return Measured(
        rows=len(frame),
        auc=estimate(lambda: interval("auc", y, mine, days)),
        calibration=estimate(lambda: calibration_in_the_large(y, mine, days)),
        baseline=estimate(lambda: difference("auc", y, mine, frame["p_baseline"], days)),
        champion=None if champion is None else _against_champion(frame),
        compared=int(frame["p_champion"].notna().sum()),
        probed=smoked.rows,
        mismatches=smoked.different,
    )


def smoke_test(ctx: Context, candidate: Mapping[str, Any], golden: pa.Table, folder: Path) -> Smoke:
    """Let a clean process predict the golden rows and compare bit for bit."""
    path = folder / "golden.parquet"
    pq.write_table(golden, path)
    artifact = candidate["artifact"]
    expected = golden.column(GOLDEN_SCORE).to_numpy()
    return smoke(ctx.settings.artifacts / artifact["path"], artifact["sha256"], path, expected)


def as_parquet(table: pa.Table) -> bytes:
    """Return the bytes of a Parquet file; equal tables give equal bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _against_champion(frame: pd.DataFrame) -> Estimate:
    """Compare on the rows that both versions' features have."""
    both = frame[frame["p_champion"].notna()]
    if both.empty:
        return Unknown("the champion's features have none of these rows")
    days = both[DAY].astype(str)
    return estimate(lambda: difference("auc", both["y"], both["p_candidate"], both["p_champion"], days))
