"""The meters show what was done, of this process and of others that it started."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from perennial.metering.reading import Reading, Usage

BURN = "import time\nwhile time.process_time() < 0.3: pass"


def burn(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_cpu_seconds_are_those_of_the_work() -> None:
    outside = time.process_time()
    began = Reading.take()
    inside = time.process_time()
    burn(0.2)
    least = time.process_time() - inside
    used = Usage.since(began)
    most = time.process_time() - outside
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert least <= used.cpu_seconds <= most + children.ru_utime + children.ru_stime
    assert used.seconds >= 0.2


def test_waiting_takes_no_cpu() -> None:
    began = Reading.take()
    time.sleep(0.3)
    used = Usage.since(began)
    assert used.seconds >= 0.3
    assert used.cpu_seconds < 0.2


def test_children_count_whether_they_have_ended_or_not() -> None:
    began = Reading.take()
    subprocess.run([sys.executable, "-c", BURN], check=True)
    assert Usage.since(began).cpu_seconds >= 0.3
    again = Reading.take()
    code = f"{BURN}\nprint('burnt', flush=True)\nimport sys\nsys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        alive = Usage.since(again).cpu_seconds
    assert alive >= 0.28  # a child that lives is counted in ticks of 10 ms, of user and of system time
    assert Usage.since(again).cpu_seconds >= alive - 0.02


def test_bytes_are_those_that_were_written_and_read(tmp_path: Path) -> None:
    file, size = tmp_path / "file", 3_000_000
    began = Reading.take()
    file.write_bytes(os.urandom(size))
    written = Usage.since(began)
    assert written.bytes_written is not None
    assert written.bytes_read is not None
    assert size <= written.bytes_written < size + 100_000
    again = Reading.take()
    file.read_bytes()
    read = Usage.since(again)
    assert read.bytes_read is not None
    assert size <= read.bytes_read < size + 5_000_000  # the meters themselves read /proc


def test_peak_memory_holds_what_was_filled() -> None:
    began = Reading.take()
    filled = bytearray(os.urandom(1)) * 50_000_000
    assert Usage.since(began).peak_memory > len(filled)


def test_the_work_of_a_fork_is_its_own() -> None:
    burn(0.2)
    read, write = os.pipe()
    began = Reading.take()
    if os.fork() == 0:
        mine = Reading.take()
        burn(0.1)
        os.write(write, f"{Usage.since(mine).cpu_seconds}".encode())
        os._exit(0)
    os.wait()
    forked = float(os.read(read, 100))
    assert forked >= 0.1
    assert Usage.since(began).cpu_seconds >= forked - 0.01
    os.close(read)
    os.close(write)
