"""Leave the requests that are due, and tell whether `retrain` has something to do."""

from __future__ import annotations

from datetime import UTC, datetime

from perennial.context import Context
from perennial.ledger.claims import launches
from perennial.ledger.history import History
from perennial.ledger.requests import put
from perennial.retraining.announce import announce
from perennial.retraining.due import code_due, look_due, new_data_due, training_due
from perennial.retraining.judgement import to_judge
from perennial.retraining.window import labelled_until


def wake(ctx: Context) -> bool:
    """Ask for what schedule, new data and code ask for; True where the queue or a judgement waits for a look."""
    history = ctx.chain.history()
    if history.now is None:
        return False
    _ask_for_what_is_due(ctx, history, history.now)
    announce(ctx)
    present, labelled = ctx.chain.history(), labelled_until(ctx.spec, history)
    return look_due(present, datetime.now(UTC)) or bool(to_judge(present, ctx.spec.retrain.judge_after, labelled))


def _ask_for_what_is_due(ctx: Context, history: History, now: datetime) -> None:
    rules, past = ctx.spec.retrain, launches(history)
    last = past[-1] if past else None
    if due := training_due(rules.every, last.at if last else None, now):
        put(ctx.chain, "schedule", f"{rules.every}d since the last training", name=str(due))
    if due := new_data_due(rules.on_new_data, last.window.last if last else None, labelled_until(ctx.spec, history)):
        put(ctx.chain, "new_data", f"{rules.on_new_data} new labelled days by {due}", name=str(due))
    versions = [history.version(number) for number in history.versions]
    champion = history.version(history.champion) if history.champion else None
    if made := code_due(ctx.spec, champion, versions):
        put(ctx.chain, "code", "transform or `train` changed since the champion was made", name=made)
