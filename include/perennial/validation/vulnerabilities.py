"""Known vulnerabilities of libraries, asked of a database by pip-audit; nobody is called unless a service is named.

`PERENNIAL_VULNERABILITY_SERVICE` is `pypi`, `osv`, or the address of a mirror that speaks OSV's query API.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from perennial.validation.estimate import Unknown

SERVICES = ("pypi", "osv")
PATIENCE = 5
"""Seconds that one answer may take."""
TIMEOUT = 60.0
"""Seconds that the whole check may take."""
LAST_WORDS = 200


def known_vulnerabilities(
    libraries: Mapping[str, str], service: str, folder: Path, *, timeout: float = TIMEOUT
) -> dict[str, tuple[str, ...]] | Unknown:
    """Return the names of the known vulnerabilities of each library that has any, or why nobody could tell."""
    if not service:
        return Unknown("no database is asked; PERENNIAL_VULNERABILITY_SERVICE=pypi, osv or a mirror's address asks one")
    pinned = folder / "libraries.txt"
    pinned.write_text("".join(f"{name}=={version}\n" for name, version in libraries.items()), encoding="utf-8")
    try:
        done = subprocess.run(
            [*_command(service), "--requirement", str(pinned), "--cache-dir", str(folder / "pip-audit")],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Unknown(f"{service} did not answer within {timeout:g} s")
    return read(done.stdout, done.stderr, service)


def read(answer: str, errors: str, service: str) -> dict[str, tuple[str, ...]] | Unknown:
    """Read pip-audit's JSON; a library that it skipped is as good as no answer."""
    try:
        found = json.loads(answer)["dependencies"]
    except (ValueError, KeyError):
        return Unknown(f"{service} gave no answer: {errors.strip()[-LAST_WORDS:] or 'nothing was said'}")
    if skipped := [f"{one['name']} ({one['skip_reason']})" for one in found if "skip_reason" in one]:
        return Unknown(f"{service} does not know {', '.join(skipped)}")
    return {one["name"]: tuple(sorted(vuln["id"] for vuln in one["vulns"])) for one in found if one["vulns"]}


def _command(service: str) -> list[str]:
    base = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--format", "json"]
    base += ["--progress-spinner", "off", "--desc", "off", "--timeout", str(PATIENCE)]
    if service in SERVICES:
        return [*base, "--vulnerability-service", service]
    return [*base, "--vulnerability-service", "osv", "--osv-url", service]
