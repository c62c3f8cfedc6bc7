"""Models that are nothing but a source and a contract, and small CSV files for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from perennial.context import Context, open_context
from perennial.settings import Settings
from perennial.spec import Spec, load_spec

REST: dict[str, Any] = {
    "owner": "tests",
    "risk_tier": "minimal",
    "decision": "none",
    "entity": "id",
    "features": {"lookback": "1d"},
    "label": {"column": "late", "matures_after": "1d"},
    "train": {"window": "10d", "holdout": "2d", "estimator": "sklearn.linear_model.LogisticRegression"},
    "monitor": {
        "every": "7d",
        "window": "14d",
        "performance": {"max_loss": 0.02, "max_calibration_error": 0.03},
    },
    "retrain": {"cooldown": "1d", "budget": "1 per 7d"},
}

MakeSpec = Callable[..., Spec]
MakeContext = Callable[..., Context]


@pytest.fixture
def make_spec(tmp_path: Path) -> MakeSpec:
    """Write and read a spec: its tables, its contract, and what else of `source` differs."""

    def make(
        tables: Mapping[str, Any],
        contract: Mapping[str, Any] | None = None,
        *,
        models: Path | None = None,
        **source: Any,
    ) -> Spec:
        folder = (models or tmp_path / "models") / "tiny"
        folder.mkdir(parents=True, exist_ok=True)
        whole = {"kind": "files", "first": "2024-01-01", "last": "2024-03-31", "tables": tables, **source}
        document = {"name": "tiny", **REST, "source": whole, "contract": contract or {}}
        (folder / "model.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        (folder / "features.sql").write_text("SELECT 1;", encoding="utf-8")
        return load_spec(folder / "model.yaml")

    return make


@pytest.fixture
def make_context(settings: Settings, make_spec: MakeSpec) -> MakeContext:
    """Give a context of a model like `make_spec` writes it, with a ledger of its own."""

    def make(tables: Mapping[str, Any], contract: Mapping[str, Any] | None = None, **source: Any) -> Context:
        make_spec(tables, contract, models=settings.models, **source)
        return open_context("tiny", settings=settings, actor="ann", run="test")

    return make


@pytest.fixture
def write_csv() -> Callable[[Path, str, Iterable[Iterable[object]]], Path]:
    """Write a CSV file: its header line and its rows."""

    def write(path: Path, header: str, rows: Iterable[Iterable[object]]) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [header, *(",".join(map(str, row)) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
