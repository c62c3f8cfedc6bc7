"""Delete what an installation left; say beforehand what that is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from perennial.local import postgres, stack
from perennial.settings import Settings

MIB = 1024**2


def what_is_there(settings: Settings) -> Iterator[str]:
    """Yield a line for each folder that would go."""
    if not settings.var.exists():
        return
    for path in sorted(settings.var.iterdir()):
        files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        size = sum(file.lstat().st_size for file in files if not file.is_symlink()) / MIB
        yield f"{size:9.1f} MiB  {path}"


def clean(settings: Settings) -> None:
    """End everything that runs and delete the folder of state."""
    stack.down(settings, grace=0.0)
    postgres.erase(settings)
    shutil.rmtree(settings.var, ignore_errors=True)
