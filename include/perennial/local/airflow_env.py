"""The environment of a local Airflow: the settings of this machine, and none of the user's other Airflows."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from perennial.local.files import write_private
from perennial.notices.smtp import mail_server
from perennial.settings import PROJECT, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMON = PROJECT / "config" / "airflow.env"
LOOPBACK = "127.0.0.1,localhost,::1"
USER = "admin"
MARK = "PERENNIAL_STACK"  # every process of a stack carries it; its value is the folder that the stack belongs to


@dataclass(frozen=True)
class Secrets:
    """What signs and encrypts in one installation: task tokens, sessions, connections."""

    jwt: str = field(repr=False)
    session: str = field(repr=False)
    fernet: str = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Secrets:
        """Read them from var/airflow/secrets.json, making them the first time."""
        path = settings.var / "airflow" / "secrets.json"
        if not path.exists():
            fernet = base64.urlsafe_b64encode(os.urandom(32)).decode()
            made = cls(jwt=secrets.token_urlsafe(48), session=secrets.token_urlsafe(48), fernet=fernet)
            write_private(path, json.dumps(asdict(made), indent=2))
        return cls(**json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Folders:
    """Where Airflow finds DAGs and plugins."""

    dags: Path = PROJECT / "dags"
    plugins: Path = PROJECT / "plugins"


OURS = Folders()


def password_file(settings: Settings) -> Path:
    """Name the file in which Airflow's simple auth manager keeps passwords."""
    return settings.var.resolve() / "airflow" / "passwords.json"


def users(settings: Settings) -> dict[str, str]:
    """Return everybody who may enter, with their roles: the administrator, then those of PERENNIAL_USERS."""
    return {USER: "admin", **settings.users}


def passwords(settings: Settings) -> dict[str, str]:
    """Return everybody's password, making those that are missing."""
    path = password_file(settings)
    known = dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
    missing = {name: secrets.token_urlsafe(16) for name in users(settings) if name not in known}
    if missing:
        write_private(path, json.dumps(known | missing))
    return known | missing


def common(path: Path = COMMON) -> dict[str, str]:
    """Read the settings that hold wherever Airflow runs: KEY=VALUE lines, # comments."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def inherited(env: Mapping[str, str]) -> dict[str, str]:
    """Return what a stack takes over from the caller: all but settings of another Airflow, and proxies for loopback."""
    foreign = ("AIRFLOW", "_AIRFLOW", "PG", "PYTHONPATH", "PYTHONHOME")
    kept = {name: value for name, value in env.items() if not name.startswith(foreign)}
    exempt = ",".join(filter(None, [env.get("NO_PROXY") or env.get("no_proxy"), LOOPBACK]))
    path = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
    return kept | {"NO_PROXY": exempt, "no_proxy": exempt, "PATH": path}


def environment(settings: Settings, api_port: int, keys: Secrets, folders: Folders = OURS) -> dict[str, str]:
    """Return what a local stack sets, beside config/airflow.env; needs a database that was started once."""
    home, url = settings.var.resolve() / "airflow", f"http://127.0.0.1:{api_port}"
    database = settings.url("airflow")
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(folders.dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(folders.plugins),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "6",
        "AIRFLOW__CORE__FERNET_KEY": keys.fernet,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": _listed(users(settings)),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(password_file(settings)),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": database.replace("+psycopg:", "+psycopg_async:", 1),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(api_port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__SECRET_KEY": keys.session,
        "AIRFLOW__API_AUTH__JWT_SECRET": keys.jwt,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        "PYTHONPATH": str(PROJECT / "config"),
        "SPT_NOENV": "1",  # titles that Airflow gives its processes leave their environment readable
        MARK: mark(settings),
        **_mail(settings),
        **own(settings),
    }


def _mail(settings: Settings) -> dict[str, str]:
    """Return the mail server of notices as Airflow's own connection, for the notifiers of people's own DAGs."""
    if not settings.smtp_url:
        return {}
    server = mail_server(settings.smtp_url)
    extra = {"disable_ssl": not server.ssl, "disable_tls": not server.starttls, "from_email": settings.notice_from}
    address = {"host": server.host, "port": server.port, "login": server.user, "password": server.password}
    return {"AIRFLOW_CONN_SMTP_DEFAULT": json.dumps({"conn_type": "smtp", **address, "extra": extra})}


def own(settings: Settings) -> dict[str, str]:
    """Return the settings of Perennial itself, as variables that Settings.load reads back."""
    folders = {name: getattr(settings, name) for name in ("var", "models", "policies", "feature_repo")}
    urls = {f"PERENNIAL_{name.upper()}_URL": url for name, url in settings.urls.items()}
    people = {"PERENNIAL_USERS": _listed(settings.users), "PERENNIAL_APPROVERS": ",".join(settings.approvers)}
    places = {f"PERENNIAL_{name.upper()}": str(path.resolve()) for name, path in folders.items()}
    services = {
        "PERENNIAL_NOTICE_URL": settings.notice_url,
        "PERENNIAL_SMTP_URL": settings.smtp_url,
        "PERENNIAL_NOTICE_FROM": settings.notice_from,
        "PERENNIAL_VULNERABILITY_SERVICE": settings.vulnerability_service,
        "PERENNIAL_CARBON_COUNTRY": settings.carbon_country,
        "PERENNIAL_CPU_WATTS": str(settings.cpu_watts or ""),
    }
    return places | urls | people | services


def _listed(people: Mapping[str, str]) -> str:
    return ",".join(f"{name}:{role}" for name, role in people.items())


def mark(settings: Settings) -> str:
    """Return the value of PERENNIAL_STACK in the processes of this installation."""
    return str(settings.var.resolve())
