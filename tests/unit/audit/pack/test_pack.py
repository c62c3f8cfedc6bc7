"""A pack of a real version, checked in a clean process; whatever is changed in it is found and named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from perennial.audit.pack import pack
from perennial.audit.pack.checks.files import Broken
from perennial.audit.pack.checks.pointers import about
from perennial.audit.pack.checks.story import story
from perennial.errors import ArtifactUntrusted, GateRefused, LedgerError
from perennial.hashing import canonical, digest, sha256_of
from perennial.promotion import words
from perennial.promotion.stage import switch
from perennial.settings import Settings
from perennial.validation.waive import revoke, waive
from unit.promotion.made import Made
from unit.validation.test_waive import SOON


@pytest.fixture
def made(settings: Settings, tmp_path: Path) -> Made:
    """Give a version that was judged with figures and waived past a gate."""
    made = Made.at(settings, tmp_path)
    made.candidate(1)
    waiver = waive(made.ctx, "auc", until=SOON, reason="few rows this season")
    table = made.ctx.evidence.put("a table that is too big", ".csv")
    figures = made.ctx.evidence.put_json({"table": table, "rows": 3})
    gate = {"name": "auc", "verdict": "fail", "why": "low", "evidence": figures, "waiver": waiver.hash}
    made.verdict(1, gates=[gate], figures={"performance": figures}, waivers={"auc": waiver.hash})
    return made


@pytest.fixture
def folder(made: Made, tmp_path: Path) -> Path:
    """Give an unpacked pack."""
    pack(made.ctx, "v1", tmp_path / "v1.zip")
    with ZipFile(tmp_path / "v1.zip") as archive:
        archive.extractall(tmp_path / "pack")
    return tmp_path / "pack"


def checked(folder: Path) -> tuple[int, str]:
    """Run verify.py in a process that sees nothing but the pack and the standard library."""
    command = [sys.executable, "-I", "-S", str(folder / "verify.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env={})
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_it_holds_in_a_clean_process_and_says_what(made: Made, folder: Path) -> None:
    code, said = checked(folder)
    history = made.ctx.chain.history()
    assert (code, said.splitlines()[-1]) == (0, "All of it holds.")
    assert f"ledger: {len(history.events)} events of flight_delay" in said
    assert f"hash {history.events[-1].hash}, is the end" in said
    assert f"model/model.skops: the registered model, sha256 {history.version(1)['artifact']['sha256']}" in said
    assert "waiver.granted by ann: few rows this season" in said
    assert "verdict.given by ann: passed" in said
    assert not list(folder.rglob("__pycache__"))


def test_a_waiver_that_was_taken_back_is_told(made: Made, tmp_path: Path) -> None:
    waive(made.ctx, "latency_row", until=SOON, reason="no part of it")
    revoke(made.ctx, "auc", reason="the rows have come")
    revoke(made.ctx, "latency_row", reason="no part of it")
    events = [json.loads(canonical({**e.body(), "hash": e.hash})) for e in made.ctx.chain.history().events]
    assert [e["key"] for e in about(events, 1) if e["type"].startswith("waiver.")] == ["auc", "auc"]
    pack(made.ctx, "v1", tmp_path / "v1.zip")
    with ZipFile(tmp_path / "v1.zip") as archive:
        archive.extractall(tmp_path / "pack")
    code, said = checked(tmp_path / "pack")
    assert (code, "waiver.revoked by ann: the rows have come" in said) == (0, True)


def test_it_holds_the_files_that_events_and_figures_point_to(made: Made, folder: Path) -> None:
    body = made.ctx.chain.history().of("verdict.given")[0].payload
    names = {path.name.partition(".")[0] for path in (folder / "evidence").iterdir()}
    table = made.ctx.evidence.read_json(body["figures"]["performance"])["table"]
    assert {body["card"], body["scored"], body["golden"], body["figures"]["performance"], table} <= names
    assert {"model/model.skops", "baseline/model.skops", "README.txt", "snapshot.json"} <= {
        path.relative_to(folder).as_posix() for path in folder.rglob("*")
    }


def test_the_same_records_give_the_same_bytes(made: Made, tmp_path: Path) -> None:
    first = pack(made.ctx, "v1", tmp_path / "a.zip")
    (made.ctx.evidence.root / "aa").mkdir(exist_ok=True)
    assert pack(made.ctx, "v1", tmp_path / "b.zip") == first == sha256_of(tmp_path / "a.zip")


def test_a_changed_byte_in_any_file_is_found_and_named(folder: Path) -> None:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        if path.suffix == ".py":  # what checks cannot vouch for itself; README.txt says so
            continue
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        code, said = checked(folder)
        assert code == 1, name
        assert name in said.splitlines()[-1] or name == "manifest.json", (name, said)
        path.write_bytes(content)
    assert checked(folder)[0] == 0


@pytest.mark.parametrize("name", ["decision_rule.json", "made_with.json", "snapshot.json", "baseline/model.skops"])
def test_a_copy_that_was_changed_together_with_the_manifest_is_found(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b'{"threshold": 0.1}\n')
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"][name] = sha256_of(folder / name)
    (folder / "manifest.json").write_bytes(canonical(manifest).encode() + b"\n")
    code, said = checked(folder)
    assert (code, said.splitlines()[-1].partition(": not ")[0]) == (1, f"DOES NOT HOLD: {name}")


def test_a_manifest_that_says_more_or_other_than_it_should_is_found(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for other in ({**manifest, "format": 7}, {**manifest, "note": "trust me"}):
        (folder / "manifest.json").write_bytes(canonical(other).encode() + b"\n")
        assert checked(folder)[1] == "DOES NOT HOLD: manifest.json: the file was changed\n"


def test_a_file_taken_away_or_added_is_found(folder: Path) -> None:
    taken = next((folder / "evidence").iterdir())
    content = taken.read_bytes()
    taken.unlink()
    assert checked(folder)[1].splitlines()[-1] == f"DOES NOT HOLD: evidence/{taken.name}: the file is missing"
    taken.write_bytes(content)
    (folder / "notes.txt").write_text("trust me")
    assert checked(folder)[1].splitlines()[-1] == "DOES NOT HOLD: notes.txt: the file was added"


def test_a_check_that_was_changed_is_found_while_it_still_runs(folder: Path) -> None:
    path = folder / "checks" / "story.py"
    path.write_text(path.read_text(encoding="utf-8") + "# harmless\n", encoding="utf-8")
    assert checked(folder)[1].splitlines()[-1] == "DOES NOT HOLD: checks/story.py: the file was changed"


def rewritten(folder: Path, change: Callable[[list[dict[str, object]]], list[dict[str, object]]]) -> str:
    """Change the events, bring the manifest in step with it as a forger would, and return what the check says last."""
    path = folder / "ledger" / "chain.jsonl"
    events = change([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
    path.write_text("".join(canonical(event) + "\n" for event in events), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["ledger/chain.jsonl"] = sha256_of(path)
    (folder / "manifest.json").write_text(canonical(manifest) + "\n", encoding="utf-8")
    code, said = checked(folder)
    assert code == 1
    return said.splitlines()[-1]


def test_a_removed_event_is_found_though_the_manifest_agrees(folder: Path) -> None:
    assert "event 3 was removed, event 4 follows" in rewritten(folder, lambda events: events[:2] + events[3:])


def test_a_changed_event_is_found(folder: Path) -> None:
    def change(events: list[dict[str, object]]) -> list[dict[str, object]]:
        events[1]["actor"] = "somebody else"
        return events

    assert "event 2 was changed" in rewritten(folder, change)


def test_a_cut_end_and_a_forged_chain_are_found(folder: Path) -> None:
    assert "the signed end is event" in rewritten(folder, lambda events: events[:-1])


def test_a_chain_that_is_whole_but_rewritten_is_not_signed(folder: Path) -> None:
    def change(events: list[dict[str, object]]) -> list[dict[str, object]]:
        previous = "0" * 64
        for event in events:
            event.pop("hash")
            event |= {"actor": "somebody else", "previous": previous}
            previous = event["hash"] = digest(event)
        return events

    assert "it ends at event" in rewritten(folder, change)


def test_a_promotion_rests_on_its_verdict_and_its_approvals(made: Made, tmp_path: Path) -> None:
    words.approve(made.ctx, "v1", by="promote", how="automatic", reason="it passed")
    change = switch(made.ctx, "v1", expected_champion=None, reason="it passed")
    pack(made.ctx, "v1", tmp_path / "v1.zip")
    with ZipFile(tmp_path / "v1.zip") as archive:
        archive.extractall(tmp_path / "pack")
        lines = archive.read("ledger/chain.jsonl").decode().splitlines()
    code, said = checked(tmp_path / "pack")
    assert (code, "champion.changed by" in said, "approval.given by promote: it passed" in said) == (0, True, True)
    events = [json.loads(line) for line in lines]
    told = next(event for event in events if event["hash"] == change.hash)
    told["payload"]["approvals"] = ["f" * 64]
    with pytest.raises(Broken, match=r"champion\.changed\): approvals: f+ is no approval\.given of this version"):
        list(story(tmp_path / "pack", 1, about(events, 1)))
    told["payload"] |= {"approvals": [], "artifact_sha256": "0" * 64}
    with pytest.raises(Broken, match="about another model file"):
        list(story(tmp_path / "pack", 1, about(events, 1)))


def test_the_data_comes_on_request_and_is_checked(made: Made, tmp_path: Path) -> None:
    registered = made.ctx.chain.history().version(1)
    with pytest.raises(ArtifactUntrusted, match=str(registered["snapshot"])):
        pack(made.ctx, "v1", tmp_path / "data.zip", with_data=True)


def test_nothing_is_packed_that_is_not_as_recorded(made: Made, tmp_path: Path) -> None:
    path = made.path(1)
    content = path.read_bytes()
    path.write_bytes(content + b" ")
    with pytest.raises(ArtifactUntrusted, match="model file of v1"):
        pack(made.ctx, "v1", tmp_path / "v1.zip")
    path.write_bytes(content)
    card = made.ctx.evidence.path(made.ctx.chain.history().of("verdict.given")[0].payload["card"])
    card.unlink()
    with pytest.raises(LedgerError):
        pack(made.ctx, "v1", tmp_path / "v1.zip")
    assert not list(tmp_path.glob("*.zip"))


def test_an_unknown_version_is_refused(made: Made, tmp_path: Path) -> None:
    with pytest.raises(GateRefused, match="no such version"):
        pack(made.ctx, "v9", tmp_path / "v9.zip")
