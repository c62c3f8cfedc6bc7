"""Are decisions unfair now, and less fair than they were when a person let the version pass? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from perennial.monitoring.decisions.performance import at_level, difference_of
from perennial.monitoring.result import Verdict
from perennial.policy import Limit
from perennial.spec import Spec
from perennial.spec.drift import YEAR
from perennial.statistics.resampling import Interval

LEAST_SURE = 0.95


@dataclass(frozen=True)
class Gap:
    """How far the groups of one attribute lie apart by the criterion that the spec chose for it."""

    attribute: str
    criterion: str
    now: Interval | None
    """None where fewer than two groups have rows enough"""
    then: Interval | None
    """at validation"""
    lowest: str | None
    """the groups with the lowest and the highest rate"""
    highest: str | None
    limit: Limit

    @property
    def beyond(self) -> bool:
        """Tell whether the whole interval lies beyond the limit."""
        if self.now is None:
            return False
        return self.now.high < self.limit.limit if self.limit.passes == "above" else self.now.low > self.limit.limit

    @property
    def worse(self) -> bool:
        """Tell whether it is less fair than at validation, beyond chance."""
        if self.now is None or self.then is None:
            return False
        then = at_level(self.then, self.now.level)
        fell = difference_of(then, self.now) if self.limit.passes == "above" else difference_of(self.now, then)
        return fell.low > 0

    @property
    def verdict(self) -> Verdict:
        """Alarm where the policy enforces the limit; what was unfair when it was let pass, and no worse, is none."""
        if self.now is None:
            return "insufficient_data"
        if self.beyond and self.worse and self.limit.mode == "enforce":
            return "alarm"
        return "watch" if self.worse or (self.beyond and self.then is None) else "ok"

    def said(self) -> str:
        """Say what was found in one line."""
        name = f"{self.criterion} of {self.attribute}"
        if self.now is None:
            return f"{name}: too few rows in all groups but one"
        then = f"{self.then.value:.3f} at validation" if self.then else "unknown at validation"
        ends = f"{self.now.value:.3f} [{self.now.low:.3f}, {self.now.high:.3f}]"
        side = "at least" if self.limit.passes == "above" else "at most"
        return f"{name} {ends}, {then}, {side} {self.limit.limit:g}: lowest {self.lowest}, highest {self.highest}"

    def to_dict(self) -> dict[str, Any]:
        """Return what a report keeps of it."""
        return {
            "attribute": self.attribute,
            "criterion": self.criterion,
            "now": self.now and self.now.to_dict(),
            "then": self.then and self.then.to_dict(),
            "lowest": self.lowest,
            "highest": self.highest,
            "limit": self.limit.limit,
            "beyond": self.beyond,
            "worse": self.worse,
            "verdict": self.verdict,
        }


def level(spec: Spec) -> float:
    """Return how sure each attribute's interval has to be: as for performance, and by the number of attributes."""
    wrong = spec.monitor.performance.false_alarms.yearly * spec.monitor.every / YEAR / max(1, len(spec.protected))
    return max(LEAST_SURE, 1 - 2 * wrong)


def judge(gaps: Sequence[Gap]) -> tuple[Verdict, str, tuple[str, ...]]:
    """Return the worst verdict, the reason, and the groups at fault as attribute=group."""
    for verdict in ("alarm", "watch"):
        if found := [gap for gap in gaps if gap.verdict == verdict]:
            blamed = [f"{gap.attribute}={name}" for gap in found for name in (gap.lowest, gap.highest) if name]
            return verdict, "; ".join(gap.said() for gap in found), tuple(blamed)
    known = [gap for gap in gaps if gap.verdict == "ok"]
    if not known:
        return "insufficient_data", "; ".join(gap.said() for gap in gaps), ()
    beyond = [gap.attribute for gap in known if gap.beyond]
    more = f"; beyond the limit as at validation: {', '.join(beyond)}" if beyond else ""
    return "ok", f"no less fair than at validation: {', '.join(gap.attribute for gap in known)}{more}", ()
