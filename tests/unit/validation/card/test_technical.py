"""The technical file has the annex's headings, facts where the records know them, and says what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perennial.settings import Settings
from perennial.spec import Spec, load_all
from perennial.validation.card import technical_file
from perennial.validation.card.document import to_html, to_markdown
from perennial.validation.card.facts import written
from perennial.validation.card.technical import PARTS
from unit.validation.card.made import facts_of

FEW_WORDS = 15
"""A sentence or two: less says nothing."""
ABOUT_PEOPLE = [spec for spec in load_all(Settings())[0] if spec.risk_tier == "high"]


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


@pytest.mark.parametrize("spec", ABOUT_PEOPLE, ids=lambda spec: spec.name)
def test_no_model_of_tier_high_leaves_a_part_unwritten(spec: Spec) -> None:
    said = written(spec)
    assert list(said) == list(PARTS)
    assert all(len(text.split()) > FEW_WORDS for text in said.values())
    text = to_markdown(technical_file(replace(facts_of(), written=said)))
    assert "Nothing: every part that people write is there." in text
    assert "To be written by the owner." not in text
