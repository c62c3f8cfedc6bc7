"""Who stands behind a version that is retired: named before, told after, once; on real ledgers."""

from __future__ import annotations

from pathlib import Path

import pytest

from perennial import stages
from perennial.context import Context, open_context
from perennial.dependents import retired
from perennial.dependents.retired import said, tell_behind
from perennial.ledger.chain import Chain
from perennial.ledger.event import Event
from perennial.notices import Notice, tell
from perennial.notices.state import standing
from perennial.settings import Settings
from perennial.spec.notices import Notices
from unit.dependents.test_declared import make
from unit.promotion.made import MODEL, Made

RETIRED = {"version": 1, "successor": 2, "reason": "replaced"}


def opened(settings: Settings, model: str, run: str = "run") -> Context:
    return open_context(model, settings=settings, actor="ann", run=run)


def crown(ctx: Context, version: int, claim: str | None = None) -> None:
    """Tell of a version that learnt what is so now, and became champion."""
    claim = claim or f"t{version}"
    ctx.chain.record("snapshot.frozen", "k", {"claim": claim}, once=claim)
    ctx.chain.record("candidate.registered", f"v{version}", {"version": version, "claim": claim})
    change(ctx, version)


def change(ctx: Context, version: int) -> None:
    body = {"version": version, "previous": version - 1 or None, "kind": "promotion"}
    ctx.chain.record("champion.changed", f"v{version}", body)


@pytest.fixture
def settings_of_three(settings: Settings) -> Settings:
    """Staffing reads demand, overtime reads staffing; demand has had two champions, v3 never served."""
    make(settings, "demand")
    make(settings, "staffing", models="[demand]")
    make(settings, "overtime", models="[staffing]")
    make(settings, "aside")
    demand = opened(settings, "demand")
    crown(demand, 1)
    crown(opened(settings, "staffing"), 1)
    crown(demand, 2)
    crown(opened(settings, "overtime"), 1)
    demand.chain.record("candidate.registered", "v3", {"version": 3, "claim": "t3"})
    return settings


def test_who_stands_behind_a_version_is_named_with_who_learnt_while_it_served(settings_of_three: Settings) -> None:
    demand = opened(settings_of_three, "demand")
    assert said(demand, "v1") == [
        "behind demand:v1: staffing reads model demand; its champion v1 learnt while it served",
        "behind demand:v1: overtime reads model staffing",
    ]
    assert said(demand, "v3") == [], "it never served"
    assert said(opened(settings_of_three, "overtime"), "v1") == [], "it is the last"
    crown(opened(settings_of_three, "staffing"), 2)
    assert said(demand, "v1")[0] == "behind demand:v1: staffing reads model demand"
    assert said(demand, "v2")[0].endswith("its champion v2 learnt while it served")


def notices(settings: Settings, model: str) -> list[Event]:
    return opened(settings, model).chain.history().of("notice.raised", "notice.held_back", "notice.reset")


def test_their_people_are_told_once_in_their_own_ledgers(settings_of_three: Settings) -> None:
    demand = opened(settings_of_three, "demand")
    with pytest.raises(AssertionError, match="retired first"):
        tell_behind(demand, "v1")
    demand.chain.record("version.retired", "v1", RETIRED)
    assert tell_behind(demand, "v1") == ["staffing", "overtime"]
    for again in ("run", "another run"):
        assert tell_behind(opened(settings_of_three, "demand", again), "v1") == []
    for model in ("staffing", "overtime"):
        (told,) = notices(settings_of_three, model)
        assert (told.payload["kind"], told.payload["severity"], told.key) == ("dependents", "info", "retired demand:v1")
        assert told.payload["text"].startswith(f"replaced. {model} reads model")
    assert notices(settings_of_three, "demand") == notices(settings_of_three, "aside") == []


def test_what_a_crash_left_untold_is_told_by_the_next_run(
    settings_of_three: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    demand = opened(settings_of_three, "demand")
    demand.chain.record("version.retired", "v1", RETIRED)

    def dies(settings: Settings, chain: Chain, rules: Notices, notice: Notice) -> Event:
        if chain.model == "overtime":
            raise KeyboardInterrupt
        return tell(settings, chain, rules, notice)

    with monkeypatch.context() as patch:
        patch.setattr(retired, "tell", dies)
        with pytest.raises(KeyboardInterrupt):
            tell_behind(demand, "v1")
    assert tell_behind(opened(settings_of_three, "demand", "next"), "v1") == ["overtime"]


def test_a_dry_run_names_them_and_the_retirement_tells_them(settings: Settings, tmp_path: Path) -> None:
    """The whole life of an archive, from the model file to the notice: slow, and the only place that joins both."""
    made = Made.at(settings, tmp_path)
    make(settings, "staffing", models=f"[{MODEL}]")
    for version in (1, 2):
        made.candidate(version)
        change(made.ctx, version)
    named = f"behind {MODEL}:v1: staffing reads model {MODEL}"
    dry = list(stages.archive(made.ctx, stages.Call("v1", dry_run=True)))
    assert dry[0] == named
    assert all(str(line).startswith("would remove") for line in dry[1:])
    assert list(standing(opened(settings, "staffing").chain)) == []
    done = list(stages.archive(made.ctx, stages.Call("v1", reason="replaced")))
    assert done[0] == named
    assert "told the people of staffing" in done
    assert list(standing(opened(settings, "staffing").chain)) == [("dependents", f"retired {MODEL}:v1")]
