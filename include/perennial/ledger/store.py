"""The chains in Postgres: append under a lock, read in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from perennial.errors import LedgerError
from perennial.hashing import canonical, digest
from perennial.ledger.event import GENESIS, Draft, Event
from perennial.ledger.signing import Heads
from perennial.ledger.tables import events

Guard = Callable[[Sequence[Event]], None]
Clock = Callable[[Callable[..., Sequence[Event]]], datetime | None]
End = tuple[int, str]
"""Number and hash of the last event of a chain."""


class Ledger:
    """All chains of one installation."""

    def __init__(self, url: str, heads: Heads) -> None:
        # No pool: a task forks, appends a few events and ends; a connection must not cross the fork.
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)
        self.heads = heads

    def append(
        self,
        chain: str,
        draft: Draft,
        *,
        actor: str,
        run: str,
        business_time: Clock,
        guard: Guard | None = None,
    ) -> Event:
        """Add one event and return it, or the event that told the same fact before.

        `guard` gets the chain's events under the lock and raises to refuse: a decision made against them holds
        when the event is committed (compare-and-set). `business_time` is asked there, too, with a function that reads
        the chain's events by their types.
        """
        with self._locked(chain) as connection:
            if draft.once and (told := self._told(connection, chain, draft)):
                return told
            if guard:
                guard(self._read(connection, chain))
            last = self._last(connection, chain)
            self._refuse_broken_end(chain, last)
            now = business_time(partial(self._read, connection, chain))
            event = self._next(chain, last, draft, actor, run, now)
            connection.execute(sa.insert(events).values(_row(event)))
            self.heads.sign_next(chain, event.seq, event.hash)
            connection.commit()
            self.heads.confirm(chain)
            return event

    def read(self, chain: str, *types: str) -> list[Event]:
        """Return the events of a chain in order, all or those of some types."""
        with self._engine.connect() as connection:
            return self._read(connection, chain, *types)

    def chains(self) -> list[str]:
        """Name the chains that have events, in order."""
        query = sa.select(events.c.chain).distinct().order_by(events.c.chain)
        with self._engine.connect() as connection:
            return list(connection.scalars(query))

    @contextmanager
    def unchanged(self, chain: str) -> Iterator[None]:
        """Keep a chain as it is while events of others are added that depend on it; any number may at once.

        Take it before the lock of another chain, never within: so nobody waits for each other.
        """
        lock = _lock(chain)
        with self._engine.connect() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_lock_shared(lock)))
            connection.commit()
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock_shared(lock)))
                connection.commit()

    @contextmanager
    def _locked(self, chain: str) -> Iterator[sa.Connection]:
        """Hold the chain's lock until the head file says what the database says; a dead holder frees it."""
        lock = _lock(chain)
        with self._engine.connect() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_lock(lock)))
            connection.commit()
            try:
                yield connection
            finally:
                connection.rollback()
                connection.execute(sa.select(sa.func.pg_advisory_unlock(lock)))
                connection.commit()

    @staticmethod
    def _read(connection: sa.Connection, chain: str, *types: str) -> list[Event]:
        query = sa.select(events).where(events.c.chain == chain).order_by(events.c.seq)
        query = query.where(events.c.type.in_(types)) if types else query
        return [_event(row) for row in connection.execute(query).mappings()]

    @staticmethod
    def _told(connection: sa.Connection, chain: str, draft: Draft) -> Event | None:
        query = sa.select(events).where(
            events.c.chain == chain, events.c.type == draft.type, events.c.once == draft.once
        )
        row = connection.execute(query).mappings().first()
        return _event(row) if row else None

    @staticmethod
    def _last(connection: sa.Connection, chain: str) -> End | None:
        query = sa.select(events.c.seq, events.c.hash).where(events.c.chain == chain)
        row = connection.execute(query.order_by(events.c.seq.desc()).limit(1)).first()
        return (row.seq, row.hash) if row else None

    def _refuse_broken_end(self, chain: str, last: End | None) -> None:
        """Raise LedgerError where the database does not end as signed: a new head would hide that."""
        head, upcoming = self.heads.read(chain)
        if last and upcoming and last == (upcoming.seq, upcoming.hash):
            # A crash came after the commit. Left there, this head would be lost to the next one, and to a second crash.
            self.heads.confirm(chain)
            return
        signed = [one for one in (head, upcoming) if one]
        if (signed or last) and last not in [(one.seq, one.hash) for one in signed]:
            raise LedgerError(
                f"ledger of {chain}",
                expected=f"an end at event {signed[0].seq}, as signed" if signed else "a signed end",
                found=f"an end at event {last[0] if last else 0} that was not signed",
                next_command=f"perennial ledger verify {chain}",
            )

    @staticmethod
    def _next(  # noqa: PLR0917 - the parts of an event
        chain: str,
        last: End | None,
        draft: Draft,
        actor: str,
        run: str,
        business_time: datetime | None,
    ) -> Event:
        event = Event(
            chain=chain,
            seq=last[0] + 1 if last else 1,
            type=draft.type,
            key=draft.key,
            actor=actor,
            run=run,
            business_time=business_time,
            wall_time=datetime.now(UTC),
            payload=json.loads(canonical(draft.payload)),
            evidence=draft.evidence,
            once=draft.once,
            previous=last[1] if last else GENESIS,
            hash="",
        )
        return sealed(event)


def sealed(event: Event) -> Event:
    """Return the event with the hash of its body."""
    return Event(**{**vars(event), "hash": digest(event.body())})


def _lock(chain: str) -> sa.Function[int]:
    """Return the number of a chain's advisory lock."""
    return sa.func.hashtextextended(f"perennial:{chain}", 0)


def _row(event: Event) -> dict[str, Any]:
    return {**vars(event), "payload": canonical(event.payload)}


def _event(row: sa.RowMapping) -> Event:
    values = dict(row)
    for name in ("business_time", "wall_time"):
        values[name] = values[name] and values[name].astimezone(UTC)
    return Event(**{**values, "payload": json.loads(values["payload"])})
