"""How many threads the numeric libraries may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


def wanted() -> int:
    """Return OMP_NUM_THREADS, or 1: on shared cores OpenMP's own choice is up to twenty times slower."""
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return int(first) if first.isdigit() and int(first) > 0 else 1


@contextmanager
def limited(threads: int | None = None) -> Iterator[None]:
    """Hold OpenMP and BLAS to `threads`, or to what the environment says, inside the block."""
    with _controller().limit(limits=threads or wanted()):
        yield


@cache
def _controller() -> ThreadpoolController:
    import sklearn.ensemble  # noqa: F401 - brings OpenMP and BLAS into the process before they are looked up

    return ThreadpoolController()
