"""The demos: a model's life in a running Airflow, on played business time."""

from __future__ import annotations

from rich.console import Console

from perennial.errors import KeyInvalid, PerennialError, nearest
from perennial.settings import Settings

MODELS = ("flight_delay", "census_income")


def play(settings: Settings, model: str, *, weeks: int, keep: bool, console: Console) -> int:
    """Play the demo of a model and return the exit code."""
    if model not in MODELS:
        raise KeyInvalid(
            f"demo of {model!r}", expected=f"one of {', '.join(MODELS)}", found=model, nearest=nearest(model, MODELS)
        )
    from perennial.local.demo import census, flights

    try:
        if model == census.MODEL:
            census.play(settings, console, keep=keep)
        else:
            flights.play(settings, console, weeks=weeks, keep=keep)
    except PerennialError as error:
        console.print(f"\nThe demo stopped.\n{error}", markup=False, style="red")
        return 1
    return 0
