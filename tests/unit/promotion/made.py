"""Real versions without the days it takes to train them: fitted on made-up rows, kept in MLflow, told to the ledger."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.pipeline import Pipeline

from perennial.context import Context, open_context
from perennial.estimators.artifact import ALLOWED, load, save
from perennial.estimators.baseline import fit_baseline
from perennial.estimators.manifest import describe
from perennial.estimators.pipeline import build, fit
from perennial.estimators.predict import predict
from perennial.estimators.probe import GOLDEN_SCORE
from perennial.ledger.event import Event
from perennial.policy import load_policy
from perennial.registry import Artifacts, Kept, ModelFiles, Runs, Versions
from perennial.settings import PROJECT, Settings
from perennial.validation.holdout import as_parquet

MODEL = "flight_delay"
NUMERIC, CATEGORICAL = ["distance", "hour"], ["carrier"]
TREES = "sklearn.ensemble.HistGradientBoostingClassifier"


def rows(seed: int, count: int = 300) -> pd.DataFrame:
    """Return rows with a label `late` that depends on the hour."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "distance": rng.uniform(100, 3_000, count),
            "hour": rng.integers(5, 24, count).astype(float),
            "carrier": rng.choice(["AA", "DL", "UA"], count),
        }
    )
    return frame.assign(late=(frame["hour"] + rng.normal(0, 3, count) > 14).astype(int))


@dataclass
class Made:
    """A model in an installation of its own, and what can happen to it."""

    ctx: Context
    scratch: Path

    @classmethod
    def at(cls, settings: Settings, tmp_path: Path, tier: str = "limited") -> Made:
        """Copy the first model's folder into the installation, at a risk tier."""
        folder = settings.models / MODEL
        shutil.copytree(PROJECT / "include" / "models" / MODEL, folder)
        spec = folder / "model.yaml"
        text = spec.read_text(encoding="utf-8")
        spec.write_text(text.replace("risk_tier: limited", f"risk_tier: {tier}"), encoding="utf-8")
        return cls(open_context(MODEL, settings=settings, actor="ann", run="test"), tmp_path / "scratch")

    def define(self, transform: str = "1" * 64) -> Event:
        """Tell what a transform makes."""
        payload = {
            "transform": transform,
            "lookback": 1,
            "entity": "flight_id",
            "label": "late",
            "request": {"distance": "DOUBLE", "hour": "DOUBLE", "carrier": "VARCHAR"},
            "keys": {},
            "types": {"flight_id": "VARCHAR", "late": "INTEGER"},
            "views": {},
            "shared": [],
            "raw": {"flights": "daily"},
            "sql": self.ctx.evidence.put(f"-- {transform}\nSELECT 1;\n", ".sql"),
        }
        return self.ctx.chain.record("features.defined", transform[:8], payload, once=transform)

    def candidate(self, seed: int, *, transform: str = "1" * 64, **values: Any) -> Event:
        """Fit, register and tell a version; its number is the next."""
        self.define(transform)
        claim = f"t{seed}"
        decided = {
            "launch": True,
            "outcome": "launch",
            "why": "asked for",
            "requests": [],
            "claim": claim,
            "until": None,
        }
        self.ctx.chain.record(
            "retraining.decided", "none", {**decided, "until": None, "window": "2013-01-01..2013-03-31"}
        )
        frozen = {"claim": claim, "sha256": f"{seed:064x}", "rows": 300, "path": f"{MODEL}/snapshots/{seed}.parquet"}
        self.ctx.chain.record("snapshot.frozen", "2013-01-01", {**frozen, "transform": transform}, once=claim)
        run_id = Runs(self.ctx.settings, MODEL).open(claim, claim, {})
        files = {role: self._kept(seed, role, run_id) for role in ("candidate", "baseline")}
        version = Versions(self.ctx.settings, MODEL).register(claim, run_id, files["candidate"], {})
        payload = {
            "version": version.number,
            "claim": claim,
            "artifact": {"path": files["candidate"].path, "sha256": files["candidate"].sha256},
            "baseline": {"path": files["baseline"].path, "sha256": files["baseline"].sha256},
            "run_id": run_id,
            "snapshot": frozen["sha256"],
            "fit_window": "2013-01-01..2013-03-17",
            "holdout": "2013-03-18..2013-03-31",
            "transform": transform,
            "service": f"{MODEL}__{transform[:8]}",
            "spec_digest": self.ctx.spec.digest,
            "columns": {"numeric": NUMERIC, "categorical": CATEGORICAL},
            "estimator": TREES,
            "parameters": {"max_iter": 5},
            "metrics": {"auc": 0.7},
            "asked_by": ["carl"],
            "spec_by": ["dora"],
            **values,
        }
        return self.ctx.chain.record("candidate.registered", f"v{version.number}", payload, once=claim)

    def verdict(self, version: int, *, passed: bool = True, **values: Any) -> Event:
        """Tell a verdict on a version against the present champion; evidence, card and golden rows are real files."""
        history = self.ctx.chain.history()
        payload = {
            "version": version,
            "artifact_sha256": history.version(version)["artifact"]["sha256"],
            "spec_digest": self.ctx.spec.digest,
            "policy_digest": load_policy(self.ctx.settings.policies, self.ctx.spec).digest,
            "tier": self.ctx.spec.risk_tier,
            "passed": passed,
            "champion": history.champion,
            "gates": [{"name": "auc", "verdict": "pass" if passed else "fail", "why": "low end 0.6"}],
            "scored": self.ctx.evidence.put(f"scores of v{version}", ".parquet"),
            "golden": self.ctx.evidence.put(self._golden(version), ".parquet"),
            "card": self.ctx.evidence.put(f"<p>card of v{version}</p>", ".html"),
            "card_markdown": self.ctx.evidence.put(f"card of v{version}", ".md"),
            **values,
        }
        return self.ctx.chain.record(
            "verdict.given", f"v{version}", payload, evidence=self.ctx.evidence.put_json({"verdict": payload})
        )

    def path(self, version: int) -> Path:
        """Return the model file of a version."""
        return self.ctx.settings.artifacts / self.ctx.chain.history().version(version)["artifact"]["path"]

    def _golden(self, version: int) -> bytes:
        frame = rows(99, 40)
        artifact = self.ctx.chain.history().version(version)["artifact"]
        scores = predict(load(self.path(version), artifact["sha256"]), frame)
        return as_parquet(pa.Table.from_pandas(frame.assign(**{GOLDEN_SCORE: scores}), preserve_index=False))

    def _kept(self, seed: int, role: str, run_id: str) -> Kept:
        frame = rows(seed)
        model: Pipeline = fit_baseline(frame, frame["late"], NUMERIC, CATEGORICAL)
        if role == "candidate":
            model = fit(build(TREES, {"max_iter": 5}, NUMERIC, CATEGORICAL, seed), frame, frame["late"])
        manifest = describe(model, frame)
        artifact = save(model, self.scratch / str(seed) / role, manifest)
        columns = {**dict.fromkeys(NUMERIC, "double"), **dict.fromkeys(CATEGORICAL, "string")}
        described = ModelFiles(
            artifact.path.parent, artifact.sha256, manifest.estimator, {}, columns, manifest.libraries, ALLOWED
        )
        return Artifacts(self.ctx.settings, MODEL).keep(run_id, role, described)
