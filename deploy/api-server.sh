#!/usr/bin/env bash
# Airflow's API server, with a password for each of its users where the simple auth manager reads it.
set -euo pipefail
umask 077
python "$(dirname "$0")/passwords.py"
unset AIRFLOW_ADMIN_PASSWORD
exec airflow api-server
