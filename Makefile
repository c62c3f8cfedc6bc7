# Everything a person does with the project. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/installed

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP)  ## make the environment from the lock

# uv itself comes from the lock too: the lines from `uv==` to the last of its hashes.
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	awk '/^uv==/ {found = 1} found {print} found && !/\\$$/ {exit}' requirements.lock > .venv/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.txt
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --build-constraints requirements.lock --compile-bytecode requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

MODEL ?= flight_delay
demo: install  ## live the whole life of a model in Airflow (minutes): flight_delay, or MODEL=census_income
	$(BIN)/perennial demo $(MODEL)

# A worker a core, a file to a worker, in this order; the files of tests/e2e, each with an Airflow of its own, come last.
WORKERS := --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder
test: install  ## run all tests, the fast ones first
	$(BIN)/python -m pytest $(WORKERS) tests/unit tests/dags tests/plugins tests/e2e

lint: install  ## style, walls between the rooms, YAML, Dockerfile and compose file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=plugins $(BIN)/lint-imports
	$(BIN)/yamllint --strict .
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yaml
	$(BIN)/compose-lint docker-compose.yaml

type: install  ## check the types of domain, plugins and DAGs
	$(BIN)/mypy

validate: install  ## check every model's spec, contract and transform
	$(BIN)/perennial validate

new-model: install  ## make the folder of a new model: make new-model NAME=churn
	@test -n "$(NAME)" || { echo "say how it is called: make new-model NAME=churn"; exit 1; }
	$(BIN)/perennial new-model "$(NAME)"

up: install  ## start Postgres and Airflow; says where and as whom
	$(BIN)/perennial up

down: install  ## end everything that `make up` started
	$(BIN)/perennial down

doctor: install  ## say what of the installation is in order
	$(BIN)/perennial doctor

bench: install  ## measure, as ratios in one run; writes docs/benchmarks.md
	$(BIN)/python bench/run.py

schema: install  ## write the JSON Schema of model.yaml for editors
	$(BIN)/perennial schema --out include/schemas/model.schema.json

lock: install  ## compile requirements.lock anew from requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 requirements.txt --output-file requirements.lock

clean: install  ## end everything and delete var/: ledger, lake, models, Airflow; asks first
	$(BIN)/perennial clean

.PHONY: help install demo test lint type validate new-model up down doctor bench schema lock clean
