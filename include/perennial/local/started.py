"""The stack that was started, as `var/run/stack.json` says it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perennial.errors import SetupError, nearest
from perennial.local.api import Airflow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perennial.settings import Settings


@dataclass(frozen=True)
class Stack:
    """A stack that was started: where it answers, who may enter, where it writes, which process is what."""

    url: str
    user: str
    password_file: str
    logs: str
    started: str
    components: Mapping[str, int]
    settings: str = ""
    """Digest of the folders, databases and people it was started with."""

    @property
    def password(self) -> str:
        """The password of the administrator."""
        return self.password_of(self.user)

    def password_of(self, user: str) -> str:
        """Return a user's password; raises SetupError for somebody who may not enter."""
        known = json.loads(Path(self.password_file).read_text(encoding="utf-8"))
        if user not in known:
            found = nearest(user, known)
            raise SetupError("airflow", expected=f"one of {', '.join(known)}", found=f"user {user!r}", nearest=found)
        return str(known[user])

    def client(self, patience: float = 30.0, *, user: str | None = None) -> Airflow:
        """Return a client that is logged in as the administrator, or as a user of PERENNIAL_USERS."""
        name = user or self.user
        return Airflow(self.url, name, self.password_of(name), patience)


def stack_file(settings: Settings) -> Path:
    """Return where `make up` writes what it started."""
    return settings.var / "run" / "stack.json"


def started(settings: Settings) -> Stack | None:
    """Return the stack that was started and not ended; its processes may be gone."""
    if not stack_file(settings).exists():
        return None
    return Stack(**json.loads(stack_file(settings).read_text(encoding="utf-8")))
