"""What the candidate's file is, who stands for it, and what it needs."""

from __future__ import annotations

from perennial.estimators.archive_content import content
from perennial.estimators.artifact import MANIFEST
from perennial.estimators.manifest import LIBRARIES, Manifest
from perennial.hashing import canonical
from perennial.keys import version_key
from perennial.ledger.signing import Heads
from perennial.validation.case import Case
from perennial.validation.dependencies import bill_of_materials, needed
from perennial.validation.gates.artifact import Artifact
from perennial.validation.vulnerabilities import known_vulnerabilities


def artifact(case: Case) -> Artifact:
    """Read the file, sign its digest, list the libraries, and ask for what is known of them."""
    found, version = content(case.path), version_key(case.candidate["version"])
    statement = canonical({"model": case.ctx.model, "version": version, "sha256": found.sha256})
    keys = Heads(case.ctx.settings.keys)
    signature = keys.sign(statement.encode())
    libraries = needed(LIBRARIES)
    bill = bill_of_materials(libraries, case.ctx.model, version, found.sha256)
    then = Manifest.read(case.path.with_name(MANIFEST)).libraries
    return Artifact(
        format=found.format,
        registered=str(case.candidate["artifact"]["sha256"]),
        sha256=found.sha256,
        size=found.size,
        types=found.types,
        forbidden=found.forbidden,
        signed=statement,
        signature=signature,
        verified=keys.verifies(statement.encode(), signature),
        libraries=libraries,
        changed={name: f"{old} -> {new}" for name, old in then.items() if (new := libraries.get(name)) != old},
        bill_of_materials=case.ctx.evidence.put(bill, ".cdx.json"),
        vulnerabilities=known_vulnerabilities(libraries, case.ctx.settings.vulnerability_service, case.folder),
    )
