"""A new model passes `make validate` at once, and a wrong name is told the nearest right one."""

from __future__ import annotations

from pathlib import Path

import pytest

from perennial.checks import check_models
from perennial.errors import SpecError
from perennial.scaffold import new_model
from perennial.settings import PROJECT, Settings


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    (tmp_path / "models").mkdir()
    return Settings(var=tmp_path / "var", models=tmp_path / "models", policies=PROJECT / "include" / "policies")


def test_a_new_model_passes_at_once(here: Settings) -> None:
    new_model(here, "churn")
    assert list(check_models(here, [])) == [("churn", None)]


def test_the_models_of_the_project_pass(tmp_path: Path) -> None:
    assert {name: error for name, error in check_models(Settings(var=tmp_path), []) if error} == {}


@pytest.mark.parametrize(("name", "near"), [("Churn Model", "churn_model"), ("9lives", "lives"), ("", "churn")])
def test_a_name_that_cannot_be_is_refused(here: Settings, name: str, near: str) -> None:
    with pytest.raises(SpecError, match=f"make new-model NAME={near}"):
        new_model(here, name)


def test_a_name_that_is_taken_is_refused(here: Settings) -> None:
    new_model(here, "churn")
    with pytest.raises(SpecError, match="a name that no model has yet"):
        new_model(here, "churn")


# what to change in the spec or the script, and the words that are told
MISTAKES = [
    ("model.yaml", "{column: amount, min", "{column: amuont, min", ["contract.events", "nearest:  amount"]),
    ("model.yaml", "data/*.csv", "data/*.cvs", ["source.tables.events", "data/*.cvs"]),
    ("model.yaml", "column: outcome", "column: outcom", ["features.sql", "nearest:  outcome"]),
    ("model.yaml", "request: [amount, channel]", "request: [amont]", ["features.sql", "nearest:  amount"]),
    ("model.yaml", "CAST(happened_at AS DATE)", "CAST(hapened_at AS DATE)", ["day", "hapened_at"]),
    ("features.sql", "VIEW channel_history", "VIEW chanel_history", ["channel_history", "nearest:  chanel_history"]),
    ("features.sql", "FROM events;", "FROM evnts;", ["features.sql", "evnts"]),
    ("model.yaml", "holdout: 14d", "holdout: 14d\n  parameters: {c: 1}", ["nearest:  C"]),
    ("model.yaml", "# drift: {", "drift: {columns: {amuont: psi}} # {", ["monitor.drift.columns", "nearest:  amount"]),
    ("model.yaml", "# drift: {", "drift: {critical: [scor]} # {", ["monitor.drift.critical", "nearest:  score"]),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), MISTAKES)
def test_a_mistake_deeper_down_is_told(here: Settings, file: str, old: str, new: str, told: list[str]) -> None:
    path = new_model(here, "churn") / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    ((_, error),) = check_models(here, ["churn"])
    assert error is not None
    for words in told:
        assert words in str(error)


def test_a_model_that_does_not_exist_is_told_the_nearest(here: Settings) -> None:
    new_model(here, "churn")
    ((_, error),) = check_models(here, ["chrun"])
    assert error is not None
    assert error.nearest == "churn"
