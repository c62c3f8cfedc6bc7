"""Holds no DAG: it raises for every spec that cannot be honoured, so that Airflow's import errors name the mistake."""

from __future__ import annotations

from perennial.errors import SpecError
from perennial_airflow.models import broken

if _broken := broken():
    raise SpecError(
        f"{len(_broken)} model(s) without DAGs: {', '.join(_broken)}",
        expected="specs that can be honoured; all other models run on",
        found="\n".join(str(error) for error in _broken.values()),
    )
