"""docker-compose.yaml, Dockerfile and deploy/, held against what the project needs; no engine is asked."""

from __future__ import annotations

import importlib.util
import json
import re
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from cryptography.fernet import Fernet

from perennial import settings as settings_module
from perennial.ledger.origin import is_machine
from perennial.ledger.tables import STAGE_ROLE
from perennial.local import airflow_env, health, postgres, stack
from perennial.settings import PROJECT, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name in SERVICES if name != "postgres"]
AIRFLOW = [*stack.COMPONENTS]
EXAMPLE = (PROJECT / ".env.example").read_text(encoding="utf-8")
DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
SQL = (PROJECT / "deploy/postgres/databases.sql").read_text(encoding="utf-8")
VAR = "/opt/perennial/var"
SECRET = re.compile(r"\$\{(\w+):\?\}")
IF_SET = re.compile(r"\$\{(\w+):\+([^{}]*)\$\{(\w+)\}\}")
"""A part that stands there where a variable is set: ${A:+,${A}}."""
OR_ELSE = re.compile(r"\$\{(\w+):-([\w]*)\}")
PEOPLE = {"PERENNIAL_USERS", "PERENNIAL_APPROVERS", "PERENNIAL_SPEC_AUTHOR"}
"""Who decides: names, nothing secret."""

# Settings of `make up` that compose gives another value, and those that it does not need; each with its reason.
DIFFERENT = {
    "AIRFLOW_HOME": "in memory: what must outlive a container is on volumes",
    "AIRFLOW__CORE__DAGS_FOLDER": "the image's path",
    "AIRFLOW__CORE__PLUGINS_FOLDER": "the image's path",
    "AIRFLOW__LOGGING__BASE_LOG_FOLDER": "a volume",
    "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": "a volume",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": "a volume of its own",
    "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": "another host",
    "AIRFLOW__API__HOST": "all interfaces of the container; the host publishes on loopback",
    "AIRFLOW__API__BASE_URL": "the published port",
    "AIRFLOW__CORE__FERNET_KEY": "secret",
    "AIRFLOW__API__SECRET_KEY": "secret",
    "AIRFLOW__API_AUTH__JWT_SECRET": "secret",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "secret",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": "secret",
    "PYTHONPATH": "the image's path",
    "PERENNIAL_VAR": "a volume",
}
NOT_NEEDED = {
    "PERENNIAL_MODELS": "the default is right: the image has the project's layout",
    "PERENNIAL_POLICIES": "as above",
    "PERENNIAL_FEATURE_REPO": "as above",
    "PERENNIAL_AIRFLOW_URL": "Airflow alone enters its database",
    **dict.fromkeys(
        [
            "PERENNIAL_NOTICE_URL",
            "PERENNIAL_SMTP_URL",
            "PERENNIAL_NOTICE_FROM",
            "PERENNIAL_VULNERABILITY_SERVICE",
        ],
        "empty, which is the default: the networks have no way out, docs/docker.md says what to add",
    ),
    "PERENNIAL_USERS": "Airflow's own list is made of it, and deploy/passwords.py reads that",
    **dict.fromkeys(
        ["PERENNIAL_CARBON_COUNTRY", "PERENNIAL_CPU_WATTS"],
        "empty, which is the default: the world's average, and what codecarbon knows of the processor",
    ),
    "SPT_NOENV": "for finding processes by their mark",
    airflow_env.MARK: "for finding processes by their mark",
}


def image_environment() -> dict[str, str]:
    """Return what the last stage of the Dockerfile sets."""
    block = DOCKERFILE.rpartition("\nFROM ")[2].partition("\nENV ")[2].partition("\n")[0]
    return dict(pair.split("=", 1) for pair in block.split())


def resolved(text: str, env: Mapping[str, str]) -> str:
    """Fill in what is no secret, as Compose does."""
    text = IF_SET.sub(lambda at: at[2] + env[at[3]] if env.get(at[1]) else "", text)
    return OR_ELSE.sub(lambda at: env.get(at[1]) or at[2], text)


def environment(service: str, **env: str) -> dict[str, str]:
    """Return all that a service's processes are told where `env` is set, secrets as they are asked for."""
    asked = SERVICES[service].get("environment", {})
    own = {
        name: IF_SET.sub(lambda at: at[2] + env[at[3]] if env.get(at[1]) else "", text) for name, text in asked.items()
    }
    own = {name: OR_ELSE.sub(lambda at: env.get(at[1]) or at[2], text) for name, text in own.items()}
    return own if service == "postgres" else image_environment() | airflow_env.common() | own


