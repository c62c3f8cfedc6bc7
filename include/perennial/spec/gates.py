"""The names of the risk tiers and of the gates that their policies put limits to."""

from __future__ import annotations

from typing import Literal, get_args

RiskTier = Literal["minimal", "limited", "high"]
TIERS: tuple[RiskTier, ...] = get_args(RiskTier)
"""From the lowest to the highest."""
GateName = Literal[
    "auc",
    "r2",
    "baseline",
    "champion",
    "cost",
    "slices",
    "demographic_parity",
    "equalized_odds",
    "equal_opportunity",
    "error_rate",
    "calibration",
    "calibration_error",
    "brier",
    "noise",
    "missing_values",
    "units",
    "unseen_categories",
    "out_of_range",
    "adversarial",
    "behaviour",
    "additivity",
    "leak",
    "reason_stability",
    "latency_row",
    "latency_batch",
    "memory",
    "artifact_size",
    "artifact",
    "vulnerabilities",
    "smoke_test",
    "reproduction",
]
