"""Who last changed a model's folder, asked of a real git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from perennial.spec.authorship import account, spec_authors

SAID = {"PERENNIAL_SPEC_AUTHOR": "dana, dana@example.org"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model's folder in a repository, last changed by Eva, and another folder changed by Bob afterwards."""
    git(tmp_path, "init", "-q")
    for name, author in (("churn", "Eva Example <eva@example.org>"), ("other", "Bob <bob@example.org>")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.yaml").write_text("name: x\n")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", name, "--author", author)
    return tmp_path / "churn"


def git(where: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Committer", "-c", "user.email=committer@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=where, check=True)


def test_the_last_author_of_the_folder_goes_by_three_names(folder: Path) -> None:
    assert spec_authors(folder, SAID) == ["Eva Example", "eva@example.org", "eva"]


def test_a_change_that_is_not_committed_is_not_the_last_authors(folder: Path) -> None:
    (folder / "model.yaml").write_text("name: y\n")
    assert spec_authors(folder, SAID) == ["dana", "dana@example.org"]
    assert spec_authors(folder, {}) == []


def test_a_file_that_git_does_not_know_counts_as_a_change(folder: Path) -> None:
    (folder / "features.sql").write_text("SELECT 1;\n")
    assert spec_authors(folder, SAID) == ["dana", "dana@example.org"]


def test_a_folder_that_git_ignores_or_never_saw_has_no_author(folder: Path) -> None:
    (folder.parent / ".gitignore").write_text("scratch/\n")
    (folder.parent / "scratch").mkdir()
    (folder.parent / "scratch" / "model.yaml").write_text("name: x\n")
    assert spec_authors(folder.parent / "scratch", {}) == []


def test_without_git_the_environment_is_asked(tmp_path: Path) -> None:
    assert spec_authors(tmp_path, SAID) == ["dana", "dana@example.org"]
    assert spec_authors(tmp_path, {}) == []


def test_the_account_is_who_the_system_says_whatever_the_environment_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "bob")
    said = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    assert account() == [said]
    assert said != "bob"
