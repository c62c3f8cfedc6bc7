"""Load and predict in a Python process that shares nothing with ours, as will happen when the model is used elsewhere.

A worker that was warmed up, or forked from one that was, may hold modules, settings or patched objects that make a
model work there alone. The child is started by exec, isolated (`-I`: no PYTHON* variables, no current folder, no
user site), with few environment variables, and gives its predictions back as a file.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perennial.errors import PerennialError, SetupError

Floats = NDArray[np.float64]

PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "OMP_NUM_THREADS")
PROGRAM = "import sys; from perennial.estimators.clean_process import main; main(sys.argv[1:])"
LAST_WORDS = 600
"""Characters of the child's error that are repeated."""


@dataclass(frozen=True)
class Smoke:
    """What came of the smoke test; `ok` means loaded, predicted, and bit for bit as expected."""

    ok: bool
    rows: int
    different: int
    seconds: float
    detail: str

    def to_dict(self) -> dict[str, Any]:
        """Return what a report keeps of it."""
        return asdict(self)


def smoke(artifact: Path, sha256: str, rows: Path, expected: Floats, *, timeout: float = 120) -> Smoke:
    """Compare a clean process's predictions for a Parquet file of golden rows with those expected, (n,)."""
    began = time.monotonic()
    count = len(expected)
    try:
        found = predict_in_clean_process(artifact, sha256, rows, timeout=timeout)
    except PerennialError as error:
        return Smoke(ok=False, rows=count, different=count, seconds=time.monotonic() - began, detail=str(error))
    different, detail = compare(found, expected)
    return Smoke(ok=not different, rows=count, different=different, seconds=time.monotonic() - began, detail=detail)


def compare(found: Floats, expected: Floats) -> tuple[int, str]:
    """Count the predictions that are not equal bit for bit, and say by how much the worst is off."""
    if found.shape != expected.shape:
        return max(len(found), len(expected)), f"{len(found)} predictions for {len(expected)} rows"
    different = int((found.view(np.uint64) != expected.view(np.uint64)).sum())
    worst = float(np.abs(found - expected).max(initial=0.0))
    return different, f"largest difference {worst:g}" if different else "equal bit for bit"


def predict_in_clean_process(artifact: Path, sha256: str, rows: Path, *, timeout: float = 120) -> Floats:
    """Return a fresh process's predictions, (n,); raises SetupError with its last words when it gives none."""
    with tempfile.TemporaryDirectory(prefix="perennial-clean-") as folder:
        out = Path(folder) / "scores.npy"
        arguments = [str(artifact.resolve()), sha256, str(rows.resolve()), str(out)]
        run_clean(PROGRAM, arguments, folder, timeout)
        scores: Floats = np.load(out, allow_pickle=False)
        return scores


def main(arguments: list[str]) -> None:
    """Be the child: artifact, sha256, golden rows, file to write."""
    import pyarrow.parquet as pq

    from perennial.estimators.artifact import load
    from perennial.estimators.predict import predict

    artifact, sha256, rows, out = arguments
    np.save(out, predict(load(Path(artifact), sha256), pq.read_table(rows)), allow_pickle=False)


def run_clean(program: str, arguments: list[str], folder: str, timeout: float) -> None:
    """Run a child to its end; it is killed when it takes longer than `timeout` seconds. Raises SetupError."""
    command = [sys.executable, "-I", "-c", program, *arguments]
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _failed(f"no end after {timeout:g} s") from None
    if done.returncode:
        raise _failed(f"exit status {done.returncode}: {done.stderr.strip()[-LAST_WORDS:]}")


def _failed(found: str) -> SetupError:
    return SetupError("clean process", expected="the model loaded and its predictions written", found=found)
