"""What every monitor is given: a model, the window, and the champion that predicted in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from perennial.context import Context
from perennial.errors import GateRefused
from perennial.keys import Window
from perennial.ledger.history import History
from perennial.policy import Policy, load_policy
from perennial.spec import Spec


@dataclass(frozen=True)
class Case:
    """A window of the champion's predictions."""

    ctx: Context
    window: Window
    history: History
    number: int
    """The champion's version."""
    version: Mapping[str, Any]
    """What was recorded when it was registered."""
    verdict: Mapping[str, Any]
    """What it showed when it was validated."""

    @property
    def spec(self) -> Spec:
        """The model's spec."""
        return self.ctx.spec

    @cached_property
    def policy(self) -> Policy:
        """The policy of the model's tier, tightened by its spec."""
        return load_policy(self.ctx.settings.policies, self.spec)


def open_case(ctx: Context, window: Window) -> Case:
    """Find who predicted in the window; raises GateRefused where the champion did not."""
    history = ctx.chain.history()
    number = _champion(history, window)
    verdict = history.verdict(number)
    assert verdict is not None, "a champion has a verdict"
    return Case(ctx, window, history, number, history.version(number), verdict.payload)


def is_champions(history: History, window: Window) -> bool:
    """Tell whether the champion predicted in a window; one that became it since the window was due did not."""
    champion = history.champion
    mine = (event for event in history.of("predictions.published") if event.payload["version"] == champion)
    return champion is not None and any(Window.parse(event.key).clip(window.first, window.last) for event in mine)


def _champion(history: History, window: Window) -> int:
    if history.champion is None or not is_champions(history, window):
        raise GateRefused(
            f"{history.chain}: monitoring {window}",
            expected="predictions of the champion in this window",
            found="none published",
            next_command=f"perennial run {history.chain} score --key {window}",
        )
    return history.champion
