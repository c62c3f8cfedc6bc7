"""A model of the project in an empty installation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perennial.context import Context, open_context
from perennial.settings import PROJECT, Settings


@pytest.fixture
def ctx(settings: Settings) -> Context:
    mine = replace(settings, models=PROJECT / "include" / "models")
    return open_context("flight_delay", settings=mine, actor="ann", run="test")
