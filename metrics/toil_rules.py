"""Rules that tell categories of work, as SQL that judges a ticket's words, title and description."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from metrics.incident_rules import pattern

UNCLASSIFIED = "unclassified"
WORDS = ("label", "type", "project", "queue")  # lists of patterns, of which one must match
TEXTS = ("title", "text")  # regular expressions
PROPOSED = "proposed"
Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Rules:
    """Versions of ordered rules. What a ticket bears is compared once for each word, and known as marks: numbers."""

    versions: Mapping[str, Sequence[Rule]]
    _marks: dict[tuple[str, int, str], int] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for version, rules in self.versions.items():
            for n, rule in enumerate(rules):
                for name in WORDS:
                    if rule.get(name):
                        self._marks[version, n, name] = len(self._marks)

    @property
    def words(self) -> str:
        """A relation of mark, field and pattern, as GLOB takes it."""
        rows = [
            f"({mark}, {_quoted(name)}, {_quoted(pattern(text))})"
            for (version, n, name), mark in self._marks.items()
            for text in self.versions[version][n][name]
        ]
        return f"(VALUES {', '.join(rows or ['(NULL, NULL, NULL)'])}) AS w(mark, field, pattern)"

    @property
    def reads_text(self) -> bool:
        """Does any rule look into the description?"""
        return any(rule.get("text") for rules in self.versions.values() for rule in rules)

    @property
    def category(self) -> str:
        """The category, as an SQL expression over version, marks, title and text."""
        branches = [f"WHEN {_quoted(version)} THEN {self._decided(version)}" for version in self.versions]
        return f"CASE version {' '.join(branches)} END" if branches else "NULL::VARCHAR"

    def _decided(self, version: str) -> str:
        rules = enumerate(self.versions[version])
        found = [f"WHEN {' AND '.join(self._conditions(version, n))} THEN {_quoted(rule['name'])}" for n, rule in rules]
        return f"CASE {' '.join(found)} ELSE '{UNCLASSIFIED}' END" if found else f"'{UNCLASSIFIED}'"

    def _conditions(self, version: str, n: int) -> Iterator[str]:
        rule = self.versions[version][n]
        for name in WORDS:
            if rule.get(name):
                yield f"list_contains(marks, {self._marks[version, n, name]})"
        for name in TEXTS:
            if rule.get(name):
                yield f"regexp_matches({name}, {_quoted(rule[name])}, 'i')"


def in_force(con: duckdb.DuckDBPyConnection) -> Rules:
    """Every version of the rules that decides for any queue."""
    sql = "SELECT DISTINCT version, definition FROM queue_practice WHERE kind = 'toil' ORDER BY ALL"
    rows = con.execute(sql).fetchall()
    return Rules({version: json.loads(definition)["categories"] for version, definition in rows})


def proposed(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> Rules:
    """Rules that are not in the settings, as one version for every ticket.

    Raises ValueError for a rule that has no name, says nothing or nothing that can be understood.
    """
    for n, rule in enumerate(rules, start=1):
        _check(con, f"rule {n} ({rule.get('name') or 'without a name'})", rule)
    return Rules({PROPOSED: list(rules)})


def _check(con: duckdb.DuckDBPyConnection, place: str, rule: Rule) -> None:
    if not rule.get("name"):
        raise ValueError(f"{place}: name is missing; write the category's name")
    if unknown := set(rule) - {"name", *WORDS, *TEXTS}:
        raise ValueError(f"{place}: {min(unknown)!r} is unknown; choose among {', '.join((*WORDS, *TEXTS))}")
    if not any(rule.get(name) for name in (*WORDS, *TEXTS)):
        raise ValueError(f"{place}: nothing to recognise a ticket by; write one of {', '.join((*WORDS, *TEXTS))}")
    for name in TEXTS:
        try:
            con.execute("SELECT regexp_matches('', ?, 'i')", [rule.get(name)]).fetchall()
        except duckdb.Error:
            raise ValueError(f"{place}: {name} = {rule[name]!r} is not a regular expression of RE2") from None


def _quoted(text: str) -> str:
    """A string of SQL; its dollar signs are written as a call, for `ask` reads `$name` as a parameter."""
    return "'" + text.replace("'", "''").replace("$", "' || chr(36) || '") + "'"
