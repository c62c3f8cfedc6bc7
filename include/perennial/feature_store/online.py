"""Feast's online store of this project: Postgres, where an older value never overwrites a newer one.

Feast's own store writes whatever comes last, so that a backfill of January would take the online values back there.
Here the database compares: a row gives way only to one with the same or a later event time, however many write at once.

    online_store:
      type: perennial.feature_store.online.NewestOnlineStore
      url: postgresql+psycopg://user:password@host:5432/feast
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from psycopg import Connection, sql
from pydantic import model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from perennial.feature_store._feast import (
    FeatureStore,
    FeatureView,
    PostgreSQLOnlineStore,
    PostgreSQLOnlineStoreConfig,
    RepoConfig,
    compute_table_id,
    connect_online,
    extract_text_and_num,
    serialize_entity_key,
)
from perennial.feature_store.protos import Row

LONG_AGO = datetime.min.replace(tzinfo=UTC)
LOOPBACK = ("localhost", "127.0.0.1", "::1")
UPSERT = """
INSERT INTO {table} AS held (entity_key, feature_name, value, value_text, event_ts, created_ts)
SELECT * FROM unnest(%b::bytea[], %b::text[], %b::bytea[], %b::text[], %b::timestamptz[], %b::timestamptz[])
ON CONFLICT (entity_key, feature_name) DO UPDATE SET
  value = excluded.value, value_text = excluded.value_text,
  event_ts = excluded.event_ts, created_ts = excluded.created_ts
WHERE (held.event_ts, coalesce(held.created_ts, '-infinity')) <=
      (excluded.event_ts, coalesce(excluded.created_ts, '-infinity'))
"""


class NewestOnlineStoreConfig(PostgreSQLOnlineStoreConfig):  # type: ignore[misc]  # Feast is untyped to mypy
    """One address instead of host, port, user, password and database."""

    type: Literal["perennial.feature_store.online.NewestOnlineStore"] = (
        "perennial.feature_store.online.NewestOnlineStore"
    )
    url: str

    @model_validator(mode="before")
    @classmethod
    def _take_apart(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Read the parts from the address; a loopback server speaks without TLS unless the address says otherwise."""
        try:
            url = make_url(values["url"])
        except (KeyError, ArgumentError) as error:
            raise ValueError(
                "online_store.url: expected an address of a Postgres (is PERENNIAL_FEAST_URL set?)"
            ) from error
        host = str(url.query.get("host") or url.host or "localhost")
        local = host in LOOPBACK or host.startswith("/")
        parts = {
            "host": host,
            "port": url.port or 5432,
            "database": url.database or "",
            "user": url.username or "",
            "password": url.password or "",
            "sslmode": str(url.query.get("sslmode") or ("disable" if local else "require")),
        }
        return parts | values


class NewestOnlineStore(PostgreSQLOnlineStore):  # type: ignore[misc]  # Feast is untyped to mypy
    """Reads as Feast's Postgres store does; writes a batch in one statement, and only what is newest."""

    _conn: Connection | None = None

    @contextmanager
    def _get_conn(self, config: RepoConfig, autocommit: bool = False) -> Iterator[Connection]:
        """Give the connection of this process; what failed in it is rolled back."""
        if self._conn is None or self._conn.closed:
            self._conn = connect_online(config.online_store)
        self._conn.set_autocommit(autocommit)
        try:
            yield self._conn
        except BaseException:
            if not self._conn.closed:
                self._conn.rollback()
            raise

    def online_write_batch(
        self,
        config: RepoConfig,
        table: FeatureView,
        data: Sequence[Row],
        progress: Callable[[int], Any] | None,
    ) -> None:
        """Write rows in one transaction; of several rows of one key the newest counts."""
        cells = _cells(data, config.entity_key_serialization_version)
        with self._get_conn(config) as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL(UPSERT).format(table=_identifier(config, table)), cells)
            connection.commit()
        if progress:
            progress(len(data))

    def newest(self, config: RepoConfig, table: FeatureView) -> datetime | None:
        """Return the newest event time that is served, or None when nothing is."""
        query = sql.SQL("SELECT max(event_ts) FROM {table}").format(table=_identifier(config, table))
        with self._get_conn(config, autocommit=True) as connection:
            row = connection.execute(query).fetchone()
        found: datetime | None = row[0] if row else None
        return found.astimezone(UTC) if found else None


def online_store(store: FeatureStore) -> Any:
    """Return the online store behind a feature store."""
    return store._get_provider().online_store  # noqa: SLF001


def close_online(store: FeatureStore) -> None:
    """Close the connection of this process to the online store."""
    online = online_store(store)
    if online._conn is not None:  # noqa: SLF001
        online._conn.close()  # noqa: SLF001
        online._conn = None  # noqa: SLF001


def _identifier(config: RepoConfig, table: FeatureView) -> sql.Identifier:
    versioned = config.registry.enable_online_feature_view_versioning
    return sql.Identifier(compute_table_id(config.project, table, versioned))


def _cells(data: Sequence[Row], version: int) -> list[list[Any]]:
    """Turn rows into columns of (key, feature) cells, ordered by key so that two writers never wait for each other."""
    newest: dict[bytes, Row] = {}
    for row in data:
        key = serialize_entity_key(row[0], entity_key_serialization_version=version)
        if key not in newest or _age(newest[key]) <= _age(row):
            newest[key] = row
    columns: list[list[Any]] = [[], [], [], [], [], []]
    for key, (_, values, event, created) in sorted(newest.items()):
        times = _utc(event), None if created is None else _utc(created)
        for name, value in sorted(values.items()):
            cell = key, name, value.SerializeToString(), extract_text_and_num(value, False)[0], *times
            for column, part in zip(columns, cell, strict=True):
                column.append(part)
    return columns


def _age(row: Row) -> tuple[datetime, datetime]:
    return _utc(row[2]), _utc(row[3]) if row[3] else LONG_AGO


def _utc(moment: datetime) -> datetime:
    """Read a time without zone as UTC, as Feast does."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
