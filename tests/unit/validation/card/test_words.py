"""Any figures become rows and tables; none of them is lost."""

from __future__ import annotations

from perennial.validation.card.document import Document as Doc
from perennial.validation.card.document import Section as Part
from perennial.validation.card.document import Table, Text, to_html
from perennial.validation.card.words import MOST, figures, number


def test_numbers_are_written_as_people_read_them() -> None:
    assert [number(one) for one in (None, True, False, 12_000, 0.123456, "x")] == [
        "-",
        "yes",
        "no",
        "12,000",
        "0.1235",
        "x",
    ]


def test_estimates_unknowns_and_nested_figures_are_rows() -> None:
    found = {
        "noise": {
            "share": {"value": 0.1, "low": 0.05, "high": 0.2, "level": 0.95},
            "by_column": {"age": 0.1, "pay": 3},
        },
        "adversarial": {"why": "nothing is declared"},
        "rows": 1_000,
    }
    (table,) = figures(found)
    assert isinstance(table, Table)
    assert list(table.rows) == [
        ["noise: share", "0.1", "0.0500 to 0.2000"],
        ["noise: by column", "age 0.1, pay 3", ""],
        ["adversarial", "unknown", "nothing is declared"],
        ["rows", "1,000", ""],
    ]


def test_records_are_a_table_of_their_own_with_names_first() -> None:
    rows = [{"high": 0.3, "name": f"s{n}", "rows": n} for n in range(MOST + 1)]
    text, table = figures({"slices": rows})
    assert isinstance(text, Text)
    assert isinstance(table, Table)
    assert f"the first {MOST} of {MOST + 1}" in text.text
    assert (list(table.header), table.rows[0]) == (["name", "rows", "high"], ["s0", "0", "0.3"])
    assert len(table.rows) == MOST


def test_nothing_measured_shows_nothing() -> None:
    assert figures({}) == []


def test_long_names_may_break_and_numbers_and_digests_may_not() -> None:
    table = Table(["a"], [["demographic_parity:age_band"], ["0.1 to 0.2"], ["a" * 64], ["fail (waived)"]])
    html = to_html(Doc("t", [Part("s", [table])]))
    assert "<td>demographic_<wbr>parity:<wbr>age_<wbr>band</td>" in html
    assert '<td class="number">0.1 to 0.2</td>' in html
    assert f'<td class="digest">{"a" * 64}</td>' in html
    assert '<td class="fail">fail (waived)</td>' in html
