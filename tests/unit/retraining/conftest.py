"""An installation with the first model, whose days come as events."""

from __future__ import annotations

import pytest

from perennial.settings import Settings
from unit.retraining.flights import Flights


@pytest.fixture
def flights(settings: Settings) -> Flights:
    return Flights.at(settings)
