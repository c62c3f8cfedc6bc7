"""A year of flights three ways: the whole loop, a model never retrained, one retrained monthly without gates.

    python bench/year.py [--until 2013-12-30]

The loop is the model flight_delay as the project has it: its spec, its gates, its queue, lived week by week through the
stages, without Airflow. The two others are fitted with the parameters that the loop's first version found, on the
feature partitions of the loop, and score the same flights, those of days that had a champion: `never` on what the first
version learnt from, `monthly` on as many days before the first of each month as the spec's window has, labels a day
old. Cost is that of the spec, per 1,000 flights. The year ends on 30 December: the source has no weather of the day
after, and the loop would stop there.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lived
from common import MODEL, finish, installation, say

from perennial import datasets
from perennial.context import Context, open_context
from perennial.keys import DAY, Window
from perennial.statistics.ranking import auc

if TYPE_CHECKING:
    import pandas as pd

HISTORY = Window(date(2013, 1, 1), date(2013, 3, 31))
MARGIN = 0.005
"""How far the loop may lie below the better of the two others, in AUC over the year."""


def main() -> None:
    options = _options()
    with installation() as settings:
        ctx = open_context(MODEL, settings=settings, actor="bench")
        lived.live(ctx, HISTORY, options.until)
        result = summary(ctx, arms(ctx, Window(HISTORY.last + DAY, options.until)))
    finish(result)


def arms(ctx: Context, year: Window) -> dict[str, pd.DataFrame]:
    """Return day, y and score of every labelled flight of the year by each of the three ways; (n, 3) each."""
    history = ctx.chain.history()
    first = history.version(history.versions[0])
    with ctx.lake.staging() as staging:
        rows = _rows(ctx, first["transform"], Window(HISTORY.first, year.last), staging / "rows.parquet")
    loop = _published(ctx, rows, year)
    asked = rows[rows["day"].isin(loop["day"])]  # where nobody was champion nothing was scored: nothing to compare
    months = [Window(month, _next(month) - DAY).clip(year.first, year.last) for month in _firsts(year)]
    monthly = [(_before(ctx, part), part) for part in months if part]
    return {
        "loop": loop,
        "never": _scored(first, rows, asked, [(Window.parse(first["fit_window"]), year)]),
        "monthly": _scored(first, rows, asked, monthly),
    }


def _before(ctx: Context, month: Window) -> Window:
    """Return the days that a model made on the first of a month learns from: no holdout, there are no gates."""
    known = Window.ending(month.first - 2 * DAY, ctx.spec.train.window).clip(HISTORY.first, month.first)
    assert known, "the history lies before the year"
    return known


def _published(ctx: Context, rows: pd.DataFrame, year: Window) -> pd.DataFrame:
    """Return the labelled rows of the year with the scores that the loop published."""
    import pandas as pd

    kept = ctx.chain.history().partitions(ctx.table("predictions"))
    files = [ctx.lake.path(partition) for day, partition in kept.items() if day in year]
    keys = ["day", ctx.spec.entity]
    log = pd.concat([pd.read_parquet(file, columns=[*keys, "score"]) for file in files])
    log = log.assign(day=pd.to_datetime(log["day"]).dt.date)
    return rows[[*keys, "y"]].merge(log, on=keys)[["day", "y", "score"]]


def _rows(ctx: Context, transform: str, window: Window, file: Path) -> pd.DataFrame:
    import pandas as pd

    datasets.retrieve(ctx, transform, window, file, labelled=True)
    rows = pd.read_parquet(file)
    return rows.assign(day=pd.to_datetime(rows["day"]).dt.date, y=rows[ctx.spec.label.column]).dropna(subset="y")


def _scored(
    first: Mapping[str, Any], rows: pd.DataFrame, asked: pd.DataFrame, plan: Sequence[tuple[Window, Window]]
) -> pd.DataFrame:
    """Fit on the rows of the first window of each pair and score what is asked of the second."""
    import pandas as pd

    from perennial.estimators.pipeline import build, fit
    from perennial.estimators.predict import predict

    columns = first["columns"]
    parts = []
    for learnt, scored in plan:
        if (new := _in(asked, scored)).empty:
            continue
        say(f"fit on {learnt}, score {scored}")
        known = _in(rows, learnt)
        model = build(first["estimator"], first["parameters"], columns["numeric"], columns["categorical"], 0)
        fit(model, known, known["y"].astype(int))
        parts.append(new[["day", "y"]].assign(score=predict(model, new)))
    return pd.concat(parts, ignore_index=True)


def _in(rows: pd.DataFrame, window: Window) -> pd.DataFrame:
    return rows[(rows["day"] >= window.first) & (rows["day"] <= window.last)]


def summary(ctx: Context, ways: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Compare the three by month and over the year."""
    history = ctx.chain.history()
    months = {name: _by_month(ctx, rows) for name, rows in ways.items()}
    year = {name: _figures(ctx, rows) for name, rows in ways.items()}
    promoted = [event.key for event in history.of("champion.changed")]
    best = max(year["never"]["auc"], year["monthly"]["auc"])
    return {
        "months": months,
        "year": year,
        "trainings": {"loop": len(history.versions), "never": 1, "monthly": len(months["monthly"])},
        "promoted": promoted,
        "requests": len(history.of("retraining.requested")),
        "margin": MARGIN,
        "passed": year["loop"]["auc"] >= best - MARGIN and year["loop"]["auc"] > year["never"]["auc"],
    }


def _by_month(ctx: Context, rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    import pandas as pd

    month = pd.to_datetime(rows["day"]).dt.strftime("%Y-%m")
    return {str(name): _figures(ctx, part) for name, part in rows.groupby(month)}


def _figures(ctx: Context, rows: pd.DataFrame) -> dict[str, float]:
    cost, y, yes = ctx.spec.cost, rows["y"] == 1, rows["score"] >= ctx.spec.cost.threshold
    paid = cost.false_positive * (yes & ~y).sum() + cost.false_negative * (~yes & y).sum()
    return {
        "rows": len(rows),
        "auc": round(auc(rows["y"].astype(int), rows["score"]), 4),
        "cost": round(1000 * float(paid) / len(rows), 1),
    }


def _firsts(year: Window) -> list[date]:
    return [date(year.first.year, month, 1) for month in range(year.first.month, year.last.month + 1)]


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--until", type=date.fromisoformat, default=date(2013, 12, 30), help="the last day lived")
    return parser.parse_args()


if __name__ == "__main__":
    main()
