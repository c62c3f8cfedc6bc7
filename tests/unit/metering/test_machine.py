"""codecarbon's figures: without a network, without files but our own, and not twice."""

from __future__ import annotations

import logging
import socket
import threading
import time
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from perennial.errors import SetupError
from perennial.local.airflow_env import own
from perennial.metering.machine import Machine, machine_of
from perennial.settings import Settings


def test_no_network_no_thread_no_noise_no_file_but_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("somebody reached for the network")

    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    threads = threading.active_count()
    with caplog.at_level(logging.DEBUG):
        found = machine_of(Settings(var=tmp_path / "var"))
    assert found.watts > 0
    assert found.threads >= 1
    assert found.memory > 0
    assert found.kg_per_kwh == pytest.approx(0.475)
    assert found.mix == "world average"
    assert list(here.iterdir()) == []
    assert len([path for path in (tmp_path / "var").rglob("*") if path.is_file()]) == 1
    assert threading.active_count() == threads
    assert not [record for record in caplog.records if record.name.startswith("codecarbon")]


def test_asked_again_the_file_answers_until_the_question_is_another(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var")
    found = machine_of(settings)
    began = time.process_time()
    assert machine_of(settings) == found
    assert time.process_time() - began < 0.2  # detection starts a process of its own and takes a second
    french = machine_of(replace(settings, carbon_country="FRA"))
    assert french.mix == "FRA"
    assert french.kg_per_kwh < 0.1 < found.kg_per_kwh
    unknown = machine_of(replace(settings, carbon_country="XYZ"))
    assert (unknown.kg_per_kwh, unknown.mix) == (found.kg_per_kwh, "world average, nothing known of XYZ")
    said = machine_of(replace(settings, cpu_watts=65.0))
    assert (said.watts, said.known) == (65.0, True)


def test_half_a_file_is_found_out_again(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var")
    found = machine_of(settings)
    (kept,) = (settings.var / "cache" / "machine").iterdir()
    kept.write_text(kept.read_text()[:40])
    assert machine_of(settings) == found


def ask(var: Path) -> Machine:
    return machine_of(Settings(var=var))


def test_two_at_once_answer_the_same(tmp_path: Path) -> None:
    with get_context("fork").Pool(2) as pool:  # as tasks are made from a warm parent
        first, second = pool.map(ask, [tmp_path / "var"] * 2)
    assert first == second


@pytest.mark.parametrize(
    ("variable", "wrong"),
    [
        ("CARBON_COUNTRY", "DE"),
        ("CARBON_COUNTRY", "D3U"),
        ("CPU_WATTS", "-5"),
        ("CPU_WATTS", "nan"),
        ("CPU_WATTS", "x"),
    ],
)
def test_what_people_say_of_the_machine_is_read_or_refused(variable: str, wrong: str) -> None:
    said = Settings.load({"PERENNIAL_CARBON_COUNTRY": "deu", "PERENNIAL_CPU_WATTS": "65.5"})
    assert (said.carbon_country, said.cpu_watts) == ("DEU", 65.5)
    assert own(said)["PERENNIAL_CPU_WATTS"] == "65.5"
    assert Settings.load({}) == Settings.load({"PERENNIAL_CARBON_COUNTRY": "", "PERENNIAL_CPU_WATTS": ""})
    with pytest.raises(SetupError, match=variable):
        Settings.load({f"PERENNIAL_{variable}": wrong})
