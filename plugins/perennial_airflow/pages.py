"""Evidence by its digest, and the cards of versions as of now, for everybody who is logged in to Airflow."""

from __future__ import annotations

import re

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, HTMLResponse

from perennial.errors import LedgerError, PerennialError
from perennial.evidence.store import Evidence
from perennial.settings import Settings

app = FastAPI(title="Perennial")
SANDBOX = {"Content-Security-Policy": "sandbox allow-scripts"}
"""A report is somebody's content: it may run its own scripts for its plots, but not act as the reader."""


@app.get("/evidence/{digest}")
def evidence(digest: str, user: GetUserDep) -> FileResponse:  # noqa: ARG001 - asking for the user is the guard
    """Return one kept file; 404 for a digest that names none."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise HTTPException(404, "evidence is named by 64 hex digits")
    try:
        path = Evidence(Settings.load().evidence).path(digest)
    except LedgerError as error:
        raise HTTPException(404, str(error)) from None
    return FileResponse(path, headers=SANDBOX)


@app.get("/card/{model}/{version}")
def card(model: str, version: str, user: GetUserDep, *, technical: bool = False) -> HTMLResponse:  # noqa: ARG001
    """Return a version's card with what happened to it up to now; 404 for one that was not judged."""
    from perennial.audit.cards import card_of
    from perennial.context import open_context
    from perennial.validation.card.document import to_html

    if not re.fullmatch(r"[a-z][a-z0-9_]*", model):
        raise HTTPException(404, "a model is named by lower case letters, digits and underscores")
    try:
        document = card_of(open_context(model), version, technical=technical)
    except PerennialError as error:
        raise HTTPException(404, str(error)) from None
    return HTMLResponse(to_html(document), headers=SANDBOX)
