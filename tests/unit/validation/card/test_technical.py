"""The technical file has the annex's headings, facts where the records know them, and says what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perennial.validation.card import technical_file
from perennial.validation.card.document import to_html, to_markdown
from perennial.validation.card.technical import PARTS
from unit.validation.card.made import facts_of


def test_it_has_the_nine_headings_in_order() -> None:
    titles = [section.title for section in technical_file(facts_of()).sections]
    assert [title[0] for title in titles if title[0].isdigit()] == list("123456789")


def test_what_only_people_can_write_is_listed_until_it_is_written() -> None:
    text = to_markdown(technical_file(facts_of()))
    for part in PARTS:
        assert f"| {part} | missing |" in text
        assert f"{part}: To be written by the owner." in text


@pytest.mark.parametrize("part", PARTS)
def test_what_the_owner_wrote_stands_under_its_heading(part: str) -> None:
    facts = replace(facts_of(), written={part: "Two people\nlook at each.\n\nEvery day."})
    text = to_markdown(technical_file(facts))
    assert f"{part}: Two people look at each.\n\nEvery day." in text
    assert f"| {part} | missing |" not in text
    assert text.count("| missing |") == len(PARTS) - 1


def test_a_heading_of_the_owners_own_is_not_lost() -> None:
    facts = replace(facts_of(), written={"On winter": "It was cold."})
    assert "On winter: It was cold." in to_markdown(technical_file(facts))


def test_it_names_what_the_records_know() -> None:
    facts = facts_of()
    html = to_html(technical_file(facts))
    for fact in ("offer an early rebooking", "10c" + "0" * 61, "numpy 2", "2013-01-01..2013-03-17"):
        assert fact in html
    assert f"every {facts.spec.monitor.every}d" in html
