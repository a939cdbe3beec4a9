"""Work in progress: who had which ticket in work when."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given

import metrics
from ingest.records import Account, Gone
from metrics.wip import daily, figure, summary, tickets_in_work
from metrics.wip_limits import breaches, time_above
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, assert_same, histories, instants
from tests.metrics.wip_oracle import ACTIONS, TEXT, settings_of, work

Store = Callable[..., duckdb.DuckDBPyConnection]
SAID = settings_of()
ACTIVE = ("10:00", "label", "+in progress", "ana")
PEOPLE = "[[person]]\nname = 'Ana Lopes'\naccounts = ['test/ana', 'test/ana.l']\n"


@pytest.fixture
def told(history: History, open_store_of: Store) -> Callable[..., list[Any]]:
    """One ticket opened on Monday 2 November at 9:00 and changed so: queue, person, from and until as clock times."""

    def tell(
        *changes: tuple[str, str, str, str], gone: str | None = None, text: str = OFFICE, **asked: Any
    ) -> list[Any]:
        ticket_id = history.ticket(1, "2026-11-02 09:00", *changes)
        if gone:
            history.records.append(Gone(ticket_id, utc(f"2026-11-02 {gone}"), "deleted"))
        asked = {"as_of": utc("2026-11-02 18:00"), **asked}
        rows = metrics.wip(open_store_of(history.records, text), **asked)
        rows = rows.project("queue, person, strftime(from_at, '%H:%M'), strftime(until_at, '%H:%M')")
        return rows.fetchall()

    return tell


def test_a_ticket_is_in_work_from_its_first_active_moment_until_it_is_closed(told: Any) -> None:
    closed = ("15:00", "status", "closed", "ana")
    assert told(("09:30", "owner", "+ana", "ana"), ACTIVE, closed) == [("infra", "ana", "10:00", "15:00")]


def test_what_nobody_owns_is_a_row_of_its_own(told: Any) -> None:
    """Active at 10, owned from 11 to 12, active still: nobody's before and after."""
    changes = [ACTIVE, ("11:00", "owner", "+ana", "ana"), ("12:00", "owner", "-ana", "ana")]
    assert told(*changes) == [
        ("infra", None, "10:00", "11:00"),
        ("infra", "ana", "11:00", "12:00"),
        ("infra", None, "12:00", None),
    ]


def test_two_owners_each_have_it(told: Any) -> None:
    changes = [
        ("09:30", "owner", "+ana", "ana"),
        ACTIVE,
        ("11:00", "owner", "+bo", "ana"),
        ("12:00", "owner", "-ana", "bo"),
    ]
    assert told(*changes) == [("infra", "ana", "10:00", "12:00"), ("infra", "bo", "11:00", None)]


def test_two_accounts_of_a_person_are_one_owner(told: Any) -> None:
    """Ana takes it under one login, adds the other, and drops the first: she had it all along."""
    changes = [("09:30", "owner", "+ana", "ana"), ACTIVE, ("11:00", "owner", "+ana.l", "ana")]
    assert told(*changes, ("12:00", "owner", "-ana", "ana"), text=PEOPLE + OFFICE) == [
        ("infra", "Ana Lopes", "10:00", None)
    ]


def test_handing_over_between_accounts_of_one_person_is_no_change(told: Any) -> None:
    changes = [
        ACTIVE,
        ("10:00", "owner", "+ana", "x"),
        ("11:00", "owner", "-ana", "x"),
        ("11:00", "owner", "+ana.l", "x"),
    ]
    assert told(*changes, text=PEOPLE + OFFICE) == [("infra", "Ana Lopes", "10:00", None)]


def test_a_bot_owns_nothing(told: Any) -> None:
    assert told(("09:30", "owner", "+robot[bot]", "ana"), ACTIVE) == [("infra", None, "10:00", None)]


