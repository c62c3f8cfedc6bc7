"""Who last changed a model's folder: git's word, or, where git cannot know, that of the environment."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "PERENNIAL_SPEC_AUTHOR"


def spec_authors(folder: Path, env: Mapping[str, str] = os.environ) -> list[str]:
    """Return the names that whoever last changed the folder goes by; empty where nobody can be named.

    The last author of the folder in git: name, e-mail, and the part before its @. Where git does not know, as there is
    none or a change is not committed: PERENNIAL_SPEC_AUTHOR, names with commas between.
    """
    if said := _last_author(folder):
        name, _, email = said.partition("\n")
        return _different([name, email, email.partition("@")[0]])
    return _different(env.get(VARIABLE, "").split(","))


def account() -> list[str]:
    """Return the name of the account that this process runs as; none where it is a number without a name.

    Not getpass.getuser: it believes LOGNAME and USER, so whoever sets them would speak in somebody else's name.
    """
    try:
        return [pwd.getpwuid(os.getuid()).pw_name]
    except KeyError:
        return []


def _last_author(folder: Path) -> str | None:
    """Return name and e-mail on two lines, or None where git does not know who wrote what stands there now."""
    if _git(folder, "status", "--porcelain", "--", ".") != "":
        return None
    return _git(folder, "log", "-1", "--format=%an%n%ae", "--", ".") or None


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git says, or None where it has nothing to say."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _different(names: list[str]) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))
