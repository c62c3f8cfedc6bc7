"""A hold of training stops it at the next step, and what was done before it is not lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perennial.errors import Held
from perennial.ledger.chain import Chain
from perennial.ledger.holds import lift, place
from perennial.training import stage
from unit.training.factory import WINDOW, Factory

KEY = str(WINDOW)


def ann(factory: Factory) -> Chain:
    return replace(factory.ctx.chain, actor="ann")


def test_each_step_is_held_and_goes_on_after_the_release(factory: Factory) -> None:
    for turn, step in enumerate((stage.freeze, stage.fit, stage.register)):
        place(ann(factory), ["training"], f"hold {turn}")
        with pytest.raises(Held, match=f"hold {turn}"):
            step(factory.ctx, KEY)
        lift(ann(factory), f"turn {turn} is over")
        told = step(factory.ctx, KEY)
        place(ann(factory), ["training"], "again")
        assert step(factory.ctx, KEY) == told, "what is done is not held"
        lift(ann(factory), f"again {turn}")
    assert factory.ctx.chain.history().versions == [1]


def test_a_hold_that_comes_while_the_training_set_is_written_wins(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = stage._write

    def held_meanwhile(*asked: object) -> object:
        written = write(*asked)  # type: ignore[arg-type]
        place(ann(factory), ["training"], "the labels are wrong")
        return written

    monkeypatch.setattr(stage, "_write", held_meanwhile)
    with pytest.raises(Held, match="the labels are wrong"):
        stage.freeze(factory.ctx, KEY)
    assert factory.ctx.chain.history().of("snapshot.frozen") == []