def test_an_owner_of_whom_no_account_is_known_goes_by_the_account(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("09:30", "owner", "+ana", "x"), ACTIVE)
    records = [r for r in history.records if not isinstance(r, Account) or r.login != "ana"]
    rows = metrics.wip(open_store_of(records, OFFICE), as_of=utc("2026-11-02 18:00"))
    assert rows.project("person, person_id").fetchall() == [("test/ana", "test/ana")]


def test_a_move_between_queues_ends_one_row_and_begins_another(told: Any) -> None:
    """The stage map of both queues is the same, so the ticket stays active."""
    changes = [("09:30", "owner", "+ana", "ana"), ACTIVE, ("11:00", "queue", "access", "ana")]
    rows = [("infra", "ana", "10:00", "11:00"), ("access", "ana", "11:00", None)]
    assert told(*changes) == rows


def test_another_ticket_of_the_same_person_fills_no_gap(history: History, open_store_of: Store) -> None:
    """Ana had the first in work from 10 to 11 and again from 13 on, and the second all day."""
    mine, paused = ("09:30", "owner", "+ana", "ana"), ("11:00", "label", "-in progress", "ana")
    history.ticket(1, "2026-11-02 09:00", mine, ACTIVE, paused, ("13:00", "label", "+in progress", "ana"))
    history.ticket(2, "2026-11-02 09:00", mine, ("09:30", *ACTIVE[1:]))
    rows = metrics.wip(open_store_of(history.records), as_of=utc("2026-11-02 18:00")).order("from_at")
    told = rows.project("key, strftime(from_at, '%H:%M'), strftime(until_at, '%H:%M')").fetchall()
    assert told == [("infra#2", "09:30", None), ("infra#1", "10:00", "11:00"), ("infra#1", "13:00", None)]


def test_only_the_queue_asked_about_is_told(told: Any) -> None:
    assert told(ACTIVE, ("11:00", "queue", "access", "ana"), queue="access") == [("access", None, "11:00", None)]


def test_a_ticket_in_no_queue_has_none(told: Any) -> None:
    assert told(ACTIVE, ("11:00", "queue", "-infra", "ana"))[-1] == (None, None, "11:00", None)


def test_waiting_is_not_work(told: Any) -> None:
    changes = [ACTIVE, ("11:00", "label", "+waiting", "ana"), ("12:00", "label", "-waiting", "ana")]
    assert told(*changes) == [("infra", None, "10:00", "11:00"), ("infra", None, "12:00", None)]


def test_what_begins_and_ends_in_one_second_is_no_time(told: Any) -> None:
    """Waiting came and went within the second of 11:00, and so did bo."""
    changes = [("11:00", "label", "+waiting", "a"), ("11:00", "label", "-waiting", "a")]
    changes += [("11:00", "owner", "+bo", "a"), ("11:00", "owner", "-bo", "a")]
    assert told(ACTIVE, *changes) == [("infra", None, "10:00", None)]


def test_gone_ends_the_work_and_keeps_what_was_before(told: Any) -> None:
    assert told(ACTIVE, gone="12:00") == [("infra", None, "10:00", "12:00")]


def test_gone_later_changes_nothing(told: Any) -> None:
    assert told(ACTIVE, gone="12:00", as_of=utc("2026-11-02 12:00")) == [("infra", None, "10:00", None)]


@pytest.mark.parametrize(
    ("since", "until", "rows"),
    [
        ("11:00", "12:00", 1),
        ("12:00", "13:00", 0),  # it ended as the window began
        ("11:59:59", "13:00", 1),
        ("09:00", "10:00", 0),  # it began as the window ended
        ("09:00", "10:00:01", 1),
    ],
)
def test_a_window_holds_what_lies_in_it_in_part(told: Any, since: str, until: str, rows: int) -> None:
    asked = {"since": utc(f"2026-11-02 {since}"), "until": utc(f"2026-11-02 {until}")}
    assert len(told(ACTIVE, ("12:00", "status", "closed", "ana"), **asked)) == rows


def test_what_is_active_at_the_very_instant_is_not_known_yet(told: Any) -> None:
    assert told(ACTIVE, as_of=utc("2026-11-02 10:00")) == []


