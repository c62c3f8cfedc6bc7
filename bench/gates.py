"""What judging costs: seconds of each family of gates on a holdout of 100,000 people, beside the training they judge.

    python bench/gates.py [--window 730] [--holdout 245]

The model is census_income as the project has it, with a longer window: of both years' 299,285 people two thirds are
learnt from, and eight parts of 1995 are judged on. The stages run one after the other without Airflow, in an
installation of the benchmark's own. `reproduction` trains once more, so it stands beside the others, not among them.
"""

from __future__ import annotations

import argparse
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from common import finish, installation, say

from perennial.context import open_context
from perennial.ledger.event import Event
from perennial.settings import Settings
from perennial.stages import Call, run_stage

MODEL = "census_income"
APART = "reproduction"
TARGET = 1.0
"""All gates without reproduction take at most this many times the training."""


def main() -> None:
    options = _options()
    with installation() as settings:
        longer = _longer(settings, options.window, options.holdout)
        result = summary(*judged(longer))
    finish(result)


def judged(settings: Settings) -> tuple[Mapping[str, float], Event, float]:
    """Live until the first verdict; return the seconds of each stage, the verdict, the seconds of the reproduction."""
    ctx = open_context(MODEL, settings=settings, actor="bench")
    seconds, key = {}, str(ctx.spec.span)
    for stage in ("ingest", "features", "retrain", "train", "validate"):
        say(f"{stage} {key}")
        begun = time.perf_counter()
        told = list(run_stage(ctx, stage, Call("" if stage == "retrain" else key, reason="to be measured")))
        seconds[stage] = time.perf_counter() - begun
        history = ctx.chain.history()
        if stage == "retrain":
            key = history.of("retraining.decided")[-1].key
        if stage == "train":
            key = history.of("candidate.registered")[-1].key
    assert told, "validation has told its verdict"
    verdict = ctx.chain.history().of("verdict.given")[-1]
    return seconds, verdict, float(ctx.evidence.read_json(verdict.payload["figures"][APART])["seconds"])


def summary(stages: Mapping[str, float], verdict: Event, again: float) -> dict[str, Any]:
    """Compare the gates with the training."""
    families = {family: value for family, value in verdict.payload["seconds"].items() if family != APART}
    ratio = sum(families.values()) / stages["train"]
    return {
        "rows": verdict.payload["rows"]["labelled"],
        "stages": {stage: round(value, 1) for stage, value in stages.items()},
        "families": {family: round(value, 2) for family, value in families.items()},
        "reproduction": round(again, 1),
        "gates": len(verdict.payload["gates"]),
        "ratio": round(ratio, 3),
        "target": TARGET,
        "passed": ratio <= TARGET,
    }


def _longer(settings: Settings, window: int, holdout: int) -> Settings:
    """Give the model a longer window, in a folder of its own."""
    models = settings.var / "models"
    shutil.copytree(settings.models / MODEL, models / MODEL)
    spec = models / MODEL / "model.yaml"
    text = spec.read_text(encoding="utf-8")
    for name, days in (("window", window), ("holdout", holdout)):
        text, found = re.subn(rf"^(train:\n(?:  .*\n)*?  {name}: )\d+d", rf"\g<1>{days}d", text, flags=re.MULTILINE)
        assert found == 1, name
    spec.write_text(text, encoding="utf-8")
    return replace(settings, models=models)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--window", type=int, default=730, help="days of history, the holdout included")
    parser.add_argument("--holdout", type=int, default=245, help="newest days, judged on")
    return parser.parse_args()


if __name__ == "__main__":
    main()
