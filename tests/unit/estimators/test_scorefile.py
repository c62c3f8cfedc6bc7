"""Parquet in, prediction log out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.pipeline import Pipeline

from perennial.estimators.decision_rule import DecisionRule, Step, decide
from perennial.estimators.predict import predict
from perennial.estimators.scorefile import Decider, score_file


@pytest.fixture
def sources(rows: pd.DataFrame, tmp_path: Path) -> list[Path]:
    """Write the rows as two files."""
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, part in zip(paths, (rows[:700], rows[700:]), strict=True):
        pq.write_table(pa.Table.from_pandas(part, preserve_index=False), path, row_group_size=250)
    return paths


def test_the_log_has_an_id_the_keys_the_score_and_the_version(
    trees: Pipeline, rows: pd.DataFrame, sources: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "log.parquet"
    assert score_file(trees, sources, out, keys=["flight", "hour"], version="v3", batch_rows=300) == len(rows)
    log = pq.read_table(out)
    assert log.schema.names == ["prediction_id", "flight", "hour", "score", "decision", "held", "version"]
    assert log.column("decision").null_count == log.column("held").null_count == len(rows)
    assert log.schema.field("hour").type == pa.int64()
    frame = log.to_pandas()
    assert np.array_equal(frame["score"].to_numpy(), predict(trees, rows))
    assert frame["prediction_id"].tolist() == [f"v3/{f}/{h}" for f, h in zip(rows["flight"], rows["hour"], strict=True)]
    assert frame["prediction_id"].is_unique
    assert set(frame["version"]) == {"v3"}


def test_decisions_stand_beside_the_scores_and_do_not_depend_on_batches(
    trees: Pipeline, rows: pd.DataFrame, sources: list[Path], tmp_path: Path
) -> None:
    steps = (Step(0.5, ">", 0.3), Step(0.5, ">", 0.6))
    rule = DecisionRule(0.5, ("origin",), {"EWR": steps, "JFK": (Step(1.0, ">", 0.5),)}, "threshold_optimizer")
    logs = []
    for batch_rows in (300, 65_536):
        out = tmp_path / f"{batch_rows}.parquet"
        decider = Decider(rule, "flight")
        score_file(trees, sources, out, keys=["hour"], version="v3", decider=decider, batch_rows=batch_rows)
        logs.append(pq.read_table(out))
    assert logs[0].equals(logs[1])
    decision, held = logs[0].column("decision").to_pandas(), logs[0].column("held").to_pandas()
    wanted = decide(rule, predict(trees, rows), rows[["origin"]], rows["flight"].tolist(), "v3")
    np.testing.assert_array_equal(decision.to_numpy(dtype=float), wanted)
    assert logs[0].schema.field("decision").type == pa.int8()
    unseen = rows["origin"].eq("LGA").to_numpy()
    assert np.array_equal(held.notna().to_numpy(), unseen)
    assert set(held[unseen]) == {"group never seen: origin LGA"}


def test_one_threshold_needs_no_attribute_and_holds_nobody(
    trees: Pipeline, rows: pd.DataFrame, sources: list[Path], tmp_path: Path
) -> None:
    decider = Decider(DecisionRule(0.3), "flight")
    score_file(trees, sources, tmp_path / "log", keys=["flight"], version="v3", decider=decider)
    log = pq.read_table(tmp_path / "log")
    np.testing.assert_array_equal(log.column("decision").to_numpy(), predict(trees, rows) >= 0.3)
    assert log.column("held").null_count == len(rows)


def test_scoring_again_gives_the_same_bytes(trees: Pipeline, sources: list[Path], tmp_path: Path) -> None:
    for name in ("first", "second"):
        score_file(trees, sources, tmp_path / name, keys=["flight"], version="v3")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_no_rows_make_an_empty_log(trees: Pipeline, rows: pd.DataFrame, tmp_path: Path) -> None:
    source = tmp_path / "none.parquet"
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False).slice(0, 0), source)
    assert score_file(trees, [source], tmp_path / "log", keys=["flight"], version="v3") == 0
    assert pq.read_table(tmp_path / "log").schema.names == [
        *("prediction_id", "flight", "score", "decision", "held", "version")
    ]


def test_a_failure_leaves_the_log_as_it_was(trees: Pipeline, rows: pd.DataFrame, tmp_path: Path) -> None:
    good, bad, out = tmp_path / "good", tmp_path / "bad", tmp_path / "log"
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), good)
    pq.write_table(
        pa.Table.from_pandas(rows.assign(flight=None).astype({"flight": "string"}), preserve_index=False), bad
    )
    score_file(trees, [good], out, keys=["flight"], version="v3")
    before = out.read_bytes()
    with pytest.raises(ValueError, match="'flight': 2000 values missing"):
        score_file(trees, [good, bad], out, keys=["flight"], version="v3")
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad", "good", "log"]


def test_a_missing_key_or_column_is_named(trees: Pipeline, rows: pd.DataFrame, tmp_path: Path) -> None:
    source = tmp_path / "rows"
    pq.write_table(pa.Table.from_pandas(rows.drop(columns="wind"), preserve_index=False), source)
    with pytest.raises(ValueError, match="key columns missing: day"):
        score_file(trees, [source], tmp_path / "log", keys=["day"], version="v3")
    with pytest.raises(ValueError, match="columns missing: wind"):
        score_file(trees, [source], tmp_path / "log", keys=["flight"], version="v3")