@pytest.fixture
def two_days(history: History, open_store_of: Store) -> duckdb.DuckDBPyConnection:
    """Ana has one ticket from Monday 23:00 UTC to Tuesday 10:00, one with bo from Tuesday 09:00 on; nobody a third."""
    active = ("23:00", "label", "+in progress", "ana")
    history.ticket(
        1,
        "2026-11-02 09:00",
        ("09:00", "owner", "+ana", "ana"),
        active,
        ("2026-11-03 10:00", "status", "closed", "ana"),
    )
    both = [
        ("09:00", "owner", "+ana", "ana"),
        ("09:00", "owner", "+bo", "ana"),
        ("09:00", "label", "+in progress", "ana"),
    ]
    history.ticket(2, "2026-11-03 08:00", *both)
    history.ticket(3, "2026-11-03 08:00", ("09:30", "label", "+in progress", "ana"), queue="access")
    return open_store_of(history.records, OFFICE)


def test_each_day_tells_what_stood_when_it_ended(two_days: duckdb.DuckDBPyConnection) -> None:
    rows = daily(two_days, as_of=utc("2026-11-03 12:00"), since=utc("2026-11-01 12:00"))
    monday = [(date(2026, 11, n), True) for n in (1, 2)]
    assert [row[:1] + row[3:6] for row in rows.rows()] == [
        (monday[0][0], True, None, 0),
        (monday[0][0], True, "ana", 0),
        (monday[0][0], True, "bo", 0),
        (monday[1][0], True, None, 0),
        (monday[1][0], True, "ana", 1),
        (monday[1][0], True, "bo", 0),
        (date(2026, 11, 3), False, None, 1),
        (date(2026, 11, 3), False, "ana", 1),
        (date(2026, 11, 3), False, "bo", 1),
    ]


def test_a_queue_counts_a_ticket_of_two_owners_once(two_days: duckdb.DuckDBPyConnection) -> None:
    rows = daily(two_days, as_of=utc("2026-11-03 09:45"), by="queue")
    assert rows.filter(day=date(2026, 11, 3)).select("queue", "tickets").rows() == [("access", 1), ("infra", 2)]


def test_without_owners_each_time_in_work_is_told_once(history: History, open_store_of: Store) -> None:
    """Ana from 10 to 12, bo from 11 to 15, when it was closed; active again, nobody's, from 16 on."""
    owners = [("11:00", "owner", "+bo", "x"), ("12:00", "owner", "-ana", "x")]
    closed, again = ("15:00", "status", "closed", "x"), ("16:00", "status", "open", "x")
    bo_left = ("15:30", "owner", "-bo", "x")
    history.ticket(1, "2026-11-02 09:00", ("09:30", "owner", "+ana", "x"), ACTIVE, *owners, closed, bo_left, again)
    rows = tickets_in_work(open_store_of(history.records, OFFICE), as_of=utc("2026-11-02 18:00"))
    ten, three, four = (datetime.fromisoformat(f"2026-11-02 {hour}:00") for hour in (10, 15, 16))
    named = ("test/infra#1", "infra", "test")
    assert sorted(rows.fetchall()) == [(*named, ten, three), (*named, four, None)]


def test_a_day_is_the_teams(two_days: duckdb.DuckDBPyConnection) -> None:
    """In Tokyo, Monday 23:00 UTC is Tuesday morning: when Monday ended there, nothing was in work."""
    rows = daily(two_days, as_of=utc("2026-11-03 12:00"), since=utc("2026-11-02 00:00"), zone="Asia/Tokyo")
    days = [(date(2026, 11, 2), 0), (date(2026, 11, 3), 1)]
    assert rows.filter(person="ana").select("day", "tickets").rows() == days


