"""MLflow: runs, versions, aliases, artifacts. With `estimators`, the only rooms that may import mlflow.

connect        a quiet client, and the one-time migration of its database
lock           one writer at a time: MLflow itself lets two runs or two versions be made of one thing
runs           the run tree of one training, found again by its key
model_files    what MLflow needs beside a model file to show and load it
artifacts      model files, each as a logged model of its run
versions       versions, registered once a claim, and aliases
"""

from perennial.registry.artifacts import Artifacts, Kept
from perennial.registry.connect import prepare
from perennial.registry.model_files import ModelFiles
from perennial.registry.runs import Runs, Snapshot
from perennial.registry.versions import Version, Versions

__all__ = ["Artifacts", "Kept", "ModelFiles", "Runs", "Snapshot", "Version", "Versions", "prepare"]
