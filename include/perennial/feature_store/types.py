"""One table of types: what DuckDB computes, what Feast records, what a file is read as."""

from __future__ import annotations

import pyarrow as pa

from perennial.errors import SpecError, nearest
from perennial.feature_store._feast import (
    Bool,
    FeastType,
    Float32,
    Float64,
    Int32,
    Int64,
    String,
    UnixTimestamp,
    ValueType,
)

FROM_DUCKDB: dict[str, FeastType] = {
    "BOOLEAN": Bool,
    "TINYINT": Int32,
    "SMALLINT": Int32,
    "INTEGER": Int32,
    "UTINYINT": Int32,
    "USMALLINT": Int32,
    "UINTEGER": Int64,
    "BIGINT": Int64,
    "HUGEINT": Float64,  # DuckDB's sum of integers; DuckDB writes it to Parquet as DOUBLE
    "FLOAT": Float32,
    "DOUBLE": Float64,
    "DECIMAL": Float64,
    "VARCHAR": String,
    "ENUM": String,
    "DATE": UnixTimestamp,
    "TIMESTAMP": UnixTimestamp,
    "TIMESTAMP_S": UnixTimestamp,
    "TIMESTAMP_MS": UnixTimestamp,
    "TIMESTAMP_NS": UnixTimestamp,
    "TIMESTAMPTZ": UnixTimestamp,
    "TIMESTAMPTZ_NS": UnixTimestamp,
    "TIMESTAMP WITH TIME ZONE": UnixTimestamp,
}
READ_AS: dict[ValueType, str] = {
    ValueType.BOOL: "BOOLEAN",
    ValueType.INT32: "INTEGER",
    ValueType.INT64: "BIGINT",
    ValueType.FLOAT: "FLOAT",
    ValueType.DOUBLE: "DOUBLE",
    ValueType.STRING: "VARCHAR",
    ValueType.UNIX_TIMESTAMP: "TIMESTAMPTZ",
}


def feast_type(duckdb_type: str, where: str) -> FeastType:
    """Return Feast's type for a feature; raises SpecError for one that no model takes (a list, a blob, ...)."""
    name = duckdb_type.upper().split("(")[0].strip()
    if name in FROM_DUCKDB and not duckdb_type.endswith("[]"):
        return FROM_DUCKDB[name]
    raise SpecError(
        where,
        expected=f"a column of type {', '.join(sorted(FROM_DUCKDB))}",
        found=duckdb_type,
        nearest=nearest(name, FROM_DUCKDB),
    )


def key_type(found: pa.DataType, where: str) -> FeastType:
    """Return Feast's type for a join key: text or a whole number; raises SpecError."""
    if pa.types.is_integer(found):
        return Int64
    if pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_dictionary(found):
        return String
    raise SpecError(where, expected="text or whole numbers, as a key is compared for equality", found=str(found))
