"""The ledger on a real Postgres: append once, decide under the lock, find what was tampered with."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable

import psycopg
import pytest
import sqlalchemy as sa

from perennial.context import open_ledger
from perennial.errors import Conflict, LedgerError
from perennial.ledger.chain import Chain
from perennial.ledger.history import History
from perennial.ledger.signing import Head
from perennial.ledger.store import Ledger
from perennial.ledger.verify import Break, first_break
from perennial.settings import Settings


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    return open_ledger(settings)


@pytest.fixture
def chain(ledger: Ledger) -> Chain:
    chain = Chain(ledger, "m", "ann", "test")
    for number in range(1, 6):
        chain.record("thing.happened", f"k{number}", {"number": number, "share": 0.1 * number})
    return chain


def check(ledger: Ledger, name: str = "m") -> Break | None:
    head, upcoming = ledger.heads.read(name)
    return first_break(name, ledger.read(name), head, upcoming, ledger.heads.trusts)


def test_events_come_back_as_they_were_told(chain: Chain) -> None:
    events = chain.history().events
    assert [event.seq for event in events] == [1, 2, 3, 4, 5]
    assert events[2].payload == {"number": 3, "share": 0.1 * 3}
    assert check(chain.ledger) is None


def test_what_is_recorded_is_logged_in_a_sentence(chain: Chain, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "perennial"):
        chain.record("retraining.decided", "queue", {"outcome": "wait", "claim": None, "why": "the budget"})
        chain.record("thing.happened", "k6", {})
    assert caplog.messages == [
        "event 6, retraining.decided queue: wait: the budget",
        "event 7, thing.happened k6",
    ]


def test_a_fact_is_told_once(chain: Chain) -> None:
    first = chain.record("fact", "k", {"n": 1}, once="x")
    again = chain.record("fact", "k", {"n": 2}, once="x")
    assert again == first
    assert len(chain.history().events) == 6


def test_a_guard_refuses_under_the_lock(chain: Chain) -> None:
    def never(history: History) -> None:
        raise Conflict("m", expected="nothing", found=str(len(history.events)))

    with pytest.raises(Conflict, match="5"):
        chain.record("fact", "k", {}, guard=never)
    assert len(chain.history().events) == 5


def _count_up(settings: Settings, turns: int) -> None:
    chain = Chain(open_ledger(settings), "m", "ann", "race")
    for _ in range(turns):
        chain.record("count", "k", {})


def test_writers_that_race_leave_one_unbroken_chain(settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_count_up, args=(settings, 15)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(240)
        assert worker.exitcode == 0
    ledger = open_ledger(settings)
    assert len(ledger.read("m")) == 45
    assert check(ledger) is None


def test_the_stage_role_cannot_change_or_delete(settings: Settings, chain: Chain) -> None:
    engine = sa.create_engine(settings.url("ledger"), poolclass=sa.NullPool)
    for statement in ("UPDATE event SET actor = 'eve'", "DELETE FROM event", "TRUNCATE event", "DROP TABLE event"):
        with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match=r"permission|owner"):
            connection.execute(sa.text(statement))


Tamper = tuple[str, int, str]

TAMPERED: list[Tamper] = [
    ("UPDATE event SET payload = replace(payload, '3', '4') WHERE seq = 3", 3, "changed"),
    ("UPDATE event SET actor = 'eve' WHERE seq = 2", 2, "changed"),
    ("UPDATE event SET wall_time = wall_time - interval '1 day' WHERE seq = 4", 4, "changed"),
    ("DELETE FROM event WHERE seq = 3", 3, "removed"),
    ("DELETE FROM event WHERE seq >= 4", 4, "cut"),
    ("DELETE FROM event", 1, "cut"),
    (
        """UPDATE event SET seq = seq + 100 WHERE seq IN (2, 3);
        UPDATE event SET seq = 3 WHERE seq = 102; UPDATE event SET seq = 2 WHERE seq = 103""",
        2,
        "changed",
    ),
]


@pytest.mark.parametrize(("statement", "seq", "word"), TAMPERED)
def test_verify_names_the_first_broken_link(
    settings: Settings, chain: Chain, statement: str, seq: int, word: str
) -> None:
    as_owner(settings, lambda connection: connection.execute(statement))
    found = check(chain.ledger)
    assert found is not None
    assert (found.seq, found.what.split(":")[0]) == (seq, word)


@pytest.mark.parametrize("first", [1, 3, 5])
def test_a_rewritten_chain_does_not_meet_its_signed_head(settings: Settings, chain: Chain, first: int) -> None:
    rewrite(settings, chain, first)
    found = check(chain.ledger)
    assert found is not None
    assert "rewritten" in found.what


def test_an_event_inserted_with_right_hashes_is_found(settings: Settings, chain: Chain) -> None:
    """Somebody with all rights on the database, but not the key, appends a well-formed event."""
    true = chain.ledger.heads.read("m")[0]
    assert true is not None
    forged = Chain(Ledger(settings.url("ledger_owner"), _Silent(true)), "m", "eve", "x")  # type: ignore[arg-type]
    forged.record("champion.changed", "v9", {"version": 9})
    found = check(chain.ledger)
    assert found is not None
    assert (found.seq, found.what) == (6, "added behind our back: no signed head covers it")


def test_a_forged_head_is_not_trusted(settings: Settings, chain: Chain) -> None:
    path = settings.keys / "heads" / "m.json"
    path.write_text(path.read_text().replace('"seq":5', '"seq":4'))
    found = check(chain.ledger)
    assert found is not None
    assert "not signed" in found.what


def test_a_crash_between_commit_and_head_is_no_break(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as crashing:
        crashing.setattr(chain.ledger.heads, "confirm", _die)
        with pytest.raises(KeyboardInterrupt):
            chain.record("fact", "k", {})
    assert len(chain.history().events) == 6
    assert check(chain.ledger) is None
    chain.record("fact", "k", {})
    assert check(chain.ledger) is None


def test_a_crash_before_the_commit_leaves_nothing(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as crashing:
        crashing.setattr(chain.ledger.heads, "sign_next", _then_die(chain.ledger.heads.sign_next))
        with pytest.raises(KeyboardInterrupt):
            chain.record("fact", "k", {})
    assert len(chain.history().events) == 5
    assert check(chain.ledger) is None


def test_a_crash_after_the_commit_and_one_before_the_next_leave_a_chain_that_goes_on(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crashing:
        crashing.setattr(chain.ledger.heads, "confirm", _die)
        with pytest.raises(KeyboardInterrupt):
            chain.record("fact", "k", {"n": 1})
    with monkeypatch.context() as crashing:
        crashing.setattr(chain.ledger.heads, "sign_next", _then_die(chain.ledger.heads.sign_next))
        with pytest.raises(KeyboardInterrupt):
            chain.record("fact", "k", {"n": 2})
    assert check(chain.ledger) is None
    chain.record("fact", "k", {"n": 3})
    assert [event.payload.get("n") for event in chain.history().of("fact")] == [1, 3]
    assert check(chain.ledger) is None


def _then_die(step: Callable[..., object]) -> Callable[..., None]:
    """Return the step, after which its process is gone."""

    def done(*args: object) -> None:
        step(*args)
        raise KeyboardInterrupt

    return done


def _die(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("statement", ["DELETE FROM event WHERE seq >= 4", "DELETE FROM event"])
def test_an_append_does_not_hide_a_cut_tail(settings: Settings, chain: Chain, statement: str) -> None:
    as_owner(settings, lambda connection: connection.execute(statement))
    with pytest.raises(LedgerError, match="as signed"):
        chain.record("fact", "k", {})
    found = check(chain.ledger)
    assert found is not None
    assert "cut" in found.what


class _Silent:
    """Heads of somebody who has no key."""

    def read(self, _: str) -> tuple[Head | None, Head | None]:
        return self.head, None

    def __init__(self, head: Head) -> None:
        self.head = head

    def sign_next(self, *_: object) -> None: ...

    def confirm(self, *_: object) -> None: ...


def as_owner(settings: Settings, act: Callable[[psycopg.Connection], object]) -> None:
    with psycopg.connect(settings.url("ledger_owner").replace("+psycopg", "")) as connection:
        act(connection)


def rewrite(settings: Settings, chain: Chain, first: int) -> None:
    """Change event `first` and link everything after it anew, with right hashes."""
    from perennial.hashing import canonical
    from perennial.ledger.event import GENESIS, Event
    from perennial.ledger.store import sealed

    events = list(chain.history().events)

    def act(connection: psycopg.Connection) -> None:
        connection.execute("DELETE FROM event WHERE seq >= %s", [first])
        previous = events[first - 2].hash if first > 1 else GENESIS
        for event in events[first - 1 :]:
            changed = sealed(Event(**{**vars(event), "payload": {"number": 99}, "previous": previous}))
            row = {**vars(changed), "payload": canonical(changed.payload)}
            names = ", ".join(f'"{name}"' for name in row)
            values = ", ".join(f"%({name})s" for name in row)
            connection.execute(f"INSERT INTO event ({names}) VALUES ({values})", row)
            previous = changed.hash

    as_owner(settings, act)
