"""Put a brake on a model, or on all models, and take it off: anybody and triage may hold, only a person lifts."""

from __future__ import annotations

from collections.abc import Callable, Collection

from perennial.errors import GateRefused, KeyInvalid, nearest
from perennial.hashing import digest
from perennial.ledger.brakes import EVERY_MODEL, LIFTED, PLACED, SCOPES, Hold, Scope, refuse_held, standing
from perennial.ledger.chain import Chain
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.origin import is_machine

__all__ = ["EVERY_MODEL", "SCOPES", "Hold", "Scope", "holds", "is_held", "lift", "place", "refuse_if_held"]
SHORTEST_REASON = 3


def place(chain: Chain, scopes: Collection[Scope], reason: str) -> Event:
    """Hold these scopes until a person lifts it; the same reason twice is one hold. Raises KeyInvalid.

    Whatever is under way is stopped where it would record its result.
    """
    reason, named = reason.strip(), [scope for scope in SCOPES if scope in scopes]
    _refuse_unclear(chain, scopes, reason)
    history = chain.history()
    if told := _placed(history, named, reason):
        return told
    lifted = history.last(LIFTED)
    # Two processes that stop a model for the same reason tell it once; after a release it is told anew.
    once = digest({"scopes": named, "reason": reason, "after": lifted and lifted.hash})
    body = {"scopes": named, "reason": reason, "by": chain.actor}
    return chain.record(PLACED, ",".join(named), body, once=once)


def lift(chain: Chain, reason: str, numbers: Collection[int] = ()) -> Event:
    """Lift the hold that stands, or those of several that `numbers` name; the event says who did, and why.

    Raises GateRefused for a machine, without a reason, where none stands, and where several do and none is named.
    """
    reason = reason.strip()
    _refuse_machines(chain, reason)
    history = chain.history()
    if told := _lifted_by_this_run(history, chain, reason):
        return told
    chosen = _chosen(history, numbers)
    scopes = [scope for scope in SCOPES if any(scope in hold.scopes for hold in chosen)]
    body = {"holds": [hold.number for hold in chosen], "scopes": scopes, "reason": reason, "by": chain.actor}
    return chain.record(LIFTED, ",".join(scopes), body, guard=_still(chosen, numbers))


def holds(chain: Chain) -> list[Hold]:
    """Return the holds that stand: those of the model, then those of all models."""
    chains = dict.fromkeys((chain.model, EVERY_MODEL))
    return [hold for name in chains for hold in standing(chain.ledger.read(name, PLACED, LIFTED))]


def is_held(chain: Chain, scope: Scope) -> bool:
    """Tell whether the model, or all models, are held."""
    return any(scope in hold.scopes for hold in holds(chain))


def refuse_if_held(chain: Chain, scope: Scope) -> None:
    """Raise Held where the model, or all models, are held; what is recorded asks again (`Chain.record`)."""
    refuse_held(chain.model, scope, holds(chain))


def _refuse_unclear(chain: Chain, scopes: Collection[str], reason: str) -> None:
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes or len(reason) < SHORTEST_REASON:
        raise KeyInvalid(
            f"{chain.model}: hold",
            expected=f"some of {', '.join(SCOPES)}, and a reason of at least {SHORTEST_REASON} characters",
            found=f"{', '.join(scopes) or 'none'}; reason {reason!r}",
            nearest=nearest(unknown[0], SCOPES) if unknown else None,
            next_command=f'perennial hold {chain.model} --scope scoring --reason "..."',
        )


def _placed(history: History, scopes: Collection[Scope], reason: str) -> Event | None:
    """Return the event of a hold that stands for this reason and covers these scopes."""
    hits = [one for one in standing(history.events) if one.reason == reason and one.scopes >= set(scopes)]
    return next((event for event in history.events if hits and event.seq == hits[0].number), None)


def _refuse_machines(chain: Chain, reason: str) -> None:
    if is_machine(chain.actor) or len(reason) < SHORTEST_REASON:
        raise GateRefused(
            f"{chain.model}: release",
            expected=f"a person, with a reason of at least {SHORTEST_REASON} characters",
            found=f"{chain.actor}, reason {reason!r}",
            next_command=_release(chain.model),
        )


def _lifted_by_this_run(history: History, chain: Chain, reason: str) -> Event | None:
    """Return the word of this very run where it is the last one: a task that runs twice lifts once."""
    told = history.of(PLACED, LIFTED)[-1:]
    mine = [one for one in told if (one.type, one.run, one.payload["reason"]) == (LIFTED, chain.run, reason)]
    return mine[0] if mine else None


def _chosen(history: History, numbers: Collection[int]) -> list[Hold]:
    found = standing(history.events)
    chosen = [hold for hold in found if hold.number in numbers] if numbers else found
    if not chosen or len(chosen) < len(numbers) or (len(found) > 1 and not numbers):
        last = history.last(LIFTED)
        over = f"; the last was lifted by {last.payload['by']}: {last.payload['reason']}" if last else ""
        raise GateRefused(
            f"{history.chain}: release",
            expected="the numbers of holds that stand" if found else "a hold that stands",
            found="; ".join(map(str, found)) or f"none{over}",
            next_command=_release(history.chain, found[-1].number) if found else "perennial holds",
        )
    return chosen


def _still(chosen: list[Hold], numbers: Collection[int]) -> Callable[[History], None]:
    """Refuse under the lock where what stands is no longer what was read: nobody lifts what she has not seen."""

    def guard(history: History) -> None:
        if _chosen(history, numbers) != chosen:
            raise GateRefused(
                f"{history.chain}: release",
                expected="; ".join(map(str, chosen)),
                found="; ".join(map(str, standing(history.events))),
                next_command=_release(history.chain),
            )

    return guard


def _release(chain: str, number: int | None = None) -> str:
    """Return the command that lifts."""
    named = f" --hold {number}" if number else ""
    return f'perennial release {"--all" if chain == EVERY_MODEL else chain}{named} --reason "..."'
