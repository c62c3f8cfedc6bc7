"""The benchmarks run small and what they measured becomes a readable document; their targets are for full sizes."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perennial.context import open_context
from perennial.errors import PerennialError, SetupError
from perennial.policy import load_policy
from perennial.settings import PROJECT, Settings
from perennial.spec import load_spec

MACHINE = {"date": "2026-01-31", "cores": 2, "memory_gib": 7.9, "architecture": "x86_64", "python": "3.11", "load": 0.2}
COSTS = {"wall": [1.5, 1.25], "cpu": [2.0, 2.5]}
TRAINING_SET = {
    "rows": 336_770,
    "columns": 41,
    "views": 8,
    "days": 366,
    "files": 3_000,
    "repeats": 2,
    "target": 2.0,
} | {
    "ratios": {"door": {"wall": 1.234, "cpu": 2.345}, "stage": {"wall": 1.5, "cpu": 2.5}},
    "seconds": {"door": COSTS, "stage": COSTS, "bare": COSTS},
    "passed": False,
}
SCORING = {"rows": 3_000_000, "trees": 200, "repeats": 1, "ratio": 0.91, "passed": True} | {
    "seconds": {"ours": [31.5], "bare": [28.25]},
    "rows_per_s": {"ours": 95_238, "bare": 106_194},
    "peak_mb": {"ours": 700, "bare": 600},
    "target": {"ratio": 0.8, "peak_mb": 1500},
}
ORCHESTRATION = {
    "calls": 2,
    "of": 2,
    "demo_ended": "2026-01-31T12:00+00:00",
    "target": 1 / 3,
    "share": 0.25,
    "passed": True,
} | {
    "seconds": {"replay": 300.0, "demo": 400.0},
    "stages": {"ingest": {"calls": 1, "seconds": 100.0}, "train": {"calls": 1, "seconds": 200.0}},
}
COVERAGE = {
    "trials": 1_000,
    "draws": 1_000,
    "nominal": 0.95,
    "worst": 0.941,
    "target": 0.93,
    "passed": True,
    "cases": [
        {
            "criterion": "demographic_parity",
            "setting": "2 groups, alike",
            "truth": 1.0,
            "covered": 0.941,
            "cautious": 1.0,
            "percentile": 0.0,
            "width": 0.168,
            "ms": 0.7,
        }
    ],
}
GATES = {
    "rows": 100_170,
    "gates": 96,
    "stages": {"ingest": 20.0, "features": 2.0, "retrain": 0.1, "train": 57.5, "validate": 60.0},
    "families": {"budget": 4.5, "fairness": 0.6},
    "reproduction": 47.1,
    "ratio": 0.089,
    "target": 1.0,
    "passed": True,
}
ROLLBACK = {
    "repeats": 2,
    "medians": {"decided": 1.6, "command": 4.2, "serves": 7.5},
    "seconds": {"decided": [1.5, 1.7], "command": [4.1, 4.3], "serves": [7.2, 7.8]},
    "target": 30.0,
    "passed": True,
}
METERING = {
    "ms": {"work": {"wall": 900, "cpu": 800}, "meter": {"wall": 30.5, "cpu": 20}, "tracker": {"wall": 1500, "cpu": 60}},
    "first_ms": 1350.0,
    "events": 500,
    "repeats": 20,
    "days": 5,
    "ratio": 0.025,
    "target": 0.1,
    "passed": True,
}
FIGURES = {"auc": 0.7012, "rate": 0.25, "cost": 0.2}
ESTIMATE = {
    "months": {days: [{"month": "2013-05", "estimated": FIGURES, "realised": FIGURES}] for days in ("1", "28")},
    "errors": {days: {"auc": 0.0061, "rate": 0.011, "cost": 0.013} for days in ("1", "28")},
    "false_alarms": {
        "years": 200,
        "nominal": 1.0,
        "target": 2.0,
        "by_block": {"1": {"quality": 0.2, "calibration": 0.5, "windows": 0.75, "episodes": 0.7}},
    },
    "target": 0.01,
    "passed": True,
}
SLICED = {"windows": 0.4, "episodes": 0.25, "of_windows": 51, "who": {"carrier=UA": 0.3}}
UNCHANGED_GROUPS = {"years": 100, "nominal": 1.0, "target": 2.0, "passed": True} | {
    "by_rule": {"slices, blocks of 7": SLICED, "fairness": SLICED | {"windows": 2.25, "who": {}}},
}
ON_TIME = {"column": "temp", "size": 0.5, "found": 0.75, "median": 3.0}
NEVER = ON_TIME | {"found": 0.25, "median": None}
FALSE_ALARMS = {
    "references": 24,
    "years": 240,
    "columns": 16,
    "weeks": 11,
    "nominal": 1.0,
    "rate": 1.13,
    "low": 0.9,
    "high": 1.36,
    "target": 2.0,
    "later": 8,
    "passed": True,
    "power": [ON_TIME],
    "real": [{"column": "temp", "windows": 28, "of": 38, "first": "2013-04-28"}],
    "evidently": {"windows": 90, "sample": 5_000, "rate": 3.5, "rate_any": 11.2, "share_any": 0.9, "ours": 0.6}
    | {"seconds_a_window": 1.1, "power": [NEVER]},
}
DRIFT_CHECK = {
    "sizes": [
        {
            "rows": 3_000_000,
            "parts": {"check": {"count": 3.5, "page": 2.25}},
            "seconds": {"check": 5.75, "calibrate": 6.5, "duckdb": 0.5, "pyarrow": 1.5},
            "peak_mb": {"check": 640, "calibrate": 700, "duckdb": 400, "pyarrow": 410},
        }
    ],
    "target_mb": 1_500,
    "passed": True,
}
WAYS = ("loop", "never", "monthly")
YEAR = {
    "months": {way: {"2013-04": {"rows": 27_587, "auc": 0.7296, "cost": 249.8}} for way in WAYS},
    "year": {way: {"rows": 248_623, "auc": 0.7424, "cost": 220.0} for way in WAYS},
    "trainings": {"loop": 7, "never": 1, "monthly": 9},
    "promoted": ["v1", "v3"],
    "requests": 15,
    "margin": 0.005,
    "passed": True,
}
STORM = {"asked": 1_000, "trainings": 1, "closed_in_the_storm": 51, "closed_later": 949, "open": 0, "lost": 0} | {
    "decisions": {"launch": 1, "wait": 3, "refuse": 0},
    "passed": True,
}
ARRIVAL = {"seconds": 76.0, "waiting": 4.0, "stages": {"train": 60.6}, "target": 120.0, "passed": True}
RESULTS = {
    "year": YEAR,
    "retraining_queue": STORM,
    "arrival": ARRIVAL,
    "gates": GATES,
    "rollback": ROLLBACK,
    "training_set": TRAINING_SET,
    "scoring": SCORING,
    "orchestration": ORCHESTRATION,
    "fairness_coverage": COVERAGE,
    "metering": METERING,
    "estimate": ESTIMATE,
    "unchanged_groups": UNCHANGED_GROUPS,
    "false_alarms": FALSE_ALARMS,
    "drift_check": DRIFT_CHECK,
}
CALLS = [
    {"stage": "ingest", "key": None, "conf": {"start": "2013-01-01", "end": "2013-01-02"}},
    {"stage": "features", "key": "2013-01-01..2013-01-02", "conf": {}},
    {"stage": "score", "key": "2013-01-01..2013-01-02", "conf": {}},
    {"stage": "clock", "key": "2013-01-02", "conf": {}},
]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the modules of bench/, which lie beside one another and in no package."""
    monkeypatch.syspath_prepend(PROJECT / "bench")
    return importlib.import_module


