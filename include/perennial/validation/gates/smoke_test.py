"""Whether the packaged model does in a clean process what it did here."""

from __future__ import annotations

from perennial.estimators.clean_process import Smoke
from perennial.validation.estimate import Unknown
from perennial.validation.gates.registry import GateResult, Rule, gate, judge_number


@gate("smoke_test", "smoke_test")
def smoke_test(figures: Smoke, rule: Rule) -> GateResult:
    """Ask whether a clean process predicts the golden rows bit for bit; rows are counted, nothing is estimated."""
    if not figures.rows:
        return judge_number("smoke_test", Unknown("the clean process predicted no row"), rule, "")
    said = f"{figures.different} of {figures.rows} rows differ in a clean process"
    return judge_number("smoke_test", float(figures.different), rule, said)
