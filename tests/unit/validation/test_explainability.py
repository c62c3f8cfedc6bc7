"""Gates on explanations of real people and flights: honest models pass, wrong SHAP values, leaks and turns do not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.pipeline import Pipeline

from perennial.estimators.pipeline import build, fit
from perennial.settings import Settings
from perennial.validation.case import Case
from perennial.validation.estimate import Unknown
from perennial.validation.measured import measure
from perennial.validation.measures.explainability import LEAST, MOST, explainability, rows_for
from unit.validation import real
from unit.validation.asked import results, verdicts
from unit.validation.real import ROWS, TREES, case, fitted, parts

GATES = ("additivity", "leak", "reason_stability")


def judged(found: Case) -> dict[str, str]:
    figures = explainability(found)
    return {part: verdict for name in GATES for part, verdict in verdicts(found, name, figures).items()}


PASSED = dict.fromkeys(["additivity", "leak:importance", "leak:alone", "reason_stability"], "pass")


@pytest.mark.parametrize("kind", ["people", "flights"])
def test_trees_like_the_champions_pass(kind: str, settings: Settings, tmp_path: Path) -> None:
    assert judged(case(settings, tmp_path, kind, champion=fitted(kind, 20)[0])) == PASSED


def test_a_linear_model_passes_exactly(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path, candidate=fitted("people")[1], champion=fitted("people")[1])
    figures = explainability(found)
    assert figures.error < 1e-12
    assert figures.stability.value == 1.0  # type: ignore[union-attr]


@cache
def native() -> Pipeline:
    """Return trees that split categories natively, as nobody who uses this project can ask for."""
    frame, numeric, categorical = parts("people")
    model, first = build(TREES, {"max_iter": 40}, numeric, categorical, 0), frame.head(ROWS)
    model.set_params(estimator__categorical_features=list(range(len(numeric), len(numeric) + len(categorical))))
    return fit(model, first, first["y"])


def test_native_categories_do_not_add_up_and_are_caught(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path)
    found.__dict__["model"] = native()  # as a file it could not even be loaded: it holds types of nobody's list
    (said,) = results(found, "additivity").values()
    assert said.verdict == "fail"
    assert (said.value or 0) > 0.01


@pytest.mark.parametrize("right", [1.0, 0.97])
def test_a_column_that_tells_the_label_is_named(
    right: float, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, numeric, categorical = parts("people")
    rng = np.random.default_rng(0)
    told = np.where(rng.random(len(frame)) < right, frame["y"], 1 - frame["y"]) + rng.normal(0, 0.01, len(frame))
    leaky = frame.assign(wage_per_hour=told)
    monkeypatch.setattr(real, "parts", lambda _: (leaky, numeric, categorical))
    first = leaky.head(ROWS)
    model = fit(build(TREES, {"max_iter": 40}, numeric, categorical, 0), first, first["y"])
    found = case(settings, tmp_path, candidate=model)
    said = results(found, "leak")
    assert "fail" in {result.verdict for result in said.values()}
    assert all("wage_per_hour" in result.why for result in said.values() if result.verdict == "fail")


def test_a_model_of_another_question_gives_other_reasons(settings: Settings, tmp_path: Path) -> None:
    frame, numeric, categorical = parts("people")
    first = frame.head(ROWS)
    other = fit(build(TREES, {"max_iter": 40}, numeric, categorical, 0), first, first["wage_per_hour"] > 0)
    found = case(settings, tmp_path, candidate=other, champion=fitted("people")[0])
    (said,) = results(found, "reason_stability").values()
    assert said.verdict == "fail"
    assert said.low is not None
    assert said.value is not None
    assert said.low < said.value < 0.6


def test_without_a_champion_there_are_no_reasons_to_keep(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path)
    figures = explainability(found)
    (said,) = results(found, "reason_stability", figures).values()
    assert (said.verdict, said.why) == ("pass", "no champion yet")
    few = replace(figures, rows=20, stability=Unknown("the champion reads other columns: height"))
    assert verdicts(found, "reason_stability", few) == {"reason_stability": "insufficient_data"}


def test_a_champion_of_other_columns_cannot_be_compared(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path, champion=fitted("people", 20)[0])
    sample = found.scored.sample.drop_columns(["education"])
    frame, numeric, categorical = parts("people")
    first, fewer = frame.head(ROWS), [name for name in categorical if name != "education"]
    model = fit(build(TREES, {"max_iter": 20}, numeric, fewer, 0), first, first["y"])
    changed = real.worse(found, sample=sample)
    changed.__dict__["model"] = model
    assert explainability(changed).stability == Unknown("the champion reads other columns: education")


def test_reason_codes_of_each_explained_row_are_kept(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path)
    measured = measure(found, "explainability")
    figures = measured.figures
    kept = pq.read_table(found.ctx.evidence.path(figures.reasons)).to_pandas()
    assert len(kept) == figures.rows == MOST
    assert list(kept) == ["id", "raw_score", *(f"{what}_{n}" for n in (1, 2, 3) for what in ("reason", "added"))]
    assert (kept["added_1"].abs() >= kept["added_2"].abs()).all()
    people = real.people().set_index("id").loc[kept["id"]]
    raw = fitted("people")[0].predict_proba(people)[:, 1]
    assert kept["raw_score"].to_numpy() == pytest.approx(np.log(raw / (1 - raw)))
    weights = found.ctx.evidence.read_json(measured.evidence or "")["importance"]
    assert pd.Series(weights).idxmax() == max(figures.importance, key=figures.importance.__getitem__)
    assert max(figures.permutation, key=figures.permutation.__getitem__) in weights


def test_a_costly_forest_has_fewer_rows_explained() -> None:
    assert (rows_for(1e5), rows_for(0.0), rows_for(1e12)) == (MOST, MOST, LEAST)
    assert LEAST < rows_for(5e7) < MOST


def test_labels_of_one_kind_rank_nothing(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path)
    same = real.worse(found, frame=found.scored.frame.assign(y=0))
    figures = explainability(same)
    assert isinstance(figures.alone, Unknown)
    assert figures.permutation == {}
    assert verdicts(found, "leak", figures)["leak:alone"] == "insufficient_data"
