"""Meter a piece of work and tell the ledger what it took, whether it went well or not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from perennial.context import Context
from perennial.errors import PerennialError
from perennial.ledger.event import Event
from perennial.metering.announce import announce
from perennial.metering.energy import estimate
from perennial.metering.machine import machine_of
from perennial.metering.reading import Reading, Usage
from perennial.metering.subject import TYPE, subject

log = logging.getLogger(__name__)


@contextmanager
def metered(ctx: Context, stage: str, key: str) -> Iterator[None]:
    """Record what the block takes; a block that raises costs, too."""
    began, well = Reading.begin(), False
    try:
        yield
        well = True
    finally:
        record(ctx, stage, key, Usage.since(began), well=well)


def record(
    ctx: Context, stage: str, key: str, usage: Usage, *, well: bool, task: str = "", once: str | None = None
) -> Event | None:
    """Record one try of a task, or of a whole stage; a meter that fails never fails the work."""
    try:
        body = {"stage": stage, "task": task or stage, "well": well, **subject(ctx.chain, stage, key)}
        told = ctx.chain.record(TYPE, key or stage, body | _figures(ctx, usage), once=once)
        if ctx.spec.compute.cpu or ctx.spec.compute.carbon:
            announce(ctx, ctx.chain.history())
    except (PerennialError, SQLAlchemyError, OSError) as error:
        log.warning("what %s %s took was not recorded, or not told: %s", ctx.model, stage, error)
        return None
    return told


def _figures(ctx: Context, usage: Usage) -> dict[str, Any]:
    machine = machine_of(ctx.settings)
    energy = estimate(usage, machine)
    return {
        "seconds": round(usage.seconds, 3),
        "cpu_seconds": round(usage.cpu_seconds, 3),
        "bytes_read": usage.bytes_read,
        "bytes_written": usage.bytes_written,
        "peak_memory": usage.peak_memory,
        "kwh": float(f"{energy.kwh:.4g}"),
        "kg_co2e": float(f"{energy.kg_co2e:.4g}"),
        "method": energy.method,
        "basis": machine.basis,
    }
