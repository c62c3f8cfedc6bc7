"""The card of a version as of now, made from the ledger and the kept figures alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from perennial.errors import GateRefused
from perennial.validation import stage
from perennial.validation.card import card
from perennial.validation.card.document import to_markdown
from perennial.validation.card.facts import facts_of, written
from unit.training.factory import SEARCH, Factory
from unit.validation.test_stage import factory, permissive, promote

__all__ = ["factory"]


def test_the_card_of_now_is_the_card_of_the_verdict_with_what_came_after(factory: Factory) -> None:
    permissive(factory)
    verdict = stage.evaluate(factory.ctx, "v1")
    promote(factory, 1)
    frozen = factory.ctx.evidence.path(verdict.payload["card_markdown"]).read_text(encoding="utf-8")
    now = to_markdown(card(facts_of(factory.ctx, 1)))
    mark = "## Approvals and what became of it"
    before, after = frozen.split(mark), now.split(mark)
    assert before[0] == after[0]
    assert before[1].partition("## Model")[2] == after[1].partition("## Model")[2]
    assert "made before anybody was asked" in before[1]
    assert "| approved (automatic) | promote |" in after[1]
    assert "| made champion (promotion) |" in after[1]


def test_a_later_spec_does_not_change_the_card_of_an_earlier_verdict(factory: Factory) -> None:
    permissive(factory)
    stage.evaluate(factory.ctx, "v1")
    before = to_markdown(card(facts_of(factory.ctx, 1)))
    factory.say({SEARCH: "", "owner: tests": "owner: somebody"})
    assert to_markdown(card(facts_of(factory.ctx, 1))) == before
    assert "somebody" not in before


def test_a_version_that_was_not_judged_has_no_card(factory: Factory) -> None:
    with pytest.raises(GateRefused, match="a version that was judged"):
        facts_of(factory.ctx, 1)


def test_what_the_owner_wrote_is_read_by_heading(factory: Factory) -> None:
    folder: Path = factory.ctx.spec.folder
    assert written(factory.ctx.spec) == {}
    text = "# T\n\nintro\n\n## Human oversight\n\nTwo people.\n## Other\nx\n"
    (folder / "technical.md").write_text(text, encoding="utf-8")
    assert written(factory.ctx.spec) == {"Human oversight": "Two people.", "Other": "x"}