@pytest.fixture
def document(bench: Any) -> ModuleType:
    return bench("document")


def played(folder: Path, calls: list[dict[str, Any]], runs: int) -> Path:
    folder.mkdir()
    (folder / "calls.json").write_text(json.dumps(calls))
    came = {"champion": None, "versions": [], "decisions": []}
    told = {"model": "flight_delay", "seconds": 100.0, "dag_runs": runs}
    (folder / "summary.json").write_text(json.dumps(told | came))
    return folder


def test_the_document_shows_figures_targets_and_raw_seconds(document: ModuleType) -> None:
    text = document.render(MACHINE, RESULTS)
    assert "2 cores, 7.9 GiB" in text
    assert "| training set, Feast / bare DuckDB, wall time | 1.23 | at most 2 | met |" in text
    assert "| training set, Feast / bare DuckDB, CPU time | 2.35 | at most 2 | missed |" in text
    assert "| scoring, rows per second, Perennial / bare loop | 0.91 | at least 0.8 | met |" in text
    assert "| share of orchestration in `make demo` | 0.25 | at most 0.33 | met |" in text
    assert "| bare DuckDB | wall time | 1.50, 1.25 | 1 |" in text
    assert "| bare loop | 28.25 | 106,194 | 600 |" in text
    assert "| train | 1 | 200.0 |" in text
    assert "| fairness intervals, lowest coverage (nominal 0.95) | 0.941 | at least 0.93 | met |" in text
    assert "| demographic_parity | 2 groups, alike | 1.0 | 0.941 | 1.0 | 0.0 | 0.168 |" in text
    assert "| all gates but reproduction on 100,170 people / the training they judge | 0.09 | at most 1 | met |" in text
    assert "| budget | 4.50 |" in text
    assert "| rollback by command, until the next scores use it | 7.5 s | at most 30 s | met |" in text
    assert "| the command has ended | 4.20 | 4.10, 4.30 |" in text
    assert "| metering a task / ingesting a day of flights, CPU time | 0.025 | at most 0.1 | met |" in text
    assert "| codecarbon's tracker | 1500.0 | 60.0 |" in text
    assert "mean absolute error, labels a day late | 0.0061 | at most 0.01 | met |" in text
    assert "| 2013-05 | 0.7012 | 0.7012 | 0.7012 |" in text
    assert "| 1 days | 0.2 | 0.5 | 0.75 | 0.7 |" in text
    assert "| false alarms a year, slices, blocks of 7 | 0.40 | at most 2 | met |" in text
    assert "| false alarms a year, fairness | 2.25 | at most 2 | missed |" in text
    assert "| slices, blocks of 7 | 0.4 | 51 | 0.25 | carrier=UA 0.3 |" in text
    assert "| fairness | 2.25 | 51 | 0.25 | nobody |" in text
    assert "| false alarms of drift a year (nominal 1) | 1.13 | at most 2 | met |" in text
    assert "| temp, shifted (standard deviations) | 0.5 | 75% | 3 | 25% | - |" in text
    assert "| temp | 2013-04-28 | 28 of 38 |" in text
    assert "| drift check, peak memory at any size | 640 MiB | at most 1,500 MiB | met |" in text
    assert "| 3,000,000 | check | 5.75 | count 3.5, page 2.25 | 640 |" in text
    assert "| AUC of the loop, April to December | 0.7424 | at least 0.7374 | met |" in text
    assert "| 2013-04 | 0.7296 | 0.7296 | 0.7296 | 249.8 | 249.8 | 249.8 |" in text
    assert "| requests lost of 1,000 while parts were killed | 0 | 0 | met |" in text
    assert "| arrival of a day until its version is judged | 76 s, 4 s of it waiting | at most 120 s | met |" in text
    assert max(len(line) for line in text.splitlines()) <= 120


