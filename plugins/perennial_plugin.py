"""What Perennial adds to Airflow: the kept evidence served to people who are logged in, and a meter on every task."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from perennial_airflow import metering
from perennial_airflow.lazy import LazyApp


class PerennialPlugin(AirflowPlugin):
    """Imported by every process of Airflow: nothing heavy here."""

    name = "perennial"
    fastapi_apps = [{"app": LazyApp(), "url_prefix": "/perennial", "name": "Perennial"}]  # noqa: RUF012 - Airflow's form
    listeners = [metering]  # noqa: RUF012 - as above
