"""The views that several models join: plain Feast files under feature_repo/, imported as Feast itself would."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from types import ModuleType

from perennial.errors import SpecError, nearest
from perennial.feature_store._feast import Entity, FeatureView

_importing = Lock()


@dataclass(frozen=True)
class Shared:
    """Entities and views defined by hand, by name."""

    entities: dict[str, Entity]
    views: dict[str, FeatureView]

    def view(self, name: str, where: str) -> FeatureView:
        """Return a view; raises SpecError when there is none."""
        if name in self.views:
            return self.views[name]
        raise SpecError(
            where,
            expected=f"a view of feature_repo/: {', '.join(sorted(self.views)) or 'none yet'}",
            found=name,
            nearest=nearest(name, self.views),
        )


@cache
def shared(repo: Path) -> Shared:
    """Import every file of a feature repo once and collect what it defines."""
    with _importing, _importable(repo):
        modules = [importlib.import_module(file.stem) for file in sorted(repo.glob("*.py"))]
    found = [value for module in modules for value in vars(module).values()]
    return Shared(
        {value.name: value for value in found if isinstance(value, Entity)},
        {value.name: value for value in found if isinstance(value, FeatureView)},
    )


@contextmanager
def _importable(repo: Path) -> Iterator[None]:
    """Let the files import one another by their bare names, and leave no trace of those names behind."""
    names = {file.stem for file in repo.glob("*.py")}
    others: dict[str, ModuleType] = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.path.insert(0, str(repo))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(repo))
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(others)
