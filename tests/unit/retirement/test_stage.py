"""Retirement on the real ledger, MLflow and Feast: in order, after a crash at any step, and never of the champion."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial.errors import ArtifactUntrusted, GateRefused, LedgerError
from perennial.feature_store import store as feature_store
from perennial.feature_store.feature_set import FeatureSet, ViewDef
from perennial.hashing import sha256_of
from perennial.ledger.chain import Chain
from perennial.promotion import stage as promotion
from perennial.promotion import words
from perennial.registry import Artifacts, Versions
from perennial.retirement import stage
from perennial.retirement.clean_up import remove_features
from perennial.retirement.seal import verify_archive
from perennial.settings import Settings
from unit.promotion.made import MODEL, Made

WHY = "replaced by a better one"


@pytest.fixture
def judged(settings: Settings, tmp_path: Path) -> Made:
    """Give a model whose v1 was judged and never became champion."""
    made = Made.at(settings, tmp_path)
    made.candidate(1)
    made.verdict(1)
    return made


@pytest.fixture
def made(judged: Made) -> Made:
    """Give a model whose v1 was replaced by v2."""
    made = judged
    made.candidate(2)
    for version in (1, 2):
        champion = made.ctx.chain.history().champion
        made.verdict(version)
        words.approve(made.ctx, f"v{version}", by="promote", how="automatic", reason="passed")
        promotion.switch(made.ctx, f"v{version}", expected_champion=champion, reason="passed every gate")
    return made


def whole_life(made: Made, key: str = "v1") -> list[str]:
    """Run every step, as the DAG does, and return the types of what was recorded or found."""
    stage.check(made.ctx, key, WHY)
    events = [stage.pack(made.ctx, key, WHY), stage.drill(made.ctx, key), stage.retire(made.ctx, key, WHY)]
    return [event.type for event in [*events, stage.clean_up(made.ctx, key)]]


def archive_of(made: Made) -> Path:
    sealed = made.ctx.chain.history().last("archive.sealed", "v1")
    assert sealed is not None
    return made.ctx.settings.archives / sealed.payload["path"]


def told(made: Made) -> list[str]:
    types = [event.type for event in made.ctx.chain.history().events]
    return [type_ for type_ in types if type_ == "version.retired" or type_.startswith("archive.")]


IN_ORDER = ["archive.sealed", "archive.proved", "version.retired", "archive.cleaned"]


def test_a_version_is_sealed_proved_retired_and_cleaned_up(made: Made) -> None:
    version = made.ctx.chain.history().version(1)
    folders = {str(Path(version[part]["path"]).parent) for part in ("artifact", "baseline")}
    folder, listed = made.path(1).parent, stage.planned(made.ctx, "v1")
    assert {f"model files {name}" for name in folders} <= set(listed)
    assert folder.exists()
    assert whole_life(made) == IN_ORDER
    history = made.ctx.chain.history()
    assert history.of("archive.cleaned")[0].payload == {"version": 1, "removed": listed}
    assert not folder.exists()
    assert made.path(2).exists()
    retired = history.retirement(1)
    assert retired is not None
    assert (retired.payload["successor"], retired.payload["reason"]) == (2, WHY)
    versions = Versions(made.ctx.settings, MODEL)
    assert versions.aliases()["champion"] == 2
    tags = versions.get(1).tags
    assert (tags["perennial.archive"], tags["perennial.successor"]) == (sha256_of(archive_of(made)), "v2")
    with pytest.raises(GateRefused, match="its successor v2"):
        promotion.check(made.ctx, "v1", "back again please")


def test_every_step_twice_is_once(judged: Made) -> None:
    whole_life(judged)
    events, archive = judged.ctx.chain.history().events, sha256_of(archive_of(judged))
    assert whole_life(judged) == IN_ORDER
    assert judged.ctx.chain.history().events == events
    assert sha256_of(archive_of(judged)) == archive


def test_the_archive_holds_what_an_auditor_needs(made: Made) -> None:
    stage.pack(made.ctx, "v1", WHY)
    sealed = verify_archive(archive_of(made))
    assert (sealed.model, sealed.version) == (MODEL, 1)
    members = set(sealed.manifest["members"])
    assert {
        "README.md",
        "model/model.skops",
        "model/manifest.json",
        "baseline/model.skops",
        "card/card.html",
        "card/card.md",
        "metrics.json",
        "snapshot.json",
        "features/features.sql",
        "features/definition.json",
        "golden.parquet",
        "ledger.jsonl",
    } <= members
    verdict = made.ctx.chain.history().verdict(1)
    assert verdict is not None
    evidence = {Path(name).stem for name in members if name.startswith("evidence/")}
    assert {verdict.evidence, *(verdict.payload[name] for name in ("scored", "card", "golden"))} <= evidence
    with tarfile.open(archive_of(made)) as archive:
        lines = archive.extractfile("ledger.jsonl")
        assert lines is not None
        types = [json.loads(line)["type"] for line in lines]
    assert types == [
        "features.defined",
        "retraining.decided",
        "snapshot.frozen",
        "candidate.registered",
        "verdict.given",
        "verdict.given",
        "approval.given",
        "champion.changed",
        "verdict.given",
        "champion.changed",
    ]


def test_packing_again_gives_the_same_bytes(judged: Made) -> None:
    sealed = stage.pack(judged.ctx, "v1", WHY)
    archive_of(judged).unlink()
    assert stage.pack(judged.ctx, "v1", WHY) == sealed
    assert sha256_of(archive_of(judged)) == sealed.payload["sha256"]


def test_the_champion_and_the_unknown_are_refused(made: Made) -> None:
    for step in (stage.check, stage.pack, stage.retire):
        with pytest.raises(GateRefused, match="v2 is the champion"):
            step(made.ctx, "v2", WHY)
        with pytest.raises(GateRefused, match="no such version"):
            step(made.ctx, "v9", WHY)
    assert told(made) == []


def test_no_step_goes_before_the_one_it_stands_on(judged: Made) -> None:
    def refused(step: Callable[[], object], expected: str) -> None:
        with pytest.raises(GateRefused, match=expected):
            step()

    refused(lambda: stage.drill(judged.ctx, "v1"), "a sealed archive")
    refused(lambda: stage.retire(judged.ctx, "v1", WHY), "a sealed archive")
    refused(lambda: stage.clean_up(judged.ctx, "v1"), "a sealed archive")
    stage.pack(judged.ctx, "v1", WHY)
    refused(lambda: stage.retire(judged.ctx, "v1", WHY), "an archive that was restored")
    refused(lambda: stage.clean_up(judged.ctx, "v1"), "an archive that was restored")
    stage.drill(judged.ctx, "v1")
    refused(lambda: stage.clean_up(judged.ctx, "v1"), "a retired version")
    assert judged.path(1).exists()


def test_an_archive_changed_after_the_drill_stops_the_clean_up(judged: Made) -> None:
    stage.pack(judged.ctx, "v1", WHY)
    stage.drill(judged.ctx, "v1")
    stage.retire(judged.ctx, "v1", WHY)
    archive = archive_of(judged)
    archive.write_bytes(archive.read_bytes()[:-1])
    with pytest.raises(ArtifactUntrusted, match="the archive that was sealed"):
        stage.clean_up(judged.ctx, "v1")
    assert judged.path(1).exists()
    stage.pack(judged.ctx, "v1", WHY)
    assert stage.clean_up(judged.ctx, "v1").type == "archive.cleaned"


def test_a_drill_that_predicts_otherwise_proves_nothing(made: Made) -> None:
    """The golden rows of the verdict hold another model's predictions: the archive is whole, and wrong."""
    other = made.ctx.chain.history().verdict(2)
    assert other is not None
    made.verdict(1, golden=other.payload["golden"])
    stage.pack(made.ctx, "v1", WHY)
    with pytest.raises(ArtifactUntrusted, match="of 40 rows differ"):
        stage.drill(made.ctx, "v1")
    assert told(made) == ["archive.sealed"]


def test_a_version_that_was_never_judged_answers_its_own_probe(settings: Settings, tmp_path: Path) -> None:
    made = Made.at(settings, tmp_path)
    made.candidate(1)
    stage.pack(made.ctx, "v1", WHY)
    assert stage.drill(made.ctx, "v1").payload["rows"] == 256


def test_a_changed_model_file_is_not_sealed(judged: Made) -> None:
    judged.path(1).write_bytes(b"another")
    with pytest.raises(ArtifactUntrusted, match="the registered file"):
        stage.pack(judged.ctx, "v1", WHY)
    assert told(judged) == []


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_text("another")])
def test_a_changed_or_missing_evidence_file_is_not_sealed(judged: Made, harm: Callable[[Path], object]) -> None:
    verdict = judged.ctx.chain.history().verdict(1)
    assert verdict is not None
    harm(judged.ctx.evidence.path(verdict.payload["scored"]))
    with pytest.raises(LedgerError):
        stage.pack(judged.ctx, "v1", WHY)
    assert told(judged) == []


def test_a_version_that_became_champion_meanwhile_is_not_retired(made: Made) -> None:
    stage.pack(made.ctx, "v1", WHY)
    stage.drill(made.ctx, "v1")
    promotion.switch(made.ctx, "v1", expected_champion=2, reason="v2 errs at night", kind="rollback")
    with pytest.raises(GateRefused, match="v1 is the champion"):
        stage.retire(made.ctx, "v1", WHY)


