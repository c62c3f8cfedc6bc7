"""The part of the spec that says where data comes from and what it must look like."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from perennial.spec.expectations import check_expectation
from perennial.spec.types import Column, Many, Name, Strict

Format = Literal["csv", "parquet", "jsonl"]


def _date(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_date)]


class SourceTable(Strict):
    """One table of a source: its files, and which day a row belongs to."""

    path: str = Field(description="file or glob, relative to the package or to the model's folder")
    format: Format | None = Field(default=None, description="taken from the file's name when not given")
    day: str | None = Field(
        default=None,
        description="DuckDB expression over the file's columns that gives the row's day (UTC); "
        "a table without it is a reference table: one partition, on the source's first day",
    )
    null: str | None = Field(default=None, description="how a CSV file writes a missing value, such as NA")
    columns: Many[Column] = Field(default=(), description="names of the columns of CSV files without a header line")
    trim: bool = Field(default=False, description="cut off the blanks round each value of a CSV file, before `null`")
    row_id: Column | None = Field(
        default=None,
        description="a column to add, `<file>:<place of the row in it>`, where rows have no name of their own; "
        "`day` may use it",
    )
    types: dict[Column, str] = Field(default_factory=dict, description="DuckDB types of columns not to be guessed")

    @model_validator(mode="after")
    def _each_column_once(self) -> SourceTable:
        names = [*self.columns, *([self.row_id] if self.row_id else [])]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"each column once|{twice[0]} twice|")
        return self


class Source(Strict):
    """Tables that can be asked for a window of days."""

    kind: Literal["package", "files"]
    package: str | None = Field(default=None, description="the installed Python package whose data files are read")
    first: Day
    last: Day
    tables: dict[Name, SourceTable] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Source:
        if (self.kind == "package") != (self.package is not None):
            raise ValueError("`package` names the Python package where `kind: package`, and only there")
        if self.last < self.first:
            raise ValueError(f"`last` on or after `first` ({self.first}), found {self.last}")
        if all(table.day is None for table in self.tables.values()):
            raise ValueError("at least one table with `day`, the expression that gives a row's day")
        return self


class Expectation(Strict):
    """One rule of the contract under Great Expectations' own name and arguments."""

    name: str
    arguments: dict[str, Any]

    @classmethod
    def read(cls, value: object) -> Expectation:
        """Read `{expect_...: {argument: value}}`; raises ValueError with the nearest legal name."""
        if isinstance(value, Expectation):
            return value
        if not isinstance(value, dict) or len(value) != 1:
            raise ValueError("one expectation a line, such as expect_column_values_to_not_be_null: {column: id}")
        ((name, arguments),) = value.items()
        check_expectation(str(name), arguments)
        return cls(name=str(name), arguments=dict(arguments))


ExpectationEntry = Annotated[
    Expectation,
    BeforeValidator(Expectation.read),
    # Written as it is read: a kept spec has to be readable again.
    PlainSerializer(lambda one: {one.name: dict(one.arguments)}, return_type=dict[str, Any]),
]


class TableContract(Strict):
    """What the rows of one raw table must look like, and how many may break it."""

    max_quarantined: float = Field(
        default=0.05, ge=0, le=1, description="share of a partition's rows above which the partition fails"
    )
    expect: Many[ExpectationEntry]
