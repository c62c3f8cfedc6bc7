"""Did a retraining help? Which versions are to be judged, and what a comparison says. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from perennial.keys import DAY, Window, version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.verdicts import counts
from perennial.retraining.breaker import JUDGED
from perennial.statistics.bootstrap import Interval

WORTH = 0.005
"""Of AUC or R squared: a gain that surely lies below it is not worth a training."""
SERVED = ("promotion", "emergency")
"""How a version becomes champion by its training; a rollback goes back to an older one."""


@dataclass(frozen=True)
class Case:
    """A version whose training is to be judged: by the verdict that refused it, or by the days that it served."""

    claim: str
    version: int
    against: int | None
    """The champion before, if there was one."""
    window: Window
    """The rows that both were, or will be, compared on."""
    verdict: Event | None = None
    """The verdict that refused it."""

    @property
    def on(self) -> str:
        """What it is judged on; a version that was refused and waived later is judged on both."""
        return "validation" if self.verdict else "production"


@dataclass(frozen=True)
class Judgement:
    """Whether a training helped; None where it cannot be told."""

    helped: bool | None
    why: str


def to_judge(history: History, after: int, labelled: date | None) -> list[Case]:
    """Return what is to be judged now: refused versions, and champions `after` labelled days after their promotion.

    A first version has nobody to be compared with. `labelled` is the last day whose labels have matured.
    """
    told = {(event.payload["version"], event.payload["on"]) for event in history.of(JUDGED)}
    cases = [*_refused(history), *_served(history, after)]
    due = [case for case in cases if case.verdict or (labelled is not None and case.window.last <= labelled)]
    return [case for case in due if (case.version, case.on) not in told]


def judge(gain: Interval | None, rows: int, least: int) -> Judgement:
    """Say what the gain of a new version over the one before means, on rows that neither has learnt from."""
    if gain is None or rows < least:
        return Judgement(None, f"it cannot be told from {rows} labelled rows")
    told = f"gain {gain.value:+.4f}, {gain.low:+.4f} to {gain.high:+.4f}"
    if gain.low > 0:
        return Judgement(True, f"it helped: {told}")
    if gain.high < WORTH:
        return Judgement(False, f"it did not help: {told}, surely below {WORTH:g}")
    return Judgement(None, f"it cannot be told: {told}")


def refused(case: Case) -> tuple[Judgement, Interval | None]:
    """Say that a refused version did not help, and how it compared with the champion on its holdout."""
    assert case.verdict is not None, "asked of refused versions only"
    gates = case.verdict.payload["gates"]
    failed = [gate["name"] for gate in gates if gate["verdict"] != "pass" and counts(gate)]
    one = next((gate for gate in gates if gate["name"] == "champion" and gate["low"] is not None), None)
    gain = Interval(one["value"], one["low"], one["high"]) if one else None
    why = f"{version_key(case.version)} was refused: {', '.join(failed)}"
    return Judgement(False, why), gain


def _refused(history: History) -> Iterator[Case]:
    for event in history.of("candidate.registered"):
        made = event.payload
        verdict = history.verdict(made["version"])
        if verdict and not verdict.payload["passed"]:
            holdout, champion = Window.parse(verdict.payload["holdout"]), verdict.payload["champion"]
            yield Case(made["claim"], made["version"], champion, holdout, verdict)


def _served(history: History, after: int) -> Iterator[Case]:
    begun = set()
    for event in history.of("champion.changed"):
        version, before = event.payload["version"], event.payload["previous"]
        first = event.business_time
        if version and version not in begun and before and first and event.payload["kind"] in SERVED:
            window = Window(first.date(), first.date() + (after - 1) * DAY)
            yield Case(history.version(version)["claim"], version, before, window)
        begun.add(version)
