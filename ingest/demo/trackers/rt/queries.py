"""How the made-up Request Tracker understands a question: TicketSQL, TransactionSQL, and searches in JSON.

A row is asked as a mapping from its columns, in lower case, to what they are equal to: a queue is both its number and
its name.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
Test = Callable[[Row], bool]

SERVER_ZONE = "America/New_York"
_TOKEN = re.compile(r"\s*(\(|\)|<=|>=|!=|=|<|>|'(?:[^'\\]|\\.)*'|\"[^\"]*\"|[\w.{}:@/+-]+)")
_LISTED = re.compile(r"\(id = \d+(?: OR id = \d+)*\)(?= AND |$)")  # at the beginning: the question is about these
_NUMBER = re.compile(r"\d+")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(Z?))?")
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


class QueryError(Exception):
    """A question that RT answers with 400."""


class MalformedError(Exception):
    """A question over which RT stumbles: 500, and nothing said."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a row must be, which columns the question names, and the numbers to which it limits some of them."""

    test: Test
    columns: frozenset[str]
    numbers: Mapping[str, Sequence[int]] = field(default_factory=dict)


def sql(text: str, columns: Mapping[str, str], zone: str | None) -> Query:
    """A question in TicketSQL or TransactionSQL. `columns`: their names in lower case, and `date` for instants.
    Raises QueryError."""
    query = _Parser(text, columns, zone).query()
    listed = _LISTED.match(text)
    return Query(query.test, query.columns, {"id": [int(one) for one in _NUMBER.findall(listed[0])]} if listed else {})


def literal(text: str, zone: str | None) -> datetime:
    """What instant RT takes a text for: it reads it in the zone of the account, or else the server's, whatever zone the
    text names. An ISO instant with a Z loses its time of day; a number is the beginning of 1970."""
    found = _DATE.match(text)
    if not found:
        return datetime(1970, 1, 1, tzinfo=UTC)
    day, clock, zulu = found.groups()
    local = datetime.fromisoformat(f"{day} {'00:00:00' if zulu or not clock else clock}")
    return local.replace(tzinfo=ZoneInfo(zone or SERVER_ZONE)).astimezone(UTC)


class _Parser:
    def __init__(self, text: str, columns: Mapping[str, str], zone: str | None) -> None:
        self._tokens = _TOKEN.findall(text)
        self._columns, self._zone = columns, zone
        self._named: set[str] = set()

    def query(self) -> Query:
        test = self._any()
        if self._tokens:
            raise QueryError(f"Wrong query, expecting a AGGREGATOR in '>{self._tokens[0]}<--here'")
        return Query(test, frozenset(self._named))

    def _any(self) -> Test:
        tests = [self._all()]
        while self._word("OR"):
            tests.append(self._all())
        return lambda row: any(test(row) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._word("AND"):
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._word("("):
            inner = self._any()
            if not self._word(")"):
                raise QueryError("Incomplete query, expecting a CLOSE_PAREN")
            return inner
        column = self._next().lower()
        if column not in self._columns:
            raise QueryError(f"Unknown field: {column.capitalize()}")
        self._named.add(column)
        operator, value = self._next(), self._next().strip("'\"")
        if self._columns[column] == "date":
            return _dated(column, operator, value, self._zone)
        return lambda row: _holds(row[column], operator, value)

    def _next(self) -> str:
        if not self._tokens:
            raise QueryError("Incomplete query")
        return str(self._tokens.pop(0))

    def _word(self, word: str) -> bool:
        if self._tokens and self._tokens[0].upper() == word:
            self._tokens.pop(0)
            return True
        return False


def _dated(column: str, operator: str, value: str, zone: str | None) -> Test:
    begin = literal(value, zone)
    if operator == "=" and len(value) == 10:  # a day
        return lambda row: begin <= row[column] < begin + timedelta(days=1)
    return lambda row: _ORDER[operator](row[column], begin) if operator in _ORDER else row[column] == begin


def searched(text: str, columns: frozenset[str]) -> Query | None:
    """A search in JSON. Conditions on one column are joined with OR, unless they ask for AND; unknown columns are
    skipped. None: nothing was asked. Raises MalformedError."""
    try:
        conditions = json.loads(text)
    except ValueError:
        raise MalformedError from None
    asked: dict[str, list[_Clause]] = {}
    for condition in conditions:
        if condition.get("field") in columns and condition.get("value") is not None:
            is_and = str(condition.get("entry_aggregator")).upper() == "AND"
            clause = _Clause(str(condition.get("operator") or "="), str(condition["value"]), is_and)
            asked.setdefault(condition["field"].lower(), []).append(clause)
    tests = [_joined(column, clauses) for column, clauses in asked.items()]
    numbers = {column: limits for column, clauses in asked.items() if (limits := _numbers(clauses)) is not None}
    return Query(lambda row: all(test(row) for test in tests), frozenset(asked), numbers) if asked else None


@dataclass(frozen=True, slots=True)
class _Clause:
    operator: str
    value: str
    is_and: bool

    def test(self, column: str) -> Test:
        if self.operator == "IS":
            return lambda row: row[column] == (None,)
        return lambda row: _holds(row[column], self.operator, self.value)


def _joined(column: str, clauses: list[_Clause]) -> Test:
    """Side by side as SQL has them: AND binds before OR. A long list of values is looked up, not gone through."""
    if all(clause.operator == "=" and not clause.is_and for clause in clauses):
        values = {clause.value.lower() for clause in clauses}
        return lambda row: not values.isdisjoint(map(_plain, _alternatives(row[column])))
    groups: list[list[Test]] = []
    for clause in clauses:
        if clause.is_and and groups:
            groups[-1].append(clause.test(column))
        else:
            groups.append([clause.test(column)])
    return lambda row: any(all(test(row) for test in group) for group in groups)


def _numbers(clauses: list[_Clause]) -> Sequence[int] | None:
    """Where all clauses are equalities, or they are a window: the numbers left. So that not every row is tried."""
    if not all(clause.value.isdigit() for clause in clauses):
        return None
    values = [int(clause.value) for clause in clauses]
    match [clause.operator for clause in clauses]:
        case [">", "<="] if clauses[1].is_and:
            return range(values[0] + 1, values[1] + 1)
        case operators if set(operators) == {"="} and not any(clause.is_and for clause in clauses[1:]):
            return values
    return None


def _holds(values: Any, operator: str, value: str) -> bool:
    """Whether any of the things a column is equal to stands in this relation to a value. Dates are raw UTC here."""
    mine = [_plain(one) for one in _alternatives(values)]
    if operator in ("=", "!="):
        return (value.lower() in mine) is (operator == "=")
    if operator == "STARTSWITH":
        return any(one.startswith(value.lower()) for one in mine)
    if operator == "LIKE":
        return any(value.lower().strip("%") in one for one in mine)
    pairs = ((int(mine[0]), int(value)) if mine[0].isdigit() and value.isdigit() else (mine[0], value),)
    return operator in _ORDER and any(_ORDER[operator](one, other) for one, other in pairs)


def _alternatives(values: Any) -> tuple[Any, ...]:
    return values if isinstance(values, tuple) else (values,)


def _plain(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value).lower()
