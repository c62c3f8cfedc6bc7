"""The statements of a features.sql."""

from __future__ import annotations

import re

COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def statements(sql: str) -> list[str]:
    """Return the statements of a script without their comments, in order; raises duckdb.ParserException."""
    import duckdb

    return [COMMENTS.sub(" ", one.query) for one in duckdb.extract_statements(sql)]
