"""Write an evidence pack: sorted names, one date, one mode, so that the same records give the same bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from perennial.audit.pack.checks.files import FORMAT, MANIFEST
from perennial.audit.pack.contents import Content, gather
from perennial.context import Context
from perennial.hashing import canonical, sha256_of
from perennial.keys import parse_version, version_key


def pack(ctx: Context, version: str, target: Path, *, with_data: bool = False) -> str:
    """Write all that an auditor needs of version `v3` and return the zip's SHA-256; it appears complete or not at all.

    Raises GateRefused for an unknown version, LedgerError or ArtifactUntrusted where something is not as recorded.
    """
    history, number = ctx.chain.history(), parse_version(version)
    content = gather(ctx, history, number, with_data=with_data) | _own(ctx, number)
    members = {name: _digest(one) for name, one in content.items()}
    about = {"format": FORMAT, "model": ctx.model, "version": number}
    content[MANIFEST] = (canonical({**about, "files": members}) + "\n").encode()
    _write(content, target)
    return sha256_of(target)


def _own(ctx: Context, number: int) -> dict[str, Content]:
    """Return the files that explain and check the others."""
    here = Path(__file__).parent
    readme = (here / "readme.txt").read_text(encoding="utf-8")
    readme = readme.replace("@MODEL@", ctx.model).replace("@VERSION@", version_key(number))
    checks = {f"checks/{path.name}": path for path in (here / "checks").glob("*.py")}
    return {"README.txt": readme.encode(), "verify.py": here / "verify.py", **checks}


def _digest(content: Content) -> str:
    return hashlib.sha256(content).hexdigest() if isinstance(content, bytes) else sha256_of(content)


def _write(content: Mapping[str, Content], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with ZipFile(partial, "w", ZIP_DEFLATED) as archive:
            for name in sorted(content):
                one = content[name]
                info = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                info.compress_type, info.external_attr = ZIP_DEFLATED, 0o644 << 16
                archive.writestr(info, one if isinstance(one, bytes) else one.read_bytes())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
