"""The part of the spec that says how a score becomes a decision, whom it touches, and what must hold of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from perennial.spec.types import Column, Many, Name, Strict

Criterion = Literal["demographic_parity", "equalized_odds", "equal_opportunity", "error_rate"]
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)
"""Names of the fairness gates: what has to be equal between groups."""
Parity = Literal["demographic_parity", "equalized_odds", "equal_opportunity"]
"""Criteria that a mitigation can bring about: thresholds by group make no two error rates equal."""
Positive = Annotated[float, Field(gt=0)]
Recalibration = Literal["none", "sigmoid", "isotonic"]


class Cost(Strict):
    """What the two kinds of mistake cost, in one unit of the owner's choice; only their ratio decides."""

    false_positive: float = Field(default=1.0, gt=0)
    false_negative: float = Field(default=1.0, gt=0)

    @property
    def threshold(self) -> float:
        """The score from which on a positive decision costs less (Elkan 2001, equation 2): 0.5 at equal costs."""
        return self.false_positive / (self.false_positive + self.false_negative)


class Protected(Strict):
    """A protected attribute: a request column, never a feature of the model."""

    criterion: Criterion = Field(description="the one that is enforced; the others are reported")
    why: str = Field(min_length=3, description="why this criterion: it stands in the card")


class Mitigation(Strict):
    """How decisions are made fairer after the fit; its price stands in the card."""

    method: Literal["none", "threshold_optimizer"] = "none"
    criterion: Parity = "demographic_parity"
    attributes: Many[Column] = Field(default=(), description="protected attributes that the rule needs at scoring")

    @model_validator(mode="after")
    def _complete(self) -> Mitigation:
        if (self.method == "none") != (not self.attributes):
            raise ValueError("`attributes` where `method: threshold_optimizer`, and only there")
        return self


class Invariance(Strict):
    """Rows with a column set to each of some values: the score moves at most `within`, for at least `share` of them."""

    name: Name
    column: Column
    values: Many[Any] = Field(min_length=1)
    within: float = Field(ge=0)
    share: float = Field(default=1.0, gt=0, le=1)


class Direction(Strict):
    """Rows with a number moved `by` so much: the score goes `expect`, or stays, for at least `share` of them."""

    name: Name
    column: Column
    by: float
    expect: Literal["up", "down"]
    share: float = Field(default=0.95, gt=0, le=1)


class GoldenRow(Strict):
    """A case that everybody agrees on: columns not named are missing. The decision must be this one."""

    name: Name
    row: dict[Column, Any] = Field(min_length=1)
    decision: Literal[0, 1]


class Behaviour(Strict):
    """Tests of behaviour, after Ribeiro et al. (2020), declared in the spec and run as one gate."""

    invariance: Many[Invariance] = ()
    direction: Many[Direction] = ()
    golden: Many[GoldenRow] = ()

    @model_validator(mode="after")
    def _each_name_once(self) -> Behaviour:
        tests: tuple[Invariance | Direction | GoldenRow, ...] = (*self.invariance, *self.direction, *self.golden)
        names = [test.name for test in tests]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"tests of different names|{twice[0]} twice|")
        return self


class Robustness(Strict):
    """What could go wrong with the inputs: it decides what the robustness gates try."""

    changeable: dict[Column, Positive] = Field(
        default_factory=dict,
        description="numbers that a person could change about themselves, and by how much at most: the bounds of the "
        "adversarial search",
    )
    units: dict[Column, Positive] = Field(
        default_factory=dict, description="numbers that could arrive in another unit, and the factor: 0.001 for m in km"
    )
