"""Whether the model's file is what was registered, holds nothing strange, and needs nothing known to be unsafe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from perennial.validation.estimate import Unknown
from perennial.validation.gates.registry import GateResult, Rule, gate, judge_number

SAFE = "skops"


@dataclass(frozen=True)
class Artifact:
    """What the file holds, who signed it, what it needs."""

    format: str
    registered: str
    """SHA-256 that the ledger has"""
    sha256: str
    """of the file as it is"""
    size: int
    types: tuple[str, ...]
    forbidden: tuple[str, ...]
    signed: str
    """the statement that the signature covers"""
    signature: str
    """Ed25519 in hex, by the installation's key"""
    verified: bool
    """with its public key"""
    libraries: Mapping[str, str]
    changed: Mapping[str, str]
    """libraries with another version than at the fit: then -> now"""
    bill_of_materials: str
    """digest of the CycloneDX JSON in the evidence store"""
    vulnerabilities: Mapping[str, tuple[str, ...]] | Unknown
    """by library, those that have any"""


@gate("artifact", "artifact")
def artifact(figures: Artifact, rule: Rule) -> GateResult:
    """Count what is wrong with the file: format, types, digest, signature, a list of libraries that is empty."""
    wrong = [
        *([f"format: {figures.format}"] if figures.format != SAFE else []),
        *(f"holds {name}" for name in figures.forbidden),
        *([f"sha256 {figures.sha256[:12]}, registered {figures.registered[:12]}"] if _other(figures) else []),
        *([] if figures.verified else ["the signature does not hold"]),
        *([] if figures.libraries else ["no library is listed"]),
    ]
    good = f"{len(figures.types)} types, all allowed; registered and signed; {len(figures.libraries)} libraries listed"
    return judge_number("artifact", float(len(wrong)), rule, "; ".join(wrong) or good)


@gate("vulnerabilities", "artifact")
def vulnerabilities(figures: Artifact, rule: Rule) -> GateResult:
    """Count the known vulnerabilities of the libraries that the model needs."""
    found = figures.vulnerabilities
    if isinstance(found, Unknown):
        return judge_number("vulnerabilities", found, rule, "")
    count = sum(map(len, found.values()))
    named = ", ".join(f"{library} {' '.join(ids)}" for library, ids in found.items())
    return judge_number("vulnerabilities", float(count), rule, named or f"none of {len(figures.libraries)} libraries")


def _other(figures: Artifact) -> bool:
    return figures.sha256 != figures.registered
