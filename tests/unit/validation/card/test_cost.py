"""The card says what a version cost, by stage, and how that was found."""

from __future__ import annotations

from perennial.validation.card import card, technical_file
from perennial.validation.card.document import Table, Text, to_html, to_markdown
from perennial.validation.card.facts import life, told
from unit.metering.told import cost, event, history
from unit.validation.card.made import CANDIDATE, facts_of

BASIS = {"method": "estimated from TDP and load", "basis": "8 W for 2 threads of a chip, assumed; 475 g CO2e/kWh"}
TRIES = [
    {**cost("train", claim="t2", cpu_seconds=1200.0, seconds=700.0, peak_memory=2**30, well=False).payload, **BASIS},
    {**cost("train", claim="t2", cpu_seconds=1300.0, seconds=800.0, peak_memory=2**29).payload, **BASIS},
    {**cost("validate", claim="t2", cpu_seconds=60.0).payload, **BASIS},
]


def test_stages_and_their_sum_stand_in_the_card_and_in_the_technical_file() -> None:
    facts = facts_of(cost=TRIES, life=[])
    (section,) = (one for one in card(facts).sections if one.title == "What it cost")
    table, text = section.blocks
    assert isinstance(table, Table)
    assert table.rows == [
        ["train", "2", "1", "1,500.0", "2,500.0", "1.00", "2", "1"],
        ["validate", "1", "0", "1.0", "60.0", "0.00", "1", "0.5"],
        ["all", "3", "1", "1,501.0", "2,560.0", "1.00", "3", "1.5"],
    ]
    assert isinstance(text, Text)
    assert text.text == f"Energy is {BASIS['method']}: {BASIS['basis']}. Waiting is not in it."
    assert "2,560.0" in to_markdown(technical_file(facts))
    assert "475 g CO2e/kWh" in to_html(card(facts))


def test_the_card_of_the_verdict_says_what_it_cannot_know_yet() -> None:
    (section,) = (one for one in card(facts_of(cost=TRIES[:2])).sections if one.title == "What it cost")
    assert "What judging it took is not in this card" in section.blocks[1].text


def test_a_version_from_before_the_meter_has_no_such_section() -> None:
    assert "What it cost" not in [one.title for one in card(facts_of()).sections]


def test_the_ledger_gives_the_tries_of_the_claim_and_they_are_no_part_of_its_life() -> None:
    past = history(
        cost("train", claim="t2"),
        cost("train", claim="t1"),
        event("candidate.registered", key="v2", claim="t2", version=2),
        event("cost.recorded", key="v2", **cost("archive", claim="t2", version=2).payload),
    )
    assert told(past, CANDIDATE, {})["cost"] == [cost("train", claim="t2").payload]
    assert [one.type for one in life(past, CANDIDATE)] == ["candidate.registered"]
