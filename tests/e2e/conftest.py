"""A running Airflow: a shortened flight_delay, a model made from a CSV that people approve, and a broken spec."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e import feed
from perennial.context import Context, open_context
from perennial.local import cleaning, postgres, stack
from perennial.local.api import Airflow
from perennial.local.follow import DAGS, follow
from perennial.local.started import Stack
from perennial.prepare import prepare
from perennial.scaffold import new_model
from perennial.settings import PROJECT, Settings

SHORTER = {
    "  window: 14d": "  window: 7d",
    "cooldown: 14d": "cooldown: 7d",
    "trials: 6": "trials: 3",
    # Two weeks are too few to confirm what drifts: the first window in which a column lies too far counts.
    "monitor:\n": "monitor:\n  drift: {false_alarms: 26 per 365d, confirm: 1 of 1}\n",
}


@dataclass(frozen=True)
class World:
    """What the tests share."""

    settings: Settings
    stack: Stack
    airflow: Airflow

    def context(self, model: str) -> Context:
        return open_context(model, settings=self.settings, actor="test")

    def run(self, model: str, stage: str, key: str | None = None, **conf: str) -> list[tuple[str, str | None]]:
        """Trigger a run and return (stage, key) of it and of all that followed."""
        run_id = self.airflow.trigger(f"{model}.{stage}", conf, partition_key=key)
        return [(ended, run.partition_key) for ended, run in follow(self.airflow, model, stage, run_id)]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("e2e")
    settings = Settings(var=home / "var", models=_models(home), policies=_policies(home))
    postgres.start(settings)
    prepare(settings)
    here = stack.up(settings)
    try:
        with here.client() as airflow:
            for model in ("flight_delay", "callbacks"):
                for dag in DAGS:
                    airflow.unpause(f"{model}.{dag}")
            airflow.unpause("example_drift_sensor")
            yield World(settings, here, airflow)
    finally:
        cleaning.clean(settings)


def _models(home: Path) -> Path:
    models = home / "models"
    shutil.copytree(PROJECT / "include" / "models" / "flight_delay", models / "flight_delay")
    feed.as_files(models / "flight_delay")
    spec = models / "flight_delay" / "model.yaml"
    text = spec.read_text(encoding="utf-8")
    for long, short in SHORTER.items():
        assert long in text
        text = text.replace(long, short, 1)
    spec.write_text(text, encoding="utf-8")
    new_model(Settings(models=models), "callbacks")
    broken = new_model(Settings(models=models), "broken") / "model.yaml"
    broken.write_text(broken.read_text(encoding="utf-8").replace("risk_tier: minimal", "risk_tier: minimum"))
    return models


def _policies(home: Path) -> Path:
    """Let people approve what the tier of the CSV model approves by itself."""
    policies = shutil.copytree(PROJECT / "include" / "policies", home / "policies")
    minimal = policies / "minimal.yaml"
    minimal.write_text(minimal.read_text(encoding="utf-8").replace("by: automatic", "by: people"))
    return policies
