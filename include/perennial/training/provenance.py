"""What a version was made with: code, locked requirements, Python, libraries."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from perennial.hashing import digest, sha256_of
from perennial.settings import PROJECT
from perennial.spec.training import Train

LIBRARIES = ("scikit-learn", "numpy", "pandas", "pyarrow", "duckdb", "feast", "mlflow", "skops")


def provenance(project: Path = PROJECT) -> dict[str, str]:
    """Return tags for MLflow; the commit is left out where there is no git repository, as in an image."""
    lock = project / "requirements.lock"
    tags = {"perennial.code": code_digest(project), "python": platform.python_version()}
    tags |= {f"library.{name}": version(name) for name in LIBRARIES}
    if lock.exists():
        tags["perennial.lock"] = sha256_of(lock)
    if commit := _commit(project):
        tags["mlflow.source.git.commit"] = commit
    return tags


def making(train: Train, threads: int) -> dict[str, Any]:
    """Return what the ledger keeps of how a version was made: enough to make it again, or to know why one cannot."""
    tags = provenance()
    return {
        "lock": tags.get("perennial.lock"),
        "code": tags["perennial.code"],
        "commit": tags.get("mlflow.source.git.commit"),
        "python": tags["python"],
        "machine": platform.machine(),
        "libraries": {name: tags[f"library.{name}"] for name in LIBRARIES},
        "threads": threads,
        "seed": train.seed,
        "train": train.model_dump(mode="json"),
    }


def code_digest(project: Path) -> str:
    """Return the SHA-256 over the package's source files: also what is not committed counts."""
    package = project / "include" / "perennial"
    files = {path.relative_to(package).as_posix(): sha256_of(path) for path in package.rglob("*.py")}
    return digest(files)


def _commit(project: Path) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(project), "rev-parse", "--verify", "--quiet", "HEAD"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
