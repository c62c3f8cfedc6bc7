"""Is this installation in order? One finding a line, with what to do about it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from perennial.local import stack
from perennial.settings import PROJECT, Settings

NEEDED_GIB = 3
GIB = 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    good: bool
    text: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at Python, packages, disk, models, the running stack and the ledger."""
    yield Finding(sys.version_info[:2] == (3, 11), f"Python {sys.version.split()[0]} (3.11 is expected)")
    yield from _packages()
    yield _disk(settings)
    yield from _models(settings)
    yield from _stack(settings)


def _packages() -> Iterator[Finding]:
    """Compare what is installed with the lock."""
    lines = (PROJECT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line.split(" ")[0].split("==") for line in lines if "==" in line and line[0].isalnum()]
    wrong = [f"{name} {_installed(name) or 'missing'} (lock: {pin})" for name, pin in pins if _installed(name) != pin]
    if wrong:
        yield Finding(
            good=False, text=f"packages differ from requirements.lock: {', '.join(wrong[:5])}; run: make install"
        )
    else:
        yield Finding(good=True, text=f"{len(pins)} packages as in requirements.lock")


def _installed(name: str) -> str | None:
    try:
        return version(name.split("[", maxsplit=1)[0])
    except PackageNotFoundError:
        return None


def _disk(settings: Settings) -> Finding:
    folder = next(path for path in (settings.var, *settings.var.parents) if path.exists())
    free = shutil.disk_usage(folder).free / GIB
    return Finding(free >= NEEDED_GIB, f"{free:.0f} GiB free under {folder} ({NEEDED_GIB} are needed)")


def _models(settings: Settings) -> Iterator[Finding]:
    from perennial.spec import load_all

    specs, broken = load_all(settings)
    yield Finding(
        bool(specs), f"{len(specs)} model(s): {', '.join(spec.name for spec in specs) or 'make new-model NAME=...'}"
    )
    for name, error in broken.items():
        yield Finding(good=False, text=f"model {name}: {error}")


def _stack(settings: Settings) -> Iterator[Finding]:
    status = stack.status(settings)
    if status.stack is None:
        yield Finding(good=True, text="nothing runs; start it with: make up")
        return
    for component, alive in status.alive.items():
        hint = "" if alive else f"; see {status.stack.logs}/{component}.log, then: make down up"
        yield Finding(alive, f"airflow {component} {'runs' if alive else 'has ended'}{hint}")
    yield Finding(status.database, f"Postgres {'answers' if status.database else 'does not answer; run: make down up'}")
    if status.database:
        yield from _ledger(settings)


def _ledger(settings: Settings) -> Iterator[Finding]:
    from perennial.context import open_ledger
    from perennial.ledger.verify import first_break

    ledger = open_ledger(settings)
    for chain in ledger.chains():
        events = ledger.read(chain)
        found = first_break(chain, events, *ledger.heads.read(chain), ledger.heads.trusts)
        text = f"event {found.seq}: {found.what}" if found else f"{len(events)} events hold"
        yield Finding(found is None, f"ledger of {chain}: {text}")
