"""Facts of a made-up version, for cards that are pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from perennial.validation.card import Facts
from perennial.validation.judgement import judge
from perennial.validation.measured import plain
from unit.validation.figures import GOOD, flights, measured, policy
from unit.validation.test_judgement import FRESH

CANDIDATE = {
    "version": 2,
    "claim": "t2",
    "artifact": {"path": "flight_delay/models/a/model.skops", "sha256": "a" * 64},
    "baseline": {"path": "flight_delay/models/b/model.skops", "sha256": "b" * 64},
    "run_id": "run2",
    "snapshot": "5" * 64,
    "fit_window": "2013-01-01..2013-03-17",
    "holdout": "2013-03-18..2013-03-31",
    "transform": "7" * 64,
    "service": "flight_delay__77777777",
    "spec_digest": "d" * 64,
    "columns": {"numeric": ["distance"], "categorical": []},
    "estimator": "sklearn.ensemble.HistGradientBoostingClassifier",
    "parameters": {"max_iter": 150},
    "metrics": {"auc": 0.7112345},
    "made": {"lock": "10c" + "0" * 61, "code": "c" * 64, "python": "3.11", "machine": "x", "libraries": {"numpy": "2"}},
}


def facts_of(figures: dict[str, Any] = GOOD, champion: int | None = 1, **changes: Any) -> Facts:
    """Return the facts of a version judged on these figures."""
    frame, judged = scored(champion), judge(measured(figures), policy("limited"), flights(), FRESH)
    verdict = {
        "passed": judged.passed,
        "champion": champion,
        "gates": [gate.to_dict() for gate in judged.gates],
        "rows": {"labelled": len(frame), "unlabelled": 100, "compared": 0},
        "seconds": dict.fromkeys(figures, 0.1),
        "figures": dict.fromkeys(figures, "f" * 64),
        "spec_digest": flights().digest,
        "policy_digest": policy("limited").digest,
    }
    known: dict[str, Any] = {
        "spec": flights(),
        "policy": policy("limited"),
        "candidate": CANDIDATE,
        "snapshot": {"rows": 70_000, "path": "flight_delay/snapshots/5.parquet"},
        "decision": {"why": "the first version <b>"},
        "verdict": verdict,
        "figures": {family: plain(asdict(one)) for family, one in figures.items()},
        "frame": frame,
    }
    return Facts(**{**known, **changes})


def scored(champion: int | None = 1) -> pd.DataFrame:
    """Return 400 scored rows."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 400)
    p = np.clip(0.5 + 0.2 * (y - 0.5) + rng.normal(0, 0.2, 400), 0, 1)
    frame = pd.DataFrame({"flight_id": np.arange(400), "day": "2013-03-20", "y": y, "p_candidate": p})
    known = p if champion else np.nan
    return frame.assign(p_baseline=p[::-1], p_champion=known, d_candidate=(p >= 0.5).astype(float), d_champion=known)
