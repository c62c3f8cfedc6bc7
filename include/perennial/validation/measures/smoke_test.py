"""What a clean process predicts from the packaged model."""

from __future__ import annotations

import pyarrow.parquet as pq

from perennial.estimators.clean_process import Smoke, smoke
from perennial.estimators.probe import GOLDEN_SCORE
from perennial.validation.case import Case


def smoke_test(case: Case) -> Smoke:
    """Let a clean process predict the golden rows and compare bit for bit."""
    path, golden = case.folder / "golden.parquet", case.scored.golden
    pq.write_table(golden, path)
    artifact = case.candidate["artifact"]
    expected = golden.column(GOLDEN_SCORE).to_numpy()
    return smoke(case.ctx.settings.artifacts / artifact["path"], artifact["sha256"], path, expected)
