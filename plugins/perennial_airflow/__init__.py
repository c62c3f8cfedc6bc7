"""The seam between Airflow and the domain: assets and keys, DAG defaults, the drift sensor."""
