"""The part of the card that shows how a candidate did on its holdout: figures with intervals, and plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from perennial.keys import version_key
from perennial.validation.card.curves import Bin, reliability, roc_points
from perennial.validation.card.document import Block, Drawing, Table, Text
from perennial.validation.card.facts import Facts
from perennial.validation.card.plots import Line, square
from perennial.validation.card.words import HEADER, estimate, is_estimate

if TYPE_CHECKING:
    import pandas as pd

SCORES = {"p_candidate": "candidate", "p_champion": "champion", "p_baseline": "baseline"}
QUALITY = {"auc": "AUC", "r2": "R squared"}
ORDER = ("quality", "baseline", "champion", "in_the_large", "error", "skill")
UNITS = {"day": "whole days", "row": "single rows"}


def performance(facts: Facts) -> list[Block]:
    """Lay out the figures of a holdout's scored rows."""
    found = {**facts.figures.get("performance", {}), **facts.figures.get("calibration", {})}
    rows = [estimate(_name(name, facts), found[name]) for name in ORDER if is_estimate(found.get(name))]
    blocks: list[Block] = [
        Table(HEADER, rows),
        Text(
            f"Intervals: bootstrap over {UNITS[facts.spec.resampling_unit]};"
            " differences are paired, both models on the same rows."
        ),
    ]
    return blocks if facts.spec.train.task == "regression" else [*blocks, *_plots(facts.frame)]


def _name(name: str, facts: Facts) -> str:
    """Write a figure's name; a comparison says with what."""
    against = {"baseline": "the baseline", "champion": f"champion {version_key(facts.champion or 0)}"}
    if name in against:
        return f"difference in {QUALITY[facts.spec.train.quality]}, candidate - {against[name]}"
    known = {
        "quality": QUALITY[facts.spec.train.quality],
        "in_the_large": "mean prediction - observed mean",
        "error": "expected calibration error",
        "skill": "Brier skill: 1 - Brier score / that of the base rate",
    }
    return known.get(name, name.replace("_", " "))


def _plots(frame: pd.DataFrame) -> list[Block]:
    bins = reliability(frame["y"].to_numpy(), frame["p_candidate"].to_numpy())
    return [
        Drawing("ROC curve", square("ROC curve", "false positive rate", "true positive rate", _roc(frame))),
        Drawing("Reliability", _reliability(bins)),
        Table(
            ["rows", "mean prediction", "observed share"],
            [[f"{one.rows:,}", f"{one.predicted:.3f}", f"{one.observed:.3f}"] for one in bins],
        ),
    ]


def _roc(frame: pd.DataFrame) -> list[Line]:
    curves = []
    for column, name in SCORES.items():
        rows = frame[frame[column].notna()]
        if points := roc_points(rows["y"].to_numpy(), rows[column].to_numpy()):
            curves.append(Line(name, points))
    return curves


def _reliability(bins: Sequence[Bin]) -> str:
    most = max(1e-6, *(max(one.predicted, one.observed) for one in bins))
    line = Line("candidate", [(one.predicted, one.observed) for one in bins], marked=True)
    return square("Reliability", "mean prediction", "observed share", [line], most)
