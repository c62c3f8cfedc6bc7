"""May a training be repeated, and did it come out the same? Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from perennial.errors import GateRefused

TOLERANCE = 0.002
"""Of quality (AUC or R squared) and of predictions, in the mean: what counts as the same figures.

Another processor may round the last bits of a sum otherwise, which can turn a split of a tree; a model with other
parameters or other rows is further away than this."""
LEVELS = ("bytes", "predictions", "figures", "different")
"""What held, from the strictest down: the same file, the same answers on the probe, the same figures, none of these."""


@dataclass(frozen=True)
class Figures:
    """How near two models are on the rows that they learnt from."""

    quality: str
    registered: float
    again: float
    apart: float
    """mean distance of their predictions; of a number in units of its standard deviation"""

    @property
    def near(self) -> bool:
        """Tell whether both distances lie within the tolerance; one that is no number does not."""
        return abs(self.registered - self.again) <= TOLERANCE and self.apart <= TOLERANCE

    def to_dict(self) -> dict[str, Any]:
        """Return what the ledger keeps of it."""
        return {**asdict(self), "tolerance": TOLERANCE}


def refuse_other_making(where: str, made: Mapping[str, Any] | None, now: Mapping[str, Any]) -> None:
    """Raise GateRefused unless the locked requirements and the libraries are those that the version was made with."""
    if not made or not made.get("lock"):
        expected = "a version whose making was recorded, with its requirements.lock"
        raise GateRefused(where, expected=expected, found="none of it", next_command="train another version")
    if made["lock"] != now["lock"]:
        source = f"git show {made['commit']}:requirements.lock" if made.get("commit") else "the lock of that time"
        raise GateRefused(
            where,
            expected=f"requirements.lock as it was made with, sha256 {made['lock']}",
            found=f"sha256 {now['lock']}",
            next_command=f"an environment of {source}, then the same command in it",
        )
    others = {name: f"{now['libraries'].get(name)}, not {one}" for name, one in made["libraries"].items()}
    others = {name: words for name, words in others.items() if now["libraries"].get(name) != made["libraries"][name]}
    if others:
        found = "; ".join(f"{name} {words}" for name, words in others.items())
        expected = "the libraries that requirements.lock names"
        raise GateRefused(where, expected=expected, found=found, next_command="make install")


def content_held(registered: Mapping[str, Any], again: Mapping[str, Any]) -> str | None:
    """Say what of two model files is equal, `bytes` or `predictions` (both have sha256 and probe); None for neither."""
    if registered["sha256"] == again["sha256"]:
        return "bytes"
    return "predictions" if registered["probe"] == again["probe"] else None


def held(content: str | None, figures: Figures | None, *, same_rule: bool) -> str:
    """Return the level that held; a model whose scores become other decisions is another one."""
    if not same_rule:
        return "different"
    return content or ("figures" if figures and figures.near else "different")


def same_rule(registered: Any, again: Any, *, exactly: bool) -> bool:
    """Tell whether two decision rules are equal; not `exactly`, when numbers in them lie within the tolerance."""
    if isinstance(registered, Mapping) and isinstance(again, Mapping):
        both = registered.keys() == again.keys()
        return both and all(same_rule(registered[name], again[name], exactly=exactly) for name in registered)
    if isinstance(registered, list | tuple) and isinstance(again, list | tuple):
        pairs = zip(registered, again, strict=False)
        return len(registered) == len(again) and all(same_rule(a, b, exactly=exactly) for a, b in pairs)
    if isinstance(registered, float) and isinstance(again, float) and not exactly:
        return registered == again or abs(registered - again) <= TOLERANCE
    return bool(registered == again)


def sentence(result: str, figures: Figures | None, *, rule: bool) -> str:
    """Say in one sentence what came out."""
    words = {
        "bytes": "the same model file, byte for byte",
        "predictions": "another file with the same predictions on the probe",
        "figures": "the same figures within the tolerance",
        "different": "another model" if rule else "another decision rule",
    }[result]
    if figures is None:
        return words
    near = f"{figures.quality} {figures.again:.5f} for {figures.registered:.5f}, predictions {figures.apart:.5f} apart"
    return f"{words}: {near}, tolerance {TOLERANCE:g}"
