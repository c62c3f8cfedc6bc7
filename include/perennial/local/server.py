"""What server.json says of the embedded Postgres: private, written before anything is made, read by Settings."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from perennial.errors import SetupError
from perennial.local.account import place
from perennial.local.files import write_private
from perennial.local.ports import free_port

if TYPE_CHECKING:
    from perennial.settings import Settings


class Role(TypedDict):
    """A login of the server."""

    user: str
    password: str


class Server(TypedDict):
    """Address and logins; `home` is the folder of the data when it could not be the file's own."""

    host: str
    port: int
    home: str | None
    owner: Role
    stage: Role


def read(settings: Settings) -> Server | None:
    """Return what is known of the server, or None before its first start."""
    if not settings.server_file.exists():
        return None
    server: Server = json.loads(settings.server_file.read_text(encoding="utf-8"))
    return server


def write(settings: Settings, server: Server) -> None:
    """Keep it, for the owner's eyes only."""
    write_private(settings.server_file, json.dumps(server, indent=2))


def home(settings: Settings, server: Server) -> Path:
    """Return the folder that holds the data and the log."""
    return Path(server["home"] or settings.server_file.parent.resolve())


def invent(settings: Settings) -> Server:
    """Choose place, port and passwords and write them down; raises SetupError when there are data already."""
    folder = settings.server_file.parent.resolve()
    if (folder / "data").exists():
        raise SetupError(
            "database",
            expected=f"{settings.server_file}, which holds the passwords of the data beside it",
            found=f"{folder / 'data'} without it",
            next_command=f"bring the file back, or remove {folder} to begin anew",
        )
    chosen = place(folder)
    server = Server(
        host="127.0.0.1",
        port=free_port(),
        home=None if chosen == folder else str(chosen),
        owner=Role(user="perennial", password=secrets.token_urlsafe(24)),
        stage=Role(user="perennial_stage", password=secrets.token_urlsafe(24)),
    )
    write(settings, server)
    return server
