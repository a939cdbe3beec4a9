"""The calendar of a rota: turns, planned ones too, who is away, public holidays; and weeks in words."""

from collections.abc import Callable
from datetime import date

import duckdb

from metrics.rota_calendar import Away, RotaCalendar, Turn, by_week, replaced, rota_calendar
from metrics.weeks import Week
from tests.conftest import utc
from tests.rotas import HOSTILE_NAME, TEXT, UNTIL, records

Open = Callable[..., duckdb.DuckDBPyConnection]
WEEK = Week.parse("2026-W48", "America/Los_Angeles")  # from Monday 23 November


def told(
    con: duckdb.DuckDBPyConnection, since: str = "2026-11-09", until: str = "2026-12-14", **asked: object
) -> object:
    return rota_calendar(con, as_of=utc(UNTIL), since=utc(since), until=utc(until), **asked)  # type: ignore[arg-type]


def turn(person: str, since: str, until: str, is_planned: bool = False) -> Turn:
    return Turn("duty", person, utc(since), utc(until), is_planned)


def words(*turns: Turn, week: Week = WEEK) -> list[str]:
    return by_week(RotaCalendar(turns, (), ()), [week], utc(UNTIL))[0].held.get("duty", [])


def test_what_was_held_what_is_planned_and_who_is_away(open_store_of: Open) -> None:
    found = told(open_store_of(records(), TEXT, UNTIL))
    assert [(t.person, t.is_planned) for t in found.turns] == [
        ("Ana", False), ("Bo", False), ("Cy", True), (HOSTILE_NAME, True), ("Ana", True)
    ]  # fmt: skip
    assert found.away == (Away("Bo", utc("2026-12-07"), utc("2026-12-14")),)
    assert (found.roles, found.people) == (["duty"], [HOSTILE_NAME, "Ana", "Bo", "Cy"])


def test_a_queue_that_no_role_answers_for_has_no_calendar(open_store_of: Open) -> None:
    found = told(open_store_of(records(), TEXT, UNTIL), queue="elsewhere")
    assert not found.turns


def test_public_holidays_are_those_of_whoever_may_hold_a_role(open_store_of: Open) -> None:
    german = TEXT.replace('accounts = ["test/ana"]', 'accounts = ["test/ana"]\ncountry = "DE"')
    found = told(open_store_of(records(), german, UNTIL), until="2026-12-28")
    assert found.holidays == (("Ana", date(2026, 12, 25)), ("Ana", date(2026, 12, 26)))
    [week] = by_week(found, [Week.parse("2026-W52", "UTC")], utc(UNTIL))
    assert week.holidays == ["Ana (25 Dec, 26 Dec)"] and week.is_planned


def test_a_shift_of_whole_days_belongs_to_the_week_it_is_meant_for() -> None:
    assert words(turn("Ana", "2026-11-23", "2026-11-30"), turn("Bo", "2026-11-30", "2026-12-07")) == ["Ana"]


def test_who_held_a_part_of_a_week_stands_there_with_the_days() -> None:
    cover = turn("Bo", "2026-11-25 08:00", "2026-11-27 08:00")
    around = turn("Ana", "2026-11-23 08:00", "2026-11-25 08:00"), turn("Ana", "2026-11-27 08:00", "2026-11-30 08:00")
    assert words(around[0], cover, around[1]) == ["Ana", "Bo (2 days)"]
    hours = turn("Cy", "2026-11-25 08:00", "2026-11-25 12:00")
    assert words(turn("Ana", "2026-11-23 08:00", "2026-11-30 08:00"), hours) == ["Ana", "Cy (4 h)"]


def test_nobody_is_a_word_of_its_own() -> None:
    assert words(turn("Ana", "2026-12-14", "2026-12-21")) == []


def test_a_published_rota_replaces_what_was_planned_in_its_weeks_and_no_more() -> None:
    past, first, second = (
        turn("Ana", "2026-11-16", "2026-11-23"),
        turn("Bo", "2026-11-23", "2026-11-30", True),
        turn("Cy", "2026-11-30", "2026-12-07", True),
    )
    calendar = RotaCalendar((past, first, second), (), ())
    other = turn("Dee", "2026-11-23", "2026-11-30", True)
    span = utc("2026-11-23"), utc("2026-11-30")
    assert replaced(calendar, [other], span).turns == (past, other, second)
    begun = turn("Dee", "2026-11-16", "2026-11-23")
    assert replaced(calendar, [begun], span).turns == calendar.turns, "what has begun stays as it was done"
