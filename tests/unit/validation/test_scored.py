"""Scoring a holdout file: its labelled rows, their decisions, and the rows that are kept to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial.estimators.baseline import fit_baseline
from perennial.estimators.decision_rule import DecisionRule, Step, decide
from perennial.estimators.pipeline import build, fit
from perennial.estimators.predict import predict
from perennial.estimators.probe import GOLDEN_SCORE
from perennial.validation import scored as module
from perennial.validation.holdout import Holdout, as_parquet
from perennial.validation.scored import Scorer, score_file
from unit.promotion.made import CATEGORICAL, NUMERIC, TREES, rows

NOW = datetime(2013, 4, 1, tzinfo=UTC)


BY_CARRIER = DecisionRule(
    0.5,
    ("carrier",),
    {"AA": (Step(0.5, ">", 0.4), Step(0.5, ">", 0.6)), "DL": (Step(1.0, ">", 0.3),)},
    method="threshold_optimizer",
)
"""A rule that mixes two thresholds for one carrier and never saw UA."""


@pytest.fixture(scope="module")
def models() -> dict[str, Scorer]:
    frame = rows(1)
    trees = fit(build(TREES, {"max_iter": 5}, NUMERIC, CATEGORICAL, 0), frame, frame["late"])
    baseline = fit_baseline(frame, frame["late"], NUMERIC, CATEGORICAL)
    return {"candidate": Scorer(trees, BY_CARRIER, "m v1"), "baseline": Scorer(baseline, DecisionRule(0.5), "m v1")}


@pytest.fixture
def frame() -> pd.DataFrame:
    """Give 1,200 rows of 12 days; every tenth has no label, every seventh one that is known too late."""
    made = rows(2, 1_200)
    day = [date(2013, 3, 18) + timedelta(days=n // 100) for n in range(1_200)]
    known = [NOW + timedelta(days=1) if n % 7 == 0 else NOW for n in range(1_200)]
    label = pd.array([None if n % 10 == 0 else int(late) for n, late in enumerate(made["late"])], dtype="Int32")
    return made.assign(flight_id=[f"F{n}" for n in range(1_200)], day=day, label_time=known, late=label)


def written(frame: pd.DataFrame, path: Path) -> Holdout:
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    return Holdout(candidate=path, champion=None, entity="flight_id", label="late", groups=("carrier",), now=NOW)


def known(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["late"].notna() & (frame["label_time"] <= NOW)]


@pytest.mark.parametrize("batch", [7, 100, 65_536])
def test_every_labelled_row_is_scored_and_the_others_are_counted(
    models: dict[str, Scorer], frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(module, "BATCH", batch)
    holdout = written(frame, tmp_path / "rows.parquet")
    scored = score_file(models, holdout.candidate, holdout)
    expected = known(frame)
    assert scored.unlabelled == len(frame) - len(expected)
    assert list(scored.frame["flight_id"]) == list(expected["flight_id"])
    assert list(scored.frame["y"]) == list(expected["late"])
    for name, scorer in models.items():
        assert np.array_equal(scored.frame[f"p_{name}"], predict(scorer.model, expected))
    assert list(scored.groups["carrier"]) == list(expected["carrier"])


@pytest.mark.parametrize("batch", [7, 65_536])
def test_a_decision_follows_the_rule_and_does_not_depend_on_batches(
    models: dict[str, Scorer], frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(module, "BATCH", batch)
    holdout = written(frame, tmp_path / "rows.parquet")
    scored = score_file(models, holdout.candidate, holdout).frame
    asked = known(frame)
    expected = decide(BY_CARRIER, predict(models["candidate"].model, asked), asked, list(asked["flight_id"]), "m v1")
    assert np.array_equal(scored["d_candidate"], expected, equal_nan=True)
    assert list(scored["d_candidate"].isna()) == list(asked["carrier"] == "UA")
    assert set(scored["d_candidate"].dropna()) == {0.0, 1.0}
    assert "d_baseline" not in scored


@pytest.mark.parametrize("batch", [7, 65_536])
def test_the_sample_is_spread_over_the_rows_and_says_which_they_are(
    models: dict[str, Scorer], frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(module, "BATCH", batch)
    monkeypatch.setattr(module, "SAMPLE", 400)
    holdout = written(frame, tmp_path / "rows.parquet")
    scored = score_file(models, holdout.candidate, holdout)
    chosen = known(frame.iloc[::3])
    assert scored.sample.column_names == ["flight_id", *NUMERIC, *CATEGORICAL]
    assert scored.sample.column("flight_id").to_pylist() == list(chosen["flight_id"])
    assert list(scored.frame["flight_id"].iloc[scored.places]) == list(chosen["flight_id"])


@pytest.mark.parametrize("batch", [7, 65_536])
def test_golden_rows_are_spread_over_the_holdout_and_do_not_depend_on_batches(
    models: dict[str, Scorer], frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(module, "BATCH", batch)
    monkeypatch.setattr(module, "GOLDEN", 300)
    holdout = written(frame, tmp_path / "rows.parquet")
    golden = score_file(models, holdout.candidate, holdout).golden
    chosen = known(frame.iloc[::4])
    assert golden.column_names == [*NUMERIC, *CATEGORICAL, GOLDEN_SCORE]
    assert golden.column("distance").to_pylist() == list(chosen["distance"])
    assert np.array_equal(golden.column(GOLDEN_SCORE).to_numpy(), predict(models["candidate"].model, chosen))
    assert as_parquet(golden) == as_parquet(golden.take(list(range(len(golden)))))


def test_a_time_without_zone_is_utc(models: dict[str, Scorer], frame: pd.DataFrame, tmp_path: Path) -> None:
    naive = frame.assign(label_time=frame["label_time"].dt.tz_localize(None))
    holdout = written(naive, tmp_path / "rows.parquet")
    assert score_file(models, holdout.candidate, holdout).unlabelled == len(frame) - len(known(frame))


def test_before_anything_was_ingested_every_label_counts(
    models: dict[str, Scorer], frame: pd.DataFrame, tmp_path: Path
) -> None:
    holdout = replace(written(frame, tmp_path / "rows.parquet"), now=None)
    assert score_file(models, holdout.candidate, holdout).unlabelled == 120


def test_an_empty_file_gives_no_rows(models: dict[str, Scorer], frame: pd.DataFrame, tmp_path: Path) -> None:
    holdout = written(frame.head(0), tmp_path / "rows.parquet")
    scored = score_file(models, holdout.candidate, holdout)
    assert (len(scored.frame), scored.unlabelled, len(scored.golden), len(scored.sample)) == (0, 0, 0, 0)
