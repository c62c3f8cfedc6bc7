"""What one machine needs to run everything: the embedded Postgres and Airflow's processes."""
