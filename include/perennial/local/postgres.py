"""The embedded Postgres of one machine: loopback only, with passwords, run by the binaries of a wheel."""

from __future__ import annotations

import fcntl
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from perennial.errors import SetupError
from perennial.local.account import Cluster
from perennial.local.files import tail
from perennial.local.ports import free_port, port_is_free
from perennial.local.server import home, invent, read, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perennial.local.server import Role, Server
    from perennial.settings import Settings

DATABASES = ("airflow", "ledger", "mlflow", "feast")
PATIENCE = 15.0  # s; a killed server leaves a lock file that holds until its processes are reaped


def start(settings: Settings) -> None:
    """Start the server, creating it the first time; returns at once when it runs. Raises SetupError."""
    with _alone(settings):
        server = read(settings) or invent(settings)
        if not _answers(server):
            cluster = Cluster.at(home(settings, server))
            _initialise(cluster, server["owner"])
            _launch(settings, cluster, server)
        _create_databases(server)
        settings.__dict__.pop("server", None)  # the port may have moved since it was read


def stop(settings: Settings, modes: Sequence[str] = ("fast", "immediate")) -> None:
    """Stop the server, rolling back what is open; a server that does not run is left alone. Raises SetupError."""
    server = read(settings)
    if server is None or not (home(settings, server) / "data").exists():
        return
    cluster = Cluster.at(home(settings, server))
    for mode in modes:
        cluster.run("pg_ctl", "-D", cluster.data, "-m", mode, "-w", "-t", "30", "stop")
        if not cluster.holds_lock():
            return
    raise SetupError("database", expected="a stopped server", found=f"{cluster.data} in use\n{tail(cluster.log)}")


def running(settings: Settings) -> bool:
    """Tell whether our server answers to our password."""
    server = read(settings)
    return server is not None and _answers(server)


def erase(settings: Settings) -> None:
    """Stop the server and delete its data and passwords for good."""
    stop(settings, modes=("immediate",))
    if server := read(settings):
        shutil.rmtree(home(settings, server), ignore_errors=True)
    shutil.rmtree(settings.server_file.parent, ignore_errors=True)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Keep a second `start` waiting until the first is through."""
    folder = settings.server_file.parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _initialise(cluster: Cluster, owner: Role) -> None:
    """Create the data folder; it gets its name when it is complete, so a crash leaves nothing half made."""
    if cluster.data.exists():
        return
    partial = cluster.folder("data.partial")
    password = cluster.file("password", owner["password"])
    try:
        done = cluster.run(
            *("initdb", "-D", partial, "-U", owner["user"], "--pwfile", password, "--auth=scram-sha-256"),
            *("--encoding=UTF8", "--locale=C", "--no-instructions"),
        )
    finally:
        password.unlink()
    if done.returncode:
        raise SetupError("database", expected="initdb to create a data folder", found=done.stdout.strip())
    partial.rename(cluster.data)


def _launch(settings: Settings, cluster: Cluster, server: Server) -> None:
    """Start the postmaster, again and again while a killed one still holds the lock; moves from a taken port."""
    deadline = time.monotonic() + PATIENCE
    if not cluster.log.exists():
        cluster.file("log", "")
    while not _answers(server):
        if not port_is_free(server["port"]) and not cluster.holds_lock():
            server["port"] = free_port()
            write(settings, server)
        options = {
            "listen_addresses": server["host"],
            "port": server["port"],
            "unix_socket_directories": "''",
            "max_connections": 200,  # four Airflow processes, six workers and MLflow, each with a pool
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",  # nothing to read in them, and the log is never cut
        }
        flags = " ".join(f"-c {name}={value}" for name, value in options.items())
        cluster.run("pg_ctl", "-D", cluster.data, "-l", cluster.log, "-o", flags, "-w", "-t", "60", "start")
        if time.monotonic() > deadline and not _answers(server):
            raise SetupError(
                "database",
                expected=f"a Postgres on {server['host']}:{server['port']}",
                found=f"the end of {cluster.log}:\n{tail(cluster.log)}",
            )
        time.sleep(0.3)


def _connect(server: Server) -> psycopg.Connection:
    owner = server["owner"]
    return psycopg.connect(
        host=server["host"],
        port=server["port"],
        user=owner["user"],
        password=owner["password"],
        dbname="postgres",
        connect_timeout=5,
        autocommit=True,
    )


def _answers(server: Server) -> bool:
    try:
        _connect(server).close()
    except psycopg.OperationalError:
        return False
    return True


def _create_databases(server: Server) -> None:
    """Create what is missing: databases closed to all but their owner; the stages' role, which may enter `ledger`."""
    stage = sql.Identifier(server["stage"]["user"])
    with _connect(server) as connection:
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        if server["stage"]["user"] not in roles:
            password = sql.Literal(server["stage"]["password"])
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(stage, password))
        there = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        for name in DATABASES:
            if name not in there:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE ledger TO {}").format(stage))
