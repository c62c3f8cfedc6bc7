"""A kept spec is the spec again, with every key that the models of the project use."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from perennial.errors import SpecError
from perennial.hashing import canonical
from perennial.settings import PROJECT
from perennial.spec import Spec, load_spec
from perennial.spec.kept import digest_now, revive, text_of
from perennial.spec.model import WHOM_TO_TELL
from perennial.spec.notices import Notices

MODELS = sorted((PROJECT / "include" / "models").glob("*/model.yaml"))
WHAT_IT_IS = (
    "name owner risk_tier decision source contract entity features depends_on label cost resampling_unit slices "
    "protected train behaviour robustness gates monitor retrain compute"
)
TOLD = {"notices": {"to": ["new@example.org"], "quiet": "22:00-07:00"}}
"""Every key that says whom to tell, with another value than its default."""


@pytest.mark.parametrize("path", MODELS, ids=[path.parent.name for path in MODELS])
def test_it_comes_back_with_its_digest(path: Path, tmp_path: Path) -> None:
    spec = load_spec(path)
    kept = text_of(spec)
    assert hashlib.sha256(kept.encode()).hexdigest() == spec.digest
    again = revive(kept, tmp_path)
    assert (again.digest, again.transform_digest, again.sql) == (spec.digest, spec.transform_digest, spec.sql)
    assert again.contract == spec.contract


def test_a_key_that_is_honoured_no_more_is_named(tmp_path: Path) -> None:
    kept = json.loads(text_of(load_spec(MODELS[0])))
    kept["spec"]["horoscope"] = "leo"
    with pytest.raises(SpecError, match="horoscope"):
        revive(json.dumps(kept), tmp_path)


# What counts


def test_every_key_is_on_one_side() -> None:
    """A new key has to be put on one: here where a change of it asks for another verdict, else into WHOM_TO_TELL."""
    assert set(WHAT_IT_IS.split()) | WHOM_TO_TELL == set(Spec.model_fields)
    assert set(WHAT_IT_IS.split()).isdisjoint(WHOM_TO_TELL)
    assert set(load_spec(MODELS[0]).content["spec"]) == set(WHAT_IT_IS.split())


@pytest.mark.parametrize("key", sorted(WHOM_TO_TELL))
def test_whom_to_tell_changes_no_digest_and_is_not_kept(key: str) -> None:
    spec = load_spec(MODELS[0])
    other = Spec.model_validate_json(json.dumps({**spec.content["spec"], key: TOLD[key]})).placed(spec.folder)
    assert getattr(other, key) != getattr(spec, key)
    assert (other.digest, text_of(other)) == (spec.digest, text_of(spec))


def test_another_owner_is_another_spec() -> None:
    spec = load_spec(MODELS[0])
    assert spec.model_copy(update={"owner": "somebody"}).placed(spec.folder).digest != spec.digest


# Kept by an older version of the code


def older(spec: Spec, **without: None) -> str:
    """Return what the code kept while `notices` still counted, and before the keys of `without` were there."""
    said = {**spec.content["spec"], "notices": Notices(to=("old@example.org",)).model_dump(mode="json")}
    return canonical({"spec": {key: said[key] for key in said if key not in without}, "sql": spec.sql})


@pytest.mark.parametrize("without", [{}, {"compute": None}], ids=["whom to tell", "and a key less"])
def test_a_digest_of_an_older_version_is_read_as_the_same_spec(without: dict[str, None]) -> None:
    spec = load_spec(PROJECT / "include" / "models" / "flight_delay" / "model.yaml")
    text = older(spec, **without)
    assert hashlib.sha256(text.encode()).hexdigest() != spec.digest
    assert digest_now(text) == spec.digest


def test_what_was_another_spec_then_is_another_today() -> None:
    spec = load_spec(MODELS[0])
    kept = json.loads(older(spec))
    assert digest_now(canonical({**kept, "sql": "SELECT 1"})) not in {None, spec.digest}
    kept["spec"]["owner"] = "somebody"
    assert digest_now(canonical(kept)) not in {None, spec.digest}


def test_a_key_that_is_honoured_no_more_makes_it_another() -> None:
    kept = json.loads(older(load_spec(MODELS[0])))
    kept["spec"]["horoscope"] = "leo"
    assert digest_now(canonical(kept)) is None
