"""The life of a model that decides about people, as `make demo MODEL=census_income` plays it, whole and for real."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from rich.console import Console

from perennial.audit.reconcile import reconcile
from perennial.context import Context, open_context
from perennial.keys import version_key
from perennial.ledger.event import Event
from perennial.ledger.verify import first_break
from perennial.local import cleaning
from perennial.local.demo import census, play
from perennial.settings import Settings


@dataclass(frozen=True)
class Played:
    """What the demo said, and what it left."""

    code: int
    said: str
    ctx: Context

    def of(self, *types: str) -> list[Event]:
        return self.ctx.chain.history().of(*types)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    settings = Settings(var=tmp_path_factory.mktemp("people") / "var")
    console = Console(file=io.StringIO(), width=200)
    try:
        code = play(settings, census.MODEL, weeks=0, keep=True, console=console)
        said = console.file.getvalue()  # type: ignore[attr-defined]
        yield Played(code, said, open_context(census.MODEL, settings=settings, actor="test"))
    finally:
        cleaning.clean(settings)


pytestmark = pytest.mark.timeout(1200)


def test_it_ends_well(played: Played) -> None:
    assert played.code == 0, played.said


def test_the_plain_version_is_refused_as_it_selects_too_few_women(played: Played) -> None:
    verdict = played.of("verdict.given")[0].payload
    gates = {gate["name"]: gate for gate in verdict["gates"]}
    assert not verdict["passed"]
    assert gates["demographic_parity:sex"]["verdict"] == "fail"
    assert gates["demographic_parity:sex"]["high"] < 0.8
    assert "v1 did not pass" in played.said


def test_the_mitigated_version_passes_with_a_waiver_that_is_told(played: Played) -> None:
    verdict = played.of("verdict.given")[1].payload
    gates = {gate["name"]: gate for gate in verdict["gates"]}
    assert verdict["passed"]
    assert gates["demographic_parity:sex"]["low"] >= 0.8
    (waiver,) = played.of("waiver.granted")
    assert gates[census.WAIVED]["waiver"] == waiver.hash
    assert waiver.payload["by"] == census.FIRST


def test_two_people_approve_who_had_no_part_in_it(played: Played) -> None:
    assert f"{census.OWNER} may not answer: 403" in played.said
    for change in played.of("champion.changed"):
        if change.payload["kind"] == "promotion":
            before = [event for event in played.of("approval.given") if event.seq < change.seq]
            assert {event.payload["by"] for event in before[-2:]} == {census.FIRST, census.SECOND}


def test_promoted_rolled_back_and_forward_again(played: Played) -> None:
    changes = [(event.payload["kind"], event.payload["version"]) for event in played.of("champion.changed")]
    assert [kind for kind, _ in changes] == ["promotion", "promotion", "rollback", "promotion"]
    assert changes[0][1] == changes[2][1] != changes[1][1] == changes[3][1]


def test_decisions_about_people_were_published_by_the_champion_of_their_time(played: Played) -> None:
    published = played.of("predictions.published")
    assert published
    champions = {event.payload["version"] for event in played.of("champion.changed")}
    assert {event.payload["version"] for event in published} <= champions
    history = played.ctx.chain.history()
    for number in champions:
        assert history.version(number)["decision"]["attributes"], version_key(number)


def test_ledger_and_world_agree(played: Played) -> None:
    heads = played.ctx.chain.ledger.heads
    events = played.ctx.chain.history().events
    assert first_break(census.MODEL, events, *heads.read(census.MODEL), heads.trusts) is None
    assert reconcile(played.ctx, repair=False) == []
