"""What is written beside a model: its columns, its making, and the digest of its predictions on a fixed batch."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from perennial.estimators.catalogue import name_of
from perennial.estimators.columns import Column, Columns, Data, to_frame
from perennial.estimators.inner import STEP, inner, method_of
from perennial.estimators.probe import digest_of, probe_table
from perennial.spec.decisions import Recalibration

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

LIBRARIES = ("scikit-learn", "numpy", "scipy", "pandas", "pyarrow", "skops")


@dataclass(frozen=True)
class Manifest:
    """The facts of a model; `probe` is the digest that `verify` compares."""

    estimator: str
    params: Mapping[str, Any]
    columns: tuple[Column, ...]
    probe: str
    rows: int
    recalibrate: Recalibration = "none"
    python: str = field(default_factory=platform.python_version)
    libraries: Mapping[str, str] = field(default_factory=lambda: {name: version(name) for name in LIBRARIES})

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read a manifest.json back."""
        found = json.loads(path.read_text(encoding="utf-8"))
        columns = tuple(Column(**{**one, "categories": tuple(one["categories"])}) for one in found.pop("columns"))
        return cls(columns=columns, **found)


def describe(model: Pipeline, data: Data) -> Manifest:
    """Return the manifest of a fitted pipeline; `data` is what it was fitted on."""
    frame = to_frame(data, Columns.of(model))
    columns = tuple(_columns(model, frame))
    estimator = inner(model)
    return Manifest(
        estimator=str(name_of(estimator)),
        params=estimator.get_params(),
        columns=columns,
        probe=digest_of(model, probe_table(columns)),
        rows=len(frame),
        recalibrate=method_of(model.named_steps[STEP]),
    )


def verify(model: Pipeline, manifest: Manifest) -> bool:
    """Tell whether the model still predicts what its manifest says, on the manifest's own probe batch."""
    return digest_of(model, probe_table(manifest.columns)) == manifest.probe


def _columns(model: Pipeline, frame: pd.DataFrame) -> list[Column]:
    columns = Columns.of(model)
    made = [Column(name, "numeric", *_range(frame[name].to_numpy())) for name in columns.numeric]
    if columns.categorical:
        seen = model.named_steps["columns"].named_transformers_["categorical"].categories_
        pairs = zip(columns.categorical, seen, strict=True)
        made += [Column(name, "categorical", categories=tuple(map(_text, values))) for name, values in pairs]
    return made


def _text(category: Any) -> str | None:
    return category if isinstance(category, str) else None


def _range(values: Any) -> tuple[float, float] | tuple[None, None]:
    """Return the least and the greatest finite value, or nothing."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (None, None)
