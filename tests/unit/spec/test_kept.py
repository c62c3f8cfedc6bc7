"""A kept spec is the spec again, with every key that the models of the project use."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from perennial.errors import SpecError
from perennial.settings import PROJECT
from perennial.spec import load_spec
from perennial.spec.kept import revive, text_of

MODELS = sorted((PROJECT / "include" / "models").glob("*/model.yaml"))


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
