"""Parts of the spec that are several values in one short text, such as `4 per 30d`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from perennial.spec.types import Strict


@dataclass(frozen=True)
class Written:
    """How a part is written: `Annotated[Budget, Written(...)]`; `str` of the part has to write it the same way."""

    form: str
    """a regular expression that names the fields of the part"""
    what: str
    example: str

    def __get_pydantic_core_schema__(self, source: type[Strict], _: GetCoreSchemaHandler) -> CoreSchema:
        """Read from text and write as text."""
        return core_schema.no_info_plain_validator_function(
            lambda value: self._read(source, value), serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Say the form in the words of JSON Schema, which knows no named groups."""
        pattern = re.sub(r"\?P<\w+>", "", self.form)
        return {"type": "string", "pattern": f"^{pattern}$", "examples": [self.example]}

    def _read(self, source: type[Strict], value: Any) -> Strict:
        if isinstance(value, source):
            return value
        if match := re.fullmatch(self.form, str(value)):
            try:
                return source.model_validate_strings(match.groupdict())
            except ValidationError:
                pass
        raise ValueError(f"{self.what} such as {self.example}")
