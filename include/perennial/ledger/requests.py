"""Requests for a new version: the one way into the retraining queue, for machines and for people."""

from __future__ import annotations

from typing import Literal, get_args

from perennial.errors import KeyInvalid, nearest
from perennial.hashing import digest
from perennial.keys import Window
from perennial.ledger.chain import Chain
from perennial.ledger.event import Event

Cause = Literal["drift", "performance", "fairness", "schedule", "new_data", "code", "person", "outside"]
CAUSES: tuple[str, ...] = get_args(Cause)
SHORTEST_REASON = 3
TYPE = "retraining.requested"


def put(
    chain: Chain,
    cause: Cause,
    reason: str,
    *,
    window: Window | None = None,
    name: str | None = None,
    source: str | None = None,
) -> Event:
    """Ask for a new version and return the request, or the one that asked the same before; raises KeyInvalid.

    The same are requests of one cause on one window, or of one cause with one `name`; without either, those of one
    run with one reason. `source` is the outside system that asks, `by` the account that it asks with;
    its names are its own, and have no `@`.
    """
    _check(chain, cause, reason)
    once = f"{cause}:{name or window or digest([chain.run, reason])[:16]}" + (f"@{source}" if source else "")
    body = {"cause": cause, "reason": reason.strip(), "window": window and str(window), "by": chain.actor}
    return chain.record(TYPE, str(window or name or cause), body | ({"source": source} if source else {}), once=once)


def _check(chain: Chain, cause: str, reason: str) -> None:
    if cause not in CAUSES or len(reason.strip()) < SHORTEST_REASON:
        raise KeyInvalid(
            f"{chain.model}: a request for retraining",
            expected=f"a cause ({', '.join(CAUSES)}) and a reason of some words",
            found=f"cause {cause!r}, reason {reason!r}",
            nearest=nearest(cause, CAUSES) if cause not in CAUSES else None,
            next_command=f'perennial run {chain.model} retrain --reason "..."',
        )
