"""Evidence by its digest, for everybody who is logged in to Airflow."""

from __future__ import annotations

import re

from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse

from perennial.errors import LedgerError
from perennial.evidence.store import Evidence
from perennial.settings import Settings

app = FastAPI(title="Perennial")


@app.get("/evidence/{digest}")
def evidence(digest: str, user: GetUserDep) -> FileResponse:  # noqa: ARG001 - asking for the user is the guard
    """Return one kept file; 404 for a digest that names none."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise HTTPException(404, "evidence is named by 64 hex digits")
    try:
        path = Evidence(Settings.load().evidence).path(digest)
    except LedgerError as error:
        raise HTTPException(404, str(error)) from None
    # A report is somebody's content: it may run its own scripts for its plots, but not act as the reader.
    return FileResponse(path, headers={"Content-Security-Policy": "sandbox allow-scripts"})