def test_the_summary_says_who_has_how_much_now(two_days: duckdb.DuckDBPyConnection) -> None:
    oldest = datetime.fromisoformat("2026-11-02 23:00")
    at_nine, later = (datetime.fromisoformat(f"2026-11-03 {clock}") for clock in ("09:00", "09:30"))
    now = summary(metrics.wip(two_days, as_of=utc("2026-11-03 09:45")))
    assert now.drop("person_id").rows() == [("ana", 2, oldest), ("bo", 1, at_nine), (None, 1, later)]
    assert now["person_id"].to_list() == ["test/ana", "test/bo", None]


def test_two_people_of_one_name_are_two(history: History, open_store_of: Store) -> None:
    """Nobody has said that the ana of one tracker is the ana of the other."""
    history.ticket(1, "2026-11-02 09:00", ("09:00", "owner", "+ana", "x"), ACTIVE)
    history.ticket(2, "2026-11-02 09:00", ("09:00", "owner", "+ana.l", "x"), ACTIVE)
    history.records = [replace(r, login="ana") if isinstance(r, Account) else r for r in history.records]
    con = open_store_of(history.records, OFFICE + "[[wip]]\nperson = 0\n")
    asked = {"as_of": utc("2026-11-02 12:00")}
    people = [("ana", 1, "test/ana"), ("ana", 1, "test/ana.l")]
    assert summary(metrics.wip(con, **asked)).select("person", "tickets", "person_id").rows() == people
    assert daily(con, **asked).select("person", "tickets", "person_id").rows() == people
    assert sorted(breaches(con, **asked).select("person", "tickets", "person_id").rows()) == people
    assert len(time_above(con, **asked)) == 2


def test_the_figure_counts_tickets_once_and_names_nobody(two_days: duckdb.DuckDBPyConnection) -> None:
    drawn = figure(metrics.wip(two_days, as_of=utc("2026-11-03 09:45")))
    assert (drawn.data[0].x, drawn.data[0].y) == (("ana", "bo", "nobody"), (2, 1, 1))
    assert drawn.layout.annotations[0].text == "n = 3 tickets in work"


@EXAMPLES
@given(history=histories(actions=ACTIONS), as_of=instants())
def test_rows_agree_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    with opened(history.records, TEXT) as con:
        rows = metrics.wip(con, as_of=as_of).project("ticket_id, queue, person_id, from_at, until_at").fetchall()
    assert_same(history, as_of, rows, [tuple(row) for row in work(SAID, history.records, as_of)])


@EXAMPLES
@given(history=histories(actions=ACTIONS), as_of=instants())
def test_every_day_is_what_would_have_been_told_then(opened: Opened, history: History, as_of: datetime) -> None:
    """Asked as of a day's end, the rows that last are as many as the day's number, per person and per queue."""
    with opened(history.records, TEXT) as con:
        people = daily(con, as_of=as_of, zone="Europe/Berlin")
        queues = daily(con, as_of=as_of, zone="Europe/Berlin", by="queue")
        for (ends_at,), day in people.group_by("ends_at"):
            then = min(ends_at.replace(tzinfo=as_of.tzinfo), as_of)
            now, work = (of(con, as_of=then).filter("until_at IS NULL").pl() for of in (metrics.wip, tickets_in_work))
            counts = Counter(now["person"])
            assert {row["person"]: row["tickets"] for row in day.to_dicts() if row["tickets"]} == counts
            told = queues.filter(ends_at=ends_at).select("queue", "tickets").rows()
            here = Counter(work["queue"])
            assert {name: n for name, n in told if n} == here
            assert here.total() == now["ticket_id"].n_unique()


def test_every_day_of_a_window_is_there_even_without_work(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ACTIVE)
    con = open_store_of(history.records, OFFICE)
    asked = {"as_of": utc("2026-11-30 00:00"), "since": utc("2026-11-01 00:00"), "until": utc("2026-11-08 00:00")}
    assert daily(con, **asked)["tickets"].to_list() == [0, 1, 1, 1, 1, 1, 1]
    assert daily(con, **asked)["day"].to_list() == [date(2026, 11, 1) + timedelta(days=n) for n in range(7)]
