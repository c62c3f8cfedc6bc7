"""The expectations a contract may use, as plain data: a DAG file must not pay ten seconds to check a name.

Row-wise expectations of Great Expectations 1.24: each names the rows that break it, so they can be quarantined. A
test holds this table against the library.
"""

from __future__ import annotations

from perennial.errors import nearest

_COLUMN = frozenset({"column"})
_PAIR = frozenset({"column_A", "column_B"})
_LIST = frozenset({"column_list"})

# name -> (required arguments, optional arguments)
ROW_EXPECTATIONS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "expect_column_values_to_not_be_null": (_COLUMN, frozenset()),
    "expect_column_values_to_be_null": (_COLUMN, frozenset()),
    "expect_column_values_to_be_unique": (_COLUMN, frozenset()),
    "expect_column_values_to_be_between": (
        _COLUMN,
        frozenset({"min_value", "max_value", "strict_min", "strict_max"}),
    ),
    "expect_column_values_to_be_in_set": (_COLUMN | {"value_set"}, frozenset()),
    "expect_column_values_to_not_be_in_set": (_COLUMN | {"value_set"}, frozenset()),
    "expect_column_values_to_match_regex": (_COLUMN | {"regex"}, frozenset()),
    "expect_column_values_to_not_match_regex": (_COLUMN | {"regex"}, frozenset()),
    "expect_column_value_lengths_to_be_between": (
        _COLUMN,
        frozenset({"min_value", "max_value", "strict_min", "strict_max"}),
    ),
    "expect_column_value_lengths_to_equal": (_COLUMN | {"value"}, frozenset()),
    "expect_column_pair_values_a_to_be_greater_than_b": (_PAIR, frozenset({"or_equal", "ignore_row_if"})),
    "expect_column_pair_values_to_be_equal": (_PAIR, frozenset({"ignore_row_if"})),
    "expect_compound_columns_to_be_unique": (_LIST, frozenset({"ignore_row_if"})),
}


def check_expectation(name: str, arguments: object) -> None:
    """Raise ValueError when the name or an argument is not legal, with the nearest that is."""
    if name not in ROW_EXPECTATIONS:
        raise ValueError(f"a row-wise expectation of Great Expectations|{name}|{nearest(name, ROW_EXPECTATIONS) or ''}")
    required, optional = ROW_EXPECTATIONS[name]
    if not isinstance(arguments, dict):
        expected = ", ".join(sorted(required | optional))
        raise ValueError(f"arguments of {name}: {expected}")  # noqa: TRY004 - pydantic takes ValueError for a mistake
    legal = required | optional
    for argument in arguments:
        if argument not in legal:
            raise ValueError(
                f"arguments of {name}: {', '.join(sorted(legal))}|{argument}|{nearest(argument, legal) or ''}"
            )
    if missing := sorted(required - set(arguments)):
        raise ValueError(f"{name} with {', '.join(missing)}")
    low, high = arguments.get("min_value"), arguments.get("max_value")
    if low is not None and high is not None and low > high:
        raise ValueError(f"{name} with min_value at most max_value|{low} > {high}|")
