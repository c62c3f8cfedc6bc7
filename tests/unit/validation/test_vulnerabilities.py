"""Known vulnerabilities: the real pip-audit asks a small server here that answers as OSV does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from perennial.settings import Settings
from perennial.validation.case import Case
from perennial.validation.estimate import Unknown
from perennial.validation.vulnerabilities import known_vulnerabilities, read
from unit.validation.asked import results
from unit.validation.real import case

BAD = "numpy"
asked: list[dict[str, Any]] = []


class Osv(BaseHTTPRequestHandler):
    """Answers the query API of OSV 1.x: one library has a vulnerability, the others none."""

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked.append(query)
        name = query["package"]["name"]
        package = {"name": name, "ecosystem": "PyPI"}
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}]
        found = {
            "id": "GHSA-2222-3333-4444",
            "aliases": ["CVE-2099-0001"],
            "summary": "made up",
            "affected": [{"package": package, "ranges": ranges}],
        }
        body = json.dumps({"vulns": [found]} if name == BAD and self.path == "/bad" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def osv() -> Iterator[str]:
    asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Osv)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def judged(settings: Settings, folder: Path, service: str) -> tuple[str, str, str]:
    found: Case = case(replace(settings, vulnerability_service=service), folder)
    (result,) = results(found, "vulnerabilities").values()
    return result.verdict, result.mode, result.why


def test_a_library_with_a_known_vulnerability_is_named(settings: Settings, tmp_path: Path, osv: str) -> None:
    assert judged(settings, tmp_path, f"{osv}/bad") == ("fail", "report", "numpy CVE-2099-0001")
    assert {query["package"]["name"] for query in asked} >= {"numpy", "scikit-learn", "joblib"}
    assert all(query["version"] for query in asked)


def test_libraries_without_any_pass(settings: Settings, tmp_path: Path, osv: str) -> None:
    verdict, _, why = judged(settings, tmp_path, f"{osv}/good")
    assert (verdict, why) == ("pass", f"none of {len(asked)} libraries")


def test_nobody_is_asked_unless_a_service_is_named(settings: Settings, tmp_path: Path, osv: str) -> None:
    verdict, mode, why = judged(settings, tmp_path, "")
    assert (verdict, mode) == ("insufficient_data", "report")
    assert "PERENNIAL_VULNERABILITY_SERVICE=" in why
    assert asked == []


def test_a_service_that_does_not_answer_decides_nothing(tmp_path: Path) -> None:
    found = known_vulnerabilities({"numpy": "2.0.0"}, "http://127.0.0.1:9/v1/query", tmp_path)
    assert isinstance(found, Unknown)
    assert "gave no answer" in found.why


def test_patience_ends(tmp_path: Path) -> None:
    found = known_vulnerabilities({"numpy": "2.0.0"}, "http://127.0.0.1:9/v1/query", tmp_path, timeout=0.05)
    assert found == Unknown("http://127.0.0.1:9/v1/query did not answer within 0.05 s")


def test_a_library_that_was_skipped_is_no_clean_one() -> None:
    skipped = json.dumps({"dependencies": [{"name": "x", "skip_reason": "not on PyPI"}]})
    assert read(skipped, "", "pypi") == Unknown("pypi does not know x (not on PyPI)")
    assert read("", "", "pypi") == Unknown("pypi gave no answer: nothing was said")


def test_the_environment_names_the_service() -> None:
    assert Settings.load({"PERENNIAL_VULNERABILITY_SERVICE": "osv"}).vulnerability_service == "osv"
    assert not Settings.load({}).vulnerability_service
