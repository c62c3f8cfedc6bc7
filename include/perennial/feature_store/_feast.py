"""The names this package uses of Feast, imported without typeguard's run-time checks: 1.0 CPU-s instead of 3.1.

Feast decorates its classes with `typeguard.typechecked`, which compiles each of them again while it is imported.
The decorator is replaced for the length of that import and put back; a process that has Feast already is left alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typeguard


def _plain(target: Any = None, **_options: Any) -> Any:
    def same(decorated: Callable[..., Any]) -> Callable[..., Any]:
        return decorated

    return same if target is None else target


@contextmanager
def _without_typeguard() -> Iterator[None]:
    checked = typeguard.typechecked
    if "feast" not in sys.modules:
        typeguard.typechecked = _plain
    try:
        yield
    finally:
        typeguard.typechecked = checked


with _without_typeguard():
    from feast import Entity, FeatureService, FeatureStore, FeatureView, Field, FileSource, RepoConfig
    from feast.data_format import ParquetFormat
    from feast.data_source import DataSource
    from feast.errors import SavedDatasetLocationAlreadyExists
    from feast.feature_view import DUMMY_ENTITY_ID, DUMMY_ENTITY_VAL
    from feast.infra.key_encoding_utils import serialize_entity_key
    from feast.infra.offline_stores.offline_store import OfflineStore, RetrievalJob, RetrievalMetadata
    from feast.infra.online_stores.helpers import compute_table_id, extract_text_and_num
    from feast.infra.online_stores.postgres_online_store.postgres import (
        PostgreSQLOnlineStore,
        PostgreSQLOnlineStoreConfig,
    )
    from feast.infra.registry.base_registry import BaseRegistry
    from feast.infra.utils.postgres.connection_utils import _get_conn as connect_online
    from feast.on_demand_feature_view import OnDemandFeatureView
    from feast.protos.feast.types.EntityKey_pb2 import EntityKey as EntityKeyProto
    from feast.protos.feast.types.Value_pb2 import Value as ValueProto
    from feast.repo_config import FeastConfigBaseModel
    from feast.saved_dataset import SavedDatasetStorage
    from feast.types import Bool, FeastType, Float32, Float64, Int32, Int64, String, UnixTimestamp
    from feast.value_type import ValueType

__all__ = [
    "DUMMY_ENTITY_ID",
    "DUMMY_ENTITY_VAL",
    "BaseRegistry",
    "Bool",
    "DataSource",
    "Entity",
    "EntityKeyProto",
    "FeastConfigBaseModel",
    "FeastType",
    "FeatureService",
    "FeatureStore",
    "FeatureView",
    "Field",
    "FileSource",
    "Float32",
    "Float64",
    "Int32",
    "Int64",
    "OfflineStore",
    "OnDemandFeatureView",
    "ParquetFormat",
    "PostgreSQLOnlineStore",
    "PostgreSQLOnlineStoreConfig",
    "RepoConfig",
    "RetrievalJob",
    "RetrievalMetadata",
    "SavedDatasetLocationAlreadyExists",
    "SavedDatasetStorage",
    "String",
    "UnixTimestamp",
    "ValueProto",
    "ValueType",
    "compute_table_id",
    "connect_online",
    "extract_text_and_num",
    "serialize_entity_key",
]
