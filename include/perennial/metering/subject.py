"""Which training a piece of work belongs to: the claim of its window or of its version."""

from __future__ import annotations

from typing import Any

from perennial.ledger.chain import Chain
from perennial.ledger.history import History

TYPE = "cost.recorded"
RETRAINING = ("train", "validate", "promote")
"""The stages of one retraining: what a claim costs."""


def subject(chain: Chain, stage: str, key: str) -> dict[str, Any]:
    """Return claim and version where they are known; nothing for stages that are about days."""
    return claimed(chain.history(), stage, key) if stage in RETRAINING else {"claim": None, "version": None}


def claimed(history: History, stage: str, key: str) -> dict[str, Any]:
    """Look them up: `train` is about a window that was launched, the others about a version."""
    if stage == "train":
        launched = [event.payload["claim"] for event in history.of("retraining.decided") if event.key == key]
        claim = next((name for name in reversed(launched) if name), None)
        made = [event for event in history.of("candidate.registered") if event.payload["claim"] == claim]
    else:
        made = [event for event in history.of("candidate.registered") if event.key == key]
        claim = made[-1].payload["claim"] if made else None
    return {"claim": claim, "version": made[-1].payload["version"] if made else None}
