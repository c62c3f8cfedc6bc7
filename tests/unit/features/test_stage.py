"""Building days: as a range, day by day, after a correction, twice, for two transforms: the same files."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow.parquet as pq
import pytest

from perennial.context import Context
from perennial.datasets.partitions import built
from perennial.errors import Conflict, HistoryIncomplete, KeyInvalid, SpecError
from perennial.features import stage
from perennial.features.stage import build
from perennial.keys import DAY, Window
from unit.features.clinic import FIRST, SPAN, Clinic

WEEK = Window(date(2020, 1, 8), date(2020, 1, 14))


def current(ctx: Context) -> dict[tuple[str, date], str]:
    """Return the SHA-256 of every current partition of the spec's transform."""
    have = built(ctx.chain.history(), ctx.spec.transform_digest)
    return {(table, day): one.sha256 for table, days in have.partitions.items() for day, one in days.items()}


def rows(ctx: Context, relation: str, day: date) -> list[dict[str, Any]]:
    have = built(ctx.chain.history(), ctx.spec.transform_digest)
    (table,) = [name for name in have.partitions if name.endswith(relation) or f"/{relation}/" in name]
    found: list[dict[str, Any]] = pq.read_table(ctx.lake.path(have.partitions[table][day])).to_pylist()
    return found


def written(ctx: Context) -> int:
    return len(ctx.chain.history().of("features.written"))


def test_a_range_gives_the_same_files_as_its_days_one_by_one(clinic: Clinic) -> None:
    clinic.ingest(SPAN)
    build(clinic.ctx, WEEK)
    as_range = current(clinic.ctx)
    assert len(as_range) == 3 * len(WEEK)
    clinic.say(yaml={"lookback: 3d": "lookback: 4d"})  # another transform, the same values
    for day in WEEK:
        build(clinic.ctx, Window(day, day))
    assert sorted(current(clinic.ctx).values()) == sorted(as_range.values())


def test_a_correction_builds_again_what_read_it_and_ends_where_a_clean_run_ends(clinic: Clinic) -> None:
    ctx = clinic.ctx
    corrected = Window(date(2020, 1, 9), date(2020, 1, 9))
    clinic.ingest(SPAN)
    build(ctx, WEEK)
    clinic.ingest(corrected, longer=7)
    event = build(ctx, corrected)
    assert sorted(event.payload["inputs"]) == [f"2020-01-{day:02}" for day in (9, 10, 11, 12)]
    after = current(ctx)
    clinic.say(yaml={"lookback: 3d": "lookback: 5d"})
    build(clinic.ctx, WEEK)
    assert sorted(current(clinic.ctx).values()) == sorted(after.values())


def test_doing_it_again_records_nothing(clinic: Clinic) -> None:
    ctx = clinic.ctx
    clinic.ingest(SPAN)
    first = build(ctx, WEEK)
    assert build(ctx, WEEK) == first
    assert build(ctx, Window(WEEK.first, WEEK.first)) == first
    assert written(ctx) == 1
    assert len(ctx.chain.history().of("features.defined")) == 1


def test_a_lost_file_is_put_back_without_a_word(clinic: Clinic) -> None:
    ctx = clinic.ctx
    clinic.ingest(SPAN)
    build(ctx, WEEK)
    have = built(ctx.chain.history(), ctx.spec.transform_digest)
    partition = next(iter(have.partitions.values()))[WEEK.last]
    ctx.lake.path(partition).unlink()
    build(ctx, WEEK)
    assert ctx.lake.intact(partition)
    assert written(ctx) == 1


def test_days_without_rows_and_registers_without_dates(clinic: Clinic) -> None:
    ctx = clinic.ctx
    clinic.ingest(SPAN)
    build(ctx, Window(FIRST, FIRST + DAY))
    assert [row["size"] for row in rows(ctx, "place", FIRST)] == [10, 20, 30]
    assert rows(ctx, "place", FIRST + DAY) == []
    first, second = (
        pq.read_schema(ctx.lake.path(built(ctx.chain.history(), ctx.spec.transform_digest).partitions[table][day]))
        for table in [ctx.table("features", ctx.spec.transform_digest[:8], "place")]
        for day in (FIRST, FIRST + DAY)
    )
    assert first == second


def test_a_new_register_builds_every_day_again(clinic: Clinic) -> None:
    ctx = clinic.ctx
    clinic.ingest(SPAN)
    build(ctx, WEEK)
    clinic.ingest(Window(WEEK.last, WEEK.last), sites=4)
    event = build(ctx, Window(WEEK.last, WEEK.last))
    assert sorted(event.payload["inputs"]) == [str(day) for day in WEEK]


def test_missing_history_is_named_with_the_command_that_fetches_it(clinic: Clinic) -> None:
    clinic.ingest(Window(date(2020, 1, 6), date(2020, 1, 9)))
    with pytest.raises(HistoryIncomplete) as raised:
        build(clinic.ctx, Window(date(2020, 1, 8), date(2020, 1, 10)))
    assert raised.value.found == "none for 2020-01-05, 2020-01-10"
    assert raised.value.next_command == "perennial run clinic ingest --key 2020-01-05..2020-01-10"
    assert clinic.ctx.chain.history().of("features.defined", "features.written") == []


def test_the_first_days_need_no_history_before_the_source(clinic: Clinic) -> None:
    clinic.ingest(Window(FIRST, FIRST))
    assert build(clinic.ctx, Window(FIRST, FIRST)).key == str(FIRST)


