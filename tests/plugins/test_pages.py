"""The pages that serve evidence and cards: only to who is logged in, and never a file that no digest names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow.api_fastapi.core_api.security import get_user
from fastapi.testclient import TestClient

from perennial.evidence.store import Evidence
from perennial.settings import Settings
from perennial_airflow import pages


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("PERENNIAL_VAR", str(tmp_path))
    pages.app.dependency_overrides[get_user] = object
    yield TestClient(pages.app)
    pages.app.dependency_overrides.clear()


def test_a_kept_file_is_served_by_its_digest_and_may_not_act_as_the_reader(client: TestClient) -> None:
    digest = Evidence(Settings.load().evidence).put("<p>card</p>", ".html")
    found = client.get(f"/evidence/{digest}")
    assert (found.status_code, found.text) == (200, "<p>card</p>")
    assert found.headers["content-security-policy"] == "sandbox allow-scripts"
    assert client.get(f"/evidence/{'0' * 64}").status_code == 404
    assert client.get("/evidence/passwd").status_code == 404


@pytest.mark.parametrize("path", ["/card/no_such_model/v1", "/card/..%2f..%2fetc/v1", "/card/Flight/v1"])
def test_a_card_of_no_model_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_nobody_is_served_without_a_user(client: TestClient) -> None:
    pages.app.dependency_overrides.clear()
    for path in (f"/evidence/{'0' * 64}", "/card/flight_delay/v1"):
        assert client.get(path).status_code in {401, 403}
