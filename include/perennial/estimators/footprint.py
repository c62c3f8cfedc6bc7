"""How much memory scoring takes: the peak of a clean process that loads a model and predicts a batch."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from perennial.estimators.clean_process import run_clean

PROGRAM = "import sys; from perennial.estimators.footprint import main; main(sys.argv[1:])"
STATUS = Path("/proc/self/status")


def peak_memory(artifact: Path, sha256: str, rows: Path, *, timeout: float = 120) -> int:
    """Return the bytes that a fresh process held at most; raises SetupError with its last words when it ends badly."""
    with tempfile.TemporaryDirectory(prefix="perennial-memory-") as folder:
        out = Path(folder) / "peak.txt"
        run_clean(PROGRAM, [str(artifact.resolve()), sha256, str(rows.resolve()), str(out)], folder, timeout)
        return int(out.read_text(encoding="utf-8"))


def main(arguments: list[str]) -> None:
    """Be the child: artifact, sha256, rows, file to write."""
    import pyarrow.parquet as pq

    from perennial.estimators.artifact import load
    from perennial.estimators.predict import predict

    artifact, sha256, rows, out = arguments
    predict(load(Path(artifact), sha256), pq.read_table(rows))
    Path(out).write_text(str(peak()), encoding="utf-8")


def peak() -> int:
    """Return the bytes that this process held at most.

    Linux hands ru_maxrss on through exec, so that a child would begin with its parent's; VmHWM begins anew.
    """
    if STATUS.exists():
        (line,) = (one for one in STATUS.read_text(encoding="ascii").splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import resource

    kilo = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilo
