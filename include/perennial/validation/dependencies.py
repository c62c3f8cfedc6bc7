"""The libraries that a model needs where it is used, as a CycloneDX list."""

from __future__ import annotations

import platform
import uuid
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def needed(roots: Iterable[str]) -> dict[str, str]:
    """Return these distributions and all that they require here, with the installed versions, by name."""
    found: dict[str, str] = {}
    left = [canonicalize_name(name) for name in roots]
    while left:
        name = left.pop()
        if name in found:
            continue
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue  # required on another platform, or by an extra that nobody installed
        found[name] = installed.version
        left += [canonicalize_name(one.name) for one in map(Requirement, installed.requires or ()) if _applies(one)]
    return dict(sorted(found.items()))


def bill_of_materials(libraries: Mapping[str, str], model: str, version: str, sha256: str) -> str:
    """Return CycloneDX 1.6 JSON of a model and its libraries; equal inputs give equal text but for the time."""
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion
    from packageurl import PackageURL

    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=sha256)]
    kind = ComponentType.MACHINE_LEARNING_MODEL
    mine = Component(name=model, version=version, type=kind, hashes=hashes, bom_ref=f"{model}:{version}")
    parts = [_part(Component, PackageURL, name, number) for name, number in libraries.items()]
    python = Component(name="python", version=platform.python_version(), type=ComponentType.PLATFORM, bom_ref="python")
    bom = Bom(components=[*parts, python], serial_number=uuid.uuid5(uuid.NAMESPACE_URL, sha256))
    bom.metadata.component = mine
    bom.register_dependency(mine, [*parts, python])
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)


def _part(component: Any, url: Any, name: str, version: str) -> Any:
    purl = url("pypi", None, name, version)
    return component(name=name, version=version, purl=purl, bom_ref=str(purl))


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})
