"""Send notices that waited: for the end of quiet hours, for a receiver that was down, for an escalation.

One for all models, every quarter of an hour: people live by the clock on the wall, which no model's data moves.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task

from perennial_airflow.stage import RETRIES

with DAG(
    "perennial.notices",
    schedule="*/15 * * * *",
    catchup=False,
    is_paused_upon_creation=False,  # who never looks is who has to be told
    max_active_runs=1,
    tags=["notices"],
    description=(__doc__ or "").splitlines()[0],
    doc_md=__doc__,
    default_args={"retries": 1, "retry_policy": RETRIES},
):

    @task
    def send(**context: Any) -> dict[str, int]:
        """Send what is due; returns how many messages, by model."""
        from perennial.clock.waiting import deliver_all
        from perennial.settings import Settings

        run = context["dag_run"]
        return deliver_all(Settings.load(), f"{run.dag_id}/{run.run_id}")

    send()
