"""Every error a user of Perennial can meet.

PerennialError            what is wrong, where, what was expected, what was found, what to do next
├── SpecError             a model.yaml or a policy that cannot be honoured
├── KeyInvalid            a run key that names no window, version or request
├── ContractBroken        a partition that breaks too much of its data contract
├── HistoryIncomplete     an input that has not arrived yet; running again later finishes the work
├── LedgerError           the ledger refused a write or a link of its chain does not hold
│   └── Conflict          the state a decision was made against is no longer the current one
├── ArtifactUntrusted     a model file that is not the one that was registered, or holds types we do not allow
├── GateRefused           a step that its guards do not allow (no verdict, not approved, still champion, retired)
├── Held                  a step that somebody stopped until a person lifts the hold
└── SetupError            a part of the installation that is missing or does not answer
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class PerennialError(Exception):
    """Says where, what was expected, what was found, the nearest legal value and the next command."""

    def __init__(
        self,
        where: str,
        *,
        expected: str,
        found: str,
        nearest: str | None = None,
        next_command: str | None = None,
    ) -> None:
        self.where, self.expected, self.found = where, expected, found
        self.nearest, self.next_command = nearest, next_command
        super().__init__(str(self))

    def __str__(self) -> str:
        """Render one aligned line a fact; facts that are unknown are left out."""
        rows = {
            "expected": self.expected,
            "found": self.found,
            "nearest": self.nearest,
            "next": self.next_command,
        }
        return "\n".join([self.where] + [f"  {name + ':':<10}{text}" for name, text in rows.items() if text])

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the facts when the error crosses a process (Airflow and process pools pickle it)."""
        facts = {
            "expected": self.expected,
            "found": self.found,
            "nearest": self.nearest,
            "next_command": self.next_command,
        }
        return (_rebuild, (type(self), self.where, facts))


def _rebuild(kind: type[PerennialError], where: str, facts: dict[str, str]) -> PerennialError:
    return kind(where, **facts)


class SpecError(PerennialError):
    """A model.yaml or a policy that cannot be honoured; `others` are further mistakes of the same file."""

    others: tuple[SpecError, ...] = ()

    def __str__(self) -> str:
        """Render this mistake and the others."""
        return "\n".join([super().__str__(), *(str(other) for other in self.others)])


class KeyInvalid(PerennialError):
    """A run key that names no window, version or request."""


class ContractBroken(PerennialError):
    """A partition that breaks too much of its data contract."""


class HistoryIncomplete(PerennialError):
    """An input that has not arrived yet; running again later finishes the work."""


class LedgerError(PerennialError):
    """The ledger refused a write, or a link of its chain does not hold."""


class Conflict(LedgerError):
    """The state a decision was made against is no longer the current one."""


class ArtifactUntrusted(PerennialError):
    """A model file that is not the registered one, or that holds types we do not allow."""


class GateRefused(PerennialError):
    """A step that its guards do not allow."""


class Held(PerennialError):
    """A step that somebody stopped until a person lifts the hold; nothing is wrong with the step itself."""


class SetupError(PerennialError):
    """A part of the installation that is missing or does not answer."""


def nearest(value: object, legal: Iterable[str]) -> str | None:
    """Return the legal value that looks most like `value`, whatever its case, or None when none does."""
    plain = {one.lower(): one for one in legal}
    hits = difflib.get_close_matches(str(value).lower(), list(plain), n=1, cutoff=0.5)
    return plain[hits[0]] if hits else None
