"""What is served: the newest value of each key, whatever order the windows come in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from perennial import datasets
from perennial.context import Context
from perennial.datasets.partitions import marks
from perennial.errors import HistoryIncomplete
from perennial.feature_store import store
from perennial.features.online import materialise
from perennial.features.stage import build
from perennial.keys import DAY, Window
from unit.features.clinic import SPAN, Clinic, visits

WEEK = Window(date(2020, 1, 8), date(2020, 1, 14))
BEFORE = Window(date(2020, 1, 4), date(2020, 1, 7))
SITES = ("a", "b", "c")


def served(ctx: Context, transform: str | None = None) -> dict[str, tuple[Any, ...]]:
    """Return the online features of each site: visits_2d, minutes_2d, size."""
    service = datasets.feature_set(ctx, transform or ctx.spec.transform_digest).service
    with store.opened(ctx.settings, {}) as feast:
        rows = store.online(feast, service, [{"site": site} for site in SITES])
    return {row["site"]: (row["visits_2d"], row["minutes_2d"], row["size"]) for row in rows}


def newest(last: date, corrected: date | None = None) -> dict[str, tuple[int, float]]:
    """Compute visits_2d and minutes_2d of each site in plain Python, from the visits that ended by the end of a day."""
    by = datetime.combine(last + DAY, datetime.min.time())
    found = {}
    for site in SITES:
        ends = [
            (row["came"] + timedelta(minutes=row["minutes"]), row["minutes"])
            for day in SPAN
            for row in visits(day, 7 if day == corrected else 0)
            if row["site"] == site
        ]
        latest = max(end for end, _ in ends if end < by)
        lately = [minutes for end, minutes in ends if latest - timedelta(days=2) <= end <= latest]
        found[site] = (len(lately), float(sum(lately)))
    return found


def online(ctx: Context, window: Window) -> Any:
    build(ctx, window)
    return materialise(ctx, window)


def test_the_newest_value_of_each_key_is_served(clinic: Clinic) -> None:
    clinic.ingest(SPAN)
    event = online(clinic.ctx, WEEK)
    found = served(clinic.ctx)
    assert {site: values[:2] for site, values in found.items()} == newest(WEEK.last)
    assert event.payload["skipped"] == []
    assert set(event.payload["marks"].values()) == {"2020-01-14"}


def test_a_register_without_dates_goes_online_with_the_first_day(clinic: Clinic) -> None:
    clinic.ingest(SPAN)
    online(clinic.ctx, Window(SPAN.first, WEEK.last))
    assert {site: values[2] for site, values in served(clinic.ctx).items()} == {"a": 10, "b": 20, "c": 30}


def test_an_older_window_never_takes_the_place_of_a_newer_one(clinic: Clinic) -> None:
    ctx = clinic.ctx
    clinic.ingest(SPAN)
    online(ctx, WEEK)
    before, at = served(ctx), marks(ctx.chain.history())
    event = online(ctx, BEFORE)
    assert served(ctx) == before
    assert marks(ctx.chain.history()) == at
    assert len(event.payload["skipped"]) == 2
    assert event.payload["freshness"] == ctx.chain.history().of("features.materialised")[0].payload["freshness"]


def test_doing_it_again_records_nothing(clinic: Clinic) -> None:
    ctx = clinic.ctx
    clinic.ingest(SPAN)
    first = online(ctx, WEEK)
    assert online(ctx, WEEK) == first
    assert len(ctx.chain.history().of("features.materialised")) == 1


def test_a_correction_of_an_old_day_reaches_the_days_that_are_served(clinic: Clinic) -> None:
    ctx = clinic.ctx
    corrected = WEEK.last - DAY
    clinic.ingest(SPAN)
    online(ctx, WEEK)
    before = served(ctx)
    clinic.ingest(Window(corrected, corrected), longer=7)
    online(ctx, Window(corrected, corrected))
    after = served(ctx)
    assert after != before
    assert {site: values[:2] for site, values in after.items()} == newest(WEEK.last, corrected)


def test_freshness_is_counted_from_the_end_of_the_newest_day(clinic: Clinic) -> None:
    ctx = clinic.ctx
    clinic.ingest(SPAN)
    event = online(ctx, WEEK)
    features = datasets.feature_set(ctx, ctx.spec.transform_digest)
    load = event.payload["freshness"][features.view("load")]
    end = datetime.combine(WEEK.last + DAY, datetime.min.time(), UTC)
    assert load["fresh"] is True
    assert timedelta(seconds=load["age_seconds"]) == end - datetime.fromisoformat(load["newest"])
    assert event.payload["freshness"][features.view("place")] == {"newest": None, "age_seconds": None, "fresh": False}


def test_the_champions_features_stay_online_beside_the_new_ones(clinic: Clinic) -> None:
    clinic.ingest(SPAN)
    online(clinic.ctx, BEFORE)
    old = clinic.ctx.spec.transform_digest
    clinic.crown(old)
    ctx = clinic.say(sql={"count(*) OVER last_2d": "1 + count(*) OVER last_2d"})
    event = online(ctx, WEEK)
    assert event.payload["transform"] == ctx.spec.transform_digest
    expected = newest(WEEK.last)
    assert {site: values[:2] for site, values in served(ctx, old).items()} == expected
    assert {site: values[:2] for site, values in served(ctx).items()} == {
        site: (count + 1, minutes) for site, (count, minutes) in expected.items()
    }


def test_the_first_time_all_that_is_built_goes_online(clinic: Clinic) -> None:
    ctx = clinic.ctx
    clinic.ingest(SPAN)
    build(ctx, Window(SPAN.first, WEEK.last - DAY))
    online(ctx, Window(WEEK.last, WEEK.last))
    expected = newest(WEEK.last)
    assert served(ctx) == {site: (*expected[site], 10 * n) for n, site in enumerate(SITES, 1)}


def test_features_that_are_not_built_cannot_go_online(clinic: Clinic) -> None:
    clinic.ingest(SPAN)
    build(clinic.ctx, BEFORE)
    with pytest.raises(HistoryIncomplete) as raised:
        materialise(clinic.ctx, WEEK)
    assert raised.value.next_command == "perennial run clinic features --key 2020-01-08..2020-01-14"
