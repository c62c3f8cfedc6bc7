"""A quiet client of MLflow, on a Postgres directly or on a server over http."""

from __future__ import annotations

import logging
import os
import urllib.error
import urllib.request
import warnings
from typing import TYPE_CHECKING

import sqlalchemy as sa

from perennial.errors import SetupError
from perennial.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient

_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # a server's client prints two lines a finished run
    # MLflow keeps an engine a process for good: without a pool none of its connections crosses a fork.
    "MLFLOW_SQLALCHEMYSTORE_POOLCLASS": "NullPool",
}
PATIENCE = 10  # s


def connect(settings: Settings) -> MlflowClient:
    """Return a client; raises SetupError when nothing answers (MLflow itself would try for most of an hour)."""
    url = settings.url("mlflow")
    _answers(url)
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        # MLflow's own use of SQLAlchemy; Feast, where it is loaded too, has such warnings shown.
        warnings.filterwarnings("ignore", "The ``noload`` loader strategy", DeprecationWarning)
        return _client(url)


def prepare(settings: Settings) -> None:
    """Create MLflow's tables where they are missing, and the folder of the artifacts; a second call changes nothing."""
    settings.artifacts.mkdir(parents=True, exist_ok=True)
    connect(settings).search_experiments(max_results=1)


def _client(url: str) -> MlflowClient:
    import mlflow

    for logger, level in (("mlflow", logging.ERROR), ("alembic", logging.WARNING)):
        logging.getLogger(logger).setLevel(level)
    # Not mlflow.set_tracking_uri: it puts the address, password and all, into the environment of every child process.
    return mlflow.MlflowClient(tracking_uri=url, registry_uri=url)


def _answers(url: str) -> None:
    shown = url
    try:
        if url.startswith("http"):
            urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=PATIENCE).close()  # noqa: S310 - it is http
            return
        shown = sa.make_url(url).render_as_string(hide_password=True)
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": PATIENCE})
        engine.connect().close()
    except (OSError, sa.exc.OperationalError) as error:
        raise SetupError(
            "MLflow",
            expected=f"an answer from {shown}",
            found=str(getattr(error, "orig", error)).splitlines()[0],
            next_command="make up",
        ) from None
