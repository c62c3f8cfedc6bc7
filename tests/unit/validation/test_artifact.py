"""The model's file on disk: the real one passes; a pickle, a changed file, a foreign type, a foreign key do not."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import skops.io
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from perennial.estimators.archive_content import content
from perennial.ledger.signing import Heads
from perennial.settings import Settings
from perennial.validation.case import Case
from perennial.validation.measured import measure
from perennial.validation.measures.artifact import artifact
from unit.validation.asked import results
from unit.validation.real import case, fitted


@pytest.fixture
def people(settings: Settings, tmp_path: Path) -> Case:
    return case(settings, tmp_path)


def rewritten(found: Case, data: bytes) -> Case:
    """Put other bytes where the candidate's file was."""
    found.path.write_bytes(data)
    return found


def said(found: Case, figures: Any = None) -> tuple[str, float | None, str]:
    (result,) = results(found, "artifact", figures).values()
    return result.verdict, result.value, result.why


def test_the_registered_file_passes_and_its_content_is_listed(people: Case) -> None:
    figures = artifact(people)
    verdict, value, why = said(people, figures)
    assert (verdict, value) == ("pass", 0.0)
    assert "registered and signed" in why
    assert "sklearn.pipeline.Pipeline" in figures.types
    assert "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor" in figures.types
    assert (figures.format, figures.forbidden, figures.changed) == ("skops", (), {})
    assert figures.size == people.path.stat().st_size


def test_every_estimator_of_the_tests_holds_allowed_types(settings: Settings, tmp_path: Path) -> None:
    assert said(case(settings, tmp_path, candidate=fitted("people")[1]))[0] == "pass"


def test_a_pickle_is_no_archive_whatever_its_name(people: Case) -> None:
    verdict, value, why = said(rewritten(people, pickle.dumps(fitted("people")[0])))
    assert (verdict, value) == ("fail", 2.0)
    assert "format: pickle or joblib" in why
    assert "registered" in why


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "no file"), (b"PK\x03\x04 what", "no skops"), (b"hello", "no skops")]
)
def test_what_is_no_archive_is_said(people: Case, data: bytes, words: str) -> None:
    assert words in said(rewritten(people, data))[2]


def test_one_changed_byte_is_another_file(people: Case) -> None:
    data = people.path.read_bytes()
    verdict, value, why = said(rewritten(people, data + b"\0"))
    assert (verdict, value) == ("fail", 1.0)
    assert why.startswith("sha256 ")


def test_a_type_of_nobodys_list_is_named(people: Case) -> None:
    data = skops.io.dumps({"model": Path("/etc/passwd")})
    found = rewritten(people, data)
    assert said(found)[2].startswith("holds pathlib.")
    assert content(found.path).forbidden


def test_a_signature_of_another_key_does_not_hold(people: Case, tmp_path: Path) -> None:
    other = Heads(tmp_path / "other")
    other.create_key()
    keys = people.ctx.settings.keys
    (keys / "signing.key").write_bytes((tmp_path / "other" / "signing.key").read_bytes())
    assert said(people) == ("fail", 1.0, "the signature does not hold")


def test_the_signature_names_model_version_and_digest(people: Case) -> None:
    figures = artifact(people)
    assert json.loads(figures.signed) == {
        "model": "people",
        "version": "v2",
        "sha256": people.candidate["artifact"]["sha256"],
    }
    keys = Heads(people.ctx.settings.keys)
    assert keys.verifies(figures.signed.encode(), figures.signature)
    assert not keys.verifies(figures.signed.replace("v2", "v3").encode(), figures.signature)
    assert not keys.verifies(figures.signed.encode(), "no hex")


def test_the_list_of_libraries_is_kept_as_valid_cyclonedx(people: Case) -> None:
    figures = artifact(people)
    text = people.ctx.evidence.path(figures.bill_of_materials).read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document = json.loads(text)
    listed = {one["name"]: one["version"] for one in document["components"]}
    assert {"scikit-learn", "numpy", "joblib", "python"} <= set(listed)
    assert "apache-airflow" not in listed
    assert document["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": figures.sha256}]
    libraries = dict(figures.libraries)
    assert {name: listed[name] for name in libraries} == libraries


def test_without_libraries_the_list_says_nothing(people: Case) -> None:
    assert said(people, replace(artifact(people), libraries={}))[2] == "no library is listed"


def test_the_figures_can_be_kept(people: Case) -> None:
    measured = measure(people, "artifact")
    kept = people.ctx.evidence.read_json(measured.evidence or "")
    assert kept["signature"] == measured.figures.signature
    assert "PERENNIAL_VULNERABILITY_SERVICE" in kept["vulnerabilities"]["why"]