def test_days_outside_the_source_are_clipped_or_refused(clinic: Clinic) -> None:
    clinic.ingest(SPAN)
    assert build(clinic.ctx, Window(date(2020, 1, 19), date(2020, 2, 3))).key == "2020-01-19..2020-01-20"
    with pytest.raises(KeyInvalid, match=r"days of the source, 2020-01-01\.\.2020-01-20"):
        build(clinic.ctx, Window(date(2020, 2, 1), date(2020, 2, 3)))


@pytest.mark.parametrize(
    ("sql", "where", "expected"),
    [
        ({"SELECT DISTINCT site": "SELECT site"}, "relation load", "one row for each site, event_timestamp"),
        ({"SELECT visit,": "SELECT visit % 2 AS visit,"}, "relation examples", "one row for each visit, day"),
        (
            {"SELECT visit,": "SELECT nullif(visit, 800) AS visit,"},
            "relation examples",
            "a value of visit in every row",
        ),
    ],
)
def test_rows_in_doubt_are_refused(clinic: Clinic, sql: dict[str, str], where: str, expected: str) -> None:
    clinic.ingest(SPAN)
    if "load" in where:  # two visits of one site that end in the same minute
        sql = sql | {"came + to_minutes(minutes) AS done_at": "date_trunc('day', came) AS done_at"}
    ctx = clinic.say(sql=sql)
    with pytest.raises(SpecError, match=where) as raised:
        build(ctx, WEEK)
    assert raised.value.expected == expected
    assert written(ctx) == 0


def test_a_champion_keeps_its_features_until_it_is_replaced(clinic: Clinic) -> None:
    clinic.ingest(SPAN)
    build(clinic.ctx, WEEK)
    old = clinic.ctx.spec.transform_digest
    clinic.crown(old)
    ctx = clinic.say(sql={"INTERVAL 2 DAYS": "INTERVAL 1 DAYS"})
    after = Window(WEEK.last + DAY, WEEK.last + DAY)
    event = build(ctx, after)
    assert event.payload["transform"] == ctx.spec.transform_digest != old
    history = ctx.chain.history()
    assert set(built(history, old).inputs) == {*WEEK, after.last}
    assert set(built(history, ctx.spec.transform_digest).inputs) == {after.last}


def test_a_script_that_broke_does_not_stop_the_champion(clinic: Clinic) -> None:
    clinic.ingest(SPAN)
    build(clinic.ctx, WEEK)
    old = clinic.ctx.spec.transform_digest
    clinic.crown(old)
    ctx = clinic.say(sql={"TEMP VIEW load": "TEMP VIEW lood"})
    after = Window(WEEK.last + DAY, WEEK.last + DAY)
    with pytest.raises(SpecError, match="relation load"):
        build(ctx, after)
    assert after.last in built(ctx.chain.history(), old).inputs


def test_a_correction_during_the_run_wins(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = clinic.ctx
    clinic.ingest(SPAN)
    computed = stage._compute

    def meanwhile(*args: Any, **options: Any) -> Any:
        yield from computed(*args, **options)
        clinic.ingest(Window(WEEK.first, WEEK.first), longer=5)

    with monkeypatch.context() as patch:
        patch.setattr(stage, "_compute", meanwhile)
        with pytest.raises(Conflict, match="a new revision behind 2020-01-08, 2020-01-09, 2020-01-10 and 1 more"):
            build(ctx, WEEK)
    assert written(ctx) == 0
    build(ctx, WEEK)
    assert written(ctx) == 1


def test_a_crash_before_the_commit_leaves_the_next_run_its_work(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = clinic.ctx
    clinic.ingest(SPAN)
    with monkeypatch.context() as patch:
        patch.setattr(stage, "_record", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            build(ctx, WEEK)
    assert built(ctx.chain.history(), ctx.spec.transform_digest).partitions == {}
    build(ctx, WEEK)
    assert len(current(ctx)) == 3 * len(WEEK)


LOOKS_AHEAD = {"PRECEDING AND CURRENT ROW": "PRECEDING AND INTERVAL 2 DAYS FOLLOWING"}
LOOKS_TOO_FAR_BACK = {"INTERVAL 2 DAYS PRECEDING": "INTERVAL 6 DAYS PRECEDING"}
RANKS_ALL_DAYS = {"count(*) OVER last_2d": "row_number() OVER (ORDER BY done_at, visit)"}


@pytest.mark.parametrize("sql", [LOOKS_AHEAD, LOOKS_TOO_FAR_BACK, RANKS_ALL_DAYS])
def test_a_script_whose_days_depend_on_other_days_is_refused(clinic: Clinic, sql: dict[str, str]) -> None:
    clinic.ingest(SPAN)
    ctx = clinic.say(sql=sql)
    with pytest.raises(SpecError, match="relation load") as raised:
        build(ctx, SPAN)
    assert raised.value.expected.startswith("the same rows of 2020-01-10 whether the script sees 3 days before it")
    assert written(ctx) == 0


def test_the_last_digits_of_floating_point_sums_may_differ(clinic: Clinic) -> None:
    clinic.ingest(SPAN)
    ctx = clinic.say(sql={"sum(minutes) OVER last_2d": "sum(minutes / 7.0::DOUBLE) OVER last_2d"})
    assert build(ctx, SPAN).key == str(SPAN)
