"""Two installations that start at the same time get two ports, and a port is free again when its process is gone."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

from perennial.errors import SetupError
from perennial.local.ports import port_is_free, reserved

HOLD = """
import sys
from perennial.local.ports import reserved
with reserved("me", [int(port) for port in sys.argv[1:]]) as port:
    print(port, flush=True)
    sys.stdin.read()
"""


def ports(count: int) -> list[int]:
    """Return free ports, all different."""
    with ExitStack() as taken:
        probes = [taken.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(probe.getsockname()[1]) for probe in probes]


def holder(wanted: list[int]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, *map(str, wanted)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_nobody_gets_a_port_on_which_somebody_is_about_to_listen() -> None:
    wanted = ports(3)
    holders = [holder(wanted) for _ in wanted]
    try:
        assert {int(one.stdout.readline()) for one in holders if one.stdout} == set(wanted)
        assert all(map(port_is_free, wanted)), "nobody listens yet"
        with pytest.raises(SetupError, match="taken"), reserved("me", wanted):
            pass
        holders[0].kill()
        holders[0].wait()
        with reserved("me", wanted) as port:
            assert port in wanted
    finally:
        for one in holders:
            one.kill()
            one.communicate()


def test_a_port_on_which_somebody_listens_is_passed_over() -> None:
    first, second = ports(2)
    with socket.create_server(("127.0.0.1", first)), reserved("me", [first, second]) as port:
        assert port == second
