"""The gate on training again: what it reads from the ledger, and what it says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perennial.settings import Settings
from perennial.training.repetition import LEVELS
from perennial.validation.estimate import Reproduction, Unknown
from perennial.validation.gates.reproduction import reproduction as decide
from perennial.validation.measures.reproduction import reproduction
from unit.validation.figures import rule
from unit.validation.real import Case, case


@pytest.fixture
def judged(settings: Settings, tmp_path: Path) -> Case:
    return case(settings, tmp_path / "case", "people")


def again(judged: Case, result: str, **values: Any) -> None:
    """Tell that the candidate was trained again."""
    told = {"result": result, "level": LEVELS.index(result), "why": result, "seconds": 1.0}
    about = {"version": 2, "artifact_sha256": judged.candidate["artifact"]["sha256"]}
    judged.ctx.chain.record("version.reproduced", "v2", {**about, **told, **values})


@pytest.mark.parametrize(
    ("result", "verdict"), [("bytes", "pass"), ("predictions", "pass"), ("figures", "pass"), ("different", "fail")]
)
def test_it_reads_what_came_of_training_this_file_again(judged: Case, result: str, verdict: str) -> None:
    again(judged, result)
    found = decide(reproduction(judged), rule(2, "below"))
    assert not isinstance(found, list)
    assert (found.name, found.value, found.verdict, found.why) == (  # type: ignore[union-attr]
        "reproduction",
        float(LEVELS.index(result)),
        verdict,
        result,
    )


def test_a_tighter_limit_asks_for_the_same_bytes(judged: Case) -> None:
    again(judged, "predictions")
    assert decide(reproduction(judged), rule(0, "below")).verdict == "fail"  # type: ignore[union-attr]


def test_the_newest_repetition_counts(judged: Case) -> None:
    again(judged, "different")
    again(judged, "bytes")
    found = reproduction(judged)
    assert isinstance(found, Reproduction)
    assert found.event == judged.ctx.chain.history().events[-1].hash


def test_without_one_the_gate_says_which_command_makes_it(judged: Case) -> None:
    assert reproduction(judged) == Unknown("nobody trained this file again: perennial reproduce people v2")
    assert decide(reproduction(judged), rule(2, "below")).verdict == "insufficient_data"  # type: ignore[union-attr]


def test_one_of_another_file_does_not_count(judged: Case) -> None:
    again(judged, "bytes", artifact_sha256="0" * 64)
    assert isinstance(reproduction(judged), Unknown)
