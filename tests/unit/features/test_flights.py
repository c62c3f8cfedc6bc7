"""The project's own script on real flights: a day has the same bytes alone and among many, in any number of threads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from perennial.datasets import Definition
from perennial.feature_store.duck import Budget
from perennial.features.definitions import check
from perennial.features.rows import Target, write_days
from perennial.features.script import Script
from perennial.features.transform import Raw, raw_columns, transformed
from perennial.hashing import sha256_of
from perennial.keys import Window
from perennial.settings import PROJECT, Settings
from perennial.spec import Spec, load_spec
from unit.features import flights
from unit.features.flights import DAYS, FIRST, MODEL, WEEKS

STORM = date(2013, 2, 9)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return flights.raw_days(tmp_path_factory.mktemp("flights"))


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec(MODEL / "model.yaml")


def files(raw: Path, window: Window) -> Raw:
    daily = {table: [raw / table / f"{day}.parquet" for day in window] for table in DAYS}
    return daily | {"planes": [raw / "planes" / f"{FIRST}.parquet"]}


def digests(raw: Path, script: Script, made: Definition, window: Window, limits: Budget) -> dict[str, str]:
    """Return the SHA-256 of each day of each relation, computed from the window and its lookback."""
    read = window.back(made.lookback).clip(FIRST, WEEKS.last)
    assert read is not None
    target = Target(window, FIRST, limits.spill.parent, script)
    with transformed(script, files(raw, read), limits) as database:
        written = {name: write_days(database, made, name, target) for name in made.relations}
    return {f"{name} {day}": sha256_of(path) for name, days in written.items() for day, path in days.items()}


def test_a_day_has_the_same_bytes_alone_and_among_many(raw: Path, spec: Spec, tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var", feature_repo=PROJECT / "feature_repo")
    limits = Budget("1GB", 2, tmp_path / "spill")
    made = check(settings, spec, raw_columns(files(raw, Window(FIRST, FIRST)), limits))
    many = digests(raw, Script.of(spec), made, WEEKS, limits)
    assert len(many) == len(WEEKS) * len(made.relations)
    for number, day in enumerate([FIRST, date(2013, 2, 5), STORM, WEEKS.last]):
        single = Budget("1GB", 1, tmp_path / str(number) / "spill")
        alone = digests(raw, Script.of(spec), made, Window(day, day), single)
        assert alone == {name: many[name] for name in alone}
