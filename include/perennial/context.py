"""What a stage works with: the spec, the ledger, the lake, the evidence store; opened in one place."""

from __future__ import annotations

import os
from dataclasses import dataclass

from perennial.errors import SpecError, nearest
from perennial.evidence.store import Evidence
from perennial.keys import version_key
from perennial.lake.partitions import Lake
from perennial.ledger.brakes import EVERY_MODEL
from perennial.ledger.chain import Chain
from perennial.ledger.signing import Heads
from perennial.ledger.store import Ledger
from perennial.settings import Settings
from perennial.spec import Spec, load_spec, model_folders
from perennial.spec.authorship import account
from perennial.spec.kept import digest_now


@dataclass(frozen=True)
class Context:
    """One model, ready to run a stage."""

    settings: Settings
    spec: Spec
    chain: Chain
    lake: Lake
    evidence: Evidence

    @property
    def model(self) -> str:
        """The model's name."""
        return self.spec.name

    def table(self, *parts: str) -> str:
        """Return the full lake name of one of the model's tables, of parts such as raw and flights."""
        return "/".join([self.model, *parts])

    def named(self, version: int) -> str:
        """Return the name that a version goes by outside the model's own ledger: flight_delay:v3."""
        return f"{self.model}:{version_key(version)}"

    def says_the_same(self, recorded: str) -> bool:
        """Tell whether a recorded digest is one of today's spec, also where an older version of the code took it."""
        if recorded == self.spec.digest:
            return True
        if not self.evidence.intact(recorded):
            return False
        return digest_now(self.evidence.path(recorded).read_text(encoding="utf-8")) == self.spec.digest


def open_context(
    model: str, *, settings: Settings | None = None, actor: str | None = None, run: str = "local"
) -> Context:
    """Open a model by name; raises SpecError when there is none or its spec cannot be honoured."""
    settings = settings or Settings.load()
    chain = open_chain(model, settings=settings, actor=actor, run=run)
    return Context(
        settings=settings,
        spec=load_spec(settings.models / model / "model.yaml"),
        chain=chain,
        lake=Lake(settings.lake),
        evidence=Evidence(settings.evidence),
    )


def open_chain(model: str, *, settings: Settings | None = None, actor: str | None = None, run: str = "local") -> Chain:
    """Open the chain of a model, also of one whose spec is broken, or that of all models; SpecError for none."""
    settings = settings or Settings.load()
    path = settings.models / model / "model.yaml"
    if model != EVERY_MODEL and not path.exists():
        known = [folder.name for folder in model_folders(settings)]
        raise SpecError(
            f"model {model!r}",
            expected=f"a folder under {settings.models}: {', '.join(known) or 'none yet'}",
            found=f"no {path}",
            nearest=nearest(model, known),
            next_command=f"make new-model NAME={model}",
        )
    return Chain(open_ledger(settings), model, actor or next(iter(account()), f"uid {os.getuid()}"), run)


def open_ledger(settings: Settings) -> Ledger:
    """Open the ledger in the insert-only role."""
    return Ledger(settings.url("ledger"), Heads(settings.keys))