def mounts(service: str) -> dict[str, tuple[str, str]]:
    """Target: (source, mode) of a service's volumes; of a folder in a volume the source is volume/folder."""
    found = {}
    for volume in SERVICES[service].get("volumes", []):
        if isinstance(volume, dict):
            found[volume["target"]] = (f"{volume['source']}/{volume['volume']['subpath']}", "rw")
        else:
            source, target, *mode = volume.split(":")
            found[target] = (source, *(mode or ["rw"]))
    return found


def script(name: str) -> ModuleType:
    """Load a script of deploy/ as a module."""
    spec = importlib.util.spec_from_file_location(name, PROJECT / "deploy" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def airflow_options() -> set[str]:
    """Name every option of the installed Airflow as its environment variable."""
    package = importlib.util.find_spec("airflow")
    assert package
    assert package.origin
    text = (Path(package.origin).parent / "config_templates" / "config.yml").read_text(encoding="utf-8")
    sections = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {
        f"AIRFLOW__{section.upper()}__{option.upper()}"
        for section, body in sections.items()
        for option in body.get("options") or {}
    }


@pytest.mark.parametrize("name", SERVICES)
def test_a_long_running_service_is_watched_and_restarted(name: str) -> None:
    service = SERVICES[name]
    assert (service["restart"] == "no") == (name == "prepare")
    assert ("healthcheck" in service) == (name != "prepare")
    if name != "prepare":
        assert service["healthcheck"]["test"][0] == "CMD"
        assert {"interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert str(service["user"]).split(":")[0] not in {"", "0", "root"}
    assert "privileged" not in service
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert set(service["networks"]) == ({"back", "front"} if service.get("ports") else {"back"})


def test_nothing_behind_the_front_reaches_the_outside() -> None:
    assert COMPOSE["networks"]["back"]["internal"] is True


def test_images_are_pinned_to_a_patch_version() -> None:
    version = re.search(r'^version = "(.+)"$', (PROJECT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version
    assert {SERVICES[name]["image"] for name in OURS} == {f"perennial:{version[1]}"}
    assert re.fullmatch(r"postgres:18\.\d+-\w+", SERVICES["postgres"]["image"])
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", bases[0])


@pytest.mark.parametrize("name", OURS)
def test_common_settings_come_from_the_shared_file_and_are_not_set_again(name: str) -> None:
    assert SERVICES[name]["env_file"] == ["config/airflow.env"]
    common = set(airflow_env.common())
    assert not common & set(SERVICES[name]["environment"])
    assert not common & set(image_environment())


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_is_written_down(name: str) -> None:
    for variable, value in SERVICES[name]["environment"].items():
        if re.search(r"PASSWORD$|SECRET|_KEY$", variable):
            assert SECRET.fullmatch(value), variable
        if found := re.search(r"://[^:/@]+:([^@]*)@", value):
            assert SECRET.fullmatch(found[1]), variable
    assert "${" not in json.dumps([SERVICES[name].get("command"), SERVICES[name].get("healthcheck")])


def test_the_example_names_every_secret_and_holds_none() -> None:
    text = (PROJECT / "docker-compose.yaml").read_text(encoding="utf-8")
    example = airflow_env.common(PROJECT / ".env.example")
    assert {name for name, value in example.items() if not value} == set(SECRET.findall(text))
    defaults = {name: value for name, value in OR_ELSE.findall(text) if value}
    given = {name: value for name, value in example.items() if value}
    assert {name: value for name, value in given.items() if name not in PEOPLE} == defaults
    rest = IF_SET.sub("", OR_ELSE.sub("", SECRET.sub("", text)))
    assert "${" not in rest
    named = {name for name in PEOPLE if re.search(rf"^(?:# )?{name}=\w", EXAMPLE, re.MULTILINE)}
    assert named == PEOPLE


def test_made_secrets_are_fresh_and_fit_into_addresses() -> None:
    made = script("make_env")
    first, second = (dict(re.findall(r"^(\w+)=(.*)$", made.filled(EXAMPLE), re.MULTILINE)) for _ in range(2))
    assert first["AIRFLOW_PORT"] == second["AIRFLOW_PORT"] == "8080"
    Fernet(first["AIRFLOW_FERNET_KEY"])
    made_up = {name for name in first if not name.endswith("_PORT")} - PEOPLE
    assert len({first[name] for name in made_up} | {second[name] for name in made_up}) == 2 * len(made_up)
    assert all(re.fullmatch(r"\w{64}", first[name]) for name in made_up - {"AIRFLOW_FERNET_KEY"})


@pytest.mark.parametrize("name", [*AIRFLOW, "prepare"])
def test_every_setting_is_one_that_airflow_or_perennial_knows(name: str) -> None:
    ours = {f"PERENNIAL_{folder.upper()}" for folder in settings_module._FOLDERS}
    ours |= {f"PERENNIAL_{database.upper()}_URL" for database in settings_module._DATABASES} | PEOPLE
    known = ours | airflow_options() | {"AIRFLOW_HOME", "AIRFLOW_ADMIN_PASSWORD"}
    assert {variable for variable in environment(name) if variable.startswith(("AIRFLOW", "PERENNIAL"))} <= known


@pytest.mark.parametrize("name", AIRFLOW)
def test_compose_and_make_up_agree_but_for_good_reason(name: str) -> None:
    local = Settings(urls=dict.fromkeys(["airflow", "ledger", "mlflow", "feast"], "postgresql+psycopg://a:b@c/d"))
    up = airflow_env.environment(local, 8080, airflow_env.Secrets("j", "s", "f"))
    here = environment(name)
    for variable in set(up) & set(here) - {"PERENNIAL_LEDGER_URL", "PERENNIAL_MLFLOW_URL", "PERENNIAL_FEAST_URL"}:
        assert (up[variable] == here[variable]) == (variable not in DIFFERENT), variable
    everywhere = set().union(*(environment(component) for component in AIRFLOW))
    assert set(up) - everywhere == set(NOT_NEEDED)
    assert {variable for variable in everywhere if variable.startswith("AIRFLOW__")} <= {*up, *airflow_env.common()}


def test_components_are_started_as_make_up_starts_them() -> None:
    for name in ("scheduler", "dag-processor", "triggerer"):
        assert SERVICES[name]["command"] == ["airflow", name, *stack.COMPONENTS[name]]
    assert SERVICES["api-server"]["command"] == ["bash", "/opt/perennial/deploy/api-server.sh"]
    assert "\nexec airflow api-server\n" in (PROJECT / "deploy/api-server.sh").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["scheduler", "triggerer", "prepare"])
def test_stages_find_their_databases_and_only_prepare_owns_the_ledger(name: str) -> None:
    settings = Settings.load(environment(name))
    assert settings.url("mlflow") == "http://mlflow:5000"
    assert settings.url("feast").endswith("@postgres:5432/feast?sslmode=disable")  # Feast's own default asks for TLS
    assert settings.url("ledger").startswith(f"postgresql+psycopg://{STAGE_ROLE}:")
    assert ("ledger_owner" in settings.urls) == (name == "prepare")


@pytest.mark.parametrize("name", ["mlflow", "api-server"])
def test_who_neither_runs_a_stage_nor_tells_people_has_no_way_into_the_ledger(name: str) -> None:
    assert not Settings.load(environment(name)).urls
    assert not [target for target, (_, mode) in mounts(name).items() if target.startswith(VAR) and mode == "rw"]


@pytest.mark.parametrize("name", ["dag-processor", "triggerer"])
def test_callbacks_may_write_into_the_ledger_and_nowhere_else(name: str) -> None:
    urls = set(Settings.load(environment(name)).urls)
    assert urls == ({"ledger"} if name == "dag-processor" else {"ledger", "mlflow", "feast"})
    writable = {target: source for target, (source, mode) in mounts(name).items() if mode == "rw"}
    keys = Settings.load(image_environment()).keys
    assert writable == {str(keys): "var/ledger", image_environment()["AIRFLOW__LOGGING__BASE_LOG_FOLDER"]: "logs"}


@pytest.mark.parametrize("name", [*AIRFLOW, "prepare"])
def test_people_enter_as_with_make_up_and_every_component_knows_them(name: str) -> None:
    people = airflow_env.common(PROJECT / ".env.example")["PERENNIAL_USERS"]
    local = Settings.load({"PERENNIAL_USERS": people})
    here = environment(name, PERENNIAL_USERS=people, PERENNIAL_APPROVERS="alice,bob")
    assert here["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == airflow_env._listed(airflow_env.users(local))
    asks = name in {"scheduler", "triggerer", "prepare"}
    assert Settings.load(here).approvers == (("alice", "bob") if asks else ())
    assert len(local.users) > 2, "two approve, and one asks"


def test_everybody_gets_a_password_once_and_admin_the_one_of_the_environment(tmp_path: Path) -> None:
    write, file = script("passwords").write, tmp_path / "people" / "passwords.json"
    env = environment("api-server", PERENNIAL_USERS="alice:op,bob:op") | {
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(file),
        "AIRFLOW_ADMIN_PASSWORD": "first",
    }
    write(env)
    first = json.loads(file.read_text(encoding="utf-8"))
    assert (set(first), first["admin"], file.stat().st_mode & 0o777) == ({"admin", "alice", "bob"}, "first", 0o600)
    assert len(set(first.values())) == 3
    users = {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,alice:op,carl:user"}
    write(env | users | {"AIRFLOW_ADMIN_PASSWORD": "second"})
    second = json.loads(file.read_text(encoding="utf-8"))
    assert (set(second), second["admin"], second["alice"]) == ({"admin", "alice", "carl"}, "second", first["alice"])
    assert [path.name for path in file.parent.iterdir()] == ["passwords.json"]


def test_passwords_lie_on_a_volume_that_only_the_api_server_mounts() -> None:
    file = Path(environment("api-server")["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    assert {name for name in SERVICES if str(file.parent) in mounts(name)} == {"api-server"}
    assert mounts("api-server")[str(file.parent)] == ("people", "rw")
    assert f" {file.parent.relative_to('/opt/perennial')} " in DOCKERFILE.partition("install -d")[2].partition("\n")[0]
    start = (PROJECT / "deploy/api-server.sh").read_text(encoding="utf-8")
    assert start.index("passwords.py") < start.index("unset AIRFLOW_ADMIN_PASSWORD") < start.index("exec airflow")


def test_who_commands_in_a_container_is_no_person() -> None:
    account = re.search(r"useradd .* (\w+)\n", DOCKERFILE)
    assert account
    assert is_machine(account[1])


def test_model_files_have_one_path_for_all_and_mlflow_may_only_read_them() -> None:
    settings = Settings.load(image_environment())
    for name in ("prepare", "scheduler"):
        assert mounts(name)[str(settings.var)] == ("var", "rw")
        assert mounts(name)[str(settings.artifacts)] == ("artifacts", "rw")
    assert mounts("mlflow") == {str(settings.artifacts): ("artifacts", "ro")}
    assert f"--default-artifact-root={settings.artifacts.as_uri()}" in SERVICES["mlflow"]["command"]
    assert mounts("api-server")[str(settings.var)] == ("var", "ro")
    for folder in (
        settings.var,
        settings.keys,
        settings.artifacts,
        Path(image_environment()["AIRFLOW__LOGGING__BASE_LOG_FOLDER"]),
    ):
        assert f" {folder.relative_to('/opt/perennial')}" in DOCKERFILE.partition("install -d")[2].partition("\n")[0]


def test_the_database_script_makes_what_the_project_uses() -> None:
    assert set(re.findall(r"^CREATE DATABASE (\w+) OWNER \1;$", SQL, re.MULTILINE)) == set(postgres.DATABASES)
    assert set(re.findall(r"^CREATE ROLE (\w+) LOGIN", SQL, re.MULTILINE)) == {*postgres.DATABASES, STAGE_ROLE}
    told = {name for name in SERVICES["postgres"]["environment"] if name.endswith("_DB_PASSWORD")}
    assert set(re.findall(r"^\\getenv \w+ (\w+)$", SQL, re.MULTILINE)) == told
    assert f"GRANT CONNECT ON DATABASE ledger TO {STAGE_ROLE};" in SQL


def test_prepare_makes_every_pool_that_a_dag_names() -> None:
    pools = {pool for path in (PROJECT / "dags").glob("*.py") for pool in re.findall(r'pool="(\w+)"', path.read_text())}
    made = re.findall(r"airflow pools set (\w+)", (PROJECT / "deploy/prepare.sh").read_text(encoding="utf-8"))
    assert pools
    assert pools == set(made)


def test_the_image_is_installed_as_make_install_does() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8").replace("$(BIN)", ".venv/bin").replace("$$", "$")
    recipe = makefile.partition("\n$(STAMP)")[2].partition("\n\n")[0]
    for words in (r"uv pip sync .*", r"uv pip install .*", r"awk '.*txt"):
        there, here = (re.search(words, text) for text in (recipe, DOCKERFILE))
        assert there
        assert here
        wanted = set(there[0].split())
        assert wanted <= set(here[0].split()) | {"--disable-pip-version-check"}
    ignore = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = set(re.findall(r"^COPY (?!--from)(\S+) \S+$", DOCKERFILE, re.MULTILINE))
    assert {f"!{name}" for name in copied} == {line for line in ignore if line.startswith("!")}
    assert "*" in ignore


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"scheduler": {"status": "healthy"}, "triggerer": {"status": "unhealthy"}}).encode()
        self.send_response(200 if self.path == "/health" else 500)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_health_check_tells_well_from_ill(url: str) -> None:
    healthy = script("healthy").healthy
    assert healthy(f"{url}/health", None)
    assert healthy(f"{url}/health", "scheduler")
    assert not healthy(f"{url}/health", "triggerer")
    with pytest.raises(OSError, match="500"):
        healthy(f"{url}/broken", None)


def test_health_checks_ask_for_components_that_airflow_reports() -> None:
    asked = {name: SERVICES[name]["healthcheck"]["test"][-1] for name in AIRFLOW}
    assert asked == {**health.REPORTED, "api-server": "metadatabase"}
