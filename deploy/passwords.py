"""Give each user of Airflow's simple auth manager a password: admin's from the environment, others at random, once."""
# ruff: noqa: INP001 - a script

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def passwords(env: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the password of each user that the environment names; a known one stays."""
    entries = filter(None, env["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"].split(","))
    names = [entry.partition(":")[0].strip() for entry in entries]
    return {name: known.get(name) or secrets.token_urlsafe(16) for name in names} | {
        "admin": env["AIRFLOW_ADMIN_PASSWORD"]
    }


def write(env: Mapping[str, str]) -> None:
    """Write them where Airflow reads them, in one step, for this account's eyes; who is named no more loses theirs."""
    path = Path(env["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    path.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(passwords(env, known), file, indent=1)
    partial.replace(path)


if __name__ == "__main__":
    write(os.environ)
