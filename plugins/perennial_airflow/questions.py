"""The questions that the DAGs ask people, each with its question of the domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perennial_airflow.answers import CHOICES, known_users, read_choice
from perennial_airflow.ask import Ask, Asking

if TYPE_CHECKING:
    from perennial.context import Context
    from perennial.question import Question


class AskApproval(Ask):
    """The question for one of the approvals that a policy asks for."""

    def __init__(self, *, place: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.place = place

    @property
    def asking(self) -> Asking:
        """The approval in its place."""
        from perennial.promotion.question import ForApproval

        return ForApproval(self.place)

    def _question(self, ctx: Context, key: str, params: Any) -> Question | None:
        # In an emergency one person promotes: a second is asked afterwards.
        return None if params["emergency"] else super()._question(ctx, key, params)


class AskReview(Ask):
    """The question to a second person after an emergency promotion."""

    @property
    def asking(self) -> Asking:
        """The review."""
        from perennial.promotion.review_question import ForReview

        return ForReview()


class AskTriage(Ask):
    """The question that triage asks a person about a window."""

    choices = CHOICES
    comment = "why"

    @property
    def asking(self) -> Asking:
        """The question about the window."""
        from perennial.monitoring.question import ForTriage

        return ForTriage()

    def read(self, event: dict[str, Any]) -> Any:
        """Return what was chosen."""
        by, at = event["responded_by_user"]["name"], event["responded_at"]
        return read_choice(by, event["chosen_options"], event["params_input"], at)

    def _question(self, ctx: Context, key: str, params: Any) -> Question | None:  # noqa: ARG002 - nobody gives a reason
        return self.asking.ask(ctx, key, known_users(), "")
