"""New raw days are looked at when they come in: on real flights, a weather feed that breaks stops the model."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from perennial.context import Context
from perennial.errors import Held
from perennial.keys import Window
from perennial.lake.partitions import Partition
from perennial.ledger.holds import holds, lift
from perennial.monitoring.arrival import check
from perennial.scoring.stage import score
from unit.monitoring.flown import BUILT

DAY = BUILT.last
"""Built, not scored yet."""
TODAY = Window(DAY, DAY)


def came_in_again(ctx: Context, emptied: tuple[str, ...]) -> Partition:
    """Bring the day's weather in again, with these columns empty, as ingest does."""
    table = f"{ctx.model}/raw/weather"
    first = next(event for event in ctx.chain.history().of("raw.written") if str(DAY) in event.payload["tables"][table])
    whole = Partition(table, DAY, **first.payload["tables"][table][str(DAY)])
    rows = pq.read_table(ctx.lake.path(whole), partitioning=None)
    for name in emptied:
        place = rows.schema.get_field_index(name)
        rows = rows.set_column(place, rows.schema.field(place), pa.nulls(rows.num_rows, rows.schema.field(place).type))
    with ctx.lake.staging() as staging:
        pq.write_table(rows, staging / "day.parquet")
        kept = ctx.lake.keep(table, DAY, Path(staging) / "day.parquet")
    payload = {"tables": {table: {str(DAY): kept.to_dict()}}, "counts": {}, "last": str(DAY)}
    ctx.chain.record("raw.written", str(DAY), payload)
    return kept


def test_whole_days_are_no_news(flown: Context) -> None:
    before = len(flown.chain.history().events)
    assert check(flown, TODAY) is None
    assert len(flown.chain.history().events) == before


def test_a_broken_day_stops_the_model_until_a_person_lifts_it(flown: Context) -> None:
    came_in_again(flown, ("temp", "dewp"))
    decided = check(flown, TODAY)
    assert decided is not None
    assert (decided.payload["action"], decided.payload["at_fault"]) == ("stop", ["weather.temp", "weather.dewp"])
    with pytest.raises(Held, match=f"weather.temp holds nothing, since {DAY}"):
        score(flown, TODAY)
    assert check(flown, TODAY) == decided, "looked at twice, it is told once"
    assert len(holds(flown.chain)) == 1

    came_in_again(flown, ())
    assert check(flown, TODAY) is None
    with pytest.raises(Held):
        score(flown, TODAY)
    lift(replace(flown.chain, actor="ann"), "the source was mended")
    assert score(flown, TODAY) is not None


def test_a_day_that_comes_again_and_is_still_broken_is_held_again(flown: Context) -> None:
    came_in_again(flown, ("temp", "dewp"))
    check(flown, TODAY)
    lift(replace(flown.chain, actor="ann"), "they said that it is mended")
    assert check(flown, TODAY) is not None
    assert holds(flown.chain) == [], "the same rows say nothing new to the person who lifted"
    came_in_again(flown, ("temp",))
    check(flown, TODAY)
    assert "weather.temp holds nothing" in holds(flown.chain)[0].reason


def test_days_before_the_champions_own_are_never_at_fault(flown: Context) -> None:
    assert check(flown, Window(date(2013, 1, 1), date(2013, 1, 5))) is None
    assert np.all([event.type != "triage.decided" for event in flown.chain.history().events])
