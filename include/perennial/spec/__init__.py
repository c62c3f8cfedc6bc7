"""The spec of a model: what `include/models/<model>/model.yaml` may say, and how it is read."""

from perennial.spec.load import load_all, load_spec, model_folders
from perennial.spec.model import Spec

__all__ = ["Spec", "load_all", "load_spec", "model_folders"]
