"""The verdict leads with the criterion of each attribute; what only reports is one table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from perennial.settings import PROJECT
from perennial.spec import load_spec
from perennial.validation.card import Facts
from perennial.validation.card.document import Table, Text
from perennial.validation.card.fairness import chosen, folded
from perennial.validation.card.sections import verdict
from unit.validation.card.made import facts_of
from unit.validation.card.test_people import gate

CENSUS = load_spec(PROJECT / "include" / "models" / "census_income" / "model.yaml")
GATES = [
    gate("auc", verdict="pass"),
    gate("error_rate:race", verdict="pass"),
    gate("demographic_parity:age_band", waiver="e" * 64),
    gate("demographic_parity:sex"),
    gate("error_rate:sex", verdict="pass", mode="report"),
    gate("error_rate:sex+race", mode="report"),
    gate("demographic_parity:sex+race", value=None, low=None, high=None, verdict="insufficient_data", mode="report"),
    gate("demographic_parity:race", mode="report"),
    gate("brier", mode="report"),
]


def facts(gates: list[dict[str, Any]]) -> Facts:
    known = facts_of()
    return replace(known, spec=CENSUS, verdict={**known.verdict, "gates": gates})


def test_what_was_chosen_comes_first_in_the_order_of_the_spec() -> None:
    said, count, lead, rest, *_ = verdict(facts(GATES))
    assert isinstance(said, Text)
    bad = "demographic_parity:age_band fail (waived); demographic_parity:sex fail"
    assert count == Text(f"2 of 4 results that count passed, all but: {bad}.")
    assert isinstance(lead, Table)
    assert [(row[0], row[1], row[5]) for row in lead.rows] == [
        ("sex", "demographic parity", "fail"),
        ("race", "error rate", "pass"),
        ("age_band", "demographic parity", "fail (waived)"),
    ]
    assert isinstance(rest, Table)
    assert [row[0] for row in rest.rows] == ["auc"]


def test_every_result_stands_there_once() -> None:
    blocks = verdict(facts(GATES))
    cells = [cell for block in blocks if isinstance(block, Table) for row in block.rows for cell in row[1:]]
    shown = sum(cell.split(":")[0] in {"pass", "fail", "fail (waived)", "insufficient data"} for cell in cells)
    assert shown == len(GATES)


def test_what_only_reports_is_a_line_for_each_grouping_attributes_before_pairs() -> None:
    said, table = folded([one for one in GATES if one["mode"] == "report" and one["name"] != "brier"])
    assert isinstance(said, Text)
    assert said.text.startswith("4 more results of fairness are reported only, 2 of them beyond their limit")
    assert isinstance(table, Table)
    assert table.header == ["groups by", "demographic parity, limit 0.8", "error rate, limit 0.8"]
    assert table.rows == [
        ["sex", "", "pass: 0.1, 0.0500 to 0.2000"],
        ["race", "fail: 0.1, 0.0500 to 0.2000", ""],
        ["sex+race", "insufficient data", "fail: 0.1, 0.0500 to 0.2000"],
    ]


def test_a_model_that_is_not_about_people_has_no_table_of_fairness() -> None:
    known = facts_of()
    assert not chosen(known.verdict["gates"], known.spec)
    assert not folded([])
    tables = [block for block in verdict(known) if isinstance(block, Table)]
    assert [table.header[0] for table in tables][:1] == ["gate"]
