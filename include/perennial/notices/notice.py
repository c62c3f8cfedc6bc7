"""What is told: of what kind, about what, how urgent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from perennial.spec.notices import Kind, Severity

Circle = Literal["team", "wide"]
"""Who gets mail: `to`, or `to` and `escalate_to`."""


@dataclass(frozen=True)
class Notice:
    """A word to people who do not look. Kind and key name its cause: as long as that stands it is told once."""

    kind: Kind
    subject: str
    """A short line without the model's name, which is put before it; it names the stage and the key."""
    text: str
    """What is wrong, since when, and the next command or the address of a page."""
    key: str
    severity: Severity = "warning"
    circle: Circle = "team"
