"""Loads the heavy libraries once, in the process that forks tasks; Airflow reads this file in every component.

A task that imports Feast, MLflow, Evidently and Great Expectations itself spends 8 to 17 s; a fork finds them loaded.
Libraries only: project code stays out, so that an edit takes effect at the next task. Nothing here may start a thread,
an OpenMP region or a connection, as none of them survives a fork.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LIBRARIES = (
    "pandas",
    "pyarrow.parquet",
    "duckdb",
    "sklearn.ensemble",
    "mlflow.sklearn",
    "feast",
    "evidently",
    "great_expectations",
    "skops.io",
    "matplotlib.figure",
    "shap",
    "fairlearn.postprocessing",
)
__all__: list[str] = []  # Airflow copies the names listed here into its own settings


def _forks_tasks(argv: Sequence[str], executor: str) -> bool:
    """Tell whether this process is the scheduler of a LocalExecutor or a Celery worker."""
    return (argv[1:2] == ["scheduler"] and "LocalExecutor" in executor) or argv[1:3] == ["celery", "worker"]


def _warm() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # keeps the pages shared: a collection in a fork would touch, and so copy, all of them


if _forks_tasks(sys.argv, os.environ.get("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")):
    _warm()
