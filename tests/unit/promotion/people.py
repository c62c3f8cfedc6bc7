"""A tier in which people approve, with times short enough to be waited for."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from perennial.context import Context
from perennial.settings import Settings
from unit.promotion.made import Made

KNOWN = ["alice", "bob", "carl", "dora"]
"""Everybody who may enter; carl asked for the training, dora last changed the spec."""


def high(settings: Settings, tmp_path: Path, *, times: str = "") -> Made:
    """Return a model of tier high, with what `times` adds to the policy's approval; v1 has passed."""
    policies = shutil.copytree(settings.policies, tmp_path / "policies")
    file = policies / "high.yaml"
    text, rule = file.read_text(encoding="utf-8"), "by: people, people: 2, independent: true"
    assert rule in text
    file.write_text(text.replace(rule, f"{rule}, {times}" if times else rule), encoding="utf-8")
    made = Made.at(replace(settings, policies=policies), tmp_path, tier="high")
    made.candidate(1)
    made.verdict(1)
    return made


def acting(made: Made, name: str) -> Context:
    """Return the model in the hands of somebody."""
    return replace(made.ctx, chain=replace(made.ctx.chain, actor=name))
