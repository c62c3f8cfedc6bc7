"""Two models that share a view, and one that reads the other: what is found, told, and asked for; on real features."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from perennial.audit.versions import versions
from perennial.context import Context, open_context
from perennial.dependents.stage import look, to_revalidate
from perennial.keys import Window
from perennial.ledger.event import Event
from perennial.settings import PROJECT, Settings
from unit.training.factory import SQL, YAML, Factory

DAYS = Window(date(2020, 1, 1), date(2020, 1, 3))
REPO = """
from datetime import timedelta

from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.data_format import ParquetFormat
from feast.types import Int64, String

machine = Entity(name="machine", join_keys=["machine"], value_type=ValueType.STRING)
machines = FeatureView(
    name="machines",
    entities=[machine],
    ttl=timedelta(hours=36),
    schema=[Field(name="machine", dtype=String), Field(name="parts_1d", dtype=Int64)],
    source=FileSource(
        name="machines",
        path="features/machines",
        timestamp_field="event_timestamp",
        file_format=ParquetFormat(),
    ),
)
"""
OWN, SHARED = "  views:\n    machines: {entities: [machine], ttl: 36h}\n", "  shared: [machines]\n"


@dataclass(frozen=True)
class Sharing(Factory):
    """A factory of another name whose view `machines` is the shared one."""

    name: str = "factory"

    @property
    def ctx(self) -> Context:
        return open_context(self.name, settings=self.settings, actor="tests")

    def write(self, *, sql: tuple[str, str] = ("", ""), more: str = "") -> None:
        """Write the model's folder with a piece of its script replaced, and further lines in its spec."""
        folder = self.settings.models / self.name
        folder.mkdir(exist_ok=True)
        assert OWN in YAML
        text = YAML.replace("name: factory", f"name: {self.name}").replace(OWN, SHARED)
        (folder / "model.yaml").write_text(text + more)
        assert sql[0] in SQL
        (folder / "features.sql").write_text(SQL.replace(*sql) if sql[0] else SQL)

    def crown(self, version: int) -> None:
        """Tell of a version that learnt from today's transform and became champion."""
        ctx, claim = self.ctx, f"t{version}"
        ctx.chain.record("snapshot.frozen", "k", {"claim": claim}, once=claim)
        told = {"version": version, "transform": ctx.spec.transform_digest, "claim": claim}
        told |= {"fit_window": str(DAYS), "estimator": "trees"}
        ctx.chain.record("candidate.registered", f"v{version}", told, once=claim)
        changed = {"version": version, "previous": None, "kind": "promotion", "by": ["ann"], "reason": "it passed"}
        ctx.chain.record("champion.changed", f"v{version}", changed)


@pytest.fixture
def installed(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, feature_repo=repo(tmp_path / "repo", REPO))


def repo(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "machines.py").write_text(text)
    shutil.copy(PROJECT / "feature_repo" / "feature_store.yaml", folder)
    return folder


def told(ctx: Context, type_: str) -> list[Event]:
    return ctx.chain.history().of(type_)


def test_another_script_or_definition_of_a_shared_view_is_found_by_who_stands_behind_it(
    installed: Settings, tmp_path: Path
) -> None:
    factory, plant = Sharing(installed), Sharing(installed, "plant")
    for one in (factory, plant):
        one.write()
        one.ingest(DAYS)
    assert look(factory.ctx) == [], "nobody is champion"
    factory.crown(1)
    assert look(factory.ctx) == []
    plant.write(sql=("made_at AS event_timestamp", "made_at - INTERVAL 1 HOUR AS event_timestamp"))
    plant.ingest(Window(DAYS.last, DAYS.last))
    assert look(factory.ctx) == [], "the script of examples decides nothing of the shared view"
    plant.write(sql=("INTERVAL 1 DAY PRECEDING", "INTERVAL 2 DAYS PRECEDING"))
    plant.ingest(Window(DAYS.last, DAYS.last))
    (found,) = look(factory.ctx)
    assert (found.key, found.payload["what"]) == ("view machines", "plant makes it by another script")
    assert (found.payload["action"], found.payload["behind"]) == ("revalidate", ["factory", "plant"])
    (notice,) = told(factory.ctx, "notice.held_back")  # there is nobody to tell here
    assert "All that read it: factory, plant" in notice.payload["text"]
    assert look(factory.ctx) == [], "it is told once"
    moved = Sharing(replace(installed, feature_repo=repo(tmp_path / "two", REPO.replace("hours=36", "hours=48"))))
    (found,) = look(moved.ctx)
    assert "a value stands 2 days, 0:00:00, not 1 day, 12:00:00" in found.payload["what"]
    assert to_revalidate(factory.ctx) is None, "there are no days since"
    factory.ingest(Window(date(2020, 1, 4), date(2020, 1, 9)))
    assert to_revalidate(factory.ctx) == "v1"


def test_another_champion_upstream_asks_for_a_training_once(installed: Settings) -> None:
    plant = Sharing(installed, "plant")
    plant.write()
    plant.ingest(DAYS)
    plant.crown(1)
    factory = Sharing(installed)
    factory.write(more="depends_on: {models: [plant], on_change: retrain}\n")
    factory.ingest(DAYS)
    factory.crown(1)
    assert look(factory.ctx) == []
    plant.crown(2)
    (found,) = look(factory.ctx)
    assert (found.key, found.payload["what"]) == ("model plant", "its champion was v1 and is v2")
    (request,) = told(factory.ctx, "retraining.requested")
    assert (request.payload["cause"], request.payload["reason"]) == (
        "code",
        "model plant: its champion was v1 and is v2",
    )
    assert look(factory.ctx) == []
    assert "model plant stands under v1, its champion was v1 and is v2: retrain" in list(versions(factory.ctx))[-1]
    assert to_revalidate(factory.ctx) is None
    factory.crown(2)
    assert look(factory.ctx) == [], "the new champion learnt from what v2 says"
    assert len(told(factory.ctx, "retraining.requested")) == 1
