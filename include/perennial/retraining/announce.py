"""Tell people of what holds up the queue, an open circuit breaker or a training without end, and that it is over."""

from __future__ import annotations

from datetime import UTC, datetime

from perennial.context import Context
from perennial.ledger.claims import launches
from perennial.ledger.history import History
from perennial.ledger.holds import is_held
from perennial.notices import Notice, reset, tell
from perennial.notices.state import standing
from perennial.retraining.breaker import failed
from perennial.retraining.decision import unusual
from perennial.spec import Spec
from perennial.spec.notices import Kind

KIND: Kind = "retraining"
BREAKER = "breaker"


def announce(ctx: Context) -> None:
    """Compare what people know with what is so; what they know already is not told again."""
    told = notices(ctx.spec, ctx.chain.history(), datetime.now(UTC))
    known = {key for kind, key in standing(ctx.chain) if kind == KIND}
    held = is_held(ctx.chain, "training")
    for notice in told:
        if notice.key not in known and (notice.key == BREAKER or not held):
            tell(ctx.settings, ctx.chain, ctx.spec.notices, notice)
    if held:
        return  # a training that waits for a release is not over, and takes no time of its own
    for key in known - {notice.key for notice in told}:
        reset(ctx.settings, ctx.chain, ctx.spec.notices, KIND, key, why="The queue goes on.")


def notices(spec: Spec, history: History, now: datetime) -> list[Notice]:
    """Return what people should know; `now` is wall time. Pure."""
    row, past = failed(history), launches(history)
    told = []
    if len(row) >= spec.retrain.give_up_after:
        subject = f"{len(row)} trainings in a row did not help: machines launch no more"
        text = f'{", ".join(row)}. A person looks and asks, or: perennial reset-breaker {spec.name} --reason "..."'
        told.append(Notice(KIND, subject, text, BREAKER))
    for one in past:
        if not one.ended and now - one.since > unusual(past):
            subject = f"training {one.claim} on {one.window} takes unusually long"
            since = f"It began {one.since:%Y-%m-%d %H:%M} UTC, and others wait for it."
            text = f'{since} If it can never end: perennial abandon {spec.name} {one.claim} --reason "..."'
            told.append(Notice(KIND, subject, text, one.claim))
    return told
