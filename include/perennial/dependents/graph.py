"""Who stands behind what: models behind shared feature views and behind the models that they read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from perennial.spec import Spec


@dataclass(frozen=True, order=True)
class Node:
    """A model, or a view of feature_repo/; one of each may have the same name."""

    kind: Literal["model", "view"]
    name: str

    def __str__(self) -> str:
        """Write `view weather`."""
        return f"{self.kind} {self.name}"


Graph = Mapping[Node, frozenset[Node]]
"""What each node directly stands on."""


def graph(specs: Iterable[Spec]) -> Graph:
    """Return what each model stands on, as its spec says."""
    return {Node("model", spec.name): stands_on(spec) for spec in specs}


def stands_on(spec: Spec) -> frozenset[Node]:
    """Return the upstream models and shared views of one model."""
    upstream = [Node("model", name) for name in spec.depends_on.models]
    return frozenset([*upstream, *(Node("view", name) for name in spec.features.shared)])


def behind(known: Graph, start: Node) -> dict[Node, Node]:
    """Return every model that directly or through others stands on `start`, nearest first, each with what it reads."""
    found: dict[Node, Node] = {}
    frontier = [start]
    while frontier:
        step = {name: one for one in frontier for name in sorted(known) if one in known[name]}
        frontier = [name for name in step if name not in found and name != start]
        found |= {name: step[name] for name in frontier}
    return found


def cycle(known: Graph) -> list[Node] | None:
    """Return models that stand on each other in a ring, each on the next, the first repeated at the end; or None."""
    try:
        TopologicalSorter(known).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return None
