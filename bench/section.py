"""What a section of docs/benchmarks.md is made of."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Result = Mapping[str, Any]


class Row(NamedTuple):
    """One line of the overview; `met` is None where nothing was measured."""

    what: str
    figure: str
    target: str
    met: bool | None


class Section(NamedTuple):
    rows: Sequence[Row]
    text: str


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def wrapped(text: str) -> str:
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)
