"""What a model cost: by stage, by retraining, and how much of its budget is used."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from perennial.context import Context
from perennial.keys import version_key
from perennial.ledger.history import History
from perennial.metering.decision import shares
from perennial.metering.spent import Spent, retrainings, spent, total
from perennial.metering.subject import TYPE

MONTH = 30


def costs(ctx: Context, days: int | None = None) -> dict[str, Any]:
    """Return plain values: stages and total of the last `days` of business time or ever, retrainings, budget."""
    history = ctx.chain.history()
    stages, last = spent(history, days, history.now), history.last(TYPE)
    return {
        "model": ctx.model,
        "days": days,
        "stages": {stage: _plain(ctx, one) for stage, one in stages.items()},
        "total": _plain(ctx, total(stages.values())),
        "retrainings": [
            {"claim": one.claim, "version": one.version and version_key(one.version), **_plain(ctx, one.spent)}
            for one in retrainings(history)
        ],
        "budget": [
            {
                "what": one.what,
                "used": one.used,
                "allowed": str(one.allowed),
                "share": one.ratio,
                "verdict": one.verdict,
            }
            for one in shares(history, ctx.spec.compute, history.now)
        ],
        "exceeded": ctx.spec.compute.exceeded,
        "method": last.payload["method"] if last else None,
        "basis": last.payload["basis"] if last else None,
    }


def in_a_line(ctx: Context, history: History) -> str:
    """Say what the last month of business time took, and how much of the budgets is used."""
    month = total(spent(history, MONTH, history.now).values())
    used = [str(one) for one in shares(history, ctx.spec.compute, history.now)]
    words = f"{month.cpu_hours:.3g} CPU hours, {month.kwh:.3g} kWh, {month.kg_co2e:.3g} kg CO2e in {MONTH}d"
    return "; ".join([words, *used])


def _plain(ctx: Context, one: Spent) -> dict[str, Any]:
    price = ctx.spec.compute.price_per_cpu_hour
    return asdict(one) | {"price": price and price * one.cpu_hours}
