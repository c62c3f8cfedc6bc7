"""A features.sql: whose it is, where it stands, its text, and how a mistake in it is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from perennial.context import Context
from perennial.datasets.definition import Definition
from perennial.errors import SpecError
from perennial.spec import Spec


@dataclass(frozen=True)
class Script:
    """The SQL of a transform: the model's own file, or for an earlier transform the copy kept as evidence."""

    model: str
    path: Path
    sql: str

    @classmethod
    def of(cls, spec: Spec) -> Script:
        """Return the script that the spec names."""
        return cls(spec.name, spec.folder / spec.features.sql, spec.sql)

    @classmethod
    def kept(cls, ctx: Context, made: Definition) -> Script:
        """Return the script that a transform was defined with."""
        path = ctx.evidence.path(made.sql)
        own = ctx.spec.folder / ctx.spec.features.sql
        current = made.transform == ctx.spec.transform_digest
        return cls(ctx.model, own if current else path, path.read_text(encoding="utf-8"))

    def error(
        self, where: str, *, expected: str, found: str, nearest: str | None = None, line: int | None = None
    ) -> SpecError:
        """Return the error for a place of the script: a relation or column, or a line."""
        place = f"{self.path}:{line}" if line else f"{self.path}: {where}"
        command = f"perennial validate {self.model}"
        return SpecError(place, expected=expected, found=found, nearest=nearest, next_command=command)
