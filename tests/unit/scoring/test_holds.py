"""A hold stops scoring: before it begins, while it scores, and against a process that scores all the time."""

from __future__ import annotations

import multiprocessing
import time
from contextlib import suppress
from dataclasses import replace
from queue import Empty
from random import Random

import pytest

from perennial.errors import Held
from perennial.keys import Window
from perennial.ledger.chain import Chain
from perennial.ledger.holds import EVERY_MODEL, lift, place
from perennial.scoring import stage
from perennial.settings import Settings
from perennial.training import search
from perennial.training.stage import fit, freeze, register
from unit.scoring.holder import score_all
from unit.training.factory import WINDOW, Factory

TRIES = 20


@pytest.fixture
def factory(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Factory:
    """A model with a champion, and twenty days to score."""
    monkeypatch.setattr(search, "MOST_THREADS", 1)
    factory = Factory(settings)
    factory.say()
    factory.ingest(WINDOW.back(1))
    factory.claim()
    for step in (freeze, fit, register):
        step(factory.ctx, str(WINDOW))
    factory.ctx.chain.record("champion.changed", "v1", {"version": 1, "kind": "promotion", "by": ["ann"]})
    return factory


def people(factory: Factory, model: str = "factory") -> Chain:
    return replace(factory.ctx.chain, actor="ann", model=model)


def published(factory: Factory) -> list[str]:
    return [event.key for event in factory.ctx.chain.history().of("predictions.published")]


@pytest.mark.parametrize("model", ["factory", EVERY_MODEL])
def test_a_hold_that_comes_while_scoring_runs_wins(
    factory: Factory, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    day = Window(WINDOW.last, WINDOW.last)
    place(people(factory, model), ["scoring"], "the feed is broken")
    with pytest.raises(Held, match="the feed is broken"):
        stage.score(factory.ctx, day)
    lift(people(factory, model), "mended")
    predict = stage._predict

    def held_meanwhile(ctx: object, number: int, window: Window) -> object:
        predicted = predict(factory.ctx, number, window)
        place(people(factory, model), ["scoring"], "broken again")
        return predicted

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(stage, "_predict", held_meanwhile)
        with pytest.raises(Held, match="broken again"):
            stage.score(factory.ctx, day)
    assert published(factory) == []
    lift(people(factory, model), "mended again")
    assert stage.score(factory.ctx, day) is not None


def test_a_process_that_scores_all_the_time_publishes_nothing_under_a_hold(factory: Factory) -> None:
    """Twenty holds at any moment: nothing between a hold and its release, and every window in the end."""
    days = [Window(first, last) for first in WINDOW for last in WINDOW if first <= last]
    windows, random, said = [str(window) for window in days], Random(5), []
    spawn = multiprocessing.get_context("spawn")
    # It is at most so many windows ahead of what was heard of it: on no machine they run out before the holds do.
    stop, told = spawn.Event(), spawn.Queue(len(windows) // TRIES - 2)
    process = spawn.Process(target=score_all, args=(factory.settings, "factory", windows, stop, told), daemon=True)
    process.start()
    said.append(told.get(timeout=240))
    for turn in range(TRIES):
        time.sleep(random.random() / 5)
        place(people(factory), ["scoring"], f"hold {turn}")
        while (word := told.get(timeout=240)) != "held":
            said.append(word)
        lift(people(factory), f"turn {turn} is over")
    stop.set()
    while process.is_alive():
        with suppress(Empty):
            told.get(timeout=0.1)  # it may wait for room
    assert process.exitcode == 0
    held, seen = False, []
    for event in factory.ctx.chain.history().events:
        if event.type.startswith("hold."):
            held = event.type == "hold.placed"
            seen.append(held)
        assert not (held and event.type == "predictions.published"), event.key
    assert seen == [True, False] * TRIES
    assert published(factory) == windows[: len(published(factory))], "each in its turn, none is lost"
    assert set(said) <= set(published(factory))
