"""The drift report on real samples, and on the shapes that would lose Evidently's whole report."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perennial.monitoring.report import DriftReport, drift_report
from perennial.spec.monitoring import Drift

PSI = Drift(method="psi", threshold=0.2)


@pytest.fixture(scope="module")
def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    chance = np.random.default_rng(0)

    def sample(rows: int, warmer: float, jfk: float) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "temp": chance.normal(40 + warmer, 10, rows),
                "wind": chance.normal(10, 3, rows),
                "origin": np.where(chance.random(rows) < jfk, "JFK", "LGA"),
                "constant": 1.0,
                "vanished": np.nan if warmer else chance.normal(0, 1, rows),
                "new": chance.normal(0, 1, rows) if warmer else np.nan,
                "never": np.nan,
            }
        )

    return sample(3000, 12.0, 0.9), sample(4000, 0.0, 0.5)


@pytest.fixture(scope="module")
def report(frames: tuple[pd.DataFrame, pd.DataFrame]) -> DriftReport:
    numeric = dict.fromkeys(["temp", "wind", "constant", "vanished", "new", "never"], PSI)
    return drift_report(*frames, numeric, {"origin": Drift(method="jensenshannon", threshold=0.1)})


def test_what_moved_is_drift_and_what_did_not_is_none(report: DriftReport) -> None:
    assert {"temp", "origin"} <= set(report.drifted)
    assert not {"wind", "constant", "never"} & set(report.drifted)


def test_method_and_threshold_are_the_rules(report: DriftReport) -> None:
    assert (report.columns["temp"].method, report.columns["temp"].threshold) == ("psi", 0.2)
    assert (report.columns["origin"].method, report.columns["origin"].threshold) == ("jensenshannon", 0.1)


def test_columns_that_vanish_or_appear_are_drift_with_a_note(report: DriftReport) -> None:
    assert report.columns["vanished"].note == "holds nothing now"
    assert report.columns["new"].note == "held nothing in the reference"
    assert report.columns["never"].note == "empty on both sides"
    assert {"vanished", "new"} <= set(report.drifted)


def test_the_page_opens_without_a_network(report: DriftReport) -> None:
    assert "<html" in report.html
    assert 'src="http' not in report.html
    assert 'rel="stylesheet" href="http' not in report.html


def test_the_same_samples_give_the_same_distances(
    frames: tuple[pd.DataFrame, pd.DataFrame], report: DriftReport
) -> None:
    again = drift_report(*frames, {"temp": PSI}, {})
    assert again.columns["temp"].value == report.columns["temp"].value
