"""The fit of one claim: search, candidate and baseline, all of it in one MLflow run tree and one staging folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perennial import datasets
from perennial.context import Context
from perennial.estimators.artifact import save
from perennial.estimators.manifest import describe
from perennial.keys import Window
from perennial.ledger.event import Event
from perennial.registry import Snapshot
from perennial.training import search, snapshot
from perennial.training.claim import Claim
from perennial.training.finish import finish
from perennial.training.provenance import making, provenance
from perennial.training.recorder import Recorder
from perennial.training.split import time_ordered
from perennial.training.staging import Fitted, Staging
from perennial.training.warm import Warm

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

FOLDS = 3
"""Where the spec asks for no search; the estimate on folds is worth having all the same."""


@dataclass(frozen=True)
class Fit:
    """One claim with its frozen training set."""

    ctx: Context
    claim: Claim
    frozen: Event
    runs: Recorder
    threads: int
    warm: Warm | None = None

    def run(self, staging: Staging) -> Fitted:
        """Fit and leave both models in the staging folder; what an earlier attempt finished is not done again."""
        runs, work = self.runs, self._work()
        run_id = runs.open(self.claim.name, f"{self.claim.name} {self.claim.window}", self._tags())
        with runs.failing(run_id):
            runs.log_snapshot(run_id, self._snapshot(work))
            parameters, scores = search.run(
                work, runs, run_id, self._plan(), self.warm.parameters if self.warm else None
            )
            finished = finish(work, parameters, self.ctx.spec.cost)
            metrics = {**scores, **work.scores(work.baseline, "baseline_"), **finished.metrics}
            made = {"candidate": finished.model, "baseline": work.baseline(work.data)}
            files = {role: _save(staging, role, model, work) for role, model in made.items()}
            decision = finished.rule.to_dict() if finished.rule else None
            staging.write_decision(decision)
            runs.log(run_id, self._parameters(work, parameters), metrics)
        return Fitted(
            snapshot=self.frozen.payload["sha256"],
            run_id=run_id,
            spec_digest=self.ctx.spec.digest,
            estimator=self.ctx.spec.train.estimator,
            parameters=parameters,
            metrics=metrics,
            candidate=files["candidate"],
            baseline=files["baseline"],
            decision=decision,
            made={**making(self.ctx.spec.train, work.threads), "warm": self.warm.to_dict() if self.warm else None},
        )

    def _work(self) -> search.Search:
        train, label = self.ctx.spec.train, self.ctx.spec.label
        columns = datasets.columns(self.ctx, self.frozen.payload["transform"])
        data = snapshot.read(self.ctx, self.frozen)
        count = train.search.folds if train.search else FOLDS
        folds = time_ordered(Window.parse(self.frozen.payload["window"]), count, label.matures_after)
        return search.Search(
            train, columns.numeric, columns.categorical, data, search.usable(data, folds), self.threads
        )

    def _plan(self) -> str:
        """Name what the trials depend on: with another training set or another spec they are other trials."""
        warm = f"-v{self.warm.version}" if self.warm else ""
        return f"{self.claim.name}/{self.frozen.payload['sha256'][:8]}-{self.ctx.spec.digest[:8]}{warm}"

    def _snapshot(self, work: search.Search) -> Snapshot:
        types = dict.fromkeys(work.numeric, "double") | dict.fromkeys(work.categorical, "string")
        path = self.ctx.lake.root / self.frozen.payload["path"]
        return Snapshot(self.frozen.payload["sha256"], str(path), self.frozen.payload["rows"], types)

    def _parameters(self, work: search.Search, parameters: Mapping[str, Any]) -> dict[str, Any]:
        train = self.ctx.spec.train
        fixed: dict[str, Any] = {
            "estimator": train.estimator,
            "seed": train.seed,
            "threads": work.threads,
            "folds": len(work.folds),
        }
        fixed |= {"recalibrate": train.recalibrate, "mitigation": train.mitigation.method}
        fixed["search"] = f"warm from v{self.warm.version}" if self.warm else "anew"
        days = {"window": str(self.claim.window), "fit_window": self.frozen.payload["window"]}
        return {**parameters, **fixed, **days}

    def _tags(self) -> dict[str, str]:
        return {
            "perennial.claim": self.claim.name,
            "perennial.why": self.claim.why,
            "perennial.spec": self.ctx.spec.digest,
            "perennial.transform": self.frozen.payload["transform"],
            "perennial.snapshot": self.frozen.payload["sha256"],
            "perennial.run": self.ctx.chain.run,
            "mlflow.user": self.ctx.chain.actor,
            **provenance(),
        }


def _save(staging: Staging, role: str, model: Pipeline, work: search.Search) -> dict[str, str]:
    """Write a model into the folder of its role and return its digests."""
    manifest = describe(model, work.data.table)
    return {"sha256": save(model, staging.folder / role, manifest).sha256, "probe": manifest.probe}
