"""Scoring a holdout file, and the figures of its rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.pipeline import Pipeline

from perennial.estimators.baseline import fit_baseline
from perennial.estimators.clean_process import Smoke
from perennial.estimators.pipeline import build, fit
from perennial.estimators.predict import predict
from perennial.statistics.resampling import Interval
from perennial.validation import holdout as module
from perennial.validation.figures import Unknown
from perennial.validation.holdout import GOLDEN_SCORE, Holdout, score_file
from perennial.validation.measure import as_parquet, measure
from unit.promotion.made import CATEGORICAL, NUMERIC, TREES, rows

NOW = datetime(2013, 4, 1, tzinfo=UTC)
SMOKED = Smoke(ok=True, rows=10, different=0, seconds=1.0, detail="")


@pytest.fixture(scope="module")
def models() -> dict[str, Pipeline]:
    frame = rows(1)
    trees = fit(build(TREES, {"max_iter": 5}, NUMERIC, CATEGORICAL, 0), frame, frame["late"])
    return {"p_candidate": trees, "p_baseline": fit_baseline(frame, frame["late"], NUMERIC, CATEGORICAL)}


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
    return Holdout(candidate=path, champion=None, entity="flight_id", label="late", now=NOW)


def known(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["late"].notna() & (frame["label_time"] <= NOW)]


@pytest.mark.parametrize("batch", [7, 100, 65_536])
def test_every_labelled_row_is_scored_and_the_others_are_counted(
    models: dict[str, Pipeline], frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(module, "BATCH", batch)
    holdout = written(frame, tmp_path / "rows.parquet")
    scored = score_file(models, holdout.candidate, holdout)
    expected = known(frame)
    assert scored.unlabelled == len(frame) - len(expected)
    assert list(scored.frame["flight_id"]) == list(expected["flight_id"])
    assert list(scored.frame["y"]) == list(expected["late"])
    for name, model in models.items():
        assert np.array_equal(scored.frame[name], predict(model, expected))


@pytest.mark.parametrize("batch", [7, 65_536])
def test_golden_rows_are_spread_over_the_holdout_and_do_not_depend_on_batches(
    models: dict[str, Pipeline], frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(module, "BATCH", batch)
    monkeypatch.setattr(module, "GOLDEN", 300)
    holdout = written(frame, tmp_path / "rows.parquet")
    golden = score_file(models, holdout.candidate, holdout).golden
    chosen = known(frame.iloc[::4])
    assert golden.column_names == [*NUMERIC, *CATEGORICAL, GOLDEN_SCORE]
    assert golden.column("distance").to_pylist() == list(chosen["distance"])
    assert np.array_equal(golden.column(GOLDEN_SCORE).to_numpy(), predict(models["p_candidate"], chosen))
    assert as_parquet(golden) == as_parquet(golden.take(list(range(len(golden)))))


def test_a_time_without_zone_is_utc(models: dict[str, Pipeline], frame: pd.DataFrame, tmp_path: Path) -> None:
    naive = frame.assign(label_time=frame["label_time"].dt.tz_localize(None))
    holdout = written(naive, tmp_path / "rows.parquet")
    assert score_file(models, holdout.candidate, holdout).unlabelled == len(frame) - len(known(frame))


def test_before_anything_was_ingested_every_label_counts(
    models: dict[str, Pipeline], frame: pd.DataFrame, tmp_path: Path
) -> None:
    holdout = replace(written(frame, tmp_path / "rows.parquet"), now=None)
    assert score_file(models, holdout.candidate, holdout).unlabelled == 120


def test_an_empty_file_gives_no_rows(models: dict[str, Pipeline], frame: pd.DataFrame, tmp_path: Path) -> None:
    holdout = written(frame.head(0), tmp_path / "rows.parquet")
    scored = score_file(models, holdout.candidate, holdout)
    assert (len(scored.frame), scored.unlabelled, len(scored.golden)) == (0, 0, 0)


def judged(count: int = 600, days: int = 6) -> pd.DataFrame:
    """Return scored rows in which the candidate ranks better than the champion, and that better than the baseline."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, count)

    def scores(noise: float) -> np.ndarray:
        return np.clip(0.5 + 0.2 * (y - 0.5) + rng.normal(0, noise, count), 0, 1)

    frame = pd.DataFrame({"flight_id": np.arange(count), "day": np.arange(count) % days, "y": y})
    return frame.assign(p_candidate=scores(0.1), p_champion=scores(0.2), p_baseline=scores(0.4))


def test_every_figure_is_measured() -> None:
    found = measure(judged(), 1, SMOKED)
    assert (found.rows, found.compared, found.probed, found.mismatches) == (600, 600, 10, 0)
    assert isinstance(found.auc, Interval)
    assert isinstance(found.baseline, Interval)
    assert isinstance(found.champion, Interval)
    assert isinstance(found.calibration, Interval)
    assert found.baseline.low > found.champion.low > 0
    assert found.auc.low < found.auc.value < found.auc.high
    assert abs(found.calibration.value) < 0.05


def test_without_a_champion_nothing_is_compared() -> None:
    found = measure(judged().assign(p_champion=np.nan), None, SMOKED)
    assert (found.champion, found.compared) == (None, 0)


def test_only_rows_of_both_versions_are_compared() -> None:
    frame = judged()
    half = frame.assign(p_champion=frame["p_champion"].where(frame.index % 2 == 0))
    found = measure(half, 1, SMOKED)
    both = frame[frame.index % 2 == 0]
    assert (found.rows, found.compared) == (600, 300)
    assert found.champion == measure(both, 1, SMOKED).champion
    assert found.auc == measure(frame, 1, SMOKED).auc


def test_what_the_rows_cannot_give_is_unknown_with_a_reason() -> None:
    nothing_shared = measure(judged().assign(p_champion=np.nan), 1, SMOKED)
    assert nothing_shared.champion == Unknown("the champion's features have none of these rows")
    one_class = measure(judged().assign(y=1), 1, SMOKED)
    assert isinstance(one_class.auc, Unknown)
    assert isinstance(one_class.calibration, Interval)
    one_day = measure(judged(days=1), 1, SMOKED)
    for figure in (one_day.auc, one_day.baseline, one_day.champion, one_day.calibration):
        assert isinstance(figure, Unknown)
        assert figure.why
