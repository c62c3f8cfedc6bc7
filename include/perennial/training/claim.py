"""Which claim a run of training works on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from perennial.errors import GateRefused
from perennial.keys import Window
from perennial.ledger.claims import abandoned
from perennial.ledger.event import Event
from perennial.ledger.history import History


@dataclass(frozen=True)
class Claim:
    """A decision to make one version: its name (t1, t2, ...), its training window, and why."""

    name: str
    window: Window
    why: str


def find(history: History, key: str) -> Claim:
    """Return the oldest claim on a window that has no candidate yet, else the newest; raises GateRefused for none."""
    return _first_open(history, _on(history, key))


def find_frozen(history: History, key: str) -> tuple[Claim, Event]:
    """Return the same among the claims that have a training set, with its event; raises GateRefused for none.

    A step that is repeated after its claim was registered so finds that claim again, even when another one waits.
    """
    claims = _on(history, key)
    frozen = {claim: event for claim in claims if (event := snapshot_of(history, claim))}
    if not frozen:
        raise _not_frozen(history, claims[0])
    claim = _first_open(history, list(frozen))
    return claim, frozen[claim]


def launched(history: History) -> list[Claim]:
    """Return every claim, oldest first."""
    return [
        Claim(event.payload["claim"], Window.parse(event.payload["window"]), event.payload["why"])
        for event in history.of("retraining.decided")
        if event.payload["launch"]
    ]


def snapshot_of(history: History, claim: Claim) -> Event | None:
    """Return the event that froze a claim's training set."""
    return _of(history, "snapshot.frozen", claim)


def candidate_of(history: History, claim: Claim) -> Event | None:
    """Return the event that registered a claim's candidate."""
    return _of(history, "candidate.registered", claim)


def is_waiting(history: History, version: int) -> bool:
    """Tell whether a version is the candidate: the newest, never champion, not retired."""
    served = {event.payload["version"] for event in history.of("champion.changed", "version.retired")}
    return version == max(history.versions) and version not in served


def refuse_abandoned(history: History, claim: Claim) -> None:
    """Raise GateRefused for a claim that a person has given up."""
    if event := abandoned(history).get(claim.name):
        raise GateRefused(
            f"{history.chain}: training {claim.name} on {claim.window}",
            expected="a training that goes on",
            found=f"given up by {event.payload['by']}: {event.payload['reason']}",
            next_command=f"perennial run {history.chain} retrain",
        )


def _on(history: History, key: str) -> list[Claim]:
    window = Window.parse(key)
    claims = [claim for claim in launched(history) if claim.window == window]
    if not claims:
        raise _not_launched(history, window)
    going = [claim for claim in claims if claim.name not in abandoned(history)]
    if not going:
        refuse_abandoned(history, claims[-1])
    return going


def _first_open(history: History, claims: Sequence[Claim]) -> Claim:
    return next((claim for claim in claims if not candidate_of(history, claim)), claims[-1])


def _of(history: History, type_: str, claim: Claim) -> Event | None:
    return next((event for event in history.of(type_) if event.payload["claim"] == claim.name), None)


def _not_launched(history: History, window: Window) -> GateRefused:
    known = ", ".join(f"{claim.name} on {claim.window}" for claim in launched(history)) or "none yet"
    return GateRefused(
        f"{history.chain}: training on {window}",
        expected="a window that the retraining queue launched a training for",
        found=f"no such decision (launched: {known})",
        next_command=f'perennial run {history.chain} retrain --reason "..."',
    )


def _not_frozen(history: History, claim: Claim) -> GateRefused:
    return GateRefused(
        f"{history.chain}: training {claim.name} on {claim.window}",
        expected="a frozen training set",
        found="none yet",
        next_command=f"perennial run {history.chain} train --key {claim.window}",
    )
