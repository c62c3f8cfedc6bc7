"""The closure and the rings of any graph of models and views, against plain definitions of both."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perennial.dependents.graph import Graph, Node, behind, cycle

MODELS = [Node("model", name) for name in "abcdef"]
NODES = [*MODELS, Node("view", "a"), Node("view", "w")]
GRAPHS = st.dictionaries(st.sampled_from(MODELS), st.frozensets(st.sampled_from(NODES), max_size=4))


def reaches(known: Graph, model: Node, start: Node) -> bool:
    """Tell whether a model stands on `start` over any number of steps."""
    seen: set[Node] = set()
    todo = list(known.get(model, ()))
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo.extend(known.get(one, ()))
    return start in seen


@given(GRAPHS, st.sampled_from(NODES))
def test_behind_is_everybody_who_reaches_it_but_itself(known: Graph, start: Node) -> None:
    found = behind(known, start)
    assert set(found) == {model for model in known if model != start and reaches(known, model, start)}
    for model, through in found.items():
        assert through in known[model]
        assert through == start or through in found
    order = list(found)
    assert all(through == start or order.index(through) < order.index(model) for model, through in found.items())


@given(GRAPHS)
def test_a_ring_is_found_where_a_model_reaches_itself_and_is_one(known: Graph) -> None:
    ring = cycle(known)
    assert (ring is not None) == any(reaches(known, model, model) for model in known)
    if ring:
        assert ring[0] == ring[-1]
        assert all(ring[place + 1] in known[one] for place, one in enumerate(ring[:-1]))


def test_a_view_and_a_model_of_one_name_are_two_things() -> None:
    view, model, reader = Node("view", "a"), Node("model", "a"), Node("model", "b")
    known = {reader: frozenset([view]), model: frozenset([view])}
    assert list(behind(known, view)) == [model, reader]
    assert behind(known, model) == {}
