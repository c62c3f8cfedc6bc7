"""Commands by which people decide about versions."""

from __future__ import annotations

import typer

app = typer.Typer()
