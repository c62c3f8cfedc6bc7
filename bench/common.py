"""What the benchmarks share: an installation of their own, progress on stderr, one JSON document on stdout."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from perennial.local import postgres
from perennial.prepare import prepare
from perennial.settings import Settings

MODEL = "flight_delay"
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def say(text: str) -> None:
    """Show progress; stdout is the result's."""
    print(text, file=sys.stderr, flush=True)


def finish(result: dict[str, Any]) -> NoReturn:
    """Print the result and leave: with 1 when a target was missed."""
    print(json.dumps(result, indent=1))
    sys.exit(0 if result.get("passed", True) else 1)


def clean_up_on_signals() -> None:
    """Let a signal unwind the program, so that what it started ends with it."""
    for number in ENDINGS:
        signal.signal(number, _leave)


@contextmanager
def installation() -> Iterator[Settings]:
    """Give an empty installation with a Postgres of its own; both are gone afterwards, on a signal too."""
    clean_up_on_signals()
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as folder:
        settings = Settings(var=Path(folder) / "var")
        try:
            say("starting a Postgres, creating its tables")
            postgres.start(settings)
            prepare(settings)
            yield settings
        finally:
            _ignore_signals()
            postgres.erase(settings)


def _leave(number: int, _frame: object) -> NoReturn:
    _ignore_signals()
    sys.exit(128 + number)


def _ignore_signals() -> None:
    """Be deaf from now on: a second Ctrl-C must not leave the server behind."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
