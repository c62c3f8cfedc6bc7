"""Every stage as one call: what `perennial run` does, and what a DAG run does task by task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from perennial.context import Context
from perennial.errors import GateRefused, KeyInvalid, nearest
from perennial.keys import Window
from perennial.ledger.event import Event
from perennial.metering.record import metered


@dataclass(frozen=True)
class Call:
    """What a stage is asked: its key, and what a person may add."""

    key: str = ""
    reason: str = ""
    version: str | None = None
    dry_run: bool = False

    @property
    def window(self) -> Window:
        """The key as a window; raises KeyInvalid."""
        return Window.parse(self.key)


Told = Iterator[Event | str | None]


def ingest(ctx: Context, call: Call) -> Told:
    """Read, check and keep the days of the key."""
    from perennial.ingest.stage import load

    event = load(ctx, call.window)
    yield event or f"the source has no day of {call.key}; it ended on {ctx.spec.source.last}"


def features(ctx: Context, call: Call) -> Told:
    """Look whether the raw days are whole, build the feature partitions and bring the newest values online."""
    from perennial.features.online import materialise
    from perennial.features.stage import build
    from perennial.monitoring.arrival import check

    yield check(ctx, call.window)
    yield build(ctx, call.window)
    yield materialise(ctx, call.window)


def train(ctx: Context, call: Call) -> Told:
    """Make a candidate from the window of a claimed request."""
    from perennial.training.stage import fit, freeze, register

    yield freeze(ctx, call.key)
    fit(ctx, call.key)
    yield register(ctx, call.key)


def validate(ctx: Context, call: Call) -> Told:
    """Put a candidate through its gates."""
    from perennial.policy import load_policy
    from perennial.training.reproduce import reproduced
    from perennial.validation.stage import evaluate

    if "reproduction" in load_policy(ctx.settings.policies, ctx.spec).gates:
        try:
            yield reproduced(ctx, call.key)
        except GateRefused as refusal:  # the gate says that nobody could, and the policy what that means
            yield str(refusal)
    yield evaluate(ctx, call.key)


def promote(ctx: Context, call: Call) -> Told:
    """Make a validated version the champion, with the approvals that its tier asks for; or go back to one."""
    from perennial.promotion.stage import check, switch
    from perennial.promotion.words import PASSED, by_rule

    permission = check(ctx, call.key, call.reason or None)
    if approval := by_rule(ctx, call.key, call.reason):
        yield approval
    reason = call.reason or PASSED
    yield switch(ctx, call.key, expected_champion=permission.champion, reason=reason, kind=permission.kind)


def score(ctx: Context, call: Call) -> Told:
    """Score the days of the key with the champion."""
    from perennial.scoring.stage import score as run

    yield run(ctx, call.window, call.version) or "no champion yet: nothing is scored before one is promoted"


def monitor(ctx: Context, call: Call) -> Told:
    """Let every monitor look at a window of predictions, and do what follows."""
    from perennial.monitoring.consequences import act
    from perennial.monitoring.stage import decide, report

    yield report(ctx, call.window)
    decided = decide(ctx, call.window)
    yield decided
    yield act(ctx, decided)


def retrain(ctx: Context, call: Call) -> Told:
    """Ask for a new version when a reason is given; judge earlier trainings; decide on the queue."""
    from perennial.ledger.requests import put
    from perennial.retraining.judge import judge_due
    from perennial.retraining.stage import decide_queue

    if call.reason:
        yield put(ctx.chain, "person", call.reason)
    yield from judge_due(ctx)
    yield decide_queue(ctx) or "nobody asks for a new version"


def archive(ctx: Context, call: Call) -> Told:
    """Retire a version: pack, prove, clean up; who stands behind it is named."""
    from perennial.dependents.retired import said, tell_behind
    from perennial.retirement.stage import check, clean_up, drill, pack, planned, retire

    reason = call.reason or "superseded"
    check(ctx, call.key, reason)
    yield from said(ctx, call.key)
    if call.dry_run:
        yield from (f"would remove {path}" for path in planned(ctx, call.key))
        return
    yield pack(ctx, call.key, reason)
    yield drill(ctx, call.key)
    yield retire(ctx, call.key, reason)
    yield from (f"told the people of {name}" for name in tell_behind(ctx, call.key))
    yield clean_up(ctx, call.key)


def clock(ctx: Context, call: Call) -> Told:  # noqa: ARG001 - it looks at business time, not at a key
    """Say what is due, and undo what nobody agreed to in time."""
    from perennial.clock.stage import tick
    from perennial.dependents.stage import look, to_revalidate
    from perennial.promotion.review import undo_overdue
    from perennial.retraining.wake import wake

    yield from look(ctx)
    if champion := to_revalidate(ctx):
        yield f"due: perennial run {ctx.model} validate --key {champion}"
    due = tick(ctx)
    yield from (f"due: perennial run {ctx.model} monitor --key {window}" for window in due.windows)
    yield f"due: perennial run {ctx.model} retrain" if wake(ctx) else "no request is due"
    if due.review:
        yield undo_overdue(ctx)


STAGES: dict[str, Callable[[Context, Call], Told]] = {
    stage.__name__: stage
    for stage in (ingest, features, train, validate, promote, score, monitor, retrain, archive, clock)
}
KEYLESS = ("retrain", "clock")


def run_stage(ctx: Context, stage: str, call: Call) -> Told:
    """Run a stage and yield what it recorded, or a sentence where there was nothing to record."""
    if stage not in STAGES:
        raise KeyInvalid(
            f"stage {stage!r}",
            expected=f"one of {', '.join(STAGES)}",
            found=repr(stage),
            nearest=nearest(stage, STAGES),
        )
    if not call.key and stage not in KEYLESS:
        raise KeyInvalid(
            f"{ctx.model}.{stage}",
            expected="--key: a day, a range of days, or a version",
            found="no key",
            next_command=f"perennial run {ctx.model} {stage} --key ...",
        )
    return _metered(ctx, stage, call)


def _metered(ctx: Context, stage: str, call: Call) -> Told:
    with metered(ctx, stage, call.key):
        yield from STAGES[stage](ctx, call)
