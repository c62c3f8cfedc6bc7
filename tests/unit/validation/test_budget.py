"""What scoring takes is measured on the real model; a spec with promises to keep is tighter than the policy."""

from __future__ import annotations

import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from perennial.settings import Settings
from perennial.validation.estimate import Unknown
from perennial.validation.measures.budget import BATCH, budget
from unit.validation.asked import results, verdicts
from unit.validation.real import case

GATES = ("latency_row", "latency_batch", "memory", "artifact_size")
TIGHT = "gates: {latency_row: 0.001, latency_batch: 0.001, memory: 1, artifact_size: 0.001}"


@pytest.mark.parametrize("kind", ["people", "flights"])
def test_a_model_of_sixty_trees_keeps_the_policys_budget(kind: str, settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path / "good", kind)
    figures = budget(found)
    assert {name: verdicts(found, name, figures)[name] for name in GATES} == dict.fromkeys(GATES, "pass")
    assert 0 < figures.row_median <= figures.row < figures.batch < BATCH * figures.row
    assert figures.size == found.path.stat().st_size / 1e6
    promised = case(settings, tmp_path / "tight", kind, more=TIGHT)
    assert {name: verdicts(promised, name, figures)[name] for name in GATES} == dict.fromkeys(GATES, "fail")
    assert "a second" in results(promised, "latency_batch", figures)["latency_batch"].why


def test_a_row_is_timed_by_its_work_not_by_the_load_of_the_machine(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept_waiting(*_: object) -> None:
        time.sleep(0.02)  # as behind other processes
        until = time.process_time() + 0.002
        while time.process_time() < until:
            pass

    module = import_module(budget.__module__)  # its name is the function's, too
    monkeypatch.setattr(module, "predict", kept_waiting)
    figures = budget(case(settings, tmp_path))
    assert 2 <= figures.row_median <= figures.row < 20
    assert figures.batch >= 22


def test_memory_that_nobody_could_measure_decides_nothing(settings: Settings, tmp_path: Path) -> None:
    found = case(settings, tmp_path)
    figures = budget(found)
    assert not isinstance(figures.memory, Unknown)
    found.path.write_bytes(b"something else")
    assert isinstance(budget(found).memory, Unknown)
    (said,) = results(found, "memory", replace(figures, memory=Unknown("exit status 1"))).values()
    assert (said.verdict, said.why) == ("insufficient_data", "exit status 1")
