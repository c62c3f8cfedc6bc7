"""A feature set in Feast's words, and what cannot be said in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from feast import Entity, FeatureService, FeatureView, ValueType
from feast.types import Float64, Int64, String

from perennial.errors import SpecError
from perennial.feature_store.definitions import Definition, definitions, described, meaning
from perennial.feature_store.feature_set import FeatureSet, ViewDef
from perennial.feature_store.shared import Shared, shared
from perennial.settings import PROJECT

LAKE = Path("/lake")
SCHEMA = pa.schema(
    {
        "origin": pa.string(),
        "number": pa.int32(),
        "share": pa.float64(),
        "event_timestamp": pa.timestamp("us", tz="UTC"),
        "late": pa.int64(),
        "mean": pa.float64(),
    }
)
VIEW = ViewDef(
    "delays", ("origin", "number"), 7, {"late": "BIGINT", "mean": "DECIMAL(18,3)"}, LAKE / "flight" / "delays"
)
SET = FeatureSet("flight", "0123456789abcdef", (VIEW,), ("weather",))


@pytest.fixture(scope="module")
def by_hand() -> Shared:
    return shared(PROJECT / "feature_repo")


def told(features: FeatureSet, by_hand: Shared, schema: pa.Schema = SCHEMA) -> dict[str, Definition]:
    return {one.name: one for one in definitions(features, by_hand, LAKE, "perennial", lambda _table: schema)}


def test_names_carry_model_and_digest(by_hand: Shared) -> None:
    assert SET.service == "flight__01234567"
    assert SET.all_views == ("flight__delays__01234567", "weather")
    assert list(told(SET, by_hand)) == ["origin", "number", *SET.all_views, SET.service]


def test_a_view_says_keys_types_age_and_place(by_hand: Shared) -> None:
    view = told(SET, by_hand)["flight__delays__01234567"]
    assert isinstance(view, FeatureView)
    assert {field.name: field.dtype for field in view.entity_columns} == {"origin": String, "number": Int64}
    assert {field.name: field.dtype for field in view.features} == {"late": Int64, "mean": Float64}
    assert view.ttl == timedelta(days=7)
    assert view.batch_source.path == "flight/delays"  # so that the lake may move
    assert view.tags == {"written_by": "flight", "digest": SET.digest}


def test_a_table_outside_the_lake_keeps_its_path(by_hand: Shared) -> None:
    outside = replace(SET, views=(replace(VIEW, table=Path("/elsewhere/delays")),))
    view = told(outside, by_hand)["flight__delays__01234567"]
    assert isinstance(view, FeatureView)
    assert view.batch_source.path == "/elsewhere/delays"


def test_the_service_joins_own_and_shared_views(by_hand: Shared) -> None:
    service = told(SET, by_hand)[SET.service]
    assert isinstance(service, FeatureService)
    assert {projection.name for projection in service.feature_view_projections} == set(SET.all_views)


def test_a_key_of_the_repo_is_used_and_others_follow_the_column(by_hand: Shared) -> None:
    found = told(SET, by_hand)
    assert found["origin"] is by_hand.entities["origin"]
    number = found["number"]
    assert isinstance(number, Entity)
    assert number.value_type == ValueType.INT64


def changed(**parts: object) -> FeatureSet:
    return replace(SET, views=(replace(VIEW, **parts),))


REFUSED: dict[str, tuple[FeatureSet, pa.Schema, str, str | None]] = {
    "a field that the files lack": (changed(fields={"laet": "BIGINT"}), SCHEMA, "late", "late"),
    "a key that the files lack": (changed(entities=("orign",)), SCHEMA, "origin", "origin"),
    "a type that no model takes": (changed(fields={"late": "BIGINT[]"}), SCHEMA, "BIGINT[]", "BIGINT"),
    "a key that is a fraction": (changed(entities=("share",)), SCHEMA, "double", None),
    "a key of another type than the repo's": (SET, SCHEMA.set(0, pa.field("origin", pa.int64())), "INT64", None),
    "a name that Postgres would cut": (changed(name="d" * 40), SCHEMA, "68", None),
    "an unknown shared view": (replace(SET, shared=("whether",)), SCHEMA, "whether", "weather"),
    "a name that a shared view gives": (
        changed(fields={"temp": "DOUBLE"}),
        SCHEMA.append(pa.field("temp", pa.float64())),
        "temp in flight__delays__01234567 and in weather",
        None,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(by_hand: Shared, case: str) -> None:
    features, schema, found, near = REFUSED[case]
    with pytest.raises(SpecError) as raised:
        told(features, by_hand, schema)
    assert found in raised.value.found
    assert raised.value.nearest == near


def test_a_set_without_time_is_refused(by_hand: Shared) -> None:
    with pytest.raises(SpecError, match="a column event_timestamp"):
        told(SET, by_hand, SCHEMA.remove(3))


def test_the_meaning_is_what_decides_values(by_hand: Shared) -> None:
    name = "flight__delays__01234567"
    view = told(SET, by_hand)[name]
    assert meaning(view) == meaning(told(SET, by_hand)[name])
    for other in (changed(ttl_days=8), changed(fields={"late": "DOUBLE"}), changed(entities=("origin",))):
        assert meaning(view) != meaning(told(other, by_hand)[name])
    view.tags = {"written_by": "somebody"}
    assert meaning(view) == meaning(told(SET, by_hand)[name])
    assert described(view) != described(told(SET, by_hand)[name])


def test_the_meaning_of_a_service_is_its_features(by_hand: Shared) -> None:
    whole, part = told(SET, by_hand)[SET.service], told(replace(SET, shared=()), by_hand)[SET.service]
    assert meaning(whole) != meaning(part)
