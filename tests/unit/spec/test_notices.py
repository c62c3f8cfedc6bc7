"""Who is told: what may stand in the spec, and what holds when nothing does."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from perennial.errors import SpecError
from perennial.settings import PROJECT
from perennial.spec import load_spec
from perennial.spec.notices import Notices


def test_nothing_has_to_be_said() -> None:
    rules = Notices()
    assert (rules.to, rules.quiet_hours, rules.escalate_to) == ((), None, ())
    assert (rules.repeat_after, rules.escalate_after) == (timedelta(days=1), timedelta(hours=4))


def test_what_is_said_is_read_and_written_as_it_was() -> None:
    said = {
        "to": ["ml@example.org"],
        "quiet": "22:00-07:00",
        "time_zone": "Europe/Berlin",
        "escalate_after": "90m",
        "kinds": {"late": "mute", "alarm": "urgent"},
    }
    rules = Notices.model_validate(said)
    assert rules.quiet_hours == (time(22), time(7))
    assert rules.zone.key == "Europe/Berlin"
    assert Notices.model_validate(rules.model_dump(mode="json")) == rules


@pytest.mark.parametrize(
    "said",
    [
        {"to": ["ml example.org"]},
        {"to": ["a@b.org, c@d.org"]},
        {"quiet": "22:00-22:00"},
        {"quiet": "22-7"},
        {"quiet": "24:00-07:00"},
        {"repeat_after": "soon"},
        {"kinds": {"failed": "loud"}},
    ],
)
def test_what_cannot_be_honoured_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Notices.model_validate(said)


@pytest.mark.parametrize(
    ("said", "near"),
    [
        ("time_zone: Europe/Berln", "Europe/Berlin"),
        ("kinds: {aproval: mute}", "approval"),
        ("quite: 22:00-07:00", "quiet"),
    ],
)
def test_a_near_miss_is_told_its_right_word(tmp_path: Path, said: str, near: str) -> None:
    real = PROJECT / "include" / "models" / "flight_delay"
    folder = tmp_path / "flight_delay"
    folder.mkdir()
    (folder / "features.sql").write_bytes((real / "features.sql").read_bytes())
    text = (real / "model.yaml").read_text(encoding="utf-8")
    (folder / "model.yaml").write_text(f"{text}\nnotices:\n  {said}\n", encoding="utf-8")
    with pytest.raises(SpecError) as raised:
        load_spec(folder / "model.yaml")
    assert near in str(raised.value)
