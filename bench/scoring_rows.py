"""What the scoring benchmark scores: made-up rows, and a model that was fitted on some of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NUMERIC = tuple(f"x{n:02d}" for n in range(18))
CATEGORICAL = ("carrier", "destination", "origin")
CHUNK = 100_000


def prepare(folder: Path, rows: int, trees: int) -> None:
    """Write the model twice (artifact and joblib) and the rows to score."""
    import joblib
    import pyarrow as pa
    import pyarrow.parquet as pq

    from perennial.estimators.artifact import save
    from perennial.estimators.manifest import describe
    from perennial.estimators.pipeline import build, fit

    sample = chunk(0, min(CHUNK, rows))
    name = "sklearn.ensemble.HistGradientBoostingClassifier"
    model = fit(build(name, {"max_iter": trees, "early_stopping": False}, NUMERIC, CATEGORICAL, 0), sample, sample["y"])
    artifact = save(model, folder, describe(model, sample))
    (folder / "sha256").write_text(artifact.sha256)
    joblib.dump(model, folder / "model.joblib")
    writer = None
    for start in range(0, rows, CHUNK):
        table = pa.Table.from_pandas(chunk(1 + start // CHUNK, min(CHUNK, rows - start)), preserve_index=False)
        writer = writer or pq.ParquetWriter(folder / "rows.parquet", table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def chunk(seed: int, rows: int) -> Any:
    """Return synthetic rows: an entity key, 18 numbers, 3 text categories with some values missing, a label."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, len(NUMERIC))), columns=list(NUMERIC))
    frame = frame.mask(rng.random(frame.shape) < 0.02)
    for name, count in zip(CATEGORICAL, (16, 100, 3), strict=True):
        codes = rng.integers(0, count, rows)
        frame[name] = np.array([*(f"{name[:2].upper()}{code}" for code in range(1, count)), None], dtype=object)[codes]
    signal = frame["x00"].fillna(0) + frame["x01"].fillna(0) * frame["x02"].fillna(1) + (frame["origin"] == "OR1")
    frame["y"] = (signal + rng.normal(size=rows) > 1).astype(int)
    frame["flight"] = [f"F{seed:04d}{row:06d}" for row in range(rows)]
    return frame
