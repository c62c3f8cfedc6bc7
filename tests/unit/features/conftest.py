"""A small model whose raw days are made by the tests."""

from __future__ import annotations

import pytest

from perennial.settings import Settings
from unit.features.clinic import Clinic


@pytest.fixture
def clinic(settings: Settings) -> Clinic:
    clinic = Clinic(settings)
    clinic.say()
    return clinic
