"""The definitions page says what the code says, and its worked cases are what the code does.

The settings and tables of each case are read from the page itself: a number changed there fails here.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest

import metrics
import settings
from ingest.records import Account, Shift
from metrics import definitions, policies
from metrics.reopen_cycles import lead_times
from tests.conftest import OFFICE, History
from tests.metrics.conftest import Opened

PAGE = definitions.PAGE.read_text(encoding="utf-8")
BERLIN = ZoneInfo("Europe/Berlin")
LONG_AFTER = datetime(2027, 1, 1, tzinfo=BERLIN)
Row = dict[str, str]


class Case(NamedTuple):
    """One worked case: its settings, and the rows of its tables by their header."""

    text: str
    tables: list[list[Row]]


def case(heading: str) -> Case:
    """The case under a heading of the page."""
    _, found, body = PAGE.partition(f"### {heading}\n")
    assert found, f"the page has a case {heading!r}"
    body = re.split(r"^#{2,3} ", body, flags=re.MULTILINE)[0]
    toml = re.search(r"```toml\n(.*?)```", body, re.DOTALL)
    tables = re.findall(r"((?:^\|[^\n]*\n)+)", body, re.MULTILINE)
    return Case(toml[1] if toml else "", [list(rows(table)) for table in tables])


def rows(table: str) -> Iterator[Row]:
    head, _, *lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    for cells in lines:
        yield dict(zip(head, cells, strict=True))


def instant(cell: str) -> datetime:
    """`Mon 2026-11-02 09:00:00` in the calendar's zone; the weekday must be the right one."""
    weekday, moment = cell.split(" ", 1)
    read = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
    assert f"{read:%a}" == weekday, f"{cell} is no {weekday}"
    return read


def utc_text(cell: str) -> str:
    return f"{instant(cell).astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def told(moment: Any) -> str:
    """An instant of the store as the page writes it."""
    return f"{moment.replace(tzinfo=ZoneInfo('UTC')).astimezone(BERLIN):%a %Y-%m-%d %H:%M:%S}"


def hours(value: Any) -> str:
    return f"{value / 3600:g}"


CASES = {
    "office": case("Within four working hours, or by the end of the next working day"),
    "always": case("Four hours round the clock, when the clocks change"),
    "cadence": case("A word a day on a P0, a word a week on a P1, across a weekend"),
    "reopened": case("A ticket that came back"),
    "paused": case("A clock that stands still"),
    "rota": case("A rota that somebody joins late"),
}


@pytest.fixture
def store_of_rows(opened: Opened) -> Iterator[Callable[..., duckdb.DuckDBPyConnection]]:
    """A store with a ticket for each row of a table, #1 for the first: opened then, with these (column, field, value)
    changes at the instants in the row's columns."""
    with ExitStack() as stack:

        def build(found: Case, table: list[Row], *changes: tuple[str, str, str]) -> duckdb.DuckDBPyConnection:
            history = History()
            for number, row in enumerate(table, start=1):
                happened = [(row[c], field, value.format(**row)) for c, field, value in changes if row[c] != "–"]
                told = [(utc_text(moment), field, value, "ana") for moment, field, value in happened]
                history.ticket(number, utc_text(row["opened"]), *told, queue=row.get("queue", "infra"))
            return stack.enter_context(opened(history.records, found.text))

        yield build


def of_ticket(rows: duckdb.DuckDBPyRelation, number: int) -> pl.DataFrame:
    return rows.filter(f"ticket_id = 'test/infra#{number}'").pl()


# --- The page ---------------------------------------------------------------------------------------


def test_the_page_says_what_the_docstrings_say() -> None:
    assert definitions.renewed(PAGE) == PAGE, "run `python -m metrics.definitions`"


def test_every_metric_has_its_four_lines() -> None:
    for metric in metrics.catalogue():
        section = PAGE.split(f"### {metric.name}\n")[1].split("\n### ")[0]
        assert metric.question in section
        assert re.findall(r"^- \*\*(\w+)\.\*\* [A-Z]", section, re.MULTILINE)[:4] == [
            "Counts", "Ignores", "Clock", "Undefined"
        ]  # fmt: skip


def test_what_stands_around_the_definitions_is_left_alone() -> None:
    assert definitions.renewed(PAGE.replace("- **Clock.** None.", "")) == PAGE
    assert definitions.renewed(PAGE).count("## Worked cases") == 1


def test_every_case_of_the_page_is_executed() -> None:
    headings = re.findall(r"^### (.*)$", PAGE.split("## Worked cases")[1], re.MULTILINE)
    assert [case(heading) for heading in headings] == list(CASES.values())
    assert [[len(table) for table in found.tables] for found in CASES.values()] == [
        [14, 6], [4, 2], [8], [2, 3], [3, 6], [4, 2]
    ]  # fmt: skip


def test_the_settings_of_every_case_are_valid_and_say_something() -> None:
    """A ticket that is reopened needs none."""
    said = {name for name, found in CASES.items() if settings.parse(found.text, name) != settings.Settings()}
    assert said == CASES.keys() - {"reopened"}


# --- The cases: each table as the code fills it in ---------------------------------------------------


@pytest.mark.parametrize("name", ["office", "always"])
def test_four_hours_inside_else_the_end_of_the_next_working_day(name: str, store_of_rows: Any) -> None:
    table = CASES[name].tables[0]
    clocks = metrics.slo(store_of_rows(CASES[name], table), as_of=LONG_AFTER)
    for number, row in enumerate(table, start=1):
        assert [told(due) for due in of_ticket(clocks, number)["due_at"]] == [row["due"]], row["why"]


