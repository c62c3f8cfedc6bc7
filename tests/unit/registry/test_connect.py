from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from perennial.errors import SetupError
from perennial.local.postgres import free_port
from perennial.registry import Runs, prepare
from perennial.settings import Settings


def test_a_database_that_does_not_answer_is_said_at_once_without_its_password() -> None:
    url = f"postgresql+psycopg://me:secret@127.0.0.1:{free_port()}/mlflow"
    with pytest.raises(SetupError) as refused:
        Runs(Settings(urls={"mlflow": url}), "demo")
    assert refused.value.next_command == "make up"
    assert "secret" not in str(refused.value)


def test_a_server_that_does_not_answer_is_said_at_once() -> None:
    with pytest.raises(SetupError, match="make up"):
        prepare(Settings(var=Path("/nowhere"), urls={"mlflow": f"http://127.0.0.1:{free_port()}"}))


def test_prepare_migrates_a_fresh_database_in_silence_and_leaves_no_file_where_it_stands(
    postgres: Settings, tmp_path: Path
) -> None:
    url = _fresh(postgres, "mlflow_fresh")
    here = tmp_path / "there"
    here.mkdir()
    code = "from perennial.settings import Settings; from perennial.registry import prepare; prepare(Settings.load())"
    variables = {"PERENNIAL_VAR": str(tmp_path / "var"), "PERENNIAL_MLFLOW_URL": url}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=here,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(here.iterdir()) == []
    assert (tmp_path / "var" / "mlflow" / "artifacts").is_dir()
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


def test_a_moved_folder_is_refused_before_files_go_astray(settings: Settings, tmp_path: Path) -> None:
    Runs(settings, "demo")
    moved = dataclasses.replace(settings, var=tmp_path / "elsewhere")
    with pytest.raises(SetupError) as refused:
        Runs(moved, "demo")
    assert refused.value.found == (settings.artifacts / "demo").as_uri()


def _fresh(postgres: Settings, name: str) -> str:
    with psycopg.connect(postgres.url("airflow").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{postgres.url('mlflow').rsplit('/', 1)[0]}/{name}"
