"""Versions of a model, registered exactly once a claim, and the aliases that point at them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perennial.errors import GateRefused
from perennial.registry.artifacts import SHA256, Kept
from perennial.registry.connect import connect
from perennial.registry.lock import alone
from perennial.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient

CLAIM, MODEL_ID, STATE = "perennial.claim", "perennial.model_id", "perennial.state"
SHOWN_AT = "mlflow.modelVersions"  # MLflow's own: the page of a logged model links its versions from it


@dataclass(frozen=True)
class Version:
    """A registered version; `number` is MLflow's and ours."""

    number: int
    claim: str
    run_id: str
    model_id: str
    tags: Mapping[str, str]


class Versions:
    """The versions of one model."""

    def __init__(self, settings: Settings, model: str) -> None:
        self._settings, self._model = settings, model
        self._client: MlflowClient = connect(settings)

    def register(self, claim: str, run_id: str, kept: Kept, tags: Mapping[str, str]) -> Version:
        """Return the version of a claim; the first call makes it, with its tags, in one transaction of MLflow."""
        with alone(self._settings, self._model):
            version = self.of_claim(claim) or self._create(claim, run_id, kept, tags)
            shown = json.dumps([{"name": self._model, "version": version.number}])
            self._client.set_logged_model_tags(version.model_id, {SHOWN_AT: shown})
        return version

    def of_claim(self, claim: str) -> Version | None:
        """Return the version that was registered for a claim, or None."""
        hits = self._search(f"name = '{self._model}' and tags.`{CLAIM}` = '{claim}'")
        return hits[0] if hits else None

    def all(self) -> list[Version]:
        """Return every version MLflow has, oldest first."""
        return self._search(f"name = '{self._model}'")

    def get(self, number: int) -> Version:
        """Return one version; raises GateRefused when MLflow has none of this number."""
        known = {version.number: version for version in self.all()}
        if number not in known:
            raise GateRefused(
                f"{self._model}: version v{number} in MLflow",
                expected=", ".join(f"v{one}" for one in known) or "a registered version, there is none yet",
                found="no such version",
                next_command="perennial reconcile",
            )
        return known[number]

    def aliases(self) -> dict[str, int]:
        """Return the version of each alias, as MLflow has it now."""
        hits = self._client.search_registered_models(f"name = '{self._model}'")
        return {alias: int(number) for alias, number in hits[0].aliases.items()} if hits else {}

    def set_alias(self, alias: str, number: int) -> None:
        """Point an alias at a version; MLflow neither compares nor remembers, the ledger does."""
        self._client.set_registered_model_alias(self._model, alias, str(number))

    def remove_alias(self, alias: str) -> None:
        """Remove an alias; one that is not there is no error."""
        if alias in self.aliases():
            self._client.delete_registered_model_alias(self._model, alias)

    def archive(self, number: int, tags: Mapping[str, str]) -> None:
        """Mark a version as archived and take its aliases away; number, tags and run stay as its tombstone."""
        for alias, pointed in self.aliases().items():
            if pointed == number:
                self.remove_alias(alias)
        for name, value in {**tags, STATE: "archived"}.items():
            self._client.set_model_version_tag(self._model, str(number), name, value)

    def _create(self, claim: str, run_id: str, kept: Kept, tags: Mapping[str, str]) -> Version:
        if not self._client.search_registered_models(f"name = '{self._model}'"):
            self._client.create_registered_model(self._model)
        made = self._client.create_model_version(
            self._model,
            # A file's address, not models:/<id>: MLflow resolves that one through a store of its own choice.
            source=(self._settings.artifacts / kept.path).absolute().parent.as_uri(),
            run_id=run_id,
            tags={**tags, CLAIM: claim, SHA256: kept.sha256, MODEL_ID: kept.model_id},
            model_id=kept.model_id,
            await_creation_for=0,
        )
        return _version(made)

    def _search(self, query: str) -> list[Version]:
        """Return the versions that match, oldest first."""
        found: list[Any] = []
        token = None
        while True:
            page = self._client.search_model_versions(query, page_token=token)
            found, token = [*found, *page], page.token
            if not token:
                return sorted(map(_version, found), key=lambda version: version.number)


def _version(found: Any) -> Version:
    tags = dict(found.tags)
    return Version(int(found.version), tags.get(CLAIM, ""), found.run_id, tags.get(MODEL_ID, ""), tags)
