"""What features.sql must make: every mistake is named with its place, without any data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from perennial.datasets.definition import Definition, ViewColumns
from perennial.errors import SpecError
from perennial.features.definitions import check
from perennial.features.look import stored_type
from perennial.features.relations import define, still_fits
from perennial.features.script import Script
from perennial.features.transform import budget, describe
from perennial.settings import Settings
from perennial.spec import load_spec
from unit.features.clinic import SQL, YAML, replaced

RAW = {
    "visits": {"visit": "BIGINT", "site": "VARCHAR", "came": "TIMESTAMP", "minutes": "INTEGER"},
    "sites": {"site": "VARCHAR", "size": "INTEGER"},
}
Pieces = Mapping[str, str]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "clinic"
    folder.mkdir(parents=True)
    return folder


def checked(model: Path, sql: Pieces | None = None, yaml: Pieces | None = None) -> Definition:
    (model / "model.yaml").write_text(replaced(YAML, yaml or {}))
    (model / "features.sql").write_text(replaced(SQL, sql or {}))
    return check(Settings(var=model.parents[1] / "var"), load_spec(model / "model.yaml"), RAW)


def test_a_script_that_fits_is_described(model: Path) -> None:
    made = checked(model)
    assert made.request == {"hour": "BIGINT", "site": "VARCHAR"}
    assert made.keys == {"site": "VARCHAR"}
    assert made.types == {"visit": "BIGINT", "long": "INTEGER"}
    assert made.raw == {"visits": "daily", "sites": "reference"}
    assert made.views["load"] == ViewColumns(
        ("site",), timedelta(hours=36), {"visits_2d": "BIGINT", "minutes_2d": "DOUBLE"}
    )
    assert Definition.from_payload(made.to_payload()) == made


MISTAKES = {
    "a view is not made": (
        {"TEMP VIEW load": "TEMP VIEW lood"},
        "relation load",
        {"expected": "TEMP VIEW or TEMP TABLE", "found": "done, examples, lood, place", "nearest": "lood"},
    ),
    "a request column is missing": (
        {"hour(came) AS hour": "hour(came) AS hours"},
        "relation examples: column hour",
        {"expected": "a column hour of type BOOLEAN or INTEGER", "nearest": "hours"},
    ),
    "a join key is missing": (
        {"SELECT DISTINCT site, ": "SELECT DISTINCT "},
        "relation load: column site",
        {"expected": "a column site of type VARCHAR", "found": "event_timestamp, visits_2d, minutes_2d"},
    ),
    "a key of another type": (
        {"SELECT site, TIMESTAMPTZ": "SELECT ascii(site) AS site, TIMESTAMPTZ"},
        "relation place: column site",
        {"expected": "type VARCHAR", "found": "INTEGER"},
    ),
    "a day that is an instant": (
        {"CAST(came AS DATE) AS day": "came AS day"},
        "relation examples: column day",
        {"expected": "type DATE", "found": "TIMESTAMP WITH TIME ZONE"},
    ),
    "an event_timestamp without zone": (
        {"TIMESTAMPTZ '1970-01-01 00:00:00Z'": "TIMESTAMP '1970-01-01'"},
        "relation place: column event_timestamp",
        {"expected": "type TIMESTAMP WITH TIME ZONE", "found": "TIMESTAMP"},
    ),
    "a label that is text": (
        {"CAST(minutes > 30 AS TINYINT)": "CAST(minutes > 30 AS VARCHAR)"},
        "relation examples: column long",
        {"found": "VARCHAR"},
    ),
    "a feature that no model takes": (
        {"sum(minutes) OVER last_2d": "[1]"},
        "relation load: column minutes_2d",
        {"found": "INTEGER[]"},
    ),
    "a view without features": (
        {" AS event_timestamp, size": " AS event_timestamp"},
        "relation place",
        {"expected": "at least one feature column"},
    ),
    "a name that stands for two columns": (
        {" AS event_timestamp, size": " AS event_timestamp, size AS hour"},
        "column hour",
        {"expected": "each name once", "found": "also in place"},
    ),
    "SQL that DuckDB cannot run": (
        {"minutes > 30": "minuts > 30"},
        "features.sql:5",
        {"found": 'Binder Error: Referenced column "minuts" not found in FROM clause! Candidate bindings: "minutes"'},
    ),
    "SQL that is none": (
        {"CREATE TEMP TABLE": "MAKE TABLE"},
        "features.sql:2",
        {"found": 'syntax error at or near "MAKE"'},
    ),
}


@pytest.mark.parametrize(("sql", "where", "facts"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named(model: Path, sql: Pieces, where: str, facts: Pieces) -> None:
    with pytest.raises(SpecError) as raised:
        checked(model, sql)
    error = raised.value
    assert error.where.startswith(str(model / "features.sql"))
    assert error.where.endswith(where)
    assert error.others == ()
    assert error.next_command == "perennial validate clinic"
    for fact, text in facts.items():
        assert text in (getattr(error, fact) or ""), (fact, getattr(error, fact))


def test_every_mistake_is_named_at_once(model: Path) -> None:
    with pytest.raises(SpecError) as raised:
        checked(
            model, {"hour(came) AS hour": "1", "TEMP VIEW load": "TEMP VIEW x", "done_at AS label_time": "came AS a"}
        )
    places = [error.where.rsplit(": ", 1)[-1] for error in (raised.value, *raised.value.others)]
    assert places == ["column label_time", "column hour", "relation load"]


def test_shared_views_are_held_to_their_definition(model: Path) -> None:
    checked(model)
    spec = load_spec(model / "model.yaml")
    made = describe(Script.of(spec), RAW, budget(Settings(var=model / "var")))
    shared = {"done": ViewColumns(("site",), timedelta(hours=1), {"minutes": "DOUBLE", "kind": "VARCHAR"})}
    with pytest.raises(SpecError) as raised:
        define(spec, made, shared, "")
    text = str(raised.value)
    assert "relation done: column event_timestamp" in text
    assert "relation done: column kind\n  expected: a column kind of type VARCHAR" in text
    assert "only what feature_repo/ declares: minutes, kind" in text
    assert "column minutes\n" not in text


def test_an_unknown_shared_view_has_a_nearest_name(model: Path) -> None:
    with pytest.raises(SpecError, match=r"features\.shared") as raised:
        checked(model, yaml={"  lookback: 3d": "  lookback: 3d\n  shared: [wether]"})
    assert raised.value.nearest == "weather"


def test_types_that_move_under_a_transform_are_refused(model: Path) -> None:
    made = checked(model)
    script = Script("clinic", model / "features.sql", SQL)
    limits = budget(Settings(var=model / "var"))
    same = describe(script, RAW, limits)
    still_fits(script, made, same)
    moved = describe(script, RAW | {"sites": {"site": "VARCHAR", "size": "DOUBLE"}}, limits)
    with pytest.raises(SpecError, match="relation place: column size") as raised:
        still_fits(script, made, moved)
    assert (raised.value.expected, raised.value.found) == ("type INTEGER", "DOUBLE")


@pytest.mark.parametrize(
    ("computed", "stored"),
    [("HUGEINT", "DOUBLE"), ("DECIMAL(18,3)", "DOUBLE"), ("ENUM('a', 'b')", "VARCHAR"), ("TINYINT", "INTEGER")],
)
def test_computed_types_have_one_stored_type(computed: str, stored: str) -> None:
    assert stored_type(computed) == stored


@pytest.mark.parametrize("computed", ["INTEGER[]", "DECIMAL(18,3)[2]", "BLOB", "STRUCT(a INTEGER)"])
def test_other_types_stay_what_they_are(computed: str) -> None:
    assert stored_type(computed) == computed
