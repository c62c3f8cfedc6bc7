"""The assets of a model. All are partitioned: an event's key is a window for data, a version for models."""

from __future__ import annotations

from typing import Literal

from airflow.sdk import Asset

Kind = Literal[
    "raw",
    "features",
    "training",
    "candidate",
    "verdict",
    "champion",
    "predictions",
    "due",
    "signal",
    "question",
    "retired",
]


def asset(model: str, kind: Kind) -> Asset:
    """Return one of the model's assets; its events only wake a DAG, what is true is read from the ledger."""
    return Asset(name=f"{model}.{kind}", uri=f"perennial://{model}/{kind}", group="perennial")
