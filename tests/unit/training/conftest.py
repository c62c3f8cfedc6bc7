"""A model with twenty days of features and a claim on them."""

from __future__ import annotations

import pytest

from perennial.settings import Settings
from perennial.training import search
from unit.training.factory import WINDOW, Factory


@pytest.fixture
def factory(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Factory:
    monkeypatch.setattr(search, "MOST_THREADS", 1)  # two threads wait for each other where cores are shared
    factory = Factory(settings)
    factory.say()
    factory.ingest(WINDOW.back(1))
    factory.claim()
    return factory
