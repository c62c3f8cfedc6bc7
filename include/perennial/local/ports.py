"""Loopback ports: which are free, and whose a free one is until its server listens."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from perennial.errors import SetupError


def free_port() -> int:
    """Return a loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def reserved(who: str, ports: Sequence[int]) -> Iterator[int]:
    """Keep the first free port of several from everybody of this account who asks the same way, until the block ends.

    A server takes a while until it listens; two that found the same port free would be taken for one another. The lock
    ends with its process. Raises SetupError where no port is left.
    """
    folder = Path(tempfile.gettempdir()) / f"perennial-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for port in ports:
        with (folder / f"port-{port}").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if port_is_free(port):
                yield port
                return
    raise SetupError(who, expected=f"a free port, {ports[0]} to {ports[-1]}", found="taken")
