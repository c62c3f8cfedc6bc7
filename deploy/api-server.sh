#!/usr/bin/env bash
# Airflow's API server, with the one user's password where the simple auth manager reads it: a file in memory.
set -euo pipefail
umask 077
file=$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE
mkdir -p "$(dirname "$file")"
python -c 'import json, os; print(json.dumps({"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]}))' > "$file"
unset AIRFLOW_ADMIN_PASSWORD
exec airflow api-server
