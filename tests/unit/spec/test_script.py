"""A script is its statements; what people wrote beside them does not count."""

from __future__ import annotations

import duckdb
import pytest

from perennial.spec.script import statements


def test_comments_of_both_kinds_are_left_out_and_the_order_is_kept() -> None:
    script = "SELECT 1 -- one; two\n;/* SELECT 2;\n*/ SELECT 3;"
    assert [" ".join(one.replace(";", "").split()) for one in statements(script)] == ["SELECT 1", "SELECT 3"]


def test_what_is_no_sql_raises() -> None:
    with pytest.raises(duckdb.ParserException):
        statements("SELEKT 1")
