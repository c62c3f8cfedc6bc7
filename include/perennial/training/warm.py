"""Which parameters a training starts from: the champion's, or those of a new search. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from perennial.ledger.history import History
from perennial.spec.model import Spec

CHOSEN_BY = ("estimator", "parameters", "search")
"""What of `train` decides which parameters are chosen."""


@dataclass(frozen=True)
class Warm:
    """The parameters of a version that are taken over, instead of a search."""

    version: int
    parameters: Mapping[str, Any]

    @classmethod
    def read(cls, kept: Mapping[str, Any] | None) -> Warm | None:
        """Return what was kept of it, if it was warm."""
        return cls(kept["version"], kept["parameters"]) if kept else None

    def to_dict(self) -> dict[str, Any]:
        """Return what the ledger keeps."""
        return asdict(self)


def warm_start(spec: Spec, history: History) -> Warm | None:
    """Return the champion's parameters where the spec wants them; None where a search is to be made.

    One trial instead of many, on folds that were not searched over: what a search gains on them is partly luck. With
    another estimator, other fixed parameters or another search the champion's are no longer what the spec asks for.
    """
    if spec.retrain.search == "anew" or history.champion is None:
        return None
    champion = history.version(history.champion)
    then, now = champion.get("made", {}).get("train", {}), spec.train.model_dump(mode="json")
    if any(then.get(name) != now[name] for name in CHOSEN_BY):
        return None
    return Warm(history.champion, champion["parameters"])
