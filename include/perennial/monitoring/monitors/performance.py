"""The champion's performance on matured labels, by version and by slice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from perennial.keys import version_key
from perennial.monitoring import labels
from perennial.monitoring.case import Case
from perennial.monitoring.decisions.performance import Answer, Question, judge, levels, lost
from perennial.monitoring.labels import blocks_of
from perennial.monitoring.result import Result
from perennial.monitoring.slices import figures as sliced
from perennial.monitoring.slices import slices
from perennial.spec.training import NAMES
from perennial.statistics.resampling import Interval, interval, mean_interval

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 4_000
"""Of a bootstrap: intervals are read far out, where a thousand draws have no quantile."""
Measured = dict[Question, Interval]


def performance(case: Case) -> Result:
    """Hold quality, calibration and label rate in the window against those of validation."""
    found = labels.predicted(case, case.window, case.spec.slices)
    champion = found.frame[found.frame["version"] == case.ctx.named(case.number)]
    rows = champion[champion["y"].notna()]
    figures = {
        "maturity": "matured" if labels.matured(case) else "early",
        "rows": len(champion),
        "labelled": len(rows),
        "share": len(rows) / max(1, len(champion)),
        "sampled_from": found.rows,
        "metric": case.spec.train.quality,
        "reference": case.verdict["reference"],
    }
    if not labels.matured(case):
        why = f"labels mature on {labels.matures(case):%Y-%m-%d}; {len(rows)} of {len(champion)} are known"
        return Result("performance", "insufficient_data", why, figures)
    if len(rows) < case.policy.min_rows:
        why = f"{len(rows)} labelled rows, {case.policy.min_rows} are needed"
        return Result("performance", "insufficient_data", why, figures)
    return _judged(case, figures, found.labelled, rows)


def _judged(case: Case, figures: dict[str, Any], everybody: pd.DataFrame, rows: pd.DataFrame) -> Result:
    before, reference = labels.holdout(case, case.spec.slices), case.verdict["reference"]["quality"]
    unit = (float(before["y"].std(ddof=0)) or 1.0) if case.spec.train.task == "regression" else 1.0
    now, then = measured(case, rows, unit), measured(case, before, unit)
    if not now or not then or reference is None:
        return Result("performance", "insufficient_data", "one class or one day alone: nothing is defined", figures)
    rates = (now["label_rate"], then["label_rate"])
    answers = judge(now["quality"], now["calibration"], Interval(**reference), case.spec, rates)
    parts, small = slices(case, rows, before)
    figures.update({name: one.to_dict() for name, one in now.items()})
    figures.update(
        answers={name: answer.to_dict() for name, answer in answers.items()},
        lost=lost(answers),
        slices=sliced(parts, small),
        versions=_versions(case, everybody, unit),
    )
    behind = [f"{one.column}={one.name}" for one in parts if one.lost]
    return _result(case, figures, answers, behind)


def _result(case: Case, figures: Mapping[str, Any], answers: Mapping[Question, Answer], behind: list[str]) -> Result:
    """Alarm when quality or calibration was lost; watch slices, and labels whose rate moved with the scores."""
    found, moved = lost(answers), answers["label_rate"]
    said = [answers[name].said for name in found] or [_holds(case, figures)]
    if moved.counts:
        said.append(moved.said)
    if behind:
        said.append(f"slices that lost: {', '.join(behind)}")
    verdict = "alarm" if found else "watch" if moved.counts or behind else "ok"
    return Result("performance", verdict, "; ".join(said), figures, (*found, *behind))  # type: ignore[arg-type]


def measured(case: Case, rows: pd.DataFrame, unit: float) -> Measured:
    """Return quality, calibration in the large and label rate; empty where the rows do not define them.

    Calibration and rate are in `unit`: of a predicted number, the standard deviation of labels at validation.
    """
    y, p, blocks, sure = rows["y"], rows["score"], blocks_of(case, rows), levels(case.spec)
    try:
        return {
            "quality": interval(case.spec.train.quality, y, p, blocks, B=DRAWS, level=sure["quality"]),
            "calibration": mean_interval((p - y) / unit, blocks, B=DRAWS, level=sure["calibration"]),
            "label_rate": mean_interval(y / unit, blocks, B=DRAWS, level=sure["label_rate"]),
        }
    except ValueError:
        return {}


def _versions(case: Case, rows: pd.DataFrame, unit: float) -> dict[str, Any]:
    """Return the figures of every version that predicted in the window, the champion first."""
    mine = case.ctx.named(case.number)
    names = sorted(rows["version"].unique(), key=lambda name: (name != mine, name))
    parts = {name: rows[rows["version"] == name] for name in names}
    return {
        name.rpartition(":")[2]: {
            "labelled": len(part),
            **{what: one.to_dict() for what, one in measured(case, part, unit).items()},
        }
        for name, part in parts.items()
    }


def _holds(case: Case, figures: Mapping[str, Any]) -> str:
    value = figures["quality"]["value"]
    return f"{NAMES[case.spec.train.quality]} {value:.3f} of {version_key(case.number)} on {figures['labelled']} labels"