def test_the_verdict_at_the_deadline_and_a_second_after(store_of_rows: Any) -> None:
    table = CASES["office"].tables[1]
    con = store_of_rows(CASES["office"], table, ("triaged", "label", "+Bug"))
    for number, row in enumerate(table, start=1):
        [clock] = of_ticket(metrics.slo(con, as_of=instant(row["as of"])), number).to_dicts()
        assert {**row, "due": told(clock["due_at"]), "verdict": clock["verdict"]} == row


def test_the_length_of_the_days_when_the_clocks_change(store_of_rows: Any) -> None:
    always = CASES["always"]
    calendars = policies.calendars(store_of_rows(always, always.tables[0]))
    [calendar] = [held for name, held in calendars.items() if name.startswith("office")]
    for row in always.tables[1]:
        worked = calendar.working_time(instant(row["from"]), instant(row["until"]))
        assert {**row, "open hours": hours(worked.total_seconds())} == row


def test_words_owed_across_a_weekend(store_of_rows: Any) -> None:
    [table] = CASES["cadence"].tables
    changes = [("opened", "label", "+{priority}"), ("next word", "comment", "+On it.")]
    con = store_of_rows(CASES["cadence"], table, *changes)
    for number, row in enumerate(table, start=1):
        gaps = of_ticket(metrics.cadence(con, as_of=instant(row["as of"])).order("started_at"), number)
        owed, late = (hours(gaps[name].sum()) for name in ("owed_seconds", "late_seconds"))
        overdue = "yes" if gaps["is_overdue"].any() else "no"
        found = {"due": told(gaps["due_at"][0]), "owed hours": owed, "late hours": late, "overdue": overdue}
        assert row | found == row


def test_how_long_a_ticket_that_came_back_took(opened: Opened) -> None:
    cycles, lengths = CASES["reopened"].tables
    changes = [(utc_text(cycle["closed"]), "status", "closed", "ana") for cycle in cycles]
    changes += [(utc_text(cycle["opened"]), "status", "open", "ana") for cycle in cycles[1:]]
    history = History()
    history.ticket(1, utc_text(cycles[0]["opened"]), *sorted(changes))
    with opened(history.records, OFFICE) as con:
        found = metrics.reopen_cycles(con, as_of=LONG_AFTER)
        spans = found.order("cycle").project("cycle, started_at, closed_at, open_seconds").fetchall()
        leads = [lead_times(found, row["cycles"])["lead_seconds"][0] for row in lengths]  # type: ignore[arg-type]
    assert [[str(n), told(start), told(end), hours(lasted)] for n, start, end, lasted in spans] == [
        list(cycle.values()) for cycle in cycles
    ]
    assert [hours(lead) for lead in leads] == [row["hours"] for row in lengths]


WAITED = (("asked", "status", "asked"), ("answered", "status", "open"), ("closed", "status", "closed"))


def test_waiting_moves_the_deadline(store_of_rows: Any) -> None:
    table = CASES["paused"].tables[0]
    clocks = metrics.slo(store_of_rows(CASES["paused"], table, *WAITED), as_of=LONG_AFTER)
    for number, row in enumerate(table, start=1):
        [clock] = of_ticket(clocks, number).to_dicts()
        waited, ran = (hours(clock[f"{name}_working_seconds"]) for name in ("paused", "elapsed"))
        found = {"due": told(clock["due_at"]), "paused hours": waited, "ran hours": ran, "verdict": clock["verdict"]}
        assert row | found == row


def test_the_trace_of_a_clock_that_stood_still(store_of_rows: Any) -> None:
    table, spans = CASES["paused"].tables
    con = store_of_rows(CASES["paused"], table[:1], *WAITED)
    trace = metrics.clock_trace(con, as_of=LONG_AFTER, ticket_id="test/infra#1")
    found = trace.project("starts_at, ends_at, state, ran_working_seconds").fetchall()
    assert [[told(start), told(end), state, hours(ran)] for start, end, state, ran in found] == [
        list(row.values()) for row in spans
    ]


def test_who_joins_a_rota_late_does_not_catch_up(opened: Opened) -> None:
    shifts, shares = CASES["rota"].tables
    people = [Account(f"duties/{login}", "duties", login, None, False) for login in ("ana", "bo")]
    held = [
        Shift(f"s{n}", "duties", "duty", f"duties/{row['on duty']}", moment(row, "from"), moment(row, "until"))
        for n, row in enumerate(shifts)
    ]
    window = {"since": moment(shifts[0], "from"), "until": moment(shifts[-1], "until")}
    columns = "person, member_weeks, duty_weeks, expected_duty_weeks, balance_duty_weeks"
    with opened([*people, *held], CASES["rota"].text) as con:
        found = metrics.rotation_fairness(con, as_of=LONG_AFTER, **window).order("person").project(columns).fetchall()
    assert [[person, *(f"{round(weeks, 6):g}" for weeks in numbers)] for person, *numbers in found] == [
        list(row.values()) for row in shares
    ]


def moment(row: Row, name: str) -> datetime:
    """A rota is told in UTC: its people have no other zone."""
    return instant(row[name]).replace(tzinfo=UTC)
