"""What MLflow needs beside a model file to show it and, with its own scikit-learn flavour, to load it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MODEL = "model.skops"


@dataclass(frozen=True)
class ModelFiles:
    """A folder with a model.skops, and the facts that MLflow shows of it."""

    folder: Path
    sha256: str
    estimator: str
    parameters: Mapping[str, str]
    columns: Mapping[str, str]
    """Column: MLflow's type, `double` or `string`."""
    libraries: Mapping[str, str]
    """Distribution: version that the model was fitted with."""
    trusted: Sequence[str]
    """Types that MLflow's own loader may construct; ours has its own list and never reads this one."""

    @property
    def files(self) -> list[Path]:
        """The finished files; what a crash left half written begins with a dot."""
        return sorted(path for path in self.folder.iterdir() if path.is_file() and not path.name.startswith("."))


def write_description(target: Path, files: ModelFiles, *, name: str, model_id: str, run_id: str) -> None:
    """Write MLmodel and requirements.txt into a folder: by hand, so that the model file stays byte for byte ours."""
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema

    inputs = Schema([ColSpec(kind, column, required=False) for column, kind in files.columns.items()])
    model = Model(
        artifact_path=name,
        run_id=run_id,
        model_id=model_id,
        signature=ModelSignature(inputs=inputs),
        metadata={"sha256": files.sha256},
        model_size_bytes=(files.folder / MODEL).stat().st_size,
    )
    model.add_flavor(
        "sklearn",
        pickled_model=MODEL,
        sklearn_version=files.libraries["scikit-learn"],
        serialization_format="skops",
        skops_trusted_types=list(files.trusted),
        code=None,
    )
    model.save(str(target / "MLmodel"))
    pins = [f"{library}=={version}" for library, version in sorted(files.libraries.items())]
    (target / "requirements.txt").write_text("\n".join(pins) + "\n", encoding="utf-8")
