"""The scoring benchmark runs small; its targets are for its own size, not for this one."""

from __future__ import annotations

import json
import subprocess
import sys

from perennial.settings import PROJECT


def test_both_sides_score_all_rows_and_are_measured() -> None:
    command = [sys.executable, str(PROJECT / "bench" / "scoring.py"), "--rows=2000", "--trees=5", "--repeats=1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    result = json.loads(done.stdout)
    assert done.returncode == (0 if result["passed"] else 1)
    assert result["rows"] == 2_000
    assert set(result["rows_per_s"]) == set(result["peak_mb"]) == {"bare", "ours"}
    assert min(result["rows_per_s"].values()) > 0
    assert min(result["peak_mb"].values()) > 50
