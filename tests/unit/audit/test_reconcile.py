"""What was moved or changed behind the ledger's back, on a real registry, ledger and evidence store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from perennial.audit.files import changed_files
from perennial.audit.reconcile import Difference, reconcile_all
from perennial.registry import Versions
from perennial.settings import Settings
from unit.promotion.made import MODEL, Made


@pytest.fixture
def made(settings: Settings, tmp_path: Path) -> Made:
    """Give a version with figures that point further, and a training set that is there."""
    made = Made.at(settings, tmp_path)
    made.candidate(1)
    table = made.ctx.evidence.put("a table that is too big", ".csv")
    figures = made.ctx.evidence.put_json({"table": table})
    gate = {"name": "auc", "verdict": "pass", "why": "low", "evidence": figures}
    technical = made.ctx.evidence.put("<p>file</p>", ".html")
    made.verdict(1, gates=[gate], figures={"performance": figures}, technical=technical)
    return made


def differences(made: Made) -> dict[str, str]:
    """Return what differs besides the training set, which is made up."""
    found = changed_files(made.ctx, made.ctx.chain.history())
    return {one.what: one.found for one in found if not one.what.startswith("training set")}


def test_nothing_is_found_where_nothing_was_touched(made: Made) -> None:
    assert differences(made) == {}


def test_a_training_set_that_is_gone_is_found(made: Made) -> None:
    (found,) = changed_files(made.ctx, made.ctx.chain.history())
    assert (found.what, found.expected) == ("training set of v1", f"sha256 {1:064x}")


@pytest.mark.parametrize("part", ["artifact", "baseline"])
def test_a_changed_model_file_is_found(made: Made, part: str) -> None:
    path = made.ctx.settings.artifacts / made.ctx.chain.history().version(1)[part]["path"]
    path.write_bytes(path.read_bytes() + b" ")
    assert list(differences(made)) == [f"{'model' if part == 'artifact' else 'baseline'} file of v1"]


@pytest.mark.parametrize("name", ["card", "card_markdown", "scored", "golden", "technical"])
def test_a_changed_file_of_a_verdict_is_found(made: Made, name: str) -> None:
    verdict = made.ctx.chain.history().of("verdict.given")[0]
    path = made.ctx.evidence.path(verdict.payload[name])
    path.write_bytes(path.read_bytes() + b" ")
    assert list(differences(made)) == [f"event {verdict.seq} (verdict.given): {name}"]


def test_changed_figures_of_a_gate_are_found_by_both_who_name_them(made: Made) -> None:
    verdict = made.ctx.chain.history().of("verdict.given")[0]
    made.ctx.evidence.path(verdict.payload["figures"]["performance"]).unlink()
    where = f"event {verdict.seq} (verdict.given)"
    assert set(differences(made)) == {f"{where}: figures of performance", f"{where}: gate auc"}


def test_a_changed_file_that_figures_name_is_found(made: Made) -> None:
    verdict = made.ctx.chain.history().of("verdict.given")[0]
    table = made.ctx.evidence.read_json(verdict.payload["figures"]["performance"])["table"]
    made.ctx.evidence.path(table).write_text("another table")
    assert [what.rpartition(", ")[2] for what in differences(made)] == ["a file that they name"]


def told(settings: Settings, *, repair: bool = False) -> list[Difference]:
    return [one for one in reconcile_all(settings, [MODEL], repair=repair) if "training set" not in one.what]


def test_an_alias_moved_by_hand_is_found_and_put_right(made: Made) -> None:
    Versions(made.ctx.settings, MODEL).set_alias("champion", 1)
    (found,) = (one for one in told(made.ctx.settings, repair=True) if "alias" in one.what)
    assert (found.expected, found.found, found.repaired) == ("none", "v1", True)
    assert "champion" not in Versions(made.ctx.settings, MODEL).aliases()


def test_a_model_whose_folder_is_gone_is_a_difference_and_no_end(made: Made) -> None:
    card = made.ctx.evidence.path(made.ctx.chain.history().of("verdict.given")[0].payload["card"])
    card.unlink()
    shutil.rmtree(made.ctx.spec.folder)
    found = told(made.ctx.settings)
    assert found[0].what == "the model's folder"
    assert [one.what.rpartition(": ")[2] for one in found[1:]] == ["card"]
