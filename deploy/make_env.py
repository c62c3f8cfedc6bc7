"""Print .env.example with every empty value filled in at random: python3 deploy/make_env.py > .env."""
# ruff: noqa: INP001, T201 - a script that prints

from __future__ import annotations

import base64
import re
import secrets
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[1] / ".env.example"


def value(name: str) -> str:
    """Return a new secret of the form that its user wants."""
    raw = secrets.token_bytes(32)
    return base64.urlsafe_b64encode(raw).decode() if name.endswith("FERNET_KEY") else raw.hex()


def filled(example: str) -> str:
    """Put a secret behind every `NAME=`."""
    return re.sub(r"^(\w+)=$", lambda found: found[0] + value(found[1]), example, flags=re.MULTILINE)


if __name__ == "__main__":
    print(filled(EXAMPLE.read_text(encoding="utf-8")), end="")
