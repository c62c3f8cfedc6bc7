"""Health check of a container: healthy.py URL [COMPONENT] ends with 0 when URL answers and calls COMPONENT healthy."""
# ruff: noqa: INP001 - a script

from __future__ import annotations

import json
import sys
import urllib.request

PATIENCE = 8  # s


def healthy(url: str, component: str | None) -> bool:
    """Ask; without a component, an answer is enough. Raises OSError when there is none."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url, timeout=PATIENCE) as answer:
        return component is None or json.load(answer)[component]["status"] == "healthy"


if __name__ == "__main__":
    sys.exit(not healthy(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))  # noqa: PLR2004
