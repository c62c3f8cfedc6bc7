"""Memory is that of the child: what its parent holds does not count, what it loads does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial.errors import SetupError
from perennial.estimators.artifact import save
from perennial.estimators.footprint import peak, peak_memory
from perennial.estimators.manifest import describe
from perennial.estimators.pipeline import build, fit

MEGABYTE = 1_000_000


def table(rows: int) -> pa.Table:
    rng = np.random.default_rng(0)
    return pa.table({name: rng.normal(size=rows) for name in ("a", "b")})


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    data = table(2_000)
    y = (data.column("a").to_numpy() > 0).astype(int)
    model = fit(build("sklearn.linear_model.LogisticRegression", {}, ["a", "b"], [], 0), data, y)
    artifact = save(model, tmp_path_factory.mktemp("model"), describe(model, data))
    return artifact.path, artifact.sha256


def test_the_child_is_measured_not_its_parent(saved: tuple[Path, str], tmp_path: Path) -> None:
    rows = tmp_path / "rows.parquet"
    pq.write_table(table(1_000), rows)
    ballast = np.ones(100_000_000)  # 0.8 GB that the parent holds while the child is started
    found = peak_memory(*saved, rows)
    assert ballast.nbytes > 700 * MEGABYTE
    assert 80 * MEGABYTE < found < 600 * MEGABYTE
    assert peak() > 700 * MEGABYTE


def test_more_rows_take_more_memory(saved: tuple[Path, str], tmp_path: Path) -> None:
    few, many = tmp_path / "few.parquet", tmp_path / "many.parquet"
    pq.write_table(table(1_000), few)
    pq.write_table(table(3_000_000), many)
    assert peak_memory(*saved, many) > peak_memory(*saved, few) + 40 * MEGABYTE


def test_a_child_that_ends_badly_says_why(saved: tuple[Path, str], tmp_path: Path) -> None:
    rows = tmp_path / "rows.parquet"
    pq.write_table(table(10), rows)
    with pytest.raises(SetupError, match="registered file"):
        peak_memory(saved[0], "0" * 64, rows)
