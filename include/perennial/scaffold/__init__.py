"""The folder of a new model: a commented spec, a transform, and invented rows to begin with."""

from __future__ import annotations

import csv
import random
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from string import Template

from pydantic import TypeAdapter, ValidationError

from perennial.errors import SpecError
from perennial.settings import Settings
from perennial.spec.types import Name

FIRST, DAYS, ROWS_A_DAY = date(2024, 1, 1), 60, 40
CHANNELS = {"phone": -0.8, "shop": 0.0, "web": 0.9}


def new_model(settings: Settings, name: str) -> Path:
    """Make `include/models/<name>/`; raises SpecError for a name that is taken or cannot be one."""
    folder = settings.models / name
    _refuse(folder, name)
    last = FIRST + timedelta(days=DAYS - 1)
    for file in ("model.yaml", "features.sql"):
        text = Template((files(__package__) / f"{file}.template").read_text(encoding="utf-8"))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text.substitute(name=name, first=FIRST, last=last), encoding="utf-8")
    (folder / "data").mkdir()
    _write_rows(folder / "data" / "sample.csv")
    return folder


def _refuse(folder: Path, name: str) -> None:
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        near = "".join(sign if sign.isalnum() else "_" for sign in name.lower()).lstrip("_0123456789")[:50]
        raise SpecError(
            f"new model {name!r}",
            expected="lower case letters, digits and underscores, a letter first, at most 50",
            found=repr(name),
            nearest=near or None,
            next_command=f"make new-model NAME={near or 'churn'}",
        ) from None
    if folder.exists():
        raise SpecError(
            f"new model {name!r}",
            expected="a name that no model has yet",
            found=f"{folder}",
            next_command=f"perennial validate {name}",
        )


def _write_rows(path: Path) -> None:
    """Write invented rows whose outcome depends on amount and channel, the same every time."""
    chance = random.Random(0)  # noqa: S311 - invented rows, not a secret
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "happened_at", "amount", "channel", "outcome", "known_at"])
        for number in range(DAYS * ROWS_A_DAY):
            day = FIRST + timedelta(days=number // ROWS_A_DAY)
            at = datetime.combine(day, time(), UTC) + timedelta(minutes=chance.randrange(1320))
            amount, channel = round(chance.lognormvariate(3, 0.8), 2), chance.choice(list(CHANNELS))
            likely = 1 / (1 + 2.718281828 ** -(CHANNELS[channel] + amount / 20 - 2.2))
            outcome, known = int(chance.random() < likely), at + timedelta(minutes=90)
            rows.writerow(
                [f"{number:06}", f"{at:%Y-%m-%dT%H:%M:%SZ}", amount, channel, outcome, f"{known:%Y-%m-%dT%H:%M:%SZ}"]
            )
