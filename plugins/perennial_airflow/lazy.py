"""An ASGI app that is imported at its first request: only the API server pays for it."""

from __future__ import annotations

from typing import Any


class LazyApp:
    """Stands for `perennial_airflow.pages:app`."""

    _app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand the request on."""
        if LazyApp._app is None:
            from perennial_airflow.pages import app

            LazyApp._app = app
        await LazyApp._app(scope, receive, send)
