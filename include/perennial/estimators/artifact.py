"""A model as a file: written once, and loaded only when it is the file that was registered and holds known types.

A crafted archive can carry tree nodes that point outside their arrays, which no check of types finds. So the trust
lies in the SHA-256 that the ledger keeps; the list of types is the second wall.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perennial.errors import ArtifactUntrusted
from perennial.estimators.archive_format import dump
from perennial.estimators.catalogue import name_of
from perennial.estimators.inner import STEP, unwrapped
from perennial.estimators.manifest import Manifest

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

MODEL, MANIFEST = "model.skops", "manifest.json"

ALLOWED = (
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)
"""Types a model may hold besides those skops always trusts (scikit-learn's estimators, arrays, numbers, text)."""


@dataclass(frozen=True)
class Artifact:
    """A model file and its SHA-256; the manifest lies beside it."""

    path: Path
    sha256: str
    size: int

    @property
    def manifest(self) -> Path:
        """The manifest's file."""
        return self.path.with_name(MANIFEST)

    def to_dict(self) -> dict[str, Any]:
        """Return what a ledger event keeps of it."""
        return {"sha256": self.sha256, "size": self.size}


def save(model: Pipeline, folder: Path, manifest: Manifest) -> Artifact:
    """Write model.skops and manifest.json into a folder of their own; the same fit again gives the same bytes."""
    content = dump(model)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / MANIFEST, json.dumps(manifest.to_dict(), indent=1, sort_keys=True, allow_nan=False).encode())
    _write(folder / MODEL, content)
    return Artifact(folder / MODEL, hashlib.sha256(content).hexdigest(), len(content))


def load(path: Path, sha256: str) -> Pipeline:
    """Load the model whose file has this SHA-256; raises ArtifactUntrusted for any other file, format or type."""
    content = path.read_bytes() if path.is_file() else b""
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        words = f"sha256 {found}" if content else "no file, or an empty one"
        raise _untrusted(path, f"the registered file, sha256 {sha256}", words)
    return _construct(path, content)


def _construct(path: Path, content: bytes) -> Pipeline:
    """Build the object from bytes whose digest was checked; nothing of it is imported before its type is allowed."""
    import skops.io
    from sklearn.pipeline import Pipeline
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        model = skops.io.loads(content, trusted=list(ALLOWED))
    except UntrustedTypesFoundException as error:
        raise _untrusted(path, f"known types and {', '.join(ALLOWED)}", str(error)) from None
    except Exception as error:  # noqa: BLE001 - whatever a damaged or foreign archive makes the reader raise
        raise _untrusted(path, "a skops archive (never pickle or joblib)", f"{type(error).__name__}: {error}") from None
    steps = model.named_steps if isinstance(model, Pipeline) else {}
    if list(steps) != ["columns", STEP] or _unknown(steps[STEP]):
        raise _untrusted(path, "a pipeline of `columns` and an `estimator` of the catalogue", type(model).__name__)
    return model


def _unknown(step: Any) -> bool:
    """Tell whether a step is neither of the catalogue nor the recalibration of one that is."""
    try:
        return name_of(unwrapped(step)) is None
    except (AttributeError, TypeError, ValueError):  # of an archive that was put together by hand
        return True


def _untrusted(path: Path, expected: str, found: str) -> ArtifactUntrusted:
    return ArtifactUntrusted(f"model file {path}", expected=expected, found=found, next_command="perennial reconcile")


def _write(path: Path, content: bytes) -> None:
    """Replace a file in one step."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)
