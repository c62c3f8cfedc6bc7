"""Look at the relations of a script one by one and collect what does not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from perennial.datasets.definition import EVENT_TIMESTAMP, INSTANT, ViewColumns
from perennial.errors import SpecError, nearest
from perennial.features.script import Script

Relations = Mapping[str, Mapping[str, str]]
"""Relation -> column -> DuckDB type."""

NUMBERS = ("BOOLEAN", "INTEGER", "BIGINT", "FLOAT", "DOUBLE")
VALUES = (*NUMBERS, "VARCHAR")
KEYS = ("INTEGER", "BIGINT", "VARCHAR")
STORED = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "UTINYINT", "USMALLINT"), "INTEGER"),
    **dict.fromkeys(("HUGEINT", "UHUGEINT", "UBIGINT", "DECIMAL"), "DOUBLE"),
    **{name: name for name in (*VALUES, "DATE", INSTANT)},
    "UINTEGER": "BIGINT",
    "ENUM": "VARCHAR",
}
"""The type that a computed column is stored as; what is not here no model takes."""


def stored_type(computed: str) -> str:
    """Return the type that a column is stored as: HUGEINT, the sum of integers, as DOUBLE; a list as it is."""
    return computed if computed.endswith("]") else STORED.get(computed.partition("(")[0], computed)


class Look:
    """Looks at the relations one by one and collects what does not fit."""

    def __init__(self, script: Script, made: Relations) -> None:
        self.script, self.made = script, made
        self.errors: dict[str, SpecError] = {}

    def complain(self, where: str, expected: str, found: str, near: str | None = None) -> None:
        """Keep one mistake a place."""
        self.errors.setdefault(where, self.script.error(where, expected=expected, found=found, nearest=near))

    def relation(self, name: str) -> Mapping[str, str]:
        """Return the columns of a relation, none when the script does not make it."""
        if name not in self.made:
            found = ", ".join(sorted(self.made)) or "none"
            self.complain(
                f"relation {name}", "CREATE TEMP VIEW or TEMP TABLE of that name", found, nearest(name, self.made)
            )
        return self.made.get(name, {})

    def column(self, relation: str, name: str, legal: Iterable[str]) -> str:
        """Return the type a column is stored as; the first legal one when there is none."""
        columns = self.relation(relation)
        expected = f"type {' or '.join(legal)}"
        kind = stored_type(columns.get(name, ""))
        if columns and name not in columns:
            where, found = f"relation {relation}: column {name}", ", ".join(columns)
            self.complain(where, f"a column {name} of {expected}", found, nearest(name, columns))
        elif columns and kind not in legal:
            self.complain(f"relation {relation}: column {name}", expected, columns[name])
        return kind if kind in legal else next(iter(legal))

    def fields(self, view: str, keys: Mapping[str, str]) -> dict[str, str]:
        """Return the feature columns of a view, which are all but its keys and event_timestamp."""
        for key, kind in keys.items():
            self.column(view, key, (kind,))
        self.column(view, EVENT_TIMESTAMP, (INSTANT,))
        found = [name for name in self.relation(view) if name not in (*keys, EVENT_TIMESTAMP)]
        if view in self.made and not found:
            self.complain(f"relation {view}", "at least one feature column", ", ".join(self.made[view]))
        return {name: self.column(view, name, VALUES) for name in found}

    def same(self, view: str, declared: ViewColumns, found: Mapping[str, str]) -> ViewColumns:
        """Compare a shared view with its definition in feature_repo/, which says how its columns are stored."""
        for name, kind in declared.fields.items():
            self.column(view, name, NUMBERS if kind in NUMBERS else (kind,))
        for name in found.keys() - declared.fields.keys():
            where = f"relation {view}: column {name}"
            self.complain(where, f"only what feature_repo/ declares: {', '.join(declared.fields)}", name)
        return declared

    def once(self, examples: Iterable[str], views: Mapping[str, ViewColumns]) -> None:
        """Refuse a feature name that stands for two columns of a training set."""
        names = [*dict.fromkeys(examples), *(name for view in views.values() for name in view.fields)]
        for name in (name for name, times in Counter(names).items() if times > 1):
            makers = [relation for relation, view in views.items() if name in view.fields]
            self.complain(f"column {name}", "each name once among examples and views", f"also in {', '.join(makers)}")

    def conclude(self) -> None:
        """Raise the first mistake, with the others attached."""
        if self.errors:
            first, *others = self.errors.values()
            first.others = tuple(others)
            raise first
