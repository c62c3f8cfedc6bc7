"""How well the candidate ranks: by itself, against a simple model, against the champion."""

from __future__ import annotations

from perennial.validation.estimate import Performance
from perennial.validation.gates.registry import GateResult, Rule, gate, judge_estimate


@gate("auc", "performance", "classification")
def auc(figures: Performance, rule: Rule) -> GateResult:
    """Ask whether the candidate ranks well enough by itself."""
    return judge_estimate("auc", figures.quality, figures.rows, rule)


@gate("r2", "performance", "regression")
def r2(figures: Performance, rule: Rule) -> GateResult:
    """Ask whether the candidate explains enough of a number's spread by itself."""
    return judge_estimate("r2", figures.quality, figures.rows, rule)


@gate("baseline", "performance")
def baseline(figures: Performance, rule: Rule) -> GateResult:
    """Ask whether it ranks better than the simple model fitted on the same rows."""
    return judge_estimate("baseline", figures.baseline, figures.rows, rule)


@gate("champion", "performance")
def champion(figures: Performance, rule: Rule) -> GateResult:
    """Ask whether it ranks no worse than the champion by more than the margin, both scored on the same rows."""
    limit = rule.limit
    if figures.champion is None:
        return GateResult("champion", None, None, None, limit.limit, "pass", "no champion yet", limit.mode)
    return judge_estimate("champion", figures.champion, figures.compared, rule)
