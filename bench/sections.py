"""A section of docs/benchmarks.md for each benchmark: what was compared, and the raw seconds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from drift_sections import drift_check, false_alarms, unchanged_groups
from loop_sections import arrival, retraining_queue, year
from section import Result, Row, Section, table, wrapped

__all__ = ["SECTIONS", "Result", "Row", "Section", "table", "wrapped"]


def training_set(result: Result) -> Section:
    ratios, seconds, target = result["ratios"], result["seconds"], f"at most {result['target']:g}"
    what = {"wall": "wall time", "cpu": "CPU time"}
    rows = [
        Row(f"training set, Feast / bare DuckDB, {what[kind]}", f"{value:.2f}", target, value <= result["target"])
        for kind, value in ratios["door"].items()
    ]
    text = (
        f"{result['rows']:,} flights of {result['days']} days are joined with {result['views']} feature views "
        f"({result['columns']} columns out of {result['files']:,} Parquet files) and written to Parquet: by "
        "`feature_store.retrieve`, by `datasets.retrieve`, which is what training calls (it also reads the ledger, "
        "opens Feast and sorts), and by one ASOF query a person would write in DuckDB. Same files, one process, two "
        "threads, in turns; a first round is not counted; all rows of all three are equal. Ratios are medians of "
        f"the ratios of neighbouring runs; {_times(result['repeats'])}."
    )
    named = {"door": "feature_store.retrieve", "stage": "datasets.retrieve", "bare": "bare DuckDB"}
    raw = [
        [name, what[kind], _seconds(seconds[side][kind]), f"{ratios[side][kind]:.2f}" if side in ratios else "1"]
        for side, name in named.items()
        for kind in what
    ]
    return Section(rows, f"{wrapped(text)}\n\n{table(['', '', 'seconds', 'ratio'], raw)}")


def scoring(result: Result) -> Section:
    target, peak = result["target"], max(result["peak_mb"]["ours"], 0)
    rows = [
        Row(
            "scoring, rows per second, Perennial / bare loop",
            f"{result['ratio']:.2f}",
            f"at least {target['ratio']:g}",
            result["ratio"] >= target["ratio"],
        ),
        Row("scoring, peak memory", f"{peak:,} MiB", f"at most {target['peak_mb']:,} MiB", peak <= target["peak_mb"]),
    ]
    text = (
        f"{result['rows']:,} synthetic rows (18 numbers, 3 categories) are scored Parquet to Parquet by gradient "
        f"boosting with {result['trees']} trees: by `estimators.artifact.load` and `score_file` (digest and types "
        "checked, each score checked, a prediction log written), and by a loop of joblib.load, iter_batches and "
        "predict_proba. A fresh process each time, one thread, same batches, in turns; imports are not timed, loading "
        f"the model is. The ratio is the median of the ratios of neighbouring runs; {_times(result['repeats'])}."
    )
    raw = [
        [name, _seconds(result["seconds"][side]), f"{result['rows_per_s'][side]:,}", f"{result['peak_mb'][side]:,}"]
        for side, name in {"ours": "Perennial", "bare": "bare loop"}.items()
    ]
    return Section(rows, f"{wrapped(text)}\n\n{table(['', 'seconds', 'rows per second (median)', 'peak MiB'], raw)}")


def orchestration(result: Result) -> Section:
    share, target = result.get("share"), f"at most {result['target']:.2f}"
    what = "share of orchestration in `make demo`"
    rows = [Row(what, "-" if share is None else f"{share:.2f}", target, None if share is None else result["passed"])]
    seconds = result["seconds"]
    text = (
        f"The demo that ended on {result['demo_ended']} took {seconds['demo']:.0f} s, the start of Postgres and "
        f"Airflow included. {result['calls']} of its {result['of']} stage calls, made again in one process without "
        f"Airflow, in the same order, took {seconds['replay']:.0f} s; an empty installation was prepared and the "
        "libraries were loaded before. The share is 1 - replay / demo; each was run once."
    )
    raw = [[stage, one["calls"], f"{one['seconds']:.1f}"] for stage, one in result["stages"].items()]
    return Section(rows, f"{wrapped(text)}\n\n{table(['stage', 'calls', 'seconds without Airflow'], raw)}")


def fairness_coverage(result: Result) -> Section:
    worst, target = result["worst"], f"at least {result['target']:.2f}"
    what = f"fairness intervals, lowest coverage (nominal {result['nominal']:.2f})"
    rows = [Row(what, f"{worst:.3f}", target, worst >= result["target"])]
    text = (
        f"Groups of people are drawn {result['trials']:,} times from known rates; each time the interval of a fairness "
        f"figure, from {result['draws']:,} draws of the counts, holds the truth or does not. The cautious end is the "
        "one that a gate looks at: the lower one of a ratio, the upper one of a difference. Beside them the plain "
        "percentile bootstrap of the same counts, which never holds where groups are treated alike: the smallest ratio "
        "and the largest difference of groups are drawn apart by noise."
    )
    header = ["criterion", "groups", "truth", "covered", "cautious end holds", "percentile bootstrap", "mean width"]
    kept = ("criterion", "setting", "truth", "covered", "cautious", "percentile", "width")
    return Section(
        rows, f"{wrapped(text)}\n\n{table(header, [[case[key] for key in kept] for case in result['cases']])}"
    )


def gates(result: Result) -> Section:
    families, rows = result["families"], f"{result['rows']:,}"
    what = f"all gates but reproduction on {rows} people / the training they judge"
    overview = [Row(what, f"{result['ratio']:.2f}", f"at most {result['target']:g}", result["passed"])]
    text = (
        f"census_income with a longer window lives until its first verdict: {rows} people nobody looked at before, "
        f"{result['gates']} results of gates. Training took {result['stages']['train']} s (search, fit, mitigation). "
        "Each family of gates is measured once, one after the other, in one process; imports count where they are "
        f"first needed. Reproduction, which trains once more, stands apart: {result['reproduction']} s."
    )
    raw = [[family, f"{seconds:.2f}"] for family, seconds in sorted(families.items(), key=lambda pair: -pair[1])]
    return Section(overview, f"{wrapped(text)}\n\n{table(['family of gates', 'seconds'], raw)}")


def rollback(result: Result) -> Section:
    medians, target = result["medians"], f"at most {result['target']:g} s"
    rows = [
        Row("rollback by command, until the next scores use it", f"{medians['serves']:.1f} s", target, result["passed"])
    ]
    text = (
        "`perennial rollback`, then `perennial run ... score` for a day, as commands of their own, on a small model "
        "whose second version is champion. Seconds from the start of the first command until the ledger says who is "
        f"champion, until the command has ended, until the older version has published; {_times(result['repeats'])}."
    )
    named = {"decided": "the ledger says so", "command": "the command has ended", "serves": "the next scores use it"}
    raw = [[words, f"{medians[name]:.2f}", _seconds(result["seconds"][name])] for name, words in named.items()]
    return Section(rows, f"{wrapped(text)}\n\n{table(['until', 'median seconds', 'each'], raw)}")


def metering(result: Result) -> Section:
    ms, target = result["ms"], f"at most {result['target']:g}"
    what = "metering a task / ingesting a day of flights, CPU time"
    rows = [Row(what, f"{result['ratio']:.3f}", target, result["passed"])]
    text = (
        f"{result['repeats']} forks of a warm process, which have read their ledger, meter nothing: both readings and "
        f"the event, in a chain of {result['events']:,}. Beside them codecarbon's own tracker, started and stopped in "
        f"forks of a process that has it loaded, and {result['days']} days of flights ingested one by one, the "
        f"smallest real work. Medians. What the machine draws is found out once, in {result['first_ms']:.0f} ms."
    )
    named = {"meter": "metering a task", "tracker": "codecarbon's tracker", "work": "ingesting a day"}
    raw = [[words, f"{ms[name]['wall']:.1f}", f"{ms[name]['cpu']:.1f}"] for name, words in named.items()]
    return Section(rows, f"{wrapped(text)}\n\n{table(['', 'ms', 'CPU ms'], raw)}")


def estimate(result: Result) -> Section:
    errors, target, alarms = result["errors"], result["target"], result["false_alarms"]
    most = max(one["windows"] for one in alarms["by_block"].values())
    rows = [
        Row(
            "AUC estimated before labels, May to December, mean absolute error, labels a day late",
            f"{errors['1']['auc']:.4f}",
            f"at most {target:g}",
            errors["1"]["auc"] <= target,
        ),
        Row(
            f"windows a year with a false alarm of performance (nominal {alarms['nominal']:g})",
            f"{most:.2f}",
            f"at most {alarms['target']:g}",
            most <= alarms["target"],
        ),
    ]
    text = (
        "One model of January to March is never trained again. Each day's scores are calibrated on the newest 14 "
        "labelled days there were, and the figures that they promise for a month stand beside those that came true. "
        f"False alarms: {alarms['years']} simulated years in which nothing changes, for each size of block, of days "
        "drawn from one quarter and scored by fits on other days of it; the rule is the monitor's."
    )
    late = [[f"{days} days", *(f"{one[name]:.4f}" for name in ("auc", "rate", "cost"))] for days, one in errors.items()]
    raw = [
        [
            one["month"],
            f"{one['realised']['auc']:.4f}",
            *(f"{result['months'][days][n]['estimated']['auc']:.4f}" for days in errors),
        ]
        for n, one in enumerate(result["months"]["1"])
    ]
    chance = [[f"{block} days", *one.values()] for block, one in alarms["by_block"].items()]
    parts = [
        wrapped(text),
        table(["labels late by", "error of AUC", "of share of late flights", "of cost"], late),
        table(["month", "AUC realised", *(f"estimated, {days} days" for days in errors)], raw),
        table(["blocks of", *next(iter(alarms["by_block"].values()))], chance),
    ]
    return Section(rows, "\n\n".join(parts))


SECTIONS: Mapping[str, tuple[str, Callable[[Result], Section]]] = {
    "training_set": ("Training set through the feature store", training_set),
    "scoring": ("Scoring", scoring),
    "orchestration": ("Orchestration", orchestration),
    "gates": ("Gates", gates),
    "rollback": ("Rollback", rollback),
    "fairness_coverage": ("Intervals of fairness figures", fairness_coverage),
    "metering": ("Metering", metering),
    "estimate": ("Performance before labels, and its false alarms after", estimate),
    "unchanged_groups": ("False alarms of slices and fairness", unchanged_groups),
    "false_alarms": ("False alarms of drift", false_alarms),
    "drift_check": ("What a drift check costs", drift_check),
    "year": ("A year of flights", year),
    "retraining_queue": ("A storm of signals", retraining_queue),
    "arrival": ("From data to a version that is judged", arrival),
}


def _seconds(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def _times(repeats: int) -> str:
    return f"{repeats} repeats" if repeats != 1 else "1 repeat"
