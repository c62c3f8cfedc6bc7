"""Feature rows as Feast's online store takes them.

Feast's own conversion goes through NumPy: beside a null a whole number becomes a float (wrong above 2**53), and a time
that is missing becomes the smallest number there is. Here a null stays a null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from perennial.feature_store._feast import EntityKeyProto, FeatureView, Field, ValueProto, ValueType

Row = tuple[Any, Mapping[str, Any], datetime, datetime | None]  # entity key, values, event time, created time


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _itself(value: Any) -> Any:
    return value


SLOTS: dict[ValueType, tuple[str, Callable[[Any], Any]]] = {
    ValueType.BOOL: ("bool_val", _itself),
    ValueType.INT32: ("int32_val", _itself),
    ValueType.INT64: ("int64_val", _itself),
    ValueType.FLOAT: ("float_val", _itself),
    ValueType.DOUBLE: ("double_val", _itself),
    ValueType.STRING: ("string_val", _itself),
    ValueType.UNIX_TIMESTAMP: ("unix_timestamp_val", _seconds),
}


def online_rows(batch: pa.RecordBatch, view: FeatureView, time: str, created: str | None) -> list[Row]:
    """Turn a batch of key, feature and time columns into rows; raises KeyError for a type that is not in SLOTS."""
    keys = {field.name: _values(batch, field) for field in view.entity_columns}
    names = list(keys)
    entities = [EntityKeyProto(join_keys=names, entity_values=values) for values in zip(*keys.values(), strict=True)]
    features = {field.name: _values(batch, field) for field in view.features}
    values = [dict(zip(features, row, strict=True)) for row in zip(*features.values(), strict=True)]
    times = batch.column(time).to_pylist()
    creations = batch.column(created).to_pylist() if created else [None] * batch.num_rows
    return list(zip(entities, values, times, creations, strict=True))


def _values(batch: pa.RecordBatch, field: Field) -> list[Any]:
    slot, convert = SLOTS[field.dtype.to_value_type()]
    cells = batch.column(field.name).to_pylist()
    return [ValueProto() if cell is None else ValueProto(**{slot: convert(cell)}) for cell in cells]
