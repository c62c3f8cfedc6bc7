"""A digest names exactly one content."""

from __future__ import annotations

from pathlib import Path

import pytest

from perennial.errors import LedgerError
from perennial.evidence.store import Evidence


def test_a_content_comes_back_by_its_digest(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path)
    digest = evidence.put_json({"b": 1, "a": [0.1, None]})
    assert evidence.read_json(digest) == {"a": [0.1, None], "b": 1}
    assert evidence.put_json({"a": [0.1, None], "b": 1}) == digest
    assert evidence.intact(digest)


def test_a_changed_file_is_not_intact_and_a_lost_one_is_named(tmp_path: Path) -> None:
    evidence = Evidence(tmp_path)
    digest = evidence.put("a page", ".html")
    evidence.path(digest).write_text("another page")
    assert not evidence.intact(digest)
    evidence.path(digest).unlink()
    assert not evidence.intact(digest)
    with pytest.raises(LedgerError, match=digest[:12]):
        evidence.path(digest)


def test_not_a_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        Evidence(tmp_path).put_json({"a": float("nan")})
