"""Read a spec; say of every mistake file and line, what was expected, what was found, the nearest legal value."""

from __future__ import annotations

import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from perennial.errors import PerennialError, SpecError, nearest
from perennial.settings import Settings
from perennial.spec.model import Spec
from perennial.spec.places import Loc, compose, line_of, next_command


def load_spec(path: Path) -> Spec:
    """Read one model.yaml; raises SpecError that names every mistake."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    node = compose(path, text)
    document = yaml.safe_load(text)
    try:
        spec = Spec.model_validate(document if isinstance(document, dict) else {})
    except ValidationError as invalid:
        raise _joined([_explain(path, node, error) for error in invalid.errors()]) from None
    _fits_its_folder(path, node, spec)
    return spec.placed(path.parent)


def model_folders(settings: Settings) -> list[Path]:
    """Return the folders that hold a model, in order."""
    return sorted(path.parent for path in settings.models.glob("*/model.yaml"))


def load_all(settings: Settings) -> tuple[list[Spec], dict[str, PerennialError]]:
    """Return the valid specs, and the error of each folder whose spec is not."""
    specs, broken = [], {}
    for folder in model_folders(settings):
        try:
            specs.append(load_spec(folder / "model.yaml"))
        except PerennialError as error:
            broken[folder.name] = error
    return specs, broken


def _fits_its_folder(path: Path, node: yaml.Node | None, spec: Spec) -> None:
    if spec.name != path.parent.name:
        raise SpecError(
            f"{path}:{line_of(node, ('name',))}: name",
            expected="the name of its folder",
            found=repr(spec.name),
            nearest=path.parent.name,
            next_command=next_command(path),
        )
    if not (path.parent / spec.features.sql).exists():
        raise SpecError(
            f"{path}:{line_of(node, ('features', 'sql'))}: features.sql",
            expected="a file in the model's folder",
            found=f"no {spec.features.sql}",
            nearest=nearest(spec.features.sql, [entry.name for entry in path.parent.glob("*.sql")]),
            next_command=next_command(path),
        )


def _explain(path: Path, node: yaml.Node | None, error: ErrorDetails) -> SpecError:
    loc = tuple(part for part in error["loc"] if not str(part).startswith(("function-", "tagged-"))) + _within(error)
    expected, found, near = _words(loc, error)
    return SpecError(
        f"{path}:{line_of(node, loc)}: {'.'.join(map(str, loc)) or 'the spec'}",
        expected=expected,
        found=found,
        nearest=near,
        next_command=next_command(path),
    )


def _within(error: ErrorDetails) -> Loc:
    """Return where in its part of the spec a rule on several keys found the mistake, where it says so."""
    told = str(error["ctx"]["error"]).split("|")[3:] if error["type"] == "value_error" else []
    return tuple(told[0].split(".")) if told else ()


def _words(loc: Loc, error: ErrorDetails) -> tuple[str, str, str | None]:
    """Return (expected, found, nearest legal value) of one of pydantic's errors."""
    kind, found = error["type"], repr(error.get("input"))[:80]
    if kind == "extra_forbidden":
        legal = _legal_keys(loc[:-1])
        return f"one of the keys {', '.join(legal)}", f"unknown key {loc[-1]!r}", nearest(loc[-1], legal)
    if kind == "missing":
        return f"a value for {loc[-1]}", "nothing", None
    if kind == "literal_error":
        legal = [part.strip("' ") for part in error["ctx"]["expected"].replace(" or ", ",").split(",")]
        return f"one of {', '.join(legal)}", found, nearest(error["input"], legal)
    if kind == "value_error":
        expected, said, near, *_ = (*str(error["ctx"]["error"]).split("|"), "", "")
        return expected, said or found, near or None
    return error["msg"].removeprefix("Input should be "), found, None


def _legal_keys(loc: Loc) -> list[str]:
    """Name the keys that are legal at a place of the spec."""
    kind: Any = Spec
    for part in loc:
        kind = _part(kind, part)
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _part(kind: Any, part: int | str) -> Any:
    """Return the type of one part of a type: a field, a value of a mapping, an item."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(part))
        return _bare(field.annotation) if field else None
    arguments = get_args(kind)
    return _bare(arguments[-1] if get_origin(kind) is dict else arguments[0]) if arguments else None


def _bare(kind: Any) -> Any:
    """Return the type inside `X | None`."""
    if get_origin(kind) is types.UnionType:
        return next(arg for arg in get_args(kind) if arg is not type(None))
    return kind


def _joined(errors: Sequence[SpecError]) -> SpecError:
    """Return the first error, with the text of all."""
    first = errors[0]
    first.others = tuple(errors[1:])
    return first
