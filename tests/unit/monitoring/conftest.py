"""Real flights that were scored: lived through once, copied for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from perennial.context import Context
from perennial.ledger.signing import Heads
from perennial.settings import Settings
from unit.features import flights
from unit.monitoring import flown as life

Install = Callable[..., AbstractContextManager[Settings]]


@pytest.fixture(scope="session")
def lived(install: Install, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with install(tmp_path_factory.mktemp("life")) as mine:
        Heads(mine.keys).create_key()
        life.flown(mine, flights.raw_days(tmp_path_factory.mktemp("flights")))
        yield mine


@pytest.fixture
def flown(lived: Settings, install: Install, tmp_path: Path) -> Iterator[Context]:
    with install(tmp_path, lived) as mine:
        yield life.copied(lived, mine)