def test_what_was_not_measured_is_said_with_the_next_command(document: ModuleType) -> None:
    missing = {"missing": {"found": "no demo was played here", "next": "make demo"}}
    failed = {"passed": False, "failed": "`bench/scoring.py` ended with exit code 2 and no result"}
    results = RESULTS | {"scoring": failed, "orchestration": missing}
    text = document.render(MACHINE, results)
    assert "no demo was played here. Next: `make demo`, then `make bench`" in text
    assert "exit code 2" in text
    assert text.count("| not measured |") == 2
    assert document.missed(results) == {"training_set": "a target was missed", "scoring": failed["failed"]}


def test_a_replay_of_some_calls_gives_no_share(document: ModuleType) -> None:
    part = {name: value for name, value in ORCHESTRATION.items() if name not in ("share", "passed")}
    assert "`make demo` | - | at most 0.33 | not measured |" in document.render(
        MACHINE, RESULTS | {"orchestration": part}
    )


def test_words_by_hand_stay_and_old_figures_go(document: ModuleType) -> None:
    kept = (PROJECT / "docs" / "benchmarks.md").read_text()
    once = document.put(kept, "old figures")
    again = document.put(once, "new figures")
    assert "new figures" in again
    assert "old figures" not in again
    assert document.put(once, "old figures") == once
    before, after = kept.split(document.BEGIN)[0], kept.split(document.END)[1]
    assert again.startswith(before)
    assert again.endswith(after)
    with pytest.raises(PerennialError, match="measured: begin"):
        document.put("# Benchmarks\n", "figures")


