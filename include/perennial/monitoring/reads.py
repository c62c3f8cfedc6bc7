"""What a features.sql reads, told from its words: which columns of a raw table, and which relations they go into.

It errs on the wide side: a column counts as read where its name stands in a statement that reads its table, or further
on; so a column that only comes along with `SELECT *` does not count until somebody names it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from perennial.spec.script import statements

MADE = re.compile(r"\bcreate\s+(?:or\s+replace\s+)?temp(?:orary)?\s+(?:table|view)\s+(?:if\s+not\s+exists\s+)?\"?(\w+)")


@dataclass(frozen=True)
class Relation:
    """A relation of the script: the raw tables behind it, and all words of the statements on the way."""

    tables: frozenset[str]
    words: frozenset[str]


@dataclass(frozen=True)
class Script:
    """The relations that a script makes, by name."""

    relations: Mapping[str, Relation]

    def columns(self, table: str, columns: Iterable[str]) -> list[str]:
        """Return the columns of a raw table that the script reads."""
        words = {word for one in self.relations.values() if table in one.tables for word in one.words}
        return [column for column in columns if column.lower() in words]

    def readers(self, table: str, column: str | None, views: Collection[str]) -> list[str]:
        """Return the feature views that are made from a raw table, or from a column of it."""
        reads = {name for name, one in self.relations.items() if table in one.tables}
        named = {name for name in reads if column is None or column.lower() in self.relations[name].words}
        return sorted(name for name in views if name.lower() in named)


def read_script(sql: str, tables: Collection[str], columns: Mapping[str, Collection[str]]) -> Script:
    """Read a script; `columns` are what is known of the columns of its relations (features come along with `*`)."""
    made: dict[str, Relation] = {}
    raw = {name.lower(): name for name in tables}
    for text in map(str.lower, statements(sql)):
        if found := MADE.search(text):
            made[found[1]] = _relation(text[found.end() :], found[1], made, raw)
    for name, known in columns.items():
        if one := made.get(name.lower()):
            made[name.lower()] = Relation(one.tables, one.words | {column.lower() for column in known})
    return Script(made)


def _relation(text: str, name: str, made: Mapping[str, Relation], raw: Mapping[str, str]) -> Relation:
    """Follow the words of a statement to raw tables; a relation may take the name of the raw table that it reads."""
    words = frozenset(re.findall(r"\w+", text))
    sources = words & (made.keys() | raw)
    own = [made.get(word) or Relation(frozenset({raw[word]}), frozenset()) for word in sources - ({name} & made.keys())]
    return Relation(frozenset().union(*(one.tables for one in own)), words.union(*(one.words for one in own)))
