"""Model files in MLflow's artifacts, each as a logged model of the run that made it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlparse
from urllib.request import url2pathname

from perennial.errors import ArtifactUntrusted
from perennial.hashing import sha256_of
from perennial.registry.connect import connect
from perennial.registry.lock import alone
from perennial.registry.model_files import MODEL, ModelFiles, write_description
from perennial.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

SHA256 = "perennial.sha256"


@dataclass(frozen=True)
class Kept:
    """A model file in MLflow's artifacts."""

    model_id: str
    path: str
    """Of the model file, relative to the folder of the artifacts."""
    sha256: str


class Artifacts:
    """The logged models of one model's runs."""

    def __init__(self, settings: Settings, model: str) -> None:
        self._settings, self._model = settings, model
        self._client: MlflowClient = connect(settings)

    def keep(self, run_id: str, name: str, files: ModelFiles) -> Kept:
        """Copy a model's files to the artifacts; the same file twice is one logged model.

        Raises ArtifactUntrusted when the file is not the one of `files.sha256`.
        """
        with alone(self._settings, self._model):
            logged = self._find(run_id, name, files) or self._create(run_id, name, files)
            target = _folder(logged) / MODEL
            if not target.exists() or sha256_of(target) != files.sha256:
                self._copy(logged, run_id, name, files)
            if (found := sha256_of(target)) != files.sha256:
                raise ArtifactUntrusted(str(target), expected=f"sha256 {files.sha256}", found=f"sha256 {found}")
            self._client.finalize_logged_model(logged.model_id, "READY")
            self._link(run_id, logged.model_id)
        return Kept(logged.model_id, self._relative(target), files.sha256)

    def remove(self, run_id: str) -> list[str]:
        """Delete the files of every model that a run left; returns their folders, relative to the artifacts."""
        folders = [_folder(logged) for logged in self._of(run_id)]
        removed = [folder for folder in folders if folder.exists()]
        for folder in removed:
            shutil.rmtree(folder)
        return sorted(self._relative(folder) for folder in removed)

    def _of(self, run_id: str) -> list[LoggedModel]:
        experiment = self._client.get_run(run_id).info.experiment_id
        return list(self._client.search_logged_models([experiment], f"source_run_id = '{run_id}'"))

    def _find(self, run_id: str, name: str, files: ModelFiles) -> LoggedModel | None:
        """Return the logged model of this name and content, be it half copied."""
        hits = (one for one in self._of(run_id) if one.name == name and one.tags.get(SHA256) == files.sha256)
        return next(hits, None)

    def _create(self, run_id: str, name: str, files: ModelFiles) -> LoggedModel:
        return self._client.create_logged_model(
            self._client.get_run(run_id).info.experiment_id,
            name=name,
            source_run_id=run_id,
            tags={SHA256: files.sha256},
            params=dict(files.parameters),
            model_type=files.estimator,
        )

    def _copy(self, logged: LoggedModel, run_id: str, name: str, files: ModelFiles) -> None:
        with TemporaryDirectory() as made:
            write_description(Path(made), files, name=name, model_id=logged.model_id, run_id=run_id)
            self._client.log_model_artifacts(logged.model_id, made)
        for path in files.files:
            self._client.log_model_artifact(logged.model_id, str(path))

    def _link(self, run_id: str, model_id: str) -> None:
        """Show the model among the outputs of its run; MLflow refuses to be told twice."""
        from mlflow.entities import LoggedModelOutput

        outputs = self._client.get_run(run_id).outputs
        if model_id not in {output.model_id for output in (outputs.model_outputs if outputs else [])}:
            self._client.log_outputs(run_id, [LoggedModelOutput(model_id, step=0)])

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._settings.artifacts.absolute()).as_posix()


def _folder(logged: LoggedModel) -> Path:
    return Path(url2pathname(urlparse(logged.artifact_location).path))
