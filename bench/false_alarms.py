"""How often drift is called where nothing drifts, and how soon where something does; Evidently's default beside it.

    python bench/false_alarms.py [--references 24] [--years 10] [--seconds 180]

Weeks of real flights of 2013, timetable, aircraft and weather, are drawn at random: so nothing drifts, but days and
weeks differ as they do in life. Thresholds are calibrated on a reference of eleven weeks, then years are lived that are
made of other weeks, again and again. In further years one column is changed from a day on. Evidently's DataDriftPreset,
as it comes, looks at windows of the same years, at samples of both sides, for as long as `--seconds` allow.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from common import clean_up_on_signals, finish, say
from numpy.typing import NDArray
from weeks import (
    EVERY,
    LEAD,
    NAMES,
    NOMINAL,
    NUMERIC,
    RULE,
    TARGET,
    TEXT,
    WEEKS,
    WINDOW,
    World,
    calibrated,
    known_days,
    load,
    window_days,
    windows_a_year,
    world,
)

from perennial.monitoring.counts import Rows, count
from perennial.statistics.alarms import counted, false_alarms
from perennial.statistics.years import compare

SAMPLE = 5_000
LATER = 8
"""Windows after a change in which it is looked for."""
SIZES: Mapping[str, Sequence[float]] = {
    "distance": (0.1, 0.2, 0.3, 0.5, 1.0),
    "temp": (0.1, 0.2, 0.3, 0.5, 1.0),
    "seats": (0.01, 0.02, 0.05, 0.1, 0.25),
}
LOST = "seats"
"""Its values are lost, by share; the others are shifted by standard deviations of the reference."""


def main() -> None:
    options = _options()
    clean_up_on_signals()
    with (
        tempfile.TemporaryDirectory(prefix="perennial-bench-") as folder,
        duckdb.connect(config={"threads": 1}) as base,
    ):
        load(base, Path(folder))
        began = time.perf_counter()
        worlds = [world(base, number, options.years) for number in range(options.references)]
        rates = [false_alarms(one.distances(), one.thresholds, RULE, EVERY) for one in worlds]
        say(f"{options.references * options.years} years: {np.mean(rates):.2f} false alarms a year")
        powers = [power(base, worlds, column, size) for column, sizes in SIZES.items() for size in sizes]
        flown = real(base)
        seconds = time.perf_counter() - began
        preset = evidently(base, worlds, options.seconds)
    low, high = _interval(rates)
    finish(
        {
            "references": options.references,
            "years": options.references * options.years,
            "columns": len(NAMES),
            "weeks": WEEKS,
            "nominal": NOMINAL,
            "rate": round(float(np.mean(rates)), 2),
            "low": round(low, 2),
            "high": round(high, 2),
            "target": TARGET,
            "passed": bool(np.mean(rates) <= TARGET),
            "seconds": round(seconds, 1),
            "later": LATER,
            "power": powers,
            "real": flown,
            "evidently": preset,
        }
    )


def power(base: duckdb.DuckDBPyConnection, worlds: Sequence[World], column: str, size: float) -> dict[str, Any]:
    """Change a column from a day on; count the windows until it is called drifted, and how often it is."""
    place, waited = NAMES.index(column), []
    for one in worlds:
        changed = count(Rows(base, _changed(column, size)), {column: one.bins[column]}).cells
        change = np.pad(changed, [(0, 0), (0, 0), (0, one.pool.shape[-1] - changed.shape[-1])])[:, 0]
        counts = counted(one.distances(change, place) > one.thresholds, RULE)[:, LEAD - 1 :, place]
        waited += [int(np.argmax(year)) + 1 if year.any() else LATER + 1 for year in counts[:, :LATER]]
    return {"column": column, "size": size, **_told(waited)}


def real(base: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Hold the weeks of April to December, as they were, against the 76 days from January on: what drifts, and when."""
    known = known_days(base)
    one = calibrated(base, np.arange(76), np.empty((0, 0), dtype=np.int64))
    starts = range(90, len(known) - WINDOW + 1, EVERY)
    lived = np.array([one.pool[start : start + WINDOW].sum(axis=0) for start in starts])
    beyond = compare(one.pool[one.reference].sum(axis=0), lived, ["psi"] * len(NAMES)) > one.thresholds
    state, told = counted(beyond, RULE), []
    for place, name in enumerate(NAMES):
        ends = [str(known[start + WINDOW - 1]) for start, hit in zip(starts, state[:, place], strict=True) if hit]
        told.append({"column": name, "windows": len(ends), "of": len(state), "first": ends[0] if ends else None})
    return sorted(told, key=lambda row: (row["first"] or "never", row["column"]))


