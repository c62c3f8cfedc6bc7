"""Hold scoring, training or promotion of one model or of all, or release it again; a person triggers this, by hand.

Whoever triggers it is told to the ledger with the reason. A held run waits, and goes on after the release.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, task

from perennial.ledger.brakes import SCOPES
from perennial.settings import Settings
from perennial.spec import model_folders
from perennial_airflow.stage import RETRIES

ALL = "all models"


def build(models: list[str]) -> DAG:
    """Return the one DAG for all models."""
    form = {
        "model": Param(None, type="string", enum=[ALL, *models], description="what is stopped, or may go on"),
        "action": Param("hold", type="string", enum=["hold", "release"]),
        "scopes": Param(
            list(SCOPES),
            type="array",
            items={"type": "string", "enum": list(SCOPES)},
            examples=list(SCOPES),
            description="what is held; a release lifts the whole hold",
        ),
        "number": Param(
            None, type=["null", "integer"], description="release, where several holds stand: the number of one"
        ),
        "reason": Param(None, type="string", minLength=3, description="why: it stands in the ledger, under your name"),
    }
    with DAG(
        "perennial.brakes",
        schedule=None,
        is_paused_upon_creation=False,
        allowed_run_types=["manual"],  # type: ignore[list-item]  # Airflow converts the word
        params=form,
        tags=["brakes"],
        description=(__doc__ or "").splitlines()[0],
        doc_md=__doc__,
        default_args={"retries": 3, "retry_policy": RETRIES},
        max_active_runs=16,
    ) as dag:

        @task
        def apply(**context: Any) -> list[str]:
            """Place or lift the hold; returns what stands now."""
            from perennial.context import open_chain
            from perennial.ledger.holds import EVERY_MODEL, holds, lift, place

            asked, run = context["params"], context["dag_run"]
            name = EVERY_MODEL if asked["model"] == ALL else asked["model"]
            actor = run.triggering_user_name or "airflow"
            chain = open_chain(name, actor=actor, run=f"{run.dag_id}/{run.run_id}")
            if asked["action"] == "hold":
                place(chain, asked["scopes"], asked["reason"])
            else:
                lift(chain, asked["reason"], [asked["number"]] if asked["number"] else [])
            return [str(hold) for hold in holds(chain)]

        apply()
    return dag


build([folder.name for folder in model_folders(Settings.load())])
