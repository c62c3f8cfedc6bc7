"""The monitors, in the order in which their results are read. One more is a function of a case and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from perennial.monitoring.case import Case
from perennial.monitoring.monitors.contract import contract
from perennial.monitoring.monitors.drift import drift
from perennial.monitoring.monitors.estimate import estimate
from perennial.monitoring.monitors.fairness import fairness
from perennial.monitoring.monitors.freshness import freshness
from perennial.monitoring.monitors.online import online
from perennial.monitoring.monitors.performance import performance
from perennial.monitoring.monitors.skew import skew
from perennial.monitoring.monitors.upstream import upstream
from perennial.monitoring.result import MonitorName, Result

Monitor = Callable[[Case], Result | None]
"""None where it does not apply to the model."""

MONITORS: Mapping[MonitorName, Monitor] = {
    "upstream": upstream,
    "contract": contract,
    "freshness": freshness,
    "online": online,
    "skew": skew,
    "drift": drift,
    "performance": performance,
    "estimate": estimate,
    "fairness": fairness,
}
