"""Which rota rules were broken, by whom and when."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given

import metrics
from ingest.records import Record, Shift
from metrics.rota_rules import RULES, figure, summary
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import FEW_EXAMPLES, WORLD, instants, naive
from tests.metrics.rota_oracle import ROTA, breaches, rotas

Store = Callable[..., duckdb.DuckDBPyConnection]
LATER = utc("2026-12-28 00:00")
ROLE = '[[role]]\nname = "duty"\nqueues = ["infra"]\nshare_limit = 1.0\n'
LEAD = '[[role]]\nname = "lead"\nqueues = ["access"]\nshare_limit = 1.0\n'


def shifts(*told: tuple[str, str, str], role: str = "duty") -> list[Record]:
    """Shifts as (login, from, until), days of November 2026."""
    return [
        Shift(f"{role}/{n}", "cal", role, f"test/{login}", _november(starts), _november(ends))
        for n, (login, starts, ends) in enumerate(told)
    ]


def _november(day: str) -> datetime:
    return utc(f"2026-11-{day}")


def broken(con: duckdb.DuckDBPyConnection, as_of: datetime = LATER, **asked: Any) -> list[tuple[str, str | None, str]]:
    """Each breach as (rule, person, "from-until")."""
    rows = metrics.rota_rules(con, as_of=as_of, **asked).project("rule, person, from_at, until_at").fetchall()
    return [(rule, person, f"{start:%d}-{end:%d}") for rule, person, start, end in rows]


@pytest.mark.parametrize(
    ("weeks", "rule"),
    [
        ([("02", "09")], None),
        ([("02", "09"), ("16", "23")], None),
        ([("02", "09"), ("09", "16")], "two weeks in a row"),
        ([("02", "09"), ("09", "16"), ("16", "23")], "three weeks in a row"),
        ([("02", "09"), ("09", "16"), ("16", "23"), ("23", "30")], "three weeks in a row"),
        ([("02", "07"), ("09", "14"), ("16", "21")], "three weeks in a row"),
    ],
)
def test_weeks_in_a_row(open_store_of: Store, weeks: list[tuple[str, str]], rule: str | None) -> None:
    """A run is one breach: of three weeks, the first two are not told of again."""
    con = open_store_of(shifts(*(("ana", *week) for week in weeks)), OFFICE + ROLE + 'calendar = "office"\n')
    found = [row for row in broken(con) if row[0] != "vacant"]
    assert found == ([(rule, "ana", f"{weeks[0][0]}-{weeks[-1][1]}")] if rule else [])


def test_a_run_goes_over_all_roles_but_those_without_burden(open_store_of: Store) -> None:
    """Duty in two shifts, then lead, then looking on: two weeks, and each role is named once."""
    text = OFFICE + ROLE + LEAD + '[[role]]\nname = "shadow"\nburden = 0.0\nshare_limit = 1.0\n'
    told = (
        shifts(("ana", "02", "05"), ("ana", "05", "09"))
        + shifts(("ana", "09", "16"), role="lead")
        + shifts(("ana", "16", "23"), role="shadow")
    )
    [row] = metrics.rota_rules(open_store_of(told, text), as_of=LATER).fetchall()
    assert row[:3] == ("two weeks in a row", ["duty", "lead"], "ana")
    assert row[5] == "2 weeks without a free one"


@pytest.mark.parametrize(
    ("duties", "found"),
    [
        ([("03", "04"), ("16", "20")], ("three weeks in a row", "ana", "02-20")),
        ([("01", "02"), ("14", "15")], ("two weeks in a row", "ana", "01-16")),
    ],
)
def test_a_short_duty_within_a_long_one_ends_no_run(
    open_store_of: Store, duties: list[tuple[str, str]], found: tuple[str, str, str]
) -> None:
    """Lead from the 2nd to the 16th, and a day of duty meanwhile."""
    told = shifts(*(("ana", *days) for days in duties)) + shifts(("ana", "02", "16"), role="lead")
    rows = broken(open_store_of(told, OFFICE + ROLE + LEAD))
    assert [row for row in rows if row[0].endswith("in a row")] == [found]


def test_who_has_another_role_meanwhile_takes_nothing_between(open_store_of: Store) -> None:
    told = shifts(("ana", "07", "09"), ("ana", "14", "16")) + shifts(("bo", "09", "14"), role="lead")
    rows = broken(open_store_of(told, OFFICE + ROLE + LEAD))
    assert [row for row in rows if row[0] != "vacant"] == [("two weeks in a row", "ana", "07-16")]


def test_a_running_shift_counts_as_far_as_is_known(open_store_of: Store) -> None:
    """A week and a day are a week; a second more, and they are two."""
    con = open_store_of(shifts(("ana", "02", "09"), ("ana", "09", "16")), OFFICE + ROLE)
    assert broken(con, utc("2026-11-10 00:00:00")) == []
    assert broken(con, utc("2026-11-10 00:00:01")) == [("two weeks in a row", "ana", "02-10")]


def test_a_vacant_week(open_store_of: Store) -> None:
    """Nobody from the 9th to the 16th; before the first shift and after the last, nobody knows of any rota."""
    con = open_store_of(shifts(("ana", "02", "09"), ("bo", "16", "23")), OFFICE + ROLE)
    [row] = metrics.rota_rules(con, as_of=LATER).fetchall()
    assert row == (
        "vacant",
        ["duty"],
        None,
        naive(_november("09")),
        naive(_november("16")),
        "0 of 1 on duty for 168.0 hours",
    )


def test_vacant_is_told_of_once_the_next_shift_has_begun(open_store_of: Store) -> None:
    """Until then it may be that the role has come to an end."""
    con = open_store_of(shifts(("ana", "02", "09"), ("bo", "16", "23")), OFFICE + ROLE)
    assert broken(con, _november("16")) == []
    assert broken(con, _november("16 00:00:01")) == [("vacant", None, "09-16")]


def test_one_of_two_is_too_few(open_store_of: Store) -> None:
    told = shifts(("ana", "02", "09"), ("bo", "02", "05"), ("bo", "07", "09"))
    con = open_store_of(told, OFFICE + ROLE + "people = 2\n")
    [row] = metrics.rota_rules(con, as_of=LATER).filter("rule = 'vacant'").fetchall()
    assert row[3:] == (naive(_november("05")), naive(_november("07")), "1 of 2 on duty for 48.0 hours")


@pytest.mark.parametrize(
    ("starts", "found"),
    [("09 09:00", []), ("09 09:00:01", ["06-09"]), ("10 09:00", ["06-10"])],
)
def test_nights_and_weekends_are_not_vacant_where_the_role_keeps_office_hours(
    open_store_of: Store, starts: str, found: list[str]
) -> None:
    """Ana until Friday 17:00, Bo from Monday 09:00 (or too late)."""
    told = shifts(("ana", "02 09:00", "06 17:00"), ("bo", starts, "13 17:00"))
    con = open_store_of(told, OFFICE + ROLE + 'calendar = "office"\n')
    assert [when for rule, _, when in broken(con) if rule == "vacant"] == found


def test_two_roles_at_once_that_exclude_each_other(open_store_of: Store) -> None:
    """Whichever of the two says so; for as long as both are held; one after the other is no conflict."""
    told = shifts(("ana", "02", "09")) + shifts(("ana", "05", "12"), ("bo", "09", "16"), role="lead")
    for text in (ROLE + 'excludes = ["lead"]\n' + LEAD, ROLE + LEAD + 'excludes = ["duty"]\n'):
        with_rules = metrics.rota_rules(open_store_of(told, OFFICE + text), as_of=LATER)
        [row] = with_rules.filter("rule = 'conflicting roles at once'").fetchall()
        assert row[1:] == (["duty", "lead"], "ana", naive(_november("05")), naive(_november("09")), "96.0 hours")
    without = open_store_of(told, OFFICE + ROLE + LEAD)
    assert not [row for row in broken(without) if row[0] == "conflicting roles at once"]
    for first, then in (("duty", "lead"), ("lead", "duty")):
        apart = shifts(("ana", "02", "09"), role=first) + shifts(("ana", "09", "12"), role=then)
        con = open_store_of(apart, OFFICE + ROLE + 'excludes = ["lead"]\n' + LEAD)
        assert not [row for row in broken(con) if row[0] == "conflicting roles at once"]


@pytest.mark.parametrize(("starts", "is_broken"), [("11 23:59:59", True), ("12", False)])
def test_rest_after_a_heavy_role(open_store_of: Store, starts: str, is_broken: bool) -> None:
    """Three days of rest after lead, before any duty."""
    told = shifts(("ana", starts, "13")) + shifts(("ana", "08", "09"), role="lead")
    con = open_store_of(told, OFFICE + ROLE + LEAD + "rest_days = 3\n")
    found = [row for row in broken(con) if row[0] == "too little rest"]
    assert found == ([("too little rest", "ana", "09-11")] if is_broken else [])


def test_too_little_rest_in_words(open_store_of: Store) -> None:
    told = shifts(("ana", "10 12:00", "13")) + shifts(("ana", "08", "09"), role="lead")
    rows = metrics.rota_rules(open_store_of(told, OFFICE + ROLE + LEAD + "rest_days = 3\n"), as_of=LATER)
    [row] = rows.filter("rule = 'too little rest'").fetchall()
    assert (row[1], row[5]) == (["duty", "lead"], "1.5 of 3 days")


def test_no_rest_at_all_where_another_duty_goes_on(open_store_of: Store) -> None:
    """Duty began before lead ended, and lasts beyond: rest from the 9th to the 9th."""
    told = shifts(("ana", "07", "14")) + shifts(("ana", "02", "09"), role="lead")
    con = open_store_of(told, OFFICE + ROLE + LEAD + "rest_days = 3\n")
    assert ("too little rest", "ana", "09-09") in broken(con)
    running = open_store_of(shifts(("ana", "02", "09"), role="lead"), OFFICE + LEAD + "rest_days = 3\n")
    assert broken(running, _november("05")) == []


def test_over_the_share_limit_of_a_window(open_store_of: Store) -> None:
    """One week of two is more than 25 %, and one of four is not."""
    con = open_store_of(shifts(("ana", "02", "09")), OFFICE + '[[role]]\nname = "duty"\n')
    [row] = metrics.rota_rules(con, as_of=_november("16")).fetchall()
    until = naive(_november("16"))
    assert row == (
        "over the share limit",
        ["duty"],
        "ana",
        naive(_november("02")),
        until,
        "50.0 % of 2.0 weeks, limit 25.0 %",
    )
    assert broken(con, _november("30")) == []
    assert broken(con, since="2026-11-01T00:00Z", until="2026-11-09T00:00Z") == [
        ("over the share limit", "ana", "01-09")
    ]


def test_a_window_shows_what_lasted_into_it(open_store_of: Store) -> None:
    """Vacant from the 9th to the 16th: the window may end with its first second or begin before its last."""
    con = open_store_of(shifts(("ana", "02", "09"), ("bo", "16", "23")), OFFICE + ROLE)
    asked = [("02", "09", 0), ("02", "09 00:00:01", 1), ("15 23:59:59", "30", 1), ("16", "30", 0)]
    for since, until, found in asked:
        rows = broken(con, since=_november(since), until=_november(until))
        assert len([row for row in rows if row[0] == "vacant"]) == found, (since, until)


def test_with_a_queue_only_roles_that_answer_for_it(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-03 10:00")
    told = shifts(("ana", "02", "09"), ("ana", "16", "17")) + shifts(
        ("ana", "02", "09"), ("bo", "12", "13"), role="lead"
    )
    con = open_store_of([*history.records, *told], OFFICE + ROLE + LEAD)
    assert broken(con) == [("vacant", None, "09-12"), ("vacant", None, "09-16")]
    assert broken(con, queue="infra") == [("vacant", None, "09-16")]


def test_of_a_role_that_nobody_described_there_are_no_rules(open_store_of: Store) -> None:
    con = open_store_of(shifts(("ana", "02", "09"), ("ana", "09", "16"), ("ana", "25", "26")), OFFICE)
    assert broken(con) == []


def test_the_summary_names_the_unbroken_rules_too(open_store_of: Store) -> None:
    con = open_store_of(shifts(("ana", "02", "09"), ("bo", "16", "23"), ("bo", "23", "30")), OFFICE + ROLE)
    rows = metrics.rota_rules(con, as_of=LATER)
    told = {rule: tuple(numbers) for rule, *numbers in summary(rows).rows()}
    assert told == dict.fromkeys(RULES, (0, 0, 0.0)) | {"vacant": (1, 0, 168.0), "two weeks in a row": (1, 1, 336.0)}
    assert len(figure(rows).data) == 2


def test_the_figure_tells_who_broke_a_rule_or_which_role_was_vacant(open_store_of: Store) -> None:
    con = open_store_of(shifts(("ana", "02", "09"), ("bo", "16", "23"), ("bo", "23", "30")), OFFICE + ROLE)
    drawn = figure(metrics.rota_rules(con, as_of=LATER))
    assert {bar.name: bar.y for bar in drawn.data} == {"vacant": ("duty",), "two weeks in a row": ("bo",)}


@FEW_EXAMPLES
@given(records=rotas(), as_of=instants())
def test_breaches_agree_with_looking_at_every_half_hour(opened: Opened, records: list[Record], as_of: datetime) -> None:
    with opened(records, WORLD + ROTA) as con:
        rows = metrics.rota_rules(con, as_of=as_of).filter("rule <> 'over the share limit'")
        got = [(rule, tuple(roles), *rest) for rule, roles, *rest in rows.select("* EXCLUDE (detail)").fetchall()]
        shares = metrics.rotation_fairness(con, as_of=as_of).filter("is_over_limit").select("[role], person")
        over = metrics.rota_rules(con, as_of=as_of).filter("rule = 'over the share limit'").select("roles, person")
        assert sorted(over.fetchall()) == sorted(shares.fetchall())
    assert sorted(map(repr, got)) == sorted(map(repr, breaches(records, naive(as_of))))