def test_coverage_is_counted_against_the_known_truth(bench: Any) -> None:
    coverage = bench("fairness_coverage")
    setting = coverage.Setting("alike", (900, 900), [(0.3, 0.5, 0.1)] * 2)
    found = coverage.coverage("demographic_parity", setting, trials=40, draws=300)
    assert found["truth"] == 1
    assert found["covered"] >= 0.8
    assert found["cautious"] == 1
    assert found["percentile"] == 0


@pytest.mark.parametrize(("off", "accused"), [(0.0, 0), (0.2, 51)])
def test_a_champion_is_accused_of_what_it_does(bench: Any, off: float, accused: int) -> None:
    """Days that differ by chance alone: no window is accused, and each one where predictions are off by a fifth."""
    unchanged, spec = bench("unchanged"), load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")
    chance = np.random.default_rng(0)
    late, others = np.full(90, 200), np.full(90, 700)
    won = 2 * 0.7 * np.outer(late, others) * (1 + chance.normal(0, 0.01, (90, 90)))
    pool = unchanged.Pool(won, late, others, 900 * (off + chance.normal(0, 0.01, 90)))
    found = unchanged.year(spec, pool, 1, chance)
    assert found == {"quality": 0, "calibration": accused, "windows": accused, "episodes": min(accused, 1)}


@pytest.mark.parametrize("worse", [0.0, 0.9])
def test_a_slice_is_accused_of_days_that_are_worse_and_not_of_chance(bench: Any, worse: float) -> None:
    """In half of the days the labels of one origin are turned round: windows of them stand beside holdouts without."""
    groups, chance = bench("unchanged_groups"), np.random.default_rng(0)
    spec = load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")
    policy = load_policy(Settings().policies, spec)
    number, score = np.repeat(np.arange(20), 300), chance.uniform(0.05, 0.95, 6_000)
    origin = chance.choice(["EWR", "JFK", "LGA"], len(score))
    turned = (number >= 10) & (origin == "JFK") & (chance.random(len(score)) < worse)
    y = ((chance.random(len(score)) < score) ^ turned).astype(float)
    rows = pd.DataFrame({"number": number, "origin": origin, "carrier": "UA", "score": score, "y": y})
    told = groups.accused([partial(groups.flown_year, spec, policy, rows, 10)], 2)
    assert ("origin=JFK" in told["who"]) == bool(worse)
    assert (told["windows"] > 0) == bool(worse)


