"""The embedded server, really started: passwords, idempotency, a kill, a taken port, closed folders."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest

from perennial.errors import SetupError
from perennial.local import account, postgres
from perennial.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Settings]:
    """An installation that was never started; its server is gone afterwards, wherever it had to live."""
    settings = Settings(var=tmp_path / "var")
    yield settings
    postgres.erase(settings)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """One installation for the tests that may meet each other's rows."""
    settings = Settings(var=tmp_path_factory.mktemp("shared") / "var")
    yield settings
    postgres.erase(settings)


@pytest.fixture
def started(shared: Settings) -> Settings:
    """The shared installation, its server running whatever the test before did to it."""
    postgres.start(shared)
    return shared


def connect(settings: Settings, role: str = "owner", database: str = "ledger", **changes: str) -> psycopg.Connection:
    """Log in as one of the server's roles."""
    login = {"user": settings.server[role]["user"], "password": settings.server[role]["password"]} | changes
    return psycopg.connect(host="127.0.0.1", port=settings.server["port"], dbname=database, **login)


def postmaster(settings: Settings) -> psutil.Process:
    """Return the server's first process."""
    home = settings.server["home"] or settings.server_file.parent
    return psutil.Process(int(Path(home, "data", "postmaster.pid").read_text(encoding="utf-8").split()[0]))


def test_first_start_makes_the_databases_and_keeps_the_passwords_private(started: Settings) -> None:
    with connect(started, database="postgres") as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
    assert set(postgres.DATABASES) <= names
    assert started.server_file.stat().st_mode & 0o777 == 0o600
    assert postgres.running(started)


def test_a_wrong_password_is_refused(started: Settings) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(started, password="guess")


def test_only_loopback_is_listened_on(started: Settings) -> None:
    sockets = postmaster(started).net_connections(kind="all")
    listening = {s.laddr.ip for s in sockets if s.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def test_the_stages_role_may_enter_the_ledger_and_nothing_else(started: Settings) -> None:
    with connect(started, role="stage") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE t (n int)")
    for database in ("airflow", "mlflow", "feast"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            connect(started, role="stage", database=database)


def test_start_and_stop_may_be_repeated(started: Settings) -> None:
    first = postmaster(started).pid
    postgres.start(started)
    assert postmaster(started).pid == first
    postgres.stop(started)
    postgres.stop(started)
    assert not postgres.running(started)


def test_rows_survive_a_killed_server(started: Settings) -> None:
    with connect(started) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    postmaster(started).kill()
    postgres.start(started)
    with connect(started) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]


def test_the_port_is_kept_and_left_only_when_another_took_it(started: Settings) -> None:
    port = started.server["port"]
    postgres.stop(started)
    postgres.start(started)
    assert started.server["port"] == port
    postgres.stop(started)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        postgres.start(started)
        assert started.server["port"] != port
        with connect(started) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_interrupted_first_start_is_finished_by_the_next(started: Settings) -> None:
    with connect(started, database="postgres") as connection:
        connection.autocommit = True
        connection.execute("DROP DATABASE feast")
    postgres.start(started)
    connect(started, database="feast").close()


def test_data_without_its_passwords_is_named_and_not_touched(fresh: Settings) -> None:
    data = fresh.server_file.parent / "data"
    data.mkdir(parents=True)
    with pytest.raises(SetupError, match=r"server\.json"):
        postgres.start(fresh)
    assert data.exists()


def test_stop_without_a_server_does_nothing(fresh: Settings) -> None:
    postgres.stop(fresh)
    assert not postgres.running(fresh)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to lend Postgres another account")


@needs_root
def test_under_open_folders_the_data_stay_beside_the_passwords() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        settings = Settings(var=Path(folder) / "var")
        try:
            postgres.start(settings)
            assert settings.server["home"] is None
            assert postmaster(settings).username() == "nobody"
        finally:
            postgres.erase(settings)


@needs_root
def test_under_a_closed_folder_the_data_live_elsewhere_and_are_found_again(fresh: Settings) -> None:
    fresh.var.mkdir(mode=0o700)
    postgres.start(fresh)
    home = json.loads(fresh.server_file.read_text(encoding="utf-8"))["home"]
    assert not Path(home).is_relative_to(fresh.var)
    postgres.erase(fresh)
    assert not Path(home).exists()


@needs_root
def test_binaries_in_a_closed_environment_are_copied(
    fresh: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for entry in (account.WHEEL, f"{account.WHEEL}.libs"):
        (closed / entry).symlink_to(account.site() / entry)
    monkeypatch.setattr(account, "site", lambda: closed)
    postgres.start(fresh)
    binary = Path(postmaster(fresh).exe())
    assert binary.is_relative_to(fresh.server["home"])
