# One image for all of Airflow's components, for MLflow's server and for the command `perennial`.
FROM python:3.11.15-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_LINK_MODE=copy
WORKDIR /opt/perennial

# What `make install` does. Without the project's own files, so that an edit of them leaves this layer as it is.
COPY requirements.lock ./
RUN python -m venv .venv \
 && awk '/^uv==/ {found = 1} found {print} found && !/\\$/ {exit}' requirements.lock > .venv/uv.txt \
 && .venv/bin/python -m pip install --quiet --no-deps --require-hashes -r .venv/uv.txt \
 && .venv/bin/uv pip sync --quiet --no-cache --python .venv/bin/python --require-hashes \
    --build-constraints requirements.lock --compile-bytecode requirements.lock

COPY pyproject.toml ./
COPY include include
COPY plugins plugins
COPY dags dags
COPY config config
COPY feature_repo feature_repo
COPY deploy deploy
RUN .venv/bin/uv pip install --quiet --no-cache --python .venv/bin/python --no-deps --no-build-isolation --editable . \
 && .venv/bin/python -m compileall -q include plugins dags config feature_repo deploy


FROM python:3.11.15-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin perennial
WORKDIR /opt/perennial
# Root owns the code; the account that runs it may write state only. A fresh volume takes these folders' owner.
COPY --from=build /opt/perennial ./
RUN install -d -o perennial -g perennial -m 0750 var var/ledger var/mlflow var/mlflow/artifacts people logs
ENV HOME=/tmp \
    PATH=/opt/perennial/.venv/bin:$PATH \
    PYTHONPATH=/opt/perennial/config \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PERENNIAL_VAR=/opt/perennial/var \
    AIRFLOW_HOME=/tmp/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/perennial/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/perennial/plugins \
    AIRFLOW__LOGGING__BASE_LOG_FOLDER=/opt/perennial/logs \
    AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY=/opt/perennial/logs/dag_processor
USER 10001:10001
CMD ["perennial", "--help"]
