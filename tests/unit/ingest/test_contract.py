"""Every rule of a contract names the rows that break it, within their days."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perennial.ingest.contract import _whole_frames, check, describe
from perennial.spec.expectations import ROW_EXPECTATIONS
from perennial.spec.source import Expectation, TableContract

FRAME = pd.DataFrame(
    {
        "n": [1.0, 2.0, 2.0, np.nan, 9.0, -5.0],
        "m": [0.0, 2.0, 3.0, np.nan, 1.0, np.nan],
        "s": ["a", "b", "b", None, "N1", "x"],
        "at": pd.to_datetime(["2024-01-01", "2024-01-02", None, "2024-01-04", "2024-01-05", "2024-01-06"], utc=True),
        "on": [date(2024, 1, n) for n in range(1, 7)],
        "ok": [True, False, None, True, True, True],
    }
)
ONE_DAY = np.zeros(len(FRAME), dtype=np.int64)

RULES: list[tuple[str, dict[str, Any], list[int]]] = [
    ("expect_column_values_to_not_be_null", {"column": "n"}, [3]),
    ("expect_column_values_to_be_null", {"column": "s"}, [0, 1, 2, 4, 5]),
    ("expect_column_values_to_be_unique", {"column": "n"}, [1, 2]),
    ("expect_column_values_to_be_between", {"column": "n", "min_value": 0, "max_value": 8}, [4, 5]),
    ("expect_column_values_to_be_between", {"column": "n", "min_value": 1, "strict_min": True}, [0, 5]),
    ("expect_column_values_to_be_between", {"column": "at", "max_value": "2024-01-04T00:00:00+00:00"}, [4, 5]),
    ("expect_column_values_to_be_between", {"column": "at", "max_value": datetime(2024, 1, 4, tzinfo=UTC)}, [4, 5]),
    ("expect_column_values_to_be_between", {"column": "on", "min_value": date(2024, 1, 3)}, [0, 1]),
    ("expect_column_values_to_be_in_set", {"column": "s", "value_set": ["a", "b"]}, [4, 5]),
    ("expect_column_values_to_be_in_set", {"column": "ok", "value_set": [True]}, [1]),
    ("expect_column_values_to_not_be_in_set", {"column": "s", "value_set": ["a"]}, [0]),
    ("expect_column_values_to_match_regex", {"column": "s", "regex": "^[abx]$"}, [4]),
    ("expect_column_values_to_not_match_regex", {"column": "s", "regex": "^N"}, [4]),
    ("expect_column_value_lengths_to_be_between", {"column": "s", "min_value": 2}, [0, 1, 2, 5]),
    ("expect_column_value_lengths_to_equal", {"column": "s", "value": 1}, [4]),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "n", "column_B": "m"}, [1, 2, 5]),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "n", "column_B": "m", "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        [2],
    ),
    ("expect_column_pair_values_to_be_equal", {"column_A": "n", "column_B": "m"}, [0, 2, 4, 5]),
    ("expect_compound_columns_to_be_unique", {"column_list": ["n", "s"]}, [1, 2]),
    (
        "expect_column_values_to_be_between",
        {"column": "n", "max_value": 1, "row_condition": 's=="b"', "condition_parser": "pandas"},
        [1, 2],
    ),
]


def contract(*rules: tuple[str, dict[str, Any]]) -> TableContract:
    return TableContract(expect=tuple(Expectation(name=name, arguments=arguments) for name, arguments in rules))


@pytest.mark.parametrize(("name", "arguments", "broken"), RULES)
def test_a_rule_names_the_rows_that_break_it(name: str, arguments: dict[str, Any], broken: list[int]) -> None:
    checked = check(FRAME, ONE_DAY, contract((name, arguments)))
    assert np.flatnonzero(checked.broken[0]).tolist() == broken


def test_every_legal_expectation_is_tried_here() -> None:
    assert {name for name, _, _ in RULES} == set(ROW_EXPECTATIONS)


def test_results_stand_in_the_order_of_the_contract_each_rule_once() -> None:
    rules = [(name, arguments) for name, arguments, _ in RULES]
    checked = check(FRAME, ONE_DAY, contract(*rules, rules[0]))
    # The two limits on `at` are one: Great Expectations reads both as the same moment.
    expected = [rule for n, rule in enumerate(RULES) if n != 6]
    assert list(checked.rules) == [describe(Expectation(name=name, arguments=a)) for name, a, _ in expected]
    assert [np.flatnonzero(line).tolist() for line in checked.broken] == [broken for _, _, broken in expected]


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("expect_column_values_to_not_be_null", {"column": "nope"}, 'column "nope"'),
        ("expect_column_values_to_be_unique", {"column": "nope"}, 'column "nope"'),
        ("expect_compound_columns_to_be_unique", {"column_list": ["n", "nope"]}, 'column "nope"'),
        ("expect_column_values_to_be_between", {"column": "s", "min_value": 1}, "same type"),
    ],
)
def test_a_rule_that_cannot_be_checked_is_broken_by_every_row(name: str, arguments: dict[str, Any], why: str) -> None:
    other = ("expect_column_values_to_not_be_null", {"column": "n"})
    checked = check(FRAME, ONE_DAY, contract((name, arguments), other))
    assert checked.broken[0].all()
    assert why in checked.rules[0]
    assert np.flatnonzero(checked.broken[1]).tolist() == [3]


def test_rows_repeat_only_within_a_day() -> None:
    frame = pd.DataFrame({"n": [1, 1, 1, 2], "s": ["a", "a", "a", "b"]})
    days = np.array([0, 1, 1, 1])
    rules = contract(
        ("expect_column_values_to_be_unique", {"column": "n"}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["n", "s"]}),
    )
    assert check(frame, days, rules).broken.tolist() == [[False, True, True, False]] * 2


IGNORED = {
    "all_values_are_missing": lambda day: day.isna().all(axis=1),
    "any_value_is_missing": lambda day: day.isna().any(axis=1),
    "never": lambda day: pd.Series(False, day.index),
}


@pytest.mark.parametrize("seed", range(3))
def test_days_checked_together_repeat_as_each_day_alone_in_pandas(seed: int) -> None:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({name: random.choice([1.0, 2.0, np.nan], 60, p=[0.4, 0.3, 0.3]) for name in "ab"})
    days = np.sort(random.integers(0, 12, 60))
    name, pair = "expect_compound_columns_to_be_unique", {"column_list": ["a", "b"]}
    rules = contract(
        ("expect_column_values_to_be_unique", {"column": "a"}),
        *((name, {**pair, "ignore_row_if": which}) for which in IGNORED),
        (name, {**pair, "row_condition": "a > 1", "condition_parser": "pandas"}),
    )
    alone = [frame[days == day] for day in np.unique(days)]
    pairs = [pd.concat(day.duplicated(keep=False) & ~ignored(day) for day in alone) for ignored in IGNORED.values()]
    of_a = pd.concat(day["a"].duplicated(keep=False) & day["a"].notna() for day in alone)
    large = pd.concat(day[day["a"] > 1].duplicated(keep=False) for day in alone).reindex(frame.index, fill_value=False)
    expected = np.array([of_a, *pairs, large])
    assert np.array_equal(check(frame, days, rules).broken, expected)
    assert expected.any(axis=1).all()


def test_no_rows_and_no_rules_break_nothing() -> None:
    rule = ("expect_column_values_to_not_be_null", {"column": "n"})
    assert check(FRAME.head(0), ONE_DAY[:0], contract(rule)).broken.shape == (0, 0)
    assert check(FRAME, ONE_DAY, contract()).broken.shape == (0, 6)


def test_the_frame_is_left_as_it_was() -> None:
    before = FRAME.copy(deep=True)
    check(FRAME, ONE_DAY, contract(("expect_compound_columns_to_be_unique", {"column_list": ["n", "s"]})))
    pd.testing.assert_frame_equal(before, FRAME)


def test_checking_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    check(FRAME, ONE_DAY, contract(("expect_column_values_to_not_be_null", {"column": "nope"})))
    assert capfd.readouterr() == ("", "")


def test_the_log_of_a_task_holds_nothing_of_the_library(caplog: pytest.LogCaptureFixture) -> None:
    _whole_frames()  # loads the library, as workers do before any task
    _whole_frames.cache_clear()
    with caplog.at_level(logging.INFO):
        check(FRAME, ONE_DAY, contract(("expect_column_values_to_not_be_null", {"column": "n"})))
    assert not [record for record in caplog.records if record.name.startswith("great_expectations")]
