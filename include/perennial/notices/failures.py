"""Failures of stages as notices: how they are named, and when they are over."""

from __future__ import annotations

from perennial.ledger.chain import Chain
from perennial.notices.door import reset
from perennial.notices.state import standing
from perennial.settings import Settings
from perennial.spec.notices import Notices

TIMELESS = ("clock", "retrain")
"""Stages whose next run does the work of one that failed: what their runs are about does not matter."""


def failure_key(stage: str, task: str, about: str) -> str:
    """Name the failure of a task in a run about a window or version: `train.fit 2013-01-01..2013-03-31`."""
    place = f"{stage}.{task}" if task else stage
    return place if stage in TIMELESS else f"{place} {about}"


def ran_through(settings: Settings, chain: Chain, rules: Notices, stage: str, about: str) -> None:
    """Take back every failure of a stage about the same: all of it ran through."""
    for kind, key in standing(chain):
        place, _, told = key.partition(" ")
        if kind == "failed" and place.partition(".")[0] == stage and told in {"", about}:
            reset(settings, chain, rules, "failed", key, why=f"{stage} ran through ({chain.run})")
