"""What only a person does to the queue: reset its circuit breaker, give up a training that can never end."""

from __future__ import annotations

from collections.abc import Callable

from perennial.context import Context
from perennial.errors import GateRefused
from perennial.ledger.claims import ABANDONED, launches
from perennial.ledger.event import Event
from perennial.ledger.history import History
from perennial.ledger.origin import people
from perennial.ledger.requests import SHORTEST_REASON
from perennial.retraining.breaker import RESET, failed


def reset_breaker(ctx: Context, reason: str) -> Event:
    """Let machines ask for trainings again, whatever did not help before; raises GateRefused where nothing failed."""
    reason = _refuse_machines(ctx, "reset of the circuit breaker", reason, 'reset-breaker {} --reason "..."')
    body = {"by": ctx.chain.actor, "reason": reason, "failed": failed(ctx.chain.history())}
    return ctx.chain.record(RESET, ctx.model, body, once=ctx.chain.run, guard=_something_failed)


def abandon(ctx: Context, claim: str, reason: str) -> Event:
    """Give up a training, so that another may be launched; what asked for it is asked again.

    Raises GateRefused for a claim that there is not, or that has made its version.
    """
    reason = _refuse_machines(ctx, f"giving up {claim}", reason, f'abandon {{}} {claim} --reason "..."')
    body = {"claim": claim, "by": ctx.chain.actor, "reason": reason}
    return ctx.chain.record(ABANDONED, claim, body, once=claim, guard=_is_under_way(claim))


def _refuse_machines(ctx: Context, what: str, reason: str, command: str) -> str:
    reason = reason.strip()
    if not people([ctx.chain.actor]) or len(reason) < SHORTEST_REASON:
        raise GateRefused(
            f"{ctx.model}: {what}",
            expected=f"a person, with a reason of at least {SHORTEST_REASON} characters",
            found=f"{ctx.chain.actor}, reason {reason!r}",
            next_command=f"perennial {command.format(ctx.model)}",
        )
    return reason


def _something_failed(history: History) -> None:
    if not failed(history):
        raise GateRefused(
            f"{history.chain}: reset of the circuit breaker",
            expected="a training that did not help since the last one that did",
            found="none: nothing is held back by it",
            next_command=f"perennial status {history.chain}",
        )


def _is_under_way(claim: str) -> Callable[[History], None]:
    def guard(history: History) -> None:
        running = [one.claim for one in launches(history) if not one.ended]
        if claim not in running:
            made = next((f"it made v{one.version}" for one in launches(history) if one.claim == claim), "no such claim")
            raise GateRefused(
                f"{history.chain}: giving up {claim}",
                expected=f"a training that is under way: {', '.join(running) or 'there is none'}",
                found=made,
                next_command=f"perennial status {history.chain}",
            )

    return guard
