"""Upstream models in specs: names are checked, rings refused, and the command says who stands behind what."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from perennial.checks import check_models
from perennial.cli import app
from perennial.dependents.declared import dependents
from perennial.dependents.graph import Node
from perennial.errors import KeyInvalid, SpecError
from perennial.scaffold import new_model
from perennial.settings import Settings


def make(settings: Settings, name: str, **depends_on: object) -> None:
    """Make a model that stands on others."""
    path = new_model(settings, name) / "model.yaml"
    says = ", ".join(f"{key}: {value}" for key, value in depends_on.items())
    path.write_text(path.read_text(encoding="utf-8") + (f"depends_on: {{{says}}}\n" if says else ""), encoding="utf-8")


def mistake(settings: Settings, name: str) -> SpecError | None:
    ((_, error),) = check_models(settings, [name])
    assert error is None or isinstance(error, SpecError)
    return error


def test_a_model_behind_another_passes_and_is_listed_with_what_follows(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(settings, "demand")
    make(settings, "staffing", models="[demand]", on_change="retrain")
    make(settings, "overtime", models="[staffing]")
    assert mistake(settings, "overtime") is None
    ((node, found),) = dependents(settings, "demand").items()
    assert node == Node("model", "demand")
    assert [(one.name, through.name) for one, through in found.items()] == [
        ("staffing", "demand"),
        ("overtime", "staffing"),
    ]
    monkeypatch.setenv("PERENNIAL_VAR", str(settings.var))
    monkeypatch.setenv("PERENNIAL_MODELS", str(settings.models))
    monkeypatch.setenv("PERENNIAL_LEDGER_URL", settings.url("ledger"))
    told = CliRunner().invoke(app, ["dependents", "demand"]).output
    assert "model demand: 2 model(s) behind it" in told
    assert re.search(r"staffing +reads model demand +retrain +no champion", told)
    assert re.search(r"overtime +reads model staffing +revalidate +no champion", told)


def test_an_unknown_upstream_model_is_told_the_nearest(settings: Settings) -> None:
    make(settings, "demand")
    make(settings, "staffing", models="[demnd]")
    error = mistake(settings, "staffing")
    assert error is not None
    assert ("depends_on.models" in error.where, error.nearest) == (True, "demand")
    assert mistake(settings, "demand") is None
    with pytest.raises(KeyInvalid, match="demand, staffing"):
        dependents(settings, "demnad")


@pytest.mark.parametrize("ring", [{"demand": "staffing", "staffing": "demand"}, {"demand": "demand"}])
def test_a_ring_is_refused_and_named(settings: Settings, ring: dict[str, str]) -> None:
    for name, upstream in ring.items():
        make(settings, name, models=f"[{upstream}]")
    make(settings, "aside")
    error = mistake(settings, "demand")
    assert error is not None
    if len(ring) > 1:
        assert "demand reads staffing reads demand" in error.found or "staffing reads demand reads" in error.found
    assert mistake(settings, "aside") is None


def test_what_follows_is_one_of_three(settings: Settings) -> None:
    make(settings, "demand", on_change="retran")
    error = mistake(settings, "demand")
    assert error is not None
    assert error.nearest == "retrain"
