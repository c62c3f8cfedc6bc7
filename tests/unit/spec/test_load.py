"""Every mistake in a spec is told: file and line, expected, found, nearest legal value, next command."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from perennial.errors import SpecError
from perennial.policy import load_policy
from perennial.settings import PROJECT, Settings
from perennial.spec import load_all, load_spec
from perennial.spec.expectations import ROW_EXPECTATIONS
from perennial.spec.gates import GateName
from perennial.spec.schema import schema_text

FLIGHTS = PROJECT / "include" / "models" / "flight_delay"
TEXT = (FLIGHTS / "model.yaml").read_text(encoding="utf-8")


def written(folder: Path, text: str, name: str = "flight_delay") -> Path:
    home = folder / name
    home.mkdir(exist_ok=True)
    (home / "features.sql").write_text("SELECT 1", encoding="utf-8")
    path = home / "model.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def line_of(text: str, start: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(start))


# what to replace, by what, (place, expected, found, nearest) as they stand in the message
MISTAKES = [
    ("owner:", "ownr:", ("ownr", "one of the keys", "unknown key 'ownr'", "owner")),
    ("risk_tier: limited", "risk_tier: limitd", ("risk_tier", "minimal, limited, high", "'limitd'", "limited")),
    ("kind: package", "kind: pakage", ("source.kind", "package, files", "'pakage'", "package")),
    ("window: 365d", "window: 365", ("train.window", "such as 14d", "365", None)),
    ("holdout: 14d", "holdout: 365d", ("train", "`holdout` shorter than `window`", "365d", None)),
    (
        "monitor:",
        "monitor:\n  run_times: {scor: 30m}",
        ("monitor.run_times.scor.[key]", "ingest, features", "'scor'", "score"),
    ),
    ("monitor:", "monitor:\n  run_times: {score: 0m}", ("monitor.run_times.score", "such as 30m", "'0m'", None)),
    ("lookback: 32d", "lookback: 6h", ("features.lookback", "whole days", "'6h'", None)),
    ("budget: 3 per 60d", "budget: three", ("retrain.budget", "such as 4 per 30d", "'three'", None)),
    ("last: 2014-01-01", "last: 2012-01-01", ("source", "`last` on or after `first`", "2012-01-01", None)),
    ("first: 2013-01-01", "first: someday", ("source.first", "", "'someday'", None)),
    ("name: flight_delay", "name: flight_dely", ("name", "the name of its folder", "'flight_dely'", "flight_delay")),
    (
        "HistGradientBoostingClassifier",
        "HistGradientBoostingClasifier",
        ("train.estimator", "sklearn", "Clasifier", "sklearn.ensemble.HistGradientBoostingClassifier"),
    ),
    ("trials:", "trails:", ("train.search.trails", "one of the keys", "unknown key 'trails'", "trials")),
    ("slices: [carrier, origin]", "slices: [carier]", ("slices", "a column of features.request", "carier", "carrier")),
    (
        "slices:",
        "protected: {age: {criterion: error_rate, why: equal errors}}\nslices:",
        ("protected", "a column of features.request", "age", None),
    ),
    ("  planes:\n    max_quar", "  plane:\n    max_quar", ("contract", "a contract for a table", "plane", "planes")),
    ("shared: [weather]", "shared: [aircraft]", ("features.shared", "private or shared", "aircraft", None)),
    ("matures_after: 1d", "matures_after: 1w", ("label.matures_after", "a duration", "'1w'", None)),
]


@pytest.mark.parametrize(("old", "new", "told"), MISTAKES)
def test_a_mistake_is_told(tmp_path: Path, old: str, new: str, told: tuple[str, str, str, str | None]) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    path = written(tmp_path, text)
    with pytest.raises(SpecError) as caught:
        load_spec(path)
    place, expected, found, near = told
    message = str(caught.value)
    assert re.search(rf"^{re.escape(str(path))}:\d+: {re.escape(place)}$", message, re.MULTILINE)
    assert expected in message
    assert found in message
    assert f"next:     perennial validate {path.parent.name}" in message
    if near:
        assert f"nearest:  {near}" in message


def test_the_line_is_the_line_of_the_mistake(tmp_path: Path) -> None:
    text = TEXT.replace("cooldown: 14d", "cooldwn: 14d")
    path = written(tmp_path, text)
    with pytest.raises(SpecError, match=rf"model.yaml:{line_of(text, 'cooldwn')}: retrain.cooldwn"):
        load_spec(path)


def test_a_rule_on_several_keys_names_the_line_of_the_key_that_breaks_it(tmp_path: Path) -> None:
    text = TEXT.replace("slices: [carrier, origin]", "slices: [carier]")
    with pytest.raises(SpecError, match=rf"model.yaml:{line_of(text, 'slices')}: slices"):
        load_spec(written(tmp_path, text))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.replace("owner:", "ownr:").replace("kind: package", "kind: pakage"))
    with pytest.raises(SpecError) as caught:
        load_spec(path)
    for place in ("owner", "ownr", "source.kind"):
        assert f": {place}\n" in str(caught.value)


def test_what_is_not_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "name: x\nowner: [unclosed\n")
    with pytest.raises(SpecError, match=r"model.yaml:\d+"):
        load_spec(path)


def test_a_key_is_not_taken_twice(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT + "\nowner: somebody-else\n")
    with pytest.raises(SpecError, match="owner"):
        load_spec(path)


@pytest.mark.parametrize("text", ["", "[]", "just words", "3"])
def test_an_empty_or_foreign_document_names_what_is_missing(tmp_path: Path, text: str) -> None:
    with pytest.raises(SpecError, match="a value for name"):
        load_spec(written(tmp_path, text))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("expect_column_values_to_be_betwen: {column: x}", "nearest:  expect_column_values_to_be_between"),
        ("expect_column_values_to_be_between: {colum: x}", "nearest:  column"),
        ("expect_column_values_to_be_between: {min_value: 1}", "with column"),
        ("expect_column_values_to_be_between: {column: x, min_value: 3, max_value: 1}", "3 > 1"),
        ("just a sentence", "one expectation a line"),
    ],
)
def test_a_contract_line_is_checked_by_name_and_arguments(tmp_path: Path, line: str, told: str) -> None:
    document = yaml.safe_load(TEXT)
    document["contract"] = {"flights": {"expect": [yaml.safe_load(line)]}}
    with pytest.raises(SpecError) as caught:
        load_spec(written(tmp_path, yaml.safe_dump(document, sort_keys=False)))
    assert told in str(caught.value)


def test_a_broken_spec_takes_nobody_else_down(tmp_path: Path) -> None:
    written(tmp_path, TEXT)
    written(tmp_path, TEXT.replace("owner:", "ownr:").replace("name: flight_delay", "name: other"), "other")
    specs, broken = load_all(Settings(models=tmp_path))
    assert [spec.name for spec in specs] == ["flight_delay"]
    assert list(broken) == ["other"]


LEAVES = st.none() | st.integers() | st.text() | st.floats(allow_nan=False)
VALUES = st.recursive(
    LEAVES, lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=3), max_leaves=6
)


@given(st.sampled_from(["a", "owner", "train", "source", "label"]), VALUES)
def test_whatever_stands_in_a_spec_the_error_is_ours(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: object
) -> None:
    document = yaml.safe_load(TEXT) | {key: value}
    path = written(tmp_path_factory.mktemp("any"), yaml.safe_dump(document, allow_unicode=True))
    told = ""
    with suppress(SpecError):
        told = load_spec(path).name
    if not told:
        with pytest.raises(SpecError, match=re.escape(str(path))):
            load_spec(path)


def test_digests_change_with_what_they_cover(tmp_path: Path) -> None:
    before = load_spec(written(tmp_path, TEXT))
    owner = load_spec(written(tmp_path, TEXT.replace("airline-operations", "somebody-else")))
    assert owner.digest != before.digest
    assert owner.transform_digest == before.transform_digest
    path = written(tmp_path, TEXT)
    (path.parent / "features.sql").write_text("-- a remark\nSELECT   1", encoding="utf-8")
    assert load_spec(path).transform_digest == before.transform_digest
    (path.parent / "features.sql").write_text("SELECT 2", encoding="utf-8")
    assert load_spec(path).transform_digest != before.transform_digest


def test_the_schema_for_editors_is_current() -> None:
    kept = PROJECT / "include" / "schemas" / "model.schema.json"
    assert json.loads(kept.read_text(encoding="utf-8")) == json.loads(schema_text()), "run: make schema"


def test_the_table_of_expectations_is_the_librarys() -> None:
    import great_expectations.expectations as gxe

    for name, (required, optional) in ROW_EXPECTATIONS.items():
        kind = getattr(gxe, "".join(word.title() for word in name.split("_")))
        assert required | optional <= set(kind.__fields__), name


@pytest.mark.parametrize(
    ("gates", "told"),
    [
        ({"auc": 0.5}, "at least 0.65"),
        ({"calibration": 0.5}, "at most 0.1"),
    ],
)
def test_a_spec_may_not_loosen_its_policy(tmp_path: Path, gates: dict[str, float], told: str) -> None:
    document = yaml.safe_load(TEXT) | {"gates": gates}
    spec = load_spec(written(tmp_path, yaml.safe_dump(document)))
    with pytest.raises(SpecError, match=told):
        load_policy(PROJECT / "include" / "policies", spec)


def test_a_spec_may_tighten_its_policy(tmp_path: Path) -> None:
    document = yaml.safe_load(TEXT) | {"gates": {"auc": 0.7}}
    policies = PROJECT / "include" / "policies"
    tightened = load_policy(policies, load_spec(written(tmp_path, yaml.safe_dump(document))))
    plain = load_policy(policies, load_spec(written(tmp_path, TEXT)))
    assert (plain.gates["auc"].limit, tightened.gates["auc"].limit) == (0.65, 0.7)
    assert plain.digest != tightened.digest


@pytest.mark.parametrize("tier", ["minimal", "limited", "high"])
def test_every_tier_has_a_policy_with_every_gate(tmp_path: Path, tier: str) -> None:
    spec = load_spec(written(tmp_path, TEXT.replace("risk_tier: limited", f"risk_tier: {tier}")))
    policy = load_policy(PROJECT / "include" / "policies", spec)
    assert policy.tier == tier
    everywhere = set(get_args(GateName)) - {"reproduction"}
    assert set(policy.gates) - {"reproduction"} == everywhere, "every tier says something about every gate"
    assert ("reproduction" in policy.gates) == (tier == "high")
