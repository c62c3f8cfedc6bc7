"""Check the evidence pack that this file lies in: `python verify.py`. README.txt says what that proves."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    runpy.run_module("checks", run_name="__main__")
