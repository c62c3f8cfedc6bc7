"""The data contract, checked by Great Expectations: which rows of a frame break which rule."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from perennial.spec.source import Expectation, TableContract

DAY = "_day"  # of the frame that is checked, not of the caller's
ALL_MISSING = "all_values_are_missing"  # the rows that Great Expectations' compound uniqueness leaves out by default


@dataclass(frozen=True)
class Checked:
    """What a check found; `broken` has a line for each rule and a column for each row of the frame."""

    rules: tuple[str, ...]
    broken: npt.NDArray[np.bool_]


def check(frame: pd.DataFrame, days: npt.NDArray[np.int64], contract: TableContract) -> Checked:
    """Ask every rule of every row; `days` holds each row's day, and rules of uniqueness are asked within one.

    A rule that cannot be evaluated (no such column, values that do not compare) is broken by every row. A missing value
    breaks only the rules that ask for a value. Of rows that repeat one another, every one breaks the rule.
    """
    if not contract.expect or frame.empty:
        return Checked((), np.zeros((0, len(frame)), dtype=bool))
    frame = frame.reset_index(drop=True).assign(**{DAY: days})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of what pydantic, pandas and it itself deprecate
        results = _validate(frame, contract)
    found = [_result(contract.expect[number], results[number]) for number in sorted(results)]
    broken = np.zeros((len(found), len(frame)), dtype=bool)
    for line, (_, rows) in zip(broken, found, strict=True):
        line[rows] = True
    return Checked(tuple(text for text, _ in found), broken)


def describe(rule: Expectation) -> str:
    """Write a rule in one line, as reasons and reports have it."""
    return f"{rule.name}({', '.join(f'{name}={value!r}' for name, value in rule.arguments.items())})"


def _validate(frame: pd.DataFrame, contract: TableContract) -> dict[int, Any]:
    """Return the result of each rule by its number; a rule that stands twice is asked once."""
    import great_expectations as gx

    definition = _whole_frames()  # a suite can be made only after its context
    suite = gx.ExpectationSuite(name="contract")
    for number, rule in enumerate(contract.expect):
        suite.add_expectation(_expectation(rule, number, frame))
    batch = definition.get_batch(batch_parameters={"dataframe": frame})
    # COMPLETE lists every row; `success` is not asked, because each row counts by itself.
    complete = {"result_format": "COMPLETE", "return_unexpected_index_query": False}
    # The results come grouped by column, not in the order of the suite.
    return {r.expectation_config.meta["rule"]: r for r in batch.validate(suite, result_format=complete).results}


@cache
def _whole_frames() -> Any:
    """Set Great Expectations up once a process: in memory, silent, telling nobody."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # It tells every task of its temporary folders. The second logger has a level of its own.
    for logger in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(logger).setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("whole")


def _expectation(rule: Expectation, number: int, frame: pd.DataFrame) -> Any:
    import great_expectations.expectations as gxe

    name, arguments = _within_days(rule, number, frame)
    kind = getattr(gxe, "".join(word.title() for word in name.split("_")))
    return kind(**arguments, meta={"rule": number})


def _within_days(rule: Expectation, number: int, frame: pd.DataFrame) -> tuple[str, Mapping[str, Any]]:
    """Turn a rule of uniqueness into one of (day, columns), which leaves the same rows out; others stay as they are."""
    compound = "expect_compound_columns_to_be_unique"
    if rule.name == "expect_column_values_to_be_unique":
        others = {name: value for name, value in rule.arguments.items() if name != "column"}
        columns = [rule.arguments["column"], DAY]
        return compound, {**others, "column_list": columns, "ignore_row_if": "any_value_is_missing"}
    if rule.name != compound:
        return rule.name, rule.arguments
    columns, day = list(rule.arguments["column_list"]), DAY
    if rule.arguments.get("ignore_row_if", ALL_MISSING) == ALL_MISSING and set(columns) <= set(frame.columns):
        # A day that is missing where all the columns are, or no row would be left out any more.
        day = f"{DAY}_{number}"
        frame[day] = frame[DAY].where(frame[columns].notna().any(axis=1))
    return compound, {**rule.arguments, "column_list": [*columns, day]}


def _result(rule: Expectation, result: Any) -> tuple[str, Any]:
    """Return the rule's text and the rows that break it: all of them, and why, when it could not be evaluated."""
    told = result.exception_info  # one exception's facts, or those of several by the metric that raised
    infos = [told] if "raised_exception" in told else list(told.values())
    raised = [info["exception_message"] for info in infos if info["raised_exception"]]
    if raised:
        return f"{describe(rule)} cannot be checked: {raised[0]}", slice(None)
    return describe(rule), list(result.result["unexpected_index_list"])
