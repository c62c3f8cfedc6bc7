"""An archive is the same bytes for the same files, and every change of it is found without a ledger."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from perennial.errors import ArtifactUntrusted
from perennial.hashing import canonical, sha256_of
from perennial.retirement.seal import LEDGER, MANIFEST, seal, unpack, verify_archive, write_manifest
from unit.validation.told import history, look


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "model.skops").write_bytes(b"\x00model" * 1_000)
    (folder / "README.md").write_text("a model", encoding="utf-8")
    events = history(look(1, "2013-01-01"), look(2, "2013-01-02")).events
    lines = [canonical({**event.body(), "hash": event.hash}) + "\n" for event in events]
    (folder / LEDGER).write_text("".join(lines), encoding="utf-8")
    write_manifest(folder, {"model": "m", "version": 1})
    return folder


@pytest.fixture
def archive(folder: Path, tmp_path: Path) -> Path:
    target = tmp_path / "archive" / "m" / "v1.tar.gz"
    seal(folder, target)
    return target


def test_an_archive_says_what_it_is(archive: Path) -> None:
    sealed = verify_archive(archive)
    assert (sealed.model, sealed.version, sealed.events) == ("m", 1, 2)
    assert set(sealed.manifest["members"]) == {"README.md", LEDGER, "model/model.skops"}


def test_what_people_said_may_hold_any_character(folder: Path, tmp_path: Path) -> None:
    said = {"version": 1, "by": "ann", "reason": "one\u2028two\u0085three\x1cfour\nfive"}
    events = history(("version.retired", "v1", said), look(2, "2013-01-02")).events
    lines = [canonical({**event.body(), "hash": event.hash}) + "\n" for event in events]
    (folder / LEDGER).write_text("".join(lines), encoding="utf-8")
    write_manifest(folder, {"model": "m", "version": 1})
    seal(folder, tmp_path / "v1.tar.gz")
    assert verify_archive(tmp_path / "v1.tar.gz").events == 2


def test_the_same_files_give_the_same_bytes(folder: Path, archive: Path, tmp_path: Path) -> None:
    for path in folder.rglob("*"):
        path.touch()
    (folder / "README.md").chmod(0o600)
    assert seal(folder, tmp_path / "again.tar.gz") == sha256_of(archive)


def test_no_half_of_an_archive_is_left(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    target = tmp_path / "out" / "v1.tar.gz"
    with monkeypatch.context() as crashing:
        crashing.setattr(tarfile.TarFile, "addfile", die)
        with pytest.raises(KeyboardInterrupt):
            seal(folder, target)
    assert list(target.parent.iterdir()) == []


def change(folder: Path) -> None:
    (folder / "model" / "model.skops").write_bytes(b"another")


def remove(folder: Path) -> None:
    (folder / "README.md").unlink()


def add(folder: Path) -> None:
    (folder / "extra.txt").write_text("x", encoding="utf-8")


def tell_otherwise(folder: Path) -> None:
    path = folder / LEDGER
    path.write_text(path.read_text(encoding="utf-8").replace("2013-01-01", "2013-01-09"), encoding="utf-8")
    write_manifest(folder, {"model": "m", "version": 1})


def tell_of_another(folder: Path) -> None:
    write_manifest(folder, {"model": "other", "version": 1})


def no_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("tamper", "where"),
    [
        (change, "model/model.skops"),
        (remove, "README.md"),
        (add, "extra.txt"),
        (tell_otherwise, "ledger.jsonl, line 1"),
        (tell_of_another, "ledger.jsonl, line 1"),
        (no_manifest, "manifest.json"),
    ],
)
def test_every_change_is_found_and_named(
    archive: Path, tmp_path: Path, tamper: Callable[[Path], None], where: str
) -> None:
    unpacked = tmp_path / "unpacked"
    unpack(archive, unpacked)
    tamper(unpacked)
    seal(unpacked, archive)
    with pytest.raises(ArtifactUntrusted) as untrusted:
        verify_archive(archive)
    assert untrusted.value.where == f"archive: {where}"


@pytest.mark.parametrize("content", [b"", b"not a gzip", gzip.compress(b"not a tar", mtime=0), None])
def test_what_is_no_archive_is_said_to_be_none(archive: Path, content: bytes | None) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(ArtifactUntrusted):
        verify_archive(archive)


@pytest.mark.parametrize("name", ["../outside", "/outside"])
def test_a_member_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / "evil.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(ArtifactUntrusted):
        unpack(path, tmp_path / "inside")
    assert not (tmp_path / "outside").exists()
    assert not Path("/outside").exists()


def test_the_manifest_is_plain_json(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert (manifest["format"], manifest["model"], manifest["version"]) == (1, "m", 1)
    assert manifest["members"]["README.md"] == sha256_of(folder / "README.md")
