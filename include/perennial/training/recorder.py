"""Who writes down how a fit went: MLflow (`registry.Runs`), or nobody when a fit is only repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from perennial.registry import Snapshot


class Recorder(Protocol):
    """What a fit and its search tell of themselves; `registry.Runs` keeps it."""

    def open(self, key: str, name: str, tags: Mapping[str, str], parent: str | None = None) -> str:
        """Return the id of the run with this key."""

    def failing(self, run_id: str) -> AbstractContextManager[None]:
        """Mark the run as failed when the block raises."""

    def finish(self, run_id: str) -> None:
        """Mark the run as finished."""

    def finished(self, key: str) -> dict[str, float] | None:
        """Return the metrics of a run that needs no repetition."""

    def log(self, run_id: str, params: Mapping[str, Any], metrics: Mapping[str, float]) -> None:
        """Add parameters and metrics."""

    def log_snapshot(self, run_id: str, snapshot: Snapshot) -> None:
        """Name what the run learnt from."""


class Unrecorded:
    """Keeps nothing and has nothing: every trial is done."""

    def open(self, key: str, name: str, tags: Mapping[str, str], parent: str | None = None) -> str:  # noqa: ARG002
        """Return the key: there is no run."""
        return key

    @contextmanager
    def failing(self, run_id: str) -> Iterator[None]:  # noqa: ARG002
        """Let an error through."""
        yield

    def finish(self, run_id: str) -> None:
        """Do nothing."""

    def finished(self, key: str) -> dict[str, float] | None:  # noqa: ARG002
        """Return None: nothing was done before."""
        return None

    def log(self, run_id: str, params: Mapping[str, Any], metrics: Mapping[str, float]) -> None:
        """Do nothing."""

    def log_snapshot(self, run_id: str, snapshot: Snapshot) -> None:
        """Do nothing."""