@pytest.mark.parametrize("sure", [True, False])
def test_an_attribute_is_accused_of_chance_where_intervals_promise_nothing(
    bench: Any, sure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Women are selected far below four fifths, today as at validation: only chance makes it look worse."""
    groups, chance = bench("unchanged_groups"), np.random.default_rng(0)
    spec = load_spec(PROJECT / "include" / "models" / "census_income" / "model.yaml")
    spec = spec.model_copy(update={"protected": {"sex": spec.protected["sex"]}})
    people = pd.DataFrame({"sex": chance.choice(["Female", "Male"], 24_000), "y": chance.integers(0, 2, 24_000)})
    decided = chance.random(24_000) < np.where(people["sex"] == "Male", 0.5, 0.2)
    if not sure:
        monkeypatch.setattr(groups.fairness, "level", lambda _spec: 0.1)
    year = partial(groups.lived_year, spec, load_policy(Settings().policies, spec), people.assign(decision=decided + 0))
    told = groups.accused([year], 4)
    assert told["of_windows"] == 12
    assert set(told["who"]) <= {"alarm: sex"}
    assert (told["windows"] <= groups.TIMES) == sure


@pytest.mark.parametrize(
    ("call", "key", "reason"),
    [
        (CALLS[0], "2013-01-01..2013-01-02", ""),
        ({"key": None, "conf": {"start": "2013-01-01"}}, "2013-01-01..2013-01-01", ""),
        ({"key": "queue", "conf": None}, "queue", ""),
        ({"key": None, "conf": {"reason": "the first version of the model"}}, "", "the first version of the model"),
        ({"key": "v1", "conf": {"reason": "replaced by v2"}}, "v1", "replaced by v2"),
        ({"key": None, "conf": {"version": "v1", "dry_run": True}}, "v1", ""),
    ],
)
def test_a_run_is_asked_again_as_it_was(bench: Any, call: dict[str, Any], key: str, reason: str) -> None:
    asked = bench("played").asked(call)
    assert (asked.key, asked.reason, asked.version) == (key, reason, None)
    assert asked.dry_run == bool((call["conf"] or {}).get("dry_run"))


def test_only_a_demo_from_the_beginning_in_one_go_counts(bench: Any, tmp_path: Path) -> None:
    read, settings = bench("played").played, Settings(var=tmp_path)
    with pytest.raises(SetupError, match="make demo"):
        read(tmp_path / "none", settings)
    for name, calls, runs in (("later", CALLS[1:], 3), ("nothing", [], 0), ("other", CALLS, 5)):
        with pytest.raises(SetupError, match="make clean && make demo"):
            read(played(tmp_path / name, calls, runs), settings)
    assert read(played(tmp_path / "whole", CALLS, 4), settings).calls == CALLS


def test_calls_are_made_again_and_timed_by_stage(bench: Any, settings: Settings, tmp_path: Path) -> None:
    orchestration = bench("orchestration")
    mine = replace(settings, models=PROJECT / "include" / "models")
    demo = orchestration.played(played(tmp_path / "demo", CALLS, 4), mine)
    timed = list(orchestration.replay(mine, demo.model, demo.calls))
    events = open_context(demo.model, settings=mine).chain.history().events
    assert {"raw.written", "features.written", "features.materialised"} <= {event.type for event in events}
    came = orchestration.outcome(mine, demo.model)
    orchestration.check_same(demo, came)
    with pytest.raises(SystemExit, match="was the code changed"):
        orchestration.check_same(demo, came | {"champion": 1})
    result = orchestration.summary(demo, timed)
    assert [*result["stages"]] == ["ingest", "features", "score", "clock"]
    assert result["share"] == pytest.approx(1 - sum(one.seconds for one in timed) / 100, abs=0.001)
    assert "share" not in orchestration.summary(demo, timed[:2])


def test_all_sides_join_the_same_rows(bench: Any, settings: Settings) -> None:
    training_set = bench("training_set")
    ctx, window = training_set.build(replace(settings, models=PROJECT / "include" / "models"), days=2)
    result = training_set.compare(ctx, window, repeats=1)
    assert result["rows"] > 1_000
    assert result["views"] == len(ctx.spec.features.views) + len(ctx.spec.features.shared)
    assert all(len(values) == 1 for side in result["seconds"].values() for values in side.values())
    assert min(value for side in result["ratios"].values() for value in side.values()) > 0


def test_a_side_with_other_rows_ends_the_benchmark(bench: Any, settings: Settings, tmp_path: Path) -> None:
    import duckdb

    ctx = open_context("flight_delay", settings=replace(settings, models=PROJECT / "include" / "models"))
    out = {side: tmp_path / f"{side}.parquet" for side in ("door", "stage", "bare")}
    for side, value in {"door": 1, "stage": 2, "bare": 1}.items():
        duckdb.execute(f"copy (select {value} as x) to '{out[side]}'")
    with pytest.raises(SystemExit, match="1 rows of stage are not among those of bare"):
        bench("bare_join").check_equal(ctx, out, ["x"])
