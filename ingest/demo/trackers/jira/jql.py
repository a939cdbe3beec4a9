"""The part of JQL that a careful reader needs: projects, ids, bounds on updated and created, an order."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ingest.demo.trackers.jira.model import Issue, millis

_TOKEN = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([<>]=?|!=|=|[(),])|([^\s"'<>=!(),]+))""")
_DATES = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_KEYS = ("id", "key", "issuekey", "issue")
_ORDERS: dict[str, Callable[[Issue], Any]] = {
    "updated": lambda issue: issue.updated,
    "created": lambda issue: issue.created,
    **dict.fromkeys(_KEYS, lambda issue: (issue.key.rpartition("-")[0], int(issue.key.rpartition("-")[2]))),
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": lambda one, other: bool(one >= other),
    "<=": lambda one, other: bool(one <= other),
    ">": lambda one, other: bool(one > other),
    "<": lambda one, other: bool(one < other),
}
Condition = Callable[[Issue], bool]


class JqlError(Exception):
    """What Jira answers to a question it does not understand or may not answer."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What names in a question can mean. Both raise JqlError."""

    project: Callable[[str], str]  # a name, key or id -> the project's key
    issue: Callable[[str], int]  # an id or key, perhaps an old one -> the issue's id
    zone: ZoneInfo  # of the account that asks


@dataclass(frozen=True, slots=True)
class Query:
    conditions: list[Condition]
    order: list[tuple[str, bool]]  # field, is it descending

    def of(self, issues: list[Issue]) -> list[Issue]:
        found = [issue for issue in issues if all(condition(issue) for condition in self.conditions)]
        found.sort(key=lambda issue: issue.id)
        for field, is_descending in reversed(self.order):
            found.sort(key=_ORDERS[field], reverse=is_descending)
        return found


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    is_quoted: bool

    @property
    def plain(self) -> str:
        return "" if self.is_quoted else self.text.lower()


def parse(jql: str, catalogue: Catalogue) -> Query:
    """Raises JqlError."""
    return _Reader(_words(jql), catalogue).query()


def _words(jql: str) -> list[_Word]:
    found, place = [], 0
    text = jql.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise JqlError(f"Error in the JQL Query: The character '{text[place]}' is a reserved JQL character.")
        quoted = match[1] if match[1] is not None else match[2]
        found.append(_Word(match[3] or match[4], False) if quoted is None else _Word(quoted, True))
        place = match.end()
    return found


class _Reader:
    def __init__(self, words: list[_Word], catalogue: Catalogue) -> None:
        self._words, self._catalogue = words, catalogue

    def query(self) -> Query:
        conditions: list[Condition] = []
        while self._words and self._words[0].plain != "order":
            conditions.append(self._clause())
            if self._words and self._words[0].plain not in ("and", "order"):
                raise JqlError(f"Error in the JQL Query: Expecting 'AND' but got '{self._words[0].text}'.")
            if self._words and self._words[0].plain == "and":
                self._next()
        return Query(conditions, self._order())

    def _clause(self) -> Condition:
        field = self._next().text.lower()
        if field == "project":
            wanted = {self._catalogue.project(word.text) for word in self._values()}
            return lambda issue: issue.project in wanted
        if field in _KEYS:
            ids = {self._catalogue.issue(word.text) for word in self._values()}
            return lambda issue: issue.id in ids
        if field in ("updated", "created"):
            return self._bound(field)
        raise JqlError(f"Field '{field}' does not exist or you do not have permission to view it.")

    def _values(self) -> list[_Word]:
        operator = self._next().plain
        if operator == "=":
            return [self._next()]
        if operator != "in" or self._next().plain != "(":
            raise JqlError(f"The operator '{operator}' is not supported here.")
        found = [self._next()]
        while (separator := self._next()).plain == ",":
            found.append(self._next())
        if separator.plain != ")":
            raise JqlError(f"Error in the JQL Query: Expecting either ',' or ')' but got '{separator.text}'.")
        return found

    def _bound(self, field: str) -> Condition:
        operator, word = self._next().text, self._next()
        compare = _COMPARISONS.get(operator)
        if compare is None:
            raise JqlError(f"The operator '{operator}' is not supported by the '{field}' field.")
        bound = self._instant(field, word)
        return lambda issue: compare(millis(getattr(issue, field)), bound)

    def _instant(self, field: str, word: _Word) -> int:
        """Milliseconds where there are no quotes; else a date in the zone of whoever asks."""
        if not word.is_quoted and word.text.lstrip("-").isdigit():
            return int(word.text)
        for form in _DATES:
            try:
                return millis(datetime.strptime(word.text, form).replace(tzinfo=self._catalogue.zone))
            except ValueError:
                continue
        raise JqlError(f"Date value '{word.text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd'.")

    def _order(self) -> list[tuple[str, bool]]:
        if not self._words:
            return []
        if self._next().plain != "order" or self._next().plain != "by":
            raise JqlError("Error in the JQL Query: Expecting 'ORDER BY'.")
        order: list[tuple[str, bool]] = []
        while self._words:
            field = self._next().text.lower()
            if field not in _ORDERS:
                raise JqlError(f"Not able to sort using field '{field}'.")
            is_directed = bool(self._words) and self._words[0].plain in ("asc", "desc")
            order.append((field, is_directed and self._next().plain == "desc"))
            if self._words and self._next().text != ",":
                raise JqlError("Error in the JQL Query: Expecting ',' in the order.")
        if len(order) > 7:
            raise JqlError("The orderBy clause can contain a maximum of 7 fields.")
        return order

    def _next(self) -> _Word:
        if not self._words:
            raise JqlError("Error in the JQL Query: it ends too early.")
        return self._words.pop(0)
