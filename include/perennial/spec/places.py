"""Where in its file a spec says what: YAML with its lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from perennial.errors import SpecError

Loc = tuple[int | str, ...]


def next_command(path: Path) -> str:
    """Return the command that looks at a spec again."""
    return f"perennial validate {path.parent.name}"


def compose(path: Path, text: str) -> yaml.Node | None:
    """Return the nodes of a file; raises SpecError for what is no YAML, or says a key twice."""
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SpecError(
            f"{path}:{line}", expected="YAML", found=str(error.problem), next_command=next_command(path)
        ) from None
    for key in _repeated(node):
        raise SpecError(
            f"{path}:{key.start_mark.line + 1}: {key.value}",
            expected="each key once",
            found=f"a second {key.value!r}; YAML would silently take the last",
            next_command=next_command(path),
        )
    return node


def _repeated(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """Yield the keys that stand twice in one mapping."""
    children = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else []
    seen: set[str] = set()
    for key in children[::2]:
        if str(key.value) in seen:
            yield key
        seen.add(str(key.value))
    for child in children[1::2] or (node.value if isinstance(node, yaml.SequenceNode) else []):
        yield from _repeated(child)


def line_of(node: yaml.Node | None, loc: Loc) -> int:
    """Return the line (from 1) of the deepest part of `loc` that the file has."""
    line = node.start_mark.line if node else 0
    for part in loc:
        step = next(_children(node, part), None)
        if step is None:
            break
        line, node = step
    return line + 1


def _children(node: yaml.Node | None, part: int | str) -> Iterator[tuple[int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                yield key.start_mark.line, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        yield node.value[part].start_mark.line, node.value[part]
