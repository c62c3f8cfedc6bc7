"""Feature freshness: how old values were when the questions were asked, and how far stages are behind one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from perennial.datasets.definition import Definition, definition_in
from perennial.datasets.partitions import Built, built
from perennial.keys import Window
from perennial.monitoring.ages import asked
from perennial.monitoring.case import Case
from perennial.monitoring.decisions.freshness import Ages, Asked, Lag, judge
from perennial.monitoring.lag import lag
from perennial.monitoring.result import Result


def freshness(case: Case) -> Result | None:
    """Hold the ages of the window against the time to live and the training days; None without feature views."""
    made = definition_in(case.history, case.version["transform"])
    if not made.views:
        return None
    have = built(case.history, made.transform)
    training = Window(Window.parse(case.version["fit_window"]).first, Window.parse(case.version["holdout"]).last)
    now, then = _asked(case, made, have, list(case.window)), _asked(case, made, have, list(training))
    views = [
        Ages(name, view.ttl.total_seconds(), now.get(name, []), then.get(name, [])) for name, view in made.views.items()
    ]
    behind = lag(case)
    verdict, why, at_fault = judge(views, behind)
    return Result("freshness", verdict, why, _figures(views, behind), at_fault)


def _asked(case: Case, made: Definition, have: Built, days: Sequence[date]) -> dict[str, list[Asked]]:
    """Return the days of each view, by name."""
    with asked(case, made, have, days) as questions:
        return {name: questions.to(name) for name in made.views} if questions else {}


def _figures(views: Sequence[Ages], behind: Lag) -> dict[str, Any]:
    figures = {
        view.view: {
            "ttl_seconds": view.ttl,
            "limit": view.limit,
            "age_seconds": view.age,
            "usual_age_seconds": view.usual_age,
            "days": {str(day.day): {**asdict(day), "day": str(day.day), "missing": day.missing} for day in view.days},
        }
        for view in views
    }
    return {"views": figures, "behind": asdict(behind)}
