"""What Feast costs: a training set through our door against the same join as one bare DuckDB query.

    python bench/training_set.py [--days 366] [--repeats 5]

The data are the model's own: the stages ingest and features build the days of the flights once, in an installation of
the benchmark's own. Then three sides take turns on the same files, in one process, with Feast loaded and two threads:

    door   feature_store.retrieve: Feast looks up the service, ties are decided, rows keep the order they came in
    stage  datasets.retrieve, which is what training calls: besides, the ledger is read, Feast opened, rows sorted
    bare   one ASOF join a view, written by hand; it neither decides ties nor keeps an order

Each writes all rows to Parquet, and all rows must be equal. The targets are for the door.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bare_join import bare_query, check_equal, run_bare
from common import MODEL, finish, installation, say

from perennial import datasets
from perennial.context import Context, open_context
from perennial.datasets.definition import EXAMPLES, Definition
from perennial.datasets.partitions import built
from perennial.feature_store import store as feature_store
from perennial.keys import Window
from perennial.settings import Settings

TARGET = 2.0
"""At most this many times the wall time and the CPU time of the bare query."""
SIDES = ("door", "stage", "bare")


class Cost(NamedTuple):
    wall: float  # s
    cpu: float  # s, all threads


def main() -> None:
    options = _options()
    with installation() as settings:
        ctx, window = build(settings, options.days)
        result = compare(ctx, window, options.repeats)
    finish(result)


def build(settings: Settings, days: int) -> tuple[Context, Window]:
    """Ingest the first days of the source and build their features."""
    from perennial.features.stage import build as build_features
    from perennial.stages import Call, run_stage

    ctx = open_context(MODEL, settings=settings, actor="bench")
    window = next(ctx.spec.span.chunks(days))
    say(f"building the feature tables of {window}")
    list(run_stage(ctx, "ingest", Call(str(window))))
    build_features(ctx, window)
    return ctx, window


def compare(ctx: Context, window: Window, repeats: int) -> dict[str, Any]:
    """Let the three sides take turns; the ratio is the median of the ratios of neighbouring runs."""
    made, files = datasets.definition(ctx, ctx.spec.transform_digest), _files(ctx)
    examples = files.pop(made.table(MODEL, EXAMPLES))
    service, columns = datasets.feature_set(ctx, made.transform).service, _columns(made)
    query = bare_query(made, files, examples, columns)
    pins = {str(ctx.lake.folder(table)): names for table, names in files.items()}
    paths = [Path(name) for name in examples]
    with ctx.lake.staging() as folder, feature_store.opened(ctx.settings, pins) as feast:
        out = {side: folder / f"{side}.parquet" for side in SIDES}
        sides: dict[str, Callable[[], object]] = {
            "door": lambda: feature_store.retrieve(feast, service, paths, out["door"], columns),
            "stage": lambda: datasets.retrieve(ctx, made.transform, window, out["stage"], labelled=True),
            "bare": lambda: run_bare(ctx, query, out["bare"]),
        }
        rounds = [_round(sides, number, repeats) for number in range(repeats + 1)][1:]
        rows = check_equal(ctx, out, columns)
    sizes = {"rows": rows, "columns": len(columns), "views": len(files), "days": len(window)}
    return sizes | {"files": len(examples) + sum(map(len, files.values()))} | summary(rounds)


def summary(rounds: Sequence[Mapping[str, Cost]]) -> dict[str, Any]:
    """Return ratios and raw seconds."""

    def ratio(side: str, what: str) -> float:
        return round(statistics.median(getattr(one[side], what) / getattr(one["bare"], what) for one in rounds), 3)

    ratios = {side: {what: ratio(side, what) for what in Cost._fields} for side in SIDES if side != "bare"}
    seconds = {side: {what: [round(getattr(one[side], what), 3) for one in rounds] for what in Cost._fields}
               for side in SIDES}  # fmt: skip
    met = max(ratios["door"].values()) <= TARGET
    return {"repeats": len(rounds), "ratios": ratios, "seconds": seconds, "target": TARGET, "passed": met}


def _round(sides: Mapping[str, Callable[[], object]], number: int, repeats: int) -> dict[str, Cost]:
    """Run each side once; the first round warms the page cache and is not counted."""
    costs = {side: measured(call) for side, call in sides.items()}
    told = "; ".join(f"{side} {cost.wall:.2f} s, {cost.cpu:.2f} CPU-s" for side, cost in costs.items())
    say(f"training set, round {number} of {repeats}: {told}")
    return costs


def measured(call: Callable[[], object]) -> Cost:
    wall, before = time.perf_counter(), os.times()
    call()
    after = os.times()
    return Cost(time.perf_counter() - wall, after.user + after.system - before.user - before.system)


def _files(ctx: Context) -> dict[str, list[str]]:
    """Return the files of each table that the ledger calls current; those without rows need not be opened."""
    have = built(ctx.chain.history(), ctx.spec.transform_digest).partitions
    return {table: [str(ctx.lake.path(part)) for part in days.values() if part.rows] for table, days in have.items()}


def _columns(made: Definition) -> list[str]:
    return [*made.examples, *(field for view in made.views.values() for field in view.fields)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=366, help="days of flights; the source has 366 (UTC)")
    parser.add_argument("--repeats", type=int, default=5, help="counted rounds, one of each side")
    return parser.parse_args()


if __name__ == "__main__":
    main()
