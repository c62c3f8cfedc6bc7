"""Where things are: folders and databases, from the environment or from what `make up` wrote under var/."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from perennial.errors import SetupError, nearest

PROJECT = Path(__file__).resolve().parents[2]
ROLES = ("viewer", "user", "op", "admin")
"""Roles of Airflow's simple auth manager; from `user` on one may answer questions."""
CODE = 3
"""Letters of a country."""


@dataclass(frozen=True)
class Settings:
    """Folders and database addresses of one installation; every part can be set by an environment variable."""

    var: Path = PROJECT / "var"
    models: Path = PROJECT / "include" / "models"
    policies: Path = PROJECT / "include" / "policies"
    feature_repo: Path = PROJECT / "feature_repo"
    urls: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    """People who may enter the local Airflow besides the administrator, with their roles."""
    approvers: tuple[str, ...] = ()
    """Who may be asked to approve, by the names that they enter Airflow with; none: everybody who is known."""
    notice_url: str = ""
    """Where notices are posted."""
    smtp_url: str = field(default="", repr=False)
    """The mail server of notices: smtp://user:password@host:587, or smtps:// for TLS from the start."""
    notice_from: str = "perennial@localhost"
    """The sender of mail."""
    vulnerability_service: str = ""
    """Whom pip-audit asks: pypi, osv, or the address of a mirror of OSV; empty: nobody."""
    carbon_country: str = ""
    """Whose electricity is used, in three letters (DEU); empty: the world's average."""
    cpu_watts: float | None = None
    """What all processors of this machine draw at full load; None: as codecarbon knows or assumes."""

    @classmethod
    def load(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read the variables PERENNIAL_*: VAR, MODELS, POLICIES, FEATURE_REPO, USERS, APPROVERS, NOTICE_URL, ..."""
        folders = {name: Path(env[key]) for name in _FOLDERS if (key := f"PERENNIAL_{name.upper()}") in env}
        urls = {name: env[key] for name in _DATABASES if (key := f"PERENNIAL_{name.upper()}_URL") in env}
        return cls(
            **folders,
            urls=urls,
            users=_users(env.get("PERENNIAL_USERS", "")),
            approvers=tuple(filter(None, map(str.strip, env.get("PERENNIAL_APPROVERS", "").split(",")))),
            notice_url=env.get("PERENNIAL_NOTICE_URL", ""),
            smtp_url=env.get("PERENNIAL_SMTP_URL", ""),
            notice_from=env.get("PERENNIAL_NOTICE_FROM") or cls.notice_from,
            vulnerability_service=env.get("PERENNIAL_VULNERABILITY_SERVICE", ""),
            carbon_country=_country(env.get("PERENNIAL_CARBON_COUNTRY", "")),
            cpu_watts=_watts(env.get("PERENNIAL_CPU_WATTS", "")),
        )

    @property
    def lake(self) -> Path:
        """Partitioned Parquet."""
        return self.var / "lake"

    @property
    def evidence(self) -> Path:
        """Content-addressed files that ledger events point to."""
        return self.var / "evidence"

    @property
    def artifacts(self) -> Path:
        """Model artifacts that MLflow keeps."""
        return self.var / "mlflow" / "artifacts"

    @property
    def archives(self) -> Path:
        """Sealed archives of retired versions."""
        return self.var / "archive"

    @property
    def keys(self) -> Path:
        """The signing key and the signed heads of the ledger's chains: outside the database on purpose."""
        return self.var / "ledger"

    @property
    def server_file(self) -> Path:
        """What the embedded Postgres wrote of itself at its first start: port, roles, passwords (mode 600)."""
        return self.var / "postgres" / "server.json"

    @cached_property
    def server(self) -> dict[str, Any]:
        """The embedded server's own words; raises SetupError when it was never started."""
        if not self.server_file.exists():
            raise SetupError(
                "database",
                expected="a running Postgres, or PERENNIAL_LEDGER_URL and its like set",
                found=f"no {self.server_file}",
                next_command="make up",
            )
        return dict(json.loads(self.server_file.read_text(encoding="utf-8")))

    def url(self, name: str) -> str:
        """Return the SQLAlchemy address of airflow, ledger (insert-only role), ledger_owner, mlflow or feast."""
        if name in self.urls:
            return self.urls[name]
        role = self.server["stage" if name == "ledger" else "owner"]
        database = "ledger" if name == "ledger_owner" else name
        host, port = self.server["host"], self.server["port"]
        return f"postgresql+psycopg://{role['user']}:{role['password']}@{host}:{port}/{database}"


def _users(text: str) -> dict[str, str]:
    """Read `alice:op,bob:user`; raises SetupError for anything else."""
    users = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, role = (part.strip() for part in entry.partition(":"))
        if not name or role not in ROLES:
            raise SetupError(
                "PERENNIAL_USERS",
                expected=f"name:role,... with roles {', '.join(ROLES)}",
                found=repr(entry),
                nearest=nearest(role, ROLES),
            )
        users[name] = role
    return users


def _country(text: str) -> str:
    """Read `DEU`; raises SetupError for anything but three letters or nothing."""
    if text and not (len(text) == CODE and text.isascii() and text.isalpha()):
        expected = "a country in three letters (ISO 3166-1 alpha-3) such as DEU, or nothing"
        raise SetupError("PERENNIAL_CARBON_COUNTRY", expected=expected, found=repr(text))
    return text.upper()


def _watts(text: str) -> float | None:
    """Read `65`; raises SetupError for anything but a number above 0 or nothing."""
    if not text:
        return None
    try:
        watts = float(text)
    except ValueError:
        watts = 0.0
    if not 0 < watts < math.inf:
        raise SetupError("PERENNIAL_CPU_WATTS", expected="watts such as 65, or nothing", found=repr(text))
    return watts


_FOLDERS = ("var", "models", "policies", "feature_repo")
_DATABASES = ("airflow", "ledger", "ledger_owner", "mlflow", "feast")
