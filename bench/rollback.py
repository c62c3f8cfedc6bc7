"""How long a rollback takes: from the command to the first scores that the older version publishes.

    python bench/rollback.py [--repeats 5]

A small model made by the scaffold lives until its second version is champion; its policy asks for the smoke test alone,
as nothing is judged here. Then, by turns, `perennial rollback` and `perennial run ... score` are run as a person would,
in processes of their own, and timed from the start of the first: until the rollback stands in the ledger, until the
command has ended, and until the older version has published the scores of a day. Forward again each time by promotion.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from common import finish, installation, say

from perennial.context import Context, open_context
from perennial.keys import Window
from perennial.local import airflow_env
from perennial.scaffold import new_model
from perennial.settings import Settings
from perennial.stages import Call, run_stage

MODEL = "callbacks"
TARGET = 30.0
"""Seconds within which the older version serves."""


def main() -> None:
    options = _options()
    with installation() as settings:
        prepared = _prepared(settings)
        ctx = open_context(MODEL, settings=prepared, actor="bench")
        days = _two_champions(ctx)
        # A day that was scored by the same version before is not scored again: each round has its own.
        rounds = [_round(ctx, str(days[-number]), number) for number in range(1, options.repeats + 1)]
    finish(summary(rounds))


def summary(rounds: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return medians and the raw seconds."""
    seconds = {name: [round(one[name], 2) for one in rounds] for name in rounds[0]}
    medians = {name: round(statistics.median(values), 2) for name, values in seconds.items()}
    met = medians["serves"] <= TARGET
    return {"repeats": len(rounds), "medians": medians, "seconds": seconds, "target": TARGET, "passed": met}


def _prepared(settings: Settings) -> Settings:
    """Give the model and a policy of its own, in folders of their own."""
    models, policies = settings.var / "models", settings.var / "policies"
    policies.mkdir(parents=True)
    asked = yaml.safe_load((settings.policies / "minimal.yaml").read_text(encoding="utf-8"))
    asked["gates"] = {name: asked["gates"][name] for name in ("auc", "calibration", "smoke_test")}
    asked["gates"] |= {name: {**asked["gates"][name], "mode": "report"} for name in ("auc", "calibration")}
    (policies / "minimal.yaml").write_text(yaml.safe_dump(asked), encoding="utf-8")
    prepared = replace(settings, models=models, policies=policies)
    new_model(prepared, MODEL)
    return prepared


def _two_champions(ctx: Context) -> list[date]:
    """Live until v2 has followed v1; return the days."""
    days = list(ctx.spec.span)
    half = Window(days[0], days[len(days) // 2 + 7])
    for window in (half, Window(days[len(days) // 2 + 8], days[-1])):
        _stage(ctx, "ingest", str(window))
        _stage(ctx, "features", str(window))
        _stage(ctx, "retrain", reason=f"to be measured, from {window}")
        _stage(ctx, "train", ctx.chain.history().of("retraining.decided")[-1].key)
        newest = ctx.chain.history().of("candidate.registered")[-1].key
        _stage(ctx, "validate", newest)
        _stage(ctx, "promote", newest)
    return days


def _round(ctx: Context, day: str, number: int) -> dict[str, float]:
    """Roll back and score as commands, then go forward again."""
    began = datetime.now(UTC)
    _command(ctx, "rollback", MODEL, "--reason", f"round {number}")
    ended = datetime.now(UTC)
    _command(ctx, "run", MODEL, "score", "--key", day)
    history = ctx.chain.history()
    back, scores = history.of("champion.changed")[-1], history.of("predictions.published")[-1]
    assert (back.payload["kind"], back.payload["version"], scores.payload["version"]) == ("rollback", 1, 1)
    took = {"decided": back.wall_time - began, "command": ended - began, "serves": scores.wall_time - began}
    _command(ctx, "promote", MODEL, "v2", "--reason", f"forward after round {number}")
    say(f"rollback {number}: " + ", ".join(f"{name} {value.total_seconds():.1f} s" for name, value in took.items()))
    return {name: value / timedelta(seconds=1) for name, value in took.items()}


def _stage(ctx: Context, stage: str, key: str = "", reason: str = "") -> None:
    say(f"{stage} {key}")
    list(run_stage(ctx, stage, Call(key, reason)))


def _command(ctx: Context, *words: str) -> None:
    """Run `perennial` as a person would, in this installation."""
    program = Path(sys.executable).with_name("perennial")
    env = airflow_env.inherited({}) | airflow_env.own(ctx.settings)
    done = subprocess.run([program, *words], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or done.stdout


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="rounds")
    return parser.parse_args()


if __name__ == "__main__":
    main()
