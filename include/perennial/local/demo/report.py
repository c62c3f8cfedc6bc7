"""What the demo showed: a table, a plot of AUC by week and version, and summary.json."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from perennial.context import Context
from perennial.keys import Window, version_key
from perennial.ledger import requests
from perennial.ledger.history import History
from perennial.ledger.verdicts import counts
from perennial.statistics.ranking import auc

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


def write(ctx: Context, console: Console, *, runs: int, seconds: float, url: str, user: str) -> dict[str, Any]:
    """Print the table and keep plot and summary under var/demo; returns the summary."""
    history = ctx.chain.history()
    rows = scored_rows(ctx, history)
    weeks = _weeks(rows)
    summary = {
        "model": ctx.model,
        "champion": history.champion,
        "versions": [_version(history, rows, number) for number in history.versions],
        "weeks": weeks,
        "predictions": sum(partition.rows for partition in history.partitions(ctx.table("predictions")).values()),
        "reports": len(history.of("monitoring.reported")),
        "requests": len(history.of(requests.TYPE)),
        "decisions": [event.payload["outcome"] for event in history.of("retraining.decided")],
        "archives": [event.payload["path"] for event in history.of("archive.sealed")],
        "business_time": str(history.now),
        "dag_runs": runs,
        "seconds": round(seconds, 1),
        "airflow": {"url": url, "user": user},
    }
    folder = ctx.settings.var / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
    _plot(weeks, history, folder / "auc.png")
    _print(console, summary, folder)
    return summary


def scored_rows(ctx: Context, history: History) -> pd.DataFrame:
    """Return day, version, y and score of every published prediction whose label is known; (n, 4)."""
    import pandas as pd

    from perennial.local.demo.rows import labelled

    published = dict.fromkeys((e.payload["version"], e.key) for e in history.of("predictions.published"))
    parts = [
        labelled(ctx, history.version(number), Window.parse(key)).assign(version=number) for number, key in published
    ]
    empty = pd.DataFrame({"day": [], "y": [], "score": [], "version": []})
    return pd.concat(parts, ignore_index=True) if parts else empty


def _version(history: History, rows: pd.DataFrame, number: int) -> dict[str, Any]:
    registered, verdict = history.version(number), history.verdict(number)
    retired = history.retirement(number)
    own = rows[rows["version"] == number]
    return {
        "version": version_key(number),
        "learnt_from": registered["fit_window"],
        "passed": verdict.payload["passed"] if verdict else None,
        "gates": {g["name"]: g["verdict"] for g in verdict.payload["gates"] if counts(g)} if verdict else {},
        "auc_holdout": (verdict.payload["reference"]["quality"] or {}).get("value") if verdict else None,
        "auc_published": round(auc(own["y"], own["score"]), 4) if own["y"].min() < own["y"].max() else None,
        "labelled_predictions": len(own),
        "state": "champion" if history.champion == number else "retired" if retired else "not promoted",
    }


def _weeks(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return AUC by week (beginning on its Monday) and version."""
    import pandas as pd

    if rows.empty:
        return []
    days = pd.to_datetime(rows["day"])
    monday = (days - pd.to_timedelta(days.dt.dayofweek, unit="D")).dt.date
    weeks = []
    for (week, version), part in rows.groupby([monday, "version"]):
        if part["y"].min() < part["y"].max():
            value = round(auc(part["y"], part["score"]), 4)
            weeks.append({"week": str(week), "version": int(str(version)), "auc": value, "rows": len(part)})
    return weeks


def _plot(weeks: list[dict[str, Any]], history: History, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes: Any = figure.subplots()
    for number in history.versions:
        own = [week for week in weeks if week["version"] == number]
        if own:
            days = [date.fromisoformat(week["week"]) for week in own]
            axes.plot(days, [week["auc"] for week in own], marker="o", label=version_key(number))
    for event in history.of(requests.TYPE):
        if window := event.payload["window"]:
            axes.axvline(Window.parse(window).last, color="0.7", linestyle=":", linewidth=1)
    axes.set(
        title=f"{history.chain}: AUC on matured labels, by week and version",
        ylabel="AUC",
        xlabel="week of (business time)",
    )
    axes.grid(alpha=0.3)
    axes.legend(title="version; dotted: a request")
    figure.savefig(path, dpi=110)


def _print(console: Console, summary: dict[str, Any], folder: Path) -> None:
    table = Table(title=f"The life of {summary['model']}", title_justify="left")
    for column in (
        "version",
        "learnt from",
        "gates",
        "AUC holdout",
        "AUC matured labels",
        "predictions labelled",
        "state",
    ):
        table.add_column(column)
    for one in summary["versions"]:
        failed = [name for name, verdict in one["gates"].items() if verdict != "pass"]
        gates = "all passed" if one["passed"] else f"failed: {', '.join(failed)}"
        holdout = f"{one['auc_holdout']:.3f}" if one["auc_holdout"] is not None else "-"
        published = f"{one['auc_published']:.3f}" if one["auc_published"] is not None else "-"
        table.add_row(
            one["version"],
            one["learnt_from"],
            gates,
            holdout,
            published,
            f"{one['labelled_predictions']:,}",
            one["state"],
        )
    console.print(table)
    console.print(
        f"{summary['predictions']:,} predictions, {summary['reports']} reports, {summary['requests']} requests, "
        f"{len(summary['archives'])} archive(s), {summary['dag_runs']} DAG runs in {summary['seconds']:.0f} s"
    )
    for name in ("summary.json", "auc.png"):
        console.print(f"  {folder / name}", markup=False)
