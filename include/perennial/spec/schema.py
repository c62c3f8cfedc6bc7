"""The JSON Schema of model.yaml, from the types themselves."""

from __future__ import annotations

import json

from pydantic.json_schema import GenerateJsonSchema

from perennial.spec.expectations import ROW_EXPECTATIONS
from perennial.spec.model import Spec


def schema_text() -> str:
    """Return the schema as text: what an editor checks is what the validator checks."""
    document = Spec.model_json_schema(schema_generator=GenerateJsonSchema)
    document["$defs"]["Expectation"] = _expectation()
    return json.dumps(document, indent=2) + "\n"


def _expectation() -> dict[str, object]:
    """Describe one line of a contract: exactly one expectation with its arguments."""
    properties = {
        name: {
            "type": "object",
            "required": sorted(required),
            "properties": {argument: {} for argument in sorted(required | optional)},
            "additionalProperties": False,
        }
        for name, (required, optional) in ROW_EXPECTATIONS.items()
    }
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": properties,
        "additionalProperties": False,
    }
