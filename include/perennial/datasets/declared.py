"""Are the columns that the spec's tests of behaviour and robustness name there, and of the right kind? Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from perennial.datasets.definition import Definition
from perennial.errors import SpecError, nearest
from perennial.spec import Spec

TEXT = "VARCHAR"


def check_declared(spec: Spec, made: Definition) -> None:
    """Raise SpecError for a column that no row has, or a number where there is none, with the nearest column."""
    kinds = {**made.request, **{name: kind for view in made.views.values() for name, kind in view.fields.items()}}
    given = {name: kind for name, kind in kinds.items() if name not in spec.protected}
    for where, column, value in _columns(spec):
        _known(spec, where, column, kinds)
        if kinds[column] != TEXT and isinstance(value, str):
            raise _error(spec, where, expected=f"a number: {column} is {kinds[column]}", found=repr(value))
    numbers = [name for name, kind in given.items() if kind != TEXT]
    for where, column in _numbers(spec):
        _known(spec, where, column, numbers, "a number that the model is given")


def _columns(spec: Spec) -> Iterator[tuple[str, str, Any]]:
    """Yield where a column is named, the column, and a value that it is given."""
    for test in spec.behaviour.invariance:
        yield from ((f"behaviour.invariance.{test.name}", test.column, value) for value in test.values)
    for row in spec.behaviour.golden:
        yield from ((f"behaviour.golden.{row.name}", column, value) for column, value in row.row.items())


def _numbers(spec: Spec) -> Iterator[tuple[str, str]]:
    """Yield where a column is named that has to be a number."""
    yield from ((f"behaviour.direction.{test.name}", test.column) for test in spec.behaviour.direction)
    yield from (("robustness.changeable", column) for column in spec.robustness.changeable)
    yield from (("robustness.units", column) for column in spec.robustness.units)


def _known(spec: Spec, where: str, column: str, legal: Iterable[str], what: str = "a column of the features") -> None:
    names = list(legal)
    if column not in names:
        expected = f"{what}: {', '.join(names)}"
        raise _error(spec, where, expected=expected, found=column, nearest=nearest(column, names))


def _error(spec: Spec, where: str, **facts: Any) -> SpecError:
    return SpecError(f"{spec.folder / 'model.yaml'}: {where}", **facts, next_command=f"perennial validate {spec.name}")
