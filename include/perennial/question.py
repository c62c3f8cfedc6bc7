"""What is put to people, whichever stage asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """What Airflow puts to people; nobody in `people` means that everybody may answer."""

    subject: str
    body: str
    people: Sequence[str]
