"""Which verdict speaks for a version: today's, or that of its time. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from perennial.errors import Conflict, GateRefused
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.history import History


@dataclass(frozen=True)
class Present:
    """What is true of a version now: its model file, the spec and policy in force, its evidence, the wall time."""

    artifact_sha256: str
    spec_digests: Collection[str]
    """That of today's spec, and those that older versions of the code took of the same."""
    policy_digest: str
    lost: Collection[str]
    """Digests of evidence that its verdicts name, whose files are gone or changed."""
    now: datetime


def verdict_of_its_time(history: History, version: int, present: Present) -> Event:
    """Return the newest verdict that this very file passed, under whatever spec and policy held then."""
    given = given_on(history, version)
    passed = [e for e in given if e.payload["passed"] and e.payload["artifact_sha256"] == present.artifact_sha256]
    if not passed:
        raise refused(history, version, expected="a verdict that it passed in its time", found=_failures(given))
    return passed[-1]


def verdict_of_today(history: History, version: int, present: Present) -> Event:
    """Return the verdict on this file under today's spec and policy, made against the present champion, passed."""
    given = given_on(history, version)
    bound = [event for event in given if not _differences(event, present)]
    if not bound:
        found = f"one for another {' and '.join(_differences(given[-1], present))}" if given else "none"
        expected = "a verdict for exactly this file, spec and policy"
        raise refused(history, version, expected=expected, found=found, next_command=validate(history, version))
    against = [event for event in bound if event.payload["champion"] == history.champion]
    if not against:
        raise _made_against_another(history, version, bound[-1].payload["champion"])
    if not against[-1].payload["passed"]:
        raise refused(history, version, expected="a passed verdict", found=_failures(against))
    return against[-1]


def refused(
    history: History,
    version: int,
    *,
    expected: str,
    found: str,
    nearest: str | None = None,
    next_command: str | None = None,
) -> GateRefused:
    """Build the refusal of a promotion."""
    return GateRefused(
        f"{history.chain}: promotion of {version_key(version)}",
        expected=expected,
        found=found,
        nearest=nearest,
        next_command=next_command or f"perennial history {history.chain}",
    )


def named(version: int | None) -> str:
    """Write a version, or none."""
    return version_key(version) if version else "none"


def validate(history: History, version: int) -> str:
    """Return the command that gives a new verdict."""
    return f"perennial run {history.chain} validate --key {version_key(version)}"


def given_on(history: History, version: int) -> list[Event]:
    """Return every verdict on a version, oldest first."""
    return [event for event in history.of("verdict.given") if event.payload["version"] == version]


def _differences(verdict: Event, present: Present) -> list[str]:
    """Name what a verdict is bound to, besides the champion, and is another now."""
    said = verdict.payload
    same = {
        "model file": said["artifact_sha256"] == present.artifact_sha256,
        "spec": said["spec_digest"] in present.spec_digests,
        "policy": said["policy_digest"] == present.policy_digest,
    }
    return [word for word, held in same.items() if not held]


def _failures(verdicts: Sequence[Event]) -> str:
    if not verdicts:
        return "none"
    bad = [gate for gate in verdicts[-1].payload["gates"] if gate["verdict"] != "pass"]
    return "; ".join(["one that did not pass", *(f"{gate['name']} {gate['verdict']} ({gate['why']})" for gate in bad)])


def _made_against_another(history: History, version: int, judged: int | None) -> Conflict:
    return Conflict(
        f"{history.chain}: promotion of {version_key(version)}",
        expected=f"a verdict made against the present champion, {named(history.champion)}",
        found=f"one made against {named(judged)}",
        next_command=validate(history, version),
    )