def evidently(base: duckdb.DuckDBPyConnection, worlds: Sequence[World], seconds: float) -> dict[str, Any]:
    """Let Evidently's preset look at windows of the first years, and at single columns that were changed."""
    frame = base.execute(f"SELECT day, {', '.join(NAMES)}, place FROM flights ORDER BY day, place").df()
    rows = [group.drop(columns="day") for _, group in frame.groupby("day")]
    began, seen, ours = time.perf_counter(), [], []
    for one, window in _walk(worlds):
        if time.perf_counter() - began > seconds / 2:
            break
        sides = [_sample(rows, days, n) for n, days in enumerate((one.years[0, window], one.reference))]
        flags = preset(*sides)
        seen.append((sum(flags.values()) >= len(NAMES) / 2, any(flags.values())))
    for one in worlds[: -(-len(seen) // windows_a_year())]:
        ours += counted(one.distances()[0] > one.thresholds, RULE).any(axis=-1)[LEAD:].tolist()
    took = time.perf_counter() - began
    whole, any_ = zip(*seen, strict=True)
    yearly = 365 / EVERY / len(seen)
    powers = [_preset_power(worlds, rows, column, size) for column, sizes in SIZES.items() for size in sizes]
    return {
        "windows": len(seen),
        "sample": SAMPLE,
        "rate": round(_edges(whole) * yearly, 2),
        "rate_any": round(_edges(any_) * yearly, 2),
        "share_any": round(float(np.mean(any_)), 2),
        "ours": round(_edges(ours[: len(seen)]) * yearly, 2),
        "ours_share": round(float(np.mean(ours[: len(seen)])), 2),
        "seconds_a_window": round(took / len(seen), 2),
        "power": powers,
    }


def preset(current: pd.DataFrame, reference: pd.DataFrame, columns: Sequence[str] = NAMES) -> dict[str, bool]:
    """Return which columns drifted by the preset's own methods and thresholds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from evidently import DataDefinition, Dataset, Report
        from evidently.presets import DataDriftPreset

        definition = DataDefinition(
            numerical_columns=[name for name in columns if name in NUMERIC],
            categorical_columns=[name for name in columns if name in TEXT],
        )
        sides = [Dataset.from_pandas(side[list(columns)], data_definition=definition) for side in (current, reference)]
        told = Report([DataDriftPreset()], include_tests=True).run(*sides).dict()["tests"]
    found = {test["metric_config"]["params"].get("column"): test["status"].value == "FAIL" for test in told}
    return {name: found[name] for name in columns}


def _preset_power(worlds: Sequence[World], rows: Sequence[pd.DataFrame], column: str, size: float) -> dict[str, Any]:
    """Let the preset look at one changed column, window by window, in the first year of some worlds."""
    waited = []
    for one in worlds[:4]:
        reference = _sample(rows, one.reference, 1)
        spread = float(reference[column].std())
        for step in range(1, LATER + 1):
            places = window_days()[LEAD - 1 + step - 1]
            window = _sample(rows, one.years[0, places], 0)
            new = np.isin(window["day_place"], one.years[0, places[places >= EVERY * LEAD]])
            window[column] = _change(window, column, size, spread, new)
            if preset(window, reference, [column])[column]:
                break
        else:
            step = LATER + 1
        waited.append(step)
    return {"column": column, "size": size, **_told(waited)}


def _change(window: pd.DataFrame, column: str, size: float, spread: float, new: NDArray[np.bool_]) -> pd.Series:
    lost = new & (window["place"] % 1_000 < 1_000 * size)
    return window[column].mask(lost) if column == LOST else window[column] + size * spread * new


def _changed(column: str, size: float) -> str:
    if column == LOST:
        return f"SELECT day, CASE WHEN place % 1000 >= {1_000 * size} THEN {column} END AS {column} FROM flights"
    return f"SELECT day, {column} + {size} * (SELECT stddev({column}) FROM flights) AS {column} FROM flights"


def _walk(worlds: Sequence[World]) -> Iterator[tuple[World, NDArray[np.int64]]]:
    for one in worlds:
        for places in window_days()[LEAD:]:
            yield one, places


def _sample(rows: Sequence[pd.DataFrame], days: NDArray[np.int64], seed: int) -> pd.DataFrame:
    whole = pd.concat([rows[day].assign(day_place=day) for day in days], ignore_index=True)
    return whole.sample(min(SAMPLE, len(whole)), random_state=seed)


def _edges(states: Sequence[bool]) -> int:
    return sum(now and not before for before, now in zip([False, *states], states, strict=False))


def _told(waited: Sequence[int]) -> dict[str, Any]:
    """Return the share that was found at all, and the median of windows until it was (beyond LATER: none)."""
    found = np.array(waited)
    median = float(np.median(found))
    return {"found": round(float(np.mean(found <= LATER)), 2), "median": median if median <= LATER else None}


def _interval(rates: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of the mean, references drawn with replacement."""
    drawn = np.random.default_rng(0).choice(rates, size=(2_000, len(rates))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--references", type=int, default=24)
    parser.add_argument("--years", type=int, default=10, help="years that are lived after each reference")
    parser.add_argument("--seconds", type=float, default=180, help="what Evidently's preset may take, about")
    return parser.parse_args()


if __name__ == "__main__":
    main()
