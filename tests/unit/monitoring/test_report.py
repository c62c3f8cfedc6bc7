"""The drift page on real shapes of samples, and on those that would lose Evidently's whole report."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perennial.monitoring.bins import Bins, number_bins, text_bins
from perennial.monitoring.report import EMPTY, Page, Shown, page, with_summary
from perennial.statistics.distances import psi

QUANTILES = [27.0, 32.0, 40.0, 48.0, 53.0]
NUMBER, TEXT = number_bins(QUANTILES, 1.0), text_bins({"JFK": 50, "LGA": 50})


def sample(rows: int, warmer: float, jfk: float) -> pd.DataFrame:
    chance = np.random.default_rng(rows)
    temp = chance.normal(40 + warmer, 10, rows)
    return pd.DataFrame(
        {
            "temp": np.where(chance.random(rows) < 0.1 * bool(warmer), np.nan, temp),
            "wind": chance.normal(40, 10, rows),
            "origin": np.where(chance.random(rows) < jfk, "JFK", "LGA"),
            "unbounded": np.where(np.arange(rows) % 7, temp, np.inf),
            "gone": np.nan if warmer else temp,
        }
    )


NOW, BEFORE = sample(3000, 12.0, 0.9), sample(4000, 0.0, 0.5)
SHOWN = {
    **{name: Shown(NUMBER, "psi", 0.2) for name in ("temp", "wind", "unbounded", "gone", "score")},
    "origin": Shown(TEXT, "jensenshannon", 0.1),
}


@pytest.fixture(scope="module")
def drawn() -> Page:
    scores = pd.DataFrame({"score": np.linspace(20, 60, 500)})
    return page([NOW, scores], [BEFORE, scores], SHOWN)


def counts(bins: Bins, column: pd.Series) -> np.ndarray:
    return bins.count(column.dropna(), int(column.isna().sum()))


def test_evidently_measures_by_our_distance_on_our_bins_with_missing_values(drawn: Page) -> None:
    assert drawn.distances["temp"] == psi(counts(NUMBER, BEFORE["temp"]), counts(NUMBER, NOW["temp"]))
    assert drawn.distances["temp"] > 1
    assert drawn.distances["wind"] < 0.01
    assert 0.1 < drawn.distances["origin"] < 1


def test_parts_of_other_lengths_are_not_held_against_them(drawn: Page) -> None:
    assert drawn.distances["score"] == 0


def test_a_column_that_holds_nothing_in_a_sample_is_left_out(drawn: Page) -> None:
    assert "gone" not in drawn.distances
    assert page([NOW], [BEFORE], {"gone": SHOWN["gone"]}).html == EMPTY


def test_the_page_opens_without_a_network_and_has_a_summary(drawn: Page) -> None:
    html = with_summary(drawn.html, "<p>what was decided</p>")
    assert html.index("what was decided") < html.index('<div id="root_metric')
    assert 'src="http' not in html
    assert 'rel="stylesheet" href="http' not in html
