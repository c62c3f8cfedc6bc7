"""The small model with its features built, and the flights of six weeks."""

from __future__ import annotations

from pathlib import Path

import pytest

from perennial.context import Context
from perennial.features.stage import build
from perennial.settings import Settings
from unit.features import flights
from unit.features.clinic import SPAN, Clinic


@pytest.fixture
def clinic(settings: Settings) -> Clinic:
    clinic = Clinic(settings)
    clinic.say()
    clinic.ingest(SPAN)
    build(clinic.ctx, SPAN)
    return clinic


@pytest.fixture(scope="session")
def raw_flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return flights.raw_days(tmp_path_factory.mktemp("flights"))


@pytest.fixture
def flight_delay(settings: Settings, raw_flights: Path) -> Context:
    return flights.ingested(settings, raw_flights)
