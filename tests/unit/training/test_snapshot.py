from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial.errors import ContractBroken
from perennial.training import snapshot

KNOWN_BY = datetime(2020, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["UTC", None])
def test_only_labels_known_by_then_are_kept_and_the_others_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str | None
) -> None:
    monkeypatch.setattr(snapshot, "BATCH", 2)  # several batches from six rows
    moments = [KNOWN_BY, KNOWN_BY + timedelta(microseconds=1), None, KNOWN_BY, None, KNOWN_BY]
    if zone is None:
        moments = [moment and moment.replace(tzinfo=None) for moment in moments]
    table = pa.table(
        {
            "id": pa.array(range(6)),
            "day": pa.array([date(2020, 1, 1)] * 6),
            "late": pa.array([1, 1, 1, 0, None, None], pa.int8()),
            "label_time": pa.array(moments, pa.timestamp("us", zone)),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    counts = snapshot.write(tmp_path / "in.parquet", tmp_path / "out.parquet", "late", KNOWN_BY)
    assert counts.to_dict() == {"rows": 2, "positives": 1, "unlabelled": 2, "late": 2}
    assert pq.read_table(tmp_path / "out.parquet").column("id").to_pylist() == [0, 3]


def test_a_label_that_is_neither_0_nor_1_is_named(tmp_path: Path) -> None:
    table = pa.table({"late": [0, 1, 2], "label_time": pa.array([KNOWN_BY] * 3, pa.timestamp("us", "UTC"))})
    pq.write_table(table, tmp_path / "in.parquet")
    with pytest.raises(ContractBroken, match="0, 1, 2"):
        snapshot.write(tmp_path / "in.parquet", tmp_path / "out.parquet", "late", KNOWN_BY)


def test_a_number_that_is_predicted_is_any_finite_one(tmp_path: Path) -> None:
    when = pa.array([KNOWN_BY] * 3, pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"late": [0.5, -3.0, 12.0], "label_time": when}), tmp_path / "in.parquet")
    counts = snapshot.write(tmp_path / "in.parquet", tmp_path / "out.parquet", "late", KNOWN_BY, "regression")
    assert (counts.rows, counts.teach("regression"), counts.teach("classification")) == (3, True, True)
    pq.write_table(pa.table({"late": [0.5, float("inf"), 1.0], "label_time": when}), tmp_path / "in.parquet")
    with pytest.raises(ContractBroken, match=r"found: *inf"):
        snapshot.write(tmp_path / "in.parquet", tmp_path / "out.parquet", "late", KNOWN_BY, "regression")
