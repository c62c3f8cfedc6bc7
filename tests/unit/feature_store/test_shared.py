"""The plain Feast files that several models share."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from perennial.feature_store.shared import shared
from perennial.settings import PROJECT


def test_the_repo_defines_weather_by_airport() -> None:
    weather = shared(PROJECT / "feature_repo").views["weather"]
    assert weather.entities == ["origin"]
    assert weather.ttl.total_seconds() == 6 * 3600
    assert weather.batch_source.path == "features/weather"
    assert weather.tags == {"written_by": "flight_delay"}
    names = ["temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
    assert [field.name for field in weather.features] == names


def test_imports_leave_modules_and_path_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = ModuleType("entities")
    monkeypatch.setitem(sys.modules, "entities", mine)
    for name in ("entities.py", "weather.py"):
        (tmp_path / name).write_text((PROJECT / "feature_repo" / name).read_text())
    before = list(sys.path)
    assert "weather" in shared(tmp_path).views
    assert sys.modules["entities"] is mine
    assert "weather" not in sys.modules
    assert sys.path == before


def test_a_file_that_fails_leaves_them_too(tmp_path: Path) -> None:
    (tmp_path / "broken_view.py").write_text("raise RuntimeError('halt')")
    with pytest.raises(RuntimeError, match="halt"):
        shared(tmp_path)
    assert str(tmp_path) not in sys.path
    assert "broken_view" not in sys.modules
