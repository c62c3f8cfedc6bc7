"""How a training window is cut: fit days, holdout days, time-ordered folds. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from perennial.errors import GateRefused
from perennial.keys import DAY, Window


@dataclass(frozen=True)
class Split:
    """The days a version learns from, and the newest days, kept for validation."""

    fit: Window
    holdout: Window


@dataclass(frozen=True)
class Fold:
    """The days a trial learns from, and later days it is scored on."""

    fit: Window
    validation: Window


def split(window: Window, holdout: int) -> Split:
    """Keep the newest `holdout` days; raises GateRefused when no day would be left to learn from."""
    if len(window) <= holdout:
        raise _too_short(window, holdout + 1, f"a holdout of {holdout} days")
    kept = Window.ending(window.last, holdout)
    return Split(Window(window.first, kept.first - DAY), kept)


def time_ordered(days: Window, count: int, gap: int) -> tuple[Fold, ...]:
    """Cut into `count` folds with growing fit days, as scikit-learn's TimeSeriesSplit does; raises GateRefused.

    Validation days are equally many in each fold and follow one another up to the last day. `gap` days before them
    are left out, as their labels would not have matured when the fold's model was made.
    """
    size = len(days) // (count + 1)
    if not size or len(days) - count * size <= gap:
        raise _too_short(days, count + 1 + gap, f"{count} folds with {gap} days between fit and validation")
    starts = [days.last - (size * place - 1) * DAY for place in range(count, 0, -1)]
    return tuple(
        Fold(Window(days.first, start - (1 + gap) * DAY), Window(start, start + (size - 1) * DAY)) for start in starts
    )


def _too_short(window: Window, least: int, purpose: str) -> GateRefused:
    return GateRefused(
        f"training window {window}",
        expected=f"at least {least} days, for {purpose}",
        found=f"{len(window)} days",
        next_command="a longer train.window, or fewer holdout days or folds, in model.yaml",
    )
