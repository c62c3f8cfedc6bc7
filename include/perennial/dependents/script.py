"""What of a features.sql decides one of its relations: the statement that makes it, and those that it reads."""

from __future__ import annotations

import re

from perennial.hashing import digest
from perennial.spec.script import statements

MAKES = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP|TEMPORARY)?\s*(?:TABLE|VIEW|MACRO|FUNCTION)\s+"
    r'(?:IF\s+NOT\s+EXISTS\s+)?"?(\w+)',
    re.IGNORECASE,
)


def relation_digest(sql: str, relation: str) -> str | None:
    """Return the SHA-256 of what decides a relation, or None where the script makes none of that name.

    Comments, blanks and statements about other relations do not count. A word that is also another relation's name
    counts as reading it: a digest may change too often, never too seldom.
    """
    wanted, decides = {relation.lower()}, []
    for text in (" ".join(one.split()) for one in reversed(statements(sql))):
        made = MAKES.match(text)
        if made is None or made[1].lower() in wanted:
            decides.append(text)
            wanted |= {word.lower() for word in re.findall(r"\w+", text)}
    named = {made[1].lower() for text in decides if (made := MAKES.match(text))}
    return digest(decides) if relation.lower() in named else None
