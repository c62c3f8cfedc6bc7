"""Does the online store answer what the offline one knows? Pure: counts in, verdict and reason out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from perennial.monitoring.decisions.skew import TOLERATED, some
from perennial.monitoring.result import Verdict


@dataclass(frozen=True)
class Served:
    """By view: the keys that were asked for, and those whose answer is not the newest offline value."""

    asked: Mapping[str, int]
    differing: Mapping[str, int] = field(default_factory=dict)
    """Only where some do."""

    def share(self, view: str) -> float:
        """Return the share of a view's keys that would get something else."""
        return self.differing.get(view, 0) / self.asked[view]


def judge(found: Served) -> tuple[Verdict, str, tuple[str, ...]]:
    """Return verdict, reason and the views that differ, the worst first.

    Each view counts by itself: one of three keys would not be seen among those of thousands.
    """
    if not found.asked:
        return "insufficient_data", "nothing of the window is online", ()
    worst = sorted(found.differing, key=lambda view: (-found.share(view), view))
    if not worst:
        return "ok", f"the online store answers the newest values for {sum(found.asked.values())} keys", ()
    told = some([f"{view} {found.share(view):.1%} of {found.asked[view]}" for view in worst])
    verdict: Verdict = "alarm" if found.share(worst[0]) > TOLERATED else "watch"
    return verdict, f"the online store answers otherwise for some keys: {told}", tuple(worst)
