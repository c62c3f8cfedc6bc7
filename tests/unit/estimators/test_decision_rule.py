"""From scores to decisions: thresholds, groups, lots that never change, groups nobody has seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.estimators.decision_rule import DecisionRule, Step, decide, group_names, held, lots, probabilities

NOBODY = pd.DataFrame()
MIXED = DecisionRule(
    0.5,
    ("sex", "race"),
    {
        "F|x": (Step(0.25, ">", 0.4), Step(0.75, ">", 0.2)),
        "F|y": (Step(0.125), Step(0.5, ">=", 0.5)),
        "M|x": (Step(1.0, "<", 0.3),),
        "M|y": (),
    },
    "threshold_optimizer",
    "equalized_odds",
)
IDS = [f"p{n}" for n in range(2000)]
PROGRAM = """
import sys, json
import numpy as np, pandas as pd
from perennial.estimators.decision_rule import DecisionRule, decide
rule = DecisionRule.from_dict(json.loads(sys.stdin.read()))
ids = [f"p{n}" for n in range(2000)]
groups = pd.DataFrame({"sex": ["F"] * 2000, "race": ["x"] * 2000})
sys.stdout.buffer.write(decide(rule, np.full(2000, 0.3), groups, ids, "census:v3").tobytes())
"""


def people(*pairs: tuple[str | None, str | None]) -> pd.DataFrame:
    return pd.DataFrame(list(pairs), columns=["sex", "race"])


def test_one_threshold_for_everybody_counts_itself() -> None:
    scores = np.array([0.2, 0.5, 0.9])
    assert decide(DecisionRule(0.5), scores, NOBODY, ["a", "b", "c"], "m:v1").tolist() == [0, 1, 1]
    assert held(DecisionRule(0.5), pd.DataFrame(index=range(3))).tolist() == [None] * 3


@pytest.mark.parametrize(
    ("who", "score", "share"),
    [
        (("F", "x"), 0.5, 1.0),
        (("F", "x"), 0.4, 0.75),
        (("F", "x"), 0.2, 0.0),
        (("F", "y"), 0.5, 0.625),
        (("F", "y"), 0.0, 0.125),
        (("M", "x"), 0.3, 0.0),
        (("M", "x"), 0.29, 1.0),
        (("M", "y"), 1.0, 0.0),
    ],
)
def test_the_steps_of_a_group_add_up(who: tuple[str, str], score: float, share: float) -> None:
    assert probabilities(MIXED, np.array([score]), people(who)).tolist() == [share]


def test_a_rule_comes_back_from_json() -> None:
    assert DecisionRule.from_dict(json.loads(json.dumps(MIXED.to_dict(), allow_nan=False))) == MIXED


def test_lots_give_each_share_its_share() -> None:
    many = people(*[("F", "x")] * 2000)
    decided = decide(MIXED, np.full(2000, 0.3), many, IDS, "m:v1")
    assert abs(decided.mean() - 0.75) < 0.03


def test_the_same_person_and_version_has_the_same_answer_in_any_process_and_order() -> None:
    many, scores = people(*[("F", "x")] * 2000), np.full(2000, 0.3)
    here = decide(MIXED, scores, many, IDS, "census:v3")
    env = {**os.environ, "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", PROGRAM]
    told = json.dumps(MIXED.to_dict()).encode()
    there = subprocess.run(command, input=told, capture_output=True, check=True, env=env).stdout
    assert there == here.tobytes()
    assert decide(MIXED, scores, many, IDS[::-1], "census:v3")[::-1].tolist() == here.tolist()
    assert decide(MIXED, scores, many, IDS, "census:v4").tolist() != here.tolist()


@given(st.lists(st.one_of(st.text(), st.integers()), min_size=1), st.text())
def test_a_lot_lies_in_the_half_open_interval_and_belongs_to_its_id(ids: list[str | int], version: str) -> None:
    drawn = lots(ids, version)
    assert ((drawn >= 0) & (drawn < 1)).all()
    assert lots(ids[-1:], version)[0] == drawn[-1]


def test_a_group_never_seen_is_held_and_named() -> None:
    rule = DecisionRule(0.5, ("sex", "race"), {"F|x": (Step(1.0),), "M|y": (Step(1.0),)})
    who = people(("F", "x"), ("D", "x"), ("F", "z"), ("D", "z"), ("F", "y"), (None, "x"))
    decided = decide(rule, np.full(6, 0.9), who, IDS[:6], "m:v1")
    assert decided[0] == 1
    assert np.isnan(decided[1:]).all()
    assert held(rule, who).tolist() == [
        None,
        "group never seen: sex D",
        "group never seen: race z",
        "group never seen: sex D and race z",
        "group never seen: sex F and race y together",
        "group never seen: sex missing",
    ]


def test_a_joint_inside_a_value_makes_no_other_group() -> None:
    assert group_names(people(("F|x", "y")), ["sex", "race"]).tolist() == ["F/x|y"]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Step(1.0, ">", 0.25), "score > 0.25"),
        (Step(0.5, ">=", 0.25), "0.5 of the time score >= 0.25"),
        (Step(0.125), "0.125 of the time always"),
    ],
)
def test_a_step_is_written_as_people_read_it(step: Step, words: str) -> None:
    assert str(step) == words