CRASHES: list[tuple[object, str, str | None]] = [
    (stage, "seal", None),
    (Chain, "record", "archive.sealed"),
    (stage, "smoke", None),
    (Chain, "record", "archive.proved"),
    (Chain, "record", "version.retired"),
    (Versions, "archive", None),
    (Artifacts, "remove", None),
    (Chain, "record", "archive.cleaned"),
]


def test_after_a_crash_at_every_step_running_it_all_again_ends_the_same(
    judged: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner, name, event in CRASHES:
        original = getattr(owner, name)

        def dying(
            *args: object, original: Callable[..., object] = original, event: str | None = event, **kw: object
        ) -> object:
            if event in (None, *args):
                raise KeyboardInterrupt
            return original(*args, **kw)

        with monkeypatch.context() as crashing:
            crashing.setattr(owner, name, dying)
            with pytest.raises(KeyboardInterrupt):
                whole_life(judged)
        assert judged.path(1).exists() or "version.retired" in told(judged)
    assert told(judged) == IN_ORDER[:-1]
    assert whole_life(judged) == IN_ORDER
    assert told(judged) == IN_ORDER
    assert verify_archive(archive_of(judged)).version == 1
    assert not judged.path(1).parent.exists()


def test_the_drill_needs_nothing_of_the_installation(judged: Made, tmp_path: Path) -> None:
    """All model files and all evidence are gone, but for the archive."""
    stage.pack(judged.ctx, "v1", WHY)
    shutil.rmtree(judged.ctx.settings.artifacts)
    shutil.rmtree(judged.ctx.settings.evidence)
    assert stage.drill(judged.ctx, "v1").payload["rows"] == 40


def test_features_that_nobody_uses_any_more_leave_the_feature_store(settings: Settings) -> None:
    table = settings.lake / "m" / "features" / "11111111" / "delays"
    file = table / "day=2013-01-01" / f"{'a' * 16}.parquet"
    file.parent.mkdir(parents=True)
    times = pa.array([0], pa.timestamp("us", tz="UTC"))
    pq.write_table(pa.table({"carrier": ["AA"], "event_timestamp": times, "late": [1]}), file)
    sets = [
        FeatureSet("m", digest * 8, (ViewDef("delays", ("carrier",), 1, {"late": "BIGINT"}, table),))
        for digest in ("1", "2")
    ]
    with feature_store.opened(settings, {str(table): [str(file)]}) as store:
        for features in sets:
            feature_store.apply(store, features)
    for _ in range(2):
        remove_features(settings, sets[0])
    with feature_store.opened(settings, {}) as store:
        assert [view.name for view in store.list_feature_views()] == list(sets[1].own_views)
        assert [service.name for service in store.list_feature_services()] == [sets[1].service]
        assert [source.name for source in store.list_data_sources()] == list(sets[1].own_views)
        with pytest.raises(Exception, match="does not exist"):
            feature_store.online(store, sets[0].service, [{"carrier": "AA"}])
        assert feature_store.online(store, sets[1].service, [{"carrier": "AA"}])[0]["late"] is None
    assert file.exists()
