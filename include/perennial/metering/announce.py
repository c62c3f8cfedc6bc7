"""Tell people when a budget is nearly spent, when it is spent, and when there is room again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perennial.context import Context
from perennial.ledger.history import History
from perennial.metering.decision import Share, Verdict, shares
from perennial.notices import Notice, reset, tell
from perennial.notices.state import standing
from perennial.spec.notices import Kind, Severity

KIND: Kind = "cost"
ORDER: Sequence[Verdict] = ("within", "near", "exceeded")
SEVERITY: Mapping[Verdict, Severity] = {"near": "info", "exceeded": "warning"}


def announce(ctx: Context, history: History) -> None:
    """Compare what people know with what is so; what they know already is not told again."""
    if ctx.spec.notices.kinds.get(KIND) == "mute":
        return
    used = shares(history, ctx.spec.compute, history.now)
    known = {key for kind, key in standing(ctx.chain) if kind == KIND} if used else set()
    for share in used:
        if share.verdict in SEVERITY and _key(share, share.verdict) not in known:
            tell(ctx.settings, ctx.chain, ctx.spec.notices, _notice(ctx, share))
        for verdict in _over(share):
            if _key(share, verdict) in known:
                key = _key(share, verdict)
                reset(ctx.settings, ctx.chain, ctx.spec.notices, KIND, key, why=f"There is room again: {share}.")


def _over(share: Share) -> list[Verdict]:
    """Return what is no longer so: a budget that is spent is still nearly spent."""
    return [verdict for verdict in SEVERITY if ORDER.index(verdict) > ORDER.index(share.verdict)]


def _key(share: Share, verdict: Verdict) -> str:
    return f"{share.what} {verdict}"


def _notice(ctx: Context, share: Share) -> Notice:
    spent = share.verdict == "exceeded"
    stops = ctx.spec.compute.exceeded == "stop"
    follows = "no training is launched until there is room" if stops else "nothing is stopped"
    subject = f"the budget {share.allowed} ({share.what}) is {'spent' if spent else 'nearly spent'}"
    text = f"{share}; when it is spent, {follows}. By stage and retraining: perennial costs {ctx.model}"
    return Notice(KIND, subject, text, _key(share, share.verdict), SEVERITY[share.verdict])
