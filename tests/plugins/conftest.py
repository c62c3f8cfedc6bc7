"""Airflow reads its settings when it is imported: give it a home that is thrown away, and no examples."""

from __future__ import annotations

import os
import tempfile

import skops.io  # noqa: F401 - it looks through every module that is loaded: before Airflow's are, with their warnings

os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="perennial-airflow-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
