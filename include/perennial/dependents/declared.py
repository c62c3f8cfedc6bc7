"""What `perennial validate` and `perennial dependents` look at: the graph of all specs, and the names in it."""

from __future__ import annotations

from perennial.dependents.graph import Graph, Node, behind, cycle, graph
from perennial.errors import KeyInvalid, SpecError, nearest
from perennial.settings import Settings
from perennial.spec import Spec, load_all, model_folders


def graph_of(settings: Settings) -> Graph:
    """Return the graph of every spec that can be honoured."""
    return graph(load_all(settings)[0])


def check_dependencies(settings: Settings, spec: Spec) -> None:
    """Raise SpecError for an upstream model that there is not, and for models that stand on each other in a ring."""
    where = f"{spec.folder / 'model.yaml'}: depends_on.models"
    known = [folder.name for folder in model_folders(settings) if folder.name != spec.name]
    for name in spec.depends_on.models:
        if name not in known:
            expected = f"another model: {', '.join(known) or 'there is none'}"
            raise _error(spec, where, expected, name, nearest(name, known))
    ring = cycle(graph_of(settings))
    if ring and Node("model", spec.name) in ring:
        found = " reads ".join(node.name for node in ring)
        raise _error(spec, where, "models of which none reads itself, also not through others", found)


def dependents(settings: Settings, name: str) -> dict[Node, dict[Node, Node]]:
    """Return who stands behind the model, the view, or both of a name; raises KeyInvalid where there is neither."""
    known = graph_of(settings)
    views = {one for stood_on in known.values() for one in stood_on if one.kind == "view"}
    nodes = views | set(known)
    asked = sorted(node for node in nodes if node.name == name)
    if not asked:
        names = sorted({node.name for node in nodes})
        raise KeyInvalid(
            f"dependents of {name!r}",
            expected=f"a model, or a view that models share: {', '.join(names) or 'there is none yet'}",
            found="no such name",
            nearest=nearest(name, names),
            next_command="perennial validate",
        )
    return {node: behind(known, node) for node in asked}


def _error(spec: Spec, where: str, expected: str, found: str, near: str | None = None) -> SpecError:
    again = f"perennial validate {spec.name}"
    return SpecError(where, expected=expected, found=found, nearest=near, next_command=again)
