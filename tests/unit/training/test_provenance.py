from __future__ import annotations

import platform
import subprocess
from pathlib import Path

from perennial.hashing import sha256_of
from perennial.settings import PROJECT
from perennial.training.provenance import code_digest, provenance


def test_it_names_code_lock_python_and_libraries() -> None:
    tags = provenance()
    assert tags["perennial.lock"] == sha256_of(PROJECT / "requirements.lock")
    assert tags["perennial.code"] == code_digest(PROJECT)
    assert tags["python"] == platform.python_version()
    assert tags["library.mlflow"] == "3.17.2"


def test_a_changed_line_is_another_code(tmp_path: Path) -> None:
    package = tmp_path / "include" / "perennial"
    package.mkdir(parents=True)
    (package / "a.py").write_text("A = 1\n")
    before = code_digest(tmp_path)
    (package / "a.py").write_text("A = 2\n")
    assert code_digest(tmp_path) != before


def test_the_commit_is_named_where_there_is_one(tmp_path: Path) -> None:
    assert "mlflow.source.git.commit" not in provenance(tmp_path)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    assert "mlflow.source.git.commit" not in provenance(tmp_path)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "first"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert provenance(tmp_path)["mlflow.source.git.commit"] == head
