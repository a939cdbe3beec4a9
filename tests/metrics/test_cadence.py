"""Update cadence: what was owed, what was covered, who is overdue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
import settings
from ingest.records import Gone
from ingest.store import Settle
from metrics import facts
from metrics.cadence import figure, overdue, summary, weekly
from metrics.rhythm import due_at
from metrics.weeks import Week
from metrics.worktime import Calendar
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import (
    EXAMPLES,
    FEW_EXAMPLES,
    WORLD,
    Life,
    after_working,
    assert_same,
    calendar_at,
    calendar_of,
    day_spans,
    deciding,
    histories,
    instants,
    lives,
    working_seconds,
)

Store = Callable[..., duckdb.DuckDBPyConnection]
DAILY = OFFICE + '[[cadence]]\nevery = { P0 = "24h", P1 = "168h" }\n'
URGENT = ("09:00", "label", "+P0", "ana")
HOUR = 3600.0
WEEKDAYS = Calendar("UTC", {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")})


def rhythm(every: str, calendar: str = "team") -> str:
    return OFFICE + f'[[cadence]]\nevery = {{ P0 = "{every}" }}\ncalendar = "{calendar}"\n'


def instant(column: str) -> pl.Expr:
    return pl.col(column).str.to_datetime(time_unit="us")


def gaps(con: duckdb.DuckDBPyConnection, as_of: str, **asked: Any) -> list[dict[str, Any]]:
    return metrics.cadence(con, as_of=utc(as_of), **asked).pl().to_dicts()


def told(rows: list[dict[str, Any]]) -> list[tuple[str | None, ...]]:
    """From when to when, and why it ended: month-day, hour and minute."""
    moments = [(row["started_at"], row["ended_at"], row["ended_by"]) for row in rows]
    return [(f"{a:%m-%d %H:%M}", b and f"{b:%m-%d %H:%M}", why) for a, b, why in moments]


def test_each_gap_is_covered_for_as_long_as_the_cadence_allows(history: History, open_store_of: Store) -> None:
    """P0 on Monday at 09:00, spoken of after 23 hours and again 48 hours later: of those, 24 are late."""
    words = [("2026-11-03 08:00", "comment", "+On it.", "ana"), ("2026-11-05 08:00", "comment", "+Done soon.", "bo")]
    history.ticket(1, "2026-11-02 08:00", URGENT, *words)
    rows = gaps(open_store_of(history.records, DAILY), "2026-11-05 20:00")
    assert told(rows) == [
        ("11-02 09:00", "11-03 08:00", "update"),
        ("11-03 08:00", "11-05 08:00", "update"),
        ("11-05 08:00", None, None),
    ]
    spent = [tuple(row[name] / HOUR for name in ("owed_seconds", "covered_seconds", "late_seconds")) for row in rows]
    assert spent == [(23, 23, 0), (48, 24, 24), (12, 12, 0)]
    assert [row["is_late"] for row in rows] == [False, True, False]
    assert {(row["key"], row["queue"], row["priority"], row["rhythm"]) for row in rows} == {
        ("infra#1", "infra", "P0", "24h")
    }
    assert [row["due_at"].day for row in rows] == [3, 4, 6]


def test_a_ticket_is_overdue_once_its_due_instant_has_passed(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 08:00", URGENT)
    con = open_store_of(history.records, DAILY)
    told = [gaps(con, f"2026-11-03 {now}")[0] for now in ("08:59:59", "09:00:00", "09:00:01")]
    assert [(row["is_overdue"], row["is_late"]) for row in told] == [(False, False), (False, False), (True, True)]


def test_an_update_in_the_due_second_is_in_time(history: History, open_store_of: Store) -> None:
    for number in (0, 1):
        history.ticket(number, "2026-11-02 08:00", URGENT, (f"2026-11-03 09:00:0{number}", "comment", "+Here.", "ana"))
    *first, _, _ = gaps(open_store_of(history.records, DAILY), "2026-11-04 00:00")
    told = [(row["is_late"], row["late_seconds"], row["is_overdue"]) for row in first]
    assert told == [(False, 0, False), (True, 1, False)]


def test_words_and_changes_by_people_are_updates(history: History, open_store_of: Store) -> None:
    """The requester's own included."""
    kinds = ["comment", "note", "description", "status", "owner", "eta"]
    for number, field in enumerate(kinds):
        history.ticket(number, "2026-11-02 08:00", URGENT, ("12:00", field, "open" if number == 3 else "+x", "ana"))
    history.ticket(6, "2026-11-02 08:00", URGENT, ("12:00", "comment", "+Any news?", "asker"), author="asker")
    rows = gaps(open_store_of(history.records, DAILY), "2026-11-02 13:00")
    assert sorted({row["key"] for row in rows}) == [f"infra#{number}" for number in range(7)]
    assert told(rows) == [("11-02 09:00", "11-02 12:00", "update")] * 7 + [("11-02 12:00", None, None)] * 7


def test_labels_titles_and_bots_update_nothing(history: History, open_store_of: Store) -> None:
    idle = [
        *[("label", "+Bug", "ana"), ("title", "New words", "ana"), ("project", "+Racks", "ana")],
        *[("comment", "+Still open.", "robot[bot]"), ("status", "open", "robot[bot]"), ("link", "+child_of x", "bo")],
    ]
    for number, change in enumerate(idle):
        history.ticket(number, "2026-11-02 08:00", URGENT, ("12:00", *change))
    rows = gaps(open_store_of(history.records, DAILY), "2026-11-02 13:00")
    assert told(rows) == [("11-02 09:00", None, None)] * len(idle)


def test_two_updates_of_one_second_are_one(history: History, open_store_of: Store) -> None:
    words = [("12:00", "comment", "+Here.", "ana"), ("12:00", "owner", "+ana", "ana")]
    history.ticket(1, "2026-11-02 08:00", URGENT, *words)
    assert len(gaps(open_store_of(history.records, DAILY), "2026-11-02 13:00")) == 2


@pytest.mark.parametrize(
    ("change", "why", "later"),
    [
        (("12:00", "label", "-P0", "ana"), "priority changed", None),
        (("12:00", "status", "closed", "ana"), "closed", None),
        (("12:00", "queue", "access", "ana"), "moved out", "access"),
    ],
)
def test_a_gap_ends_with_what_it_was_owed_for(
    history: History, open_store_of: Store, change: tuple[str, str, str, str], why: str, later: str | None
) -> None:
    """Moved into a queue that has the same cadence, a ticket is owed an update from then on there."""
    history.ticket(1, "2026-11-02 08:00", URGENT, change, ("15:00", "comment", "+Late.", "ana"))
    rows = gaps(open_store_of(history.records, DAILY), "2026-11-02 16:00")
    assert told(rows)[0] == ("11-02 09:00", "11-02 12:00", why)
    assert [row["queue"] for row in rows[1:]] == ([later, later] if later else [])


def test_a_gone_ticket_owes_nothing_from_then_on(history: History, open_store_of: Store) -> None:
    ticket_id = history.ticket(1, "2026-11-02 08:00", URGENT)
    history.records.append(Gone(ticket_id, utc("2026-11-03 12:00"), "deleted"))
    con = open_store_of(history.records, DAILY)
    assert told(gaps(con, "2026-11-03 12:00")) == [("11-02 09:00", None, None)]
    [row] = gaps(con, "2026-11-09 00:00")
    assert told([row]) == [("11-02 09:00", "11-03 12:00", "gone")]
    assert (row["is_late"], row["is_overdue"], row["late_seconds"]) == (True, False, 3 * HOUR)


def test_raised_lowered_and_reopened_are_intervals_of_their_own(history: History, open_store_of: Store) -> None:
    changes = [
        *[("10:00", "label", "-P0", "ana"), ("10:00", "label", "+P1", "ana"), ("11:00", "status", "closed", "ana")],
        ("13:00", "status", "open", "bo"),
    ]
    history.ticket(1, "2026-11-02 08:00", URGENT, *changes)
    rows = gaps(open_store_of(history.records, DAILY), "2026-11-02 14:00")
    assert told(rows) == [
        ("11-02 09:00", "11-02 10:00", "priority changed"),
        ("11-02 10:00", "11-02 11:00", "closed"),
        ("11-02 13:00", None, None),
    ]
    assert [(row["priority"], row["due_at"].day) for row in rows] == [("P0", 3), ("P1", 9), ("P1", 9)]


def test_an_update_in_the_second_of_the_end_is_the_end(history: History, open_store_of: Store) -> None:
    """One transaction says a word and lowers the priority: whichever the tracker lists first."""
    for number, order in ((1, 1), (2, -1)):
        both = [("12:00", "comment", "+Not urgent.", "ana"), ("12:00", "label", "-P0", "ana")]
        history.ticket(number, "2026-11-02 08:00", URGENT, *both[::order])
    rows = gaps(open_store_of(history.records, DAILY), "2026-11-02 13:00")
    assert told(rows) == [("11-02 09:00", "11-02 12:00", "priority changed")] * 2


def test_a_priority_set_again_to_what_it_was_ends_nothing(history: History, open_store_of: Store) -> None:
    """Taken off and put on in one second; and set by another field under a scale with one more step."""
    scale = '[[priorities]]\nvalid_from = 2026-11-02T11:00:00Z\norder = ["P0", "P1", "P2", "P3", "P4", "P5"]\n'
    again = [("10:00", "label", "-P0", "ana"), ("10:00", "label", "+P0", "ana"), ("12:00", "priority", "P0", "ana")]
    history.ticket(1, "2026-11-02 08:00", URGENT, *again)
    con = open_store_of(history.records, DAILY + scale)
    spells = con.execute("SELECT count(*) FROM priority_spell(TIMESTAMP '2026-11-02 13:00') WHERE priority = 'P0'")
    assert spells.fetchall() == [(3,)]
    assert told(gaps(con, "2026-11-02 13:00")) == [("11-02 09:00", None, None)]


def test_lowered_and_raised_again_is_owed_anew(history: History, open_store_of: Store) -> None:
    """Between the two stints at P0 the first ticket was at P1, which is owed less, and the second at P2: nothing."""
    for number, between in ((1, "P1"), (2, "P2")):
        lowered = [("10:00", "label", "-P0", "ana"), ("10:00", "label", f"+{between}", "ana")]
        raised = [("11:00", "label", f"-{between}", "ana"), ("11:00", "label", "+P0", "ana")]
        history.ticket(number, "2026-11-02 08:00", URGENT, *lowered, *raised)
    rows = gaps(open_store_of(history.records, DAILY), "2026-11-02 12:00")
    owed = [[(key, *told([row])[0][:2]) for row in rows if row["key"] == key] for key in ("infra#1", "infra#2")]
    stints = [("11-02 09:00", "11-02 10:00"), ("11-02 10:00", "11-02 11:00"), ("11-02 11:00", None)]
    assert owed == [[("infra#1", *stint) for stint in stints], [("infra#2", *stint) for stint in stints[::2]]]
    assert [row["priority"] for row in rows if row["key"] == "infra#1"] == ["P0", "P1", "P0"]


def test_what_other_tickets_and_other_queues_do_divides_no_interval(history: History, open_store_of: Store) -> None:
    """Two tickets of one second: the second falls to P1 just when the first is said to be P0 in another way."""
    scale = '[[priorities]]\nvalid_from = 2026-11-02T11:00:00Z\norder = ["P0", "P1", "P2", "P3", "P4", "P5"]\n'
    history.ticket(1, "2026-11-02 08:00", URGENT, ("12:00", "priority", "P0", "ana"))
    lowered = [("11:30", "label", "-P0", "ana"), ("11:30", "label", "+P1", "ana")]
    history.ticket(2, "2026-11-02 08:00", ("08:30", "label", "+P0", "ana"), *lowered)
    moved = [("10:00", "queue", "access", "ana"), ("12:00", "queue", "infra", "ana")]
    history.ticket(3, "2026-11-02 08:00", URGENT, *moved)
    rows = gaps(open_store_of(history.records, DAILY + scale), "2026-11-02 13:00")
    by_key = {key: told([row for row in rows if row["key"] == key]) for key in ("infra#1", "infra#2", "infra#3")}
    assert by_key == {
        "infra#1": [("11-02 09:00", None, None)],
        "infra#2": [("11-02 08:30", "11-02 11:30", "priority changed"), ("11-02 11:30", None, None)],
        "infra#3": [
            ("11-02 09:00", "11-02 10:00", "moved out"),
            ("11-02 10:00", "11-02 12:00", "moved out"),
            ("11-02 12:00", None, None),
        ],
    }


def test_urgent_for_no_time_at_all_owes_nothing(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 08:00", URGENT, ("09:00", "label", "-P0", "ana"))
    history.ticket(2, "2026-11-02 08:00", ("08:00", "status", "closed", "ana"), ("09:00", "label", "+P0", "ana"))
    history.ticket(3, "2026-11-02 08:00", URGENT, queue=None)
    assert gaps(open_store_of(history.records, DAILY), "2026-11-02 13:00") == []


def test_a_priority_the_cadence_does_not_name_is_owed_nothing(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 08:00", ("09:00", "label", "+P2", "ana"))
    history.ticket(2, "2026-11-02 08:00", URGENT)
    assert [row["key"] for row in gaps(open_store_of(history.records, DAILY), "2026-11-09 00:00")] == ["infra#2"]
    assert gaps(open_store_of(history.records, OFFICE), "2026-11-09 00:00") == []


@pytest.mark.parametrize(
    ("every", "since", "due"),
    [
        ("1 working day", "2026-11-02 07:00:00", "2026-11-02 17:00"),  # Monday before opening: today
        ("1 working day", "2026-11-02 08:59:59", "2026-11-02 17:00"),
        ("1 working day", "2026-11-02 09:00:00", "2026-11-03 17:00"),  # opened already: tomorrow
        ("1 working day", "2026-11-06 17:00:00", "2026-11-09 17:00"),  # Friday evening: Monday
        ("1 working day", "2026-11-07 12:00:00", "2026-11-09 17:00"),
        ("2 working days", "2026-11-02 07:00:00", "2026-11-03 17:00"),
        ("2 working days", "2026-11-05 12:00:00", "2026-11-09 17:00"),  # Thursday: Friday, Monday
        ("5 working days", "2026-11-02 12:00:00", "2026-11-09 17:00"),
        ("8h", "2026-11-06 16:00:00", "2026-11-09 16:00"),  # an hour on Friday, seven on Monday
        ("30m", "2026-11-06 16:45:00", "2026-11-09 09:15"),
    ],
)
def test_a_rhythm_is_time_of_the_calendar_or_working_days(every: str, since: str, due: str) -> None:
    """Asked beside rows that need later days, other rhythms and no calendar at all."""
    asked = [("office", since, every), ("office", "2027-01-01 12:00", "3 working days"), (None, since, every)]
    updates = pl.DataFrame(asked, schema=["calendar", "started_at", "rhythm"], orient="row")
    told = due_at({"office": WEEKDAYS, "always": Calendar.always()}, updates.with_columns(instant("started_at")))
    assert told.to_list() == [datetime.fromisoformat(due), datetime(2027, 1, 6, 17), None]  # noqa: DTZ001
    assert told.name == "due_at"


def test_the_last_update_of_all_may_come_with_the_opening() -> None:
    """On Monday at 09:00 sharp the day has begun: one working day is Tuesday, even if nobody asks about later days."""
    asked = pl.DataFrame({"calendar": ["office"], "started_at": ["2026-11-02 09:00"], "rhythm": ["1 working day"]})
    told = due_at({"office": WEEKDAYS}, asked.with_columns(instant("started_at")))
    assert told.to_list() == [datetime(2026, 11, 3, 17)]  # noqa: DTZ001


def test_no_updates_are_due_at_no_time() -> None:
    none = pl.DataFrame(schema={"calendar": pl.String, "started_at": pl.Datetime("us"), "rhythm": pl.String})
    assert due_at({"office": WEEKDAYS}, none).to_list() == []


def test_owed_time_is_time_of_the_cadences_calendar(history: History, open_store_of: Store) -> None:
    """From Friday 16:00 to Monday 12:00 four hours are open; eight were allowed."""
    text = rhythm("8h")
    history.ticket(1, "2026-11-06 16:00", ("16:00", "label", "+P0", "ana"), ("2026-11-09 12:00", "comment", "+x", "a"))
    first, running = gaps(open_store_of(history.records, text), "2026-11-10 14:00")
    assert [first[name] / HOUR for name in ("owed_seconds", "covered_seconds", "late_seconds")] == [4, 4, 0]
    assert [running[name] / HOUR for name in ("owed_seconds", "covered_seconds", "late_seconds")] == [10, 8, 2]
    assert first["calendar"] == "office@0001-01-01T00:00"


def test_without_a_calendar_nothing_can_be_said(history: History, open_store_of: Store) -> None:
    """The team of this queue has no calendar: no due date, and neither late nor in time."""
    history.ticket(1, "2026-11-02 08:00", URGENT, queue="access")
    con = open_store_of(history.records, rhythm("8h"))
    [row] = gaps(con, "2026-11-30 00:00")
    unknown = ("calendar", "due_at", "is_overdue", "is_late", "owed_seconds", "covered_seconds", "late_seconds")
    assert [row[name] for name in unknown] == [None] * len(unknown)
    rows = metrics.cadence(con, as_of=utc("2026-11-30 00:00"))
    assert summary(rows).row(0) == ("access", "P0", 0.0, 0.0, None, 1, 0, 1, 0)
    assert overdue(rows).is_empty()


def test_a_gap_is_judged_by_the_cadence_in_force_when_it_began(history: History, open_store_of: Store) -> None:
    """Stricter from Tuesday on: the gap that began on Monday keeps its day, the next one has an hour."""
    stricter = '[[cadence]]\nvalid_from = 2026-11-03\nevery = { P0 = "1h" }\n'
    at_first = "2026-11-03 00:00:00"
    history.ticket(1, "2026-11-02 08:00", URGENT, ("2026-11-03 08:00", "comment", "+x", "ana"))
    history.ticket(2, at_first, (at_first, "label", "+P0", "ana"))
    first, new, second = gaps(open_store_of(history.records, DAILY + stricter), "2026-11-03 09:30")
    assert [row["rhythm"] for row in (first, new, second)] == ["24h", "1h", "1h"]
    assert [row["is_late"] for row in (first, new, second)] == [False, True, True]
    assert first["version"] != second["version"] == new["version"]


def test_a_gap_runs_on_the_calendar_in_force_when_it_began(history: History, open_store_of: Store) -> None:
    """From Wednesday's midnight on only Wednesday mornings are open: eight hours then take two weeks, not a day."""
    shorter = (
        '[[calendar]]\nname = "office"\nvalid_from = 2026-11-04\nzone = "UTC"\nhours = { wed = ["09:00-13:00"] }\n'
    )
    for number, moment in enumerate(("2026-11-03 23:59:59", "2026-11-04 00:00:00")):
        history.ticket(number, moment, (moment, "label", "+P0", "ana"))
    rows = gaps(open_store_of(history.records, rhythm("8h") + shorter), "2026-11-05 00:00")
    assert [f"{row['due_at']:%m-%d %H:%M}" for row in rows] == ["11-04 17:00", "11-11 13:00"]
    assert [row["owed_seconds"] / HOUR for row in rows] == [8, 4]


def test_the_summary_counts_a_ticket_once_however_many_gaps_it_has(history: History, open_store_of: Store) -> None:
    """Two gaps of a day and a half each: a day covered of each. The second ticket is hours old."""
    words = [("2026-11-03 21:00", "comment", "+x", "ana"), ("2026-11-05 09:00", "comment", "+x", "ana")]
    history.ticket(1, "2026-11-02 08:00", URGENT, *words)
    history.ticket(2, "2026-11-05 20:00", ("21:00", "label", "+P0", "ana"))
    history.ticket(3, "2026-11-05 20:00", ("21:00", "label", "+P1", "ana"), queue="access")
    rows = metrics.cadence(open_store_of(history.records, DAILY), as_of=utc("2026-11-06 21:00"))
    owed, covered = (36 + 36 + 36 + 24) * HOUR, (24 + 24 + 24 + 24) * HOUR
    assert summary(rows).rows() == [
        ("access", "P1", 24 * HOUR, 24 * HOUR, 1.0, 1, 0, 1, 0),
        ("infra", "P0", owed, covered, covered / owed, 4, 3, 2, 1),
    ]
    assert overdue(rows).rows() == [
        ("test/infra#1", "infra#1", "infra", "P0", "24h", *[datetime(2026, 11, d, 9) for d in (5, 6)], 12 * HOUR)  # noqa: DTZ001
    ]


def test_the_overdue_are_listed_longest_due_first(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-03 08:00", URGENT)
    history.ticket(2, "2026-11-02 08:00", URGENT)
    history.ticket(3, "2026-11-03 08:00", URGENT)
    history.ticket(4, "2026-11-08 08:00", URGENT)
    rows = metrics.cadence(open_store_of(history.records, DAILY), as_of=utc("2026-11-08 12:00"))
    assert overdue(rows)["key"].to_list() == ["infra#2", "infra#1", "infra#3"]


def test_a_window_takes_its_part_of_a_gap(history: History, open_store_of: Store) -> None:
    """Silent from Monday 09:00 to Thursday 09:00: on Tuesday nine hours were covered and fifteen late."""
    history.ticket(1, "2026-11-02 08:00", URGENT, ("2026-11-05 09:00", "comment", "+x", "ana"))
    con = open_store_of(history.records, DAILY)
    asked = {"since": utc("2026-11-03 00:00"), "until": utc("2026-11-04 00:00")}
    [row] = gaps(con, "2026-11-09 00:00", **asked)
    assert told([row]) == [("11-02 09:00", "11-05 09:00", "update")]
    assert [row[name] / HOUR for name in ("owed_seconds", "covered_seconds", "late_seconds")] == [24, 9, 15]
    days = [
        [(row["owed_seconds"] / HOUR, row["covered_seconds"] / HOUR, row["is_late"]) for row in gaps(con, now, **part)]
        for now, part in (
            ("2026-11-09 00:00", {"until": utc("2026-11-03 09:00")}),
            ("2026-11-09 00:00", {"since": utc("2026-11-04 00:00"), "until": utc("2026-11-05 00:00")}),
            ("2026-11-04 12:00", {"since": utc("2026-11-04 00:00")}),
            ("2026-11-04 12:00", {"since": utc("2026-11-05 00:00")}),
        )
    ]
    assert days == [[(24, 24, False)], [(24, 0, True)], [(12, 0, True)], []]
    edges = {"until": utc("2026-11-02 09:00")}, {"since": utc("2026-11-05 09:00"), "until": utc("2026-11-05 09:00")}
    assert [gaps(con, "2026-11-09 00:00", **edge) for edge in edges] == [[], []]


def test_weeks_share_a_gap_out(history: History, open_store_of: Store) -> None:
    """Silent from Friday 09:00 over Monday midnight in Berlin: the first week has the day allowed, the rest is late."""
    history.ticket(1, "2026-11-06 09:00", URGENT)
    con = open_store_of(history.records, DAILY)
    weeks = Week.parse("2026-W46", "Europe/Berlin").through(3)
    told = weekly(con, as_of=utc("2026-11-09 12:00"), weeks=weeks)
    assert told.select("week", "is_complete", "gaps", "late_gaps", "tickets").rows() == [
        ("2026-W44", True, 0, 0, 0),
        ("2026-W45", True, 1, 1, 1),
        ("2026-W46", False, 1, 1, 1),
    ]
    spent = told.select(pl.col("owed_seconds", "covered_seconds") / HOUR, "compliance").rows()
    assert spent == [(0, 0, None), (62, 24, 24 / 62), (13, 0, 0)]
    assert told["starts_at"].to_list()[1:] == [datetime(2026, 11, day, 23) for day in (1, 8)]  # noqa: DTZ001
    assert weekly(con, as_of=utc("2026-11-09 12:00"), weeks=weeks, queue="access")["gaps"].to_list() == [0, 0, 0]


def test_a_ticket_counts_once_in_each_week_however_many_gaps_it_has_there(history: History, opened: Opened) -> None:
    """Updated twice in its first week, on Monday at the very moment at which the next one begins, and on Tuesday, while
    another ticket is silent."""
    days = ("03 10:00", "05 10:00", "08 23:00", "10 10:00")
    updates = [(f"2026-11-{day}", "comment", "seen", "ana") for day in days]
    history.ticket(1, "2026-11-02 09:00", URGENT, *updates)
    history.ticket(2, "2026-11-06 09:00", URGENT)
    weeks = Week.parse("2026-W46", "Europe/Berlin").through(2)
    for settle in (None, facts.settle):
        with opened(history.records, DAILY, settle) as con:
            for queue in (None, "infra"):
                told = weekly(con, as_of=utc("2026-11-10 12:00"), weeks=weeks, queue=queue)
                assert told.select("gaps", "tickets").rows() == [(4, 2), (3, 2)]


def in_week(con: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    """What one week in Berlin had, as known a month later."""
    return weekly(con, as_of=utc("2026-12-07 00:00"), weeks=[Week.parse(name, "Europe/Berlin")]).to_dicts()[0]


def test_a_week_has_of_a_gap_what_ran_until_its_end(history: History, opened: Opened) -> None:
    """Updated after twenty hours, and closed thirty hours later: six of them were late."""
    ended = [("2026-11-03 05:00", "comment", "seen", "ana"), ("2026-11-04 11:00", "status", "closed", "ana")]
    history.ticket(1, "2026-11-02 09:00", URGENT, *ended)
    for settle in (None, facts.settle):
        with opened(history.records, DAILY, settle) as con:
            told = in_week(con, "2026-W45")
            assert (told["gaps"], told["late_gaps"]) == (2, 1)
            assert (told["owed_seconds"] / HOUR, told["covered_seconds"] / HOUR) == (50, 44)


@pytest.mark.parametrize(("updated", "late"), [("09:00", 0), ("09:00:00.000001", 1)])
def test_an_update_at_the_due_instant_is_in_time_in_weeks_as_well(
    history: History, open_store_of: Store, updated: str, late: int
) -> None:
    ended = [(f"2026-11-03 {updated}", "status", "closed", "ana")]
    history.ticket(1, "2026-11-02 09:00", URGENT, *ended)
    told = in_week(open_store_of(history.records, DAILY), "2026-W45")
    assert (told["late_gaps"], told["covered_seconds"]) == (late, 24 * HOUR)


def test_a_week_has_nothing_of_what_was_over_before_it_or_began_as_it_ended(history: History, opened: Opened) -> None:
    """Of what was due before the week, the part that lies within it was late."""
    history.ticket(1, "2026-11-02 09:00", URGENT, ("2026-11-05 09:00", "status", "closed", "ana"))
    history.ticket(2, "2026-11-06 09:00", URGENT, ("2026-11-10 09:00", "status", "closed", "ana"))
    history.ticket(3, "2026-11-15 22:00", ("23:00", "label", "+P0", "ana"))
    for settle in (None, facts.settle):
        with opened(history.records, DAILY, settle) as con:
            told = in_week(con, "2026-W46")
            assert (told["gaps"], told["late_gaps"], told["tickets"]) == (1, 1, 1)
            assert (told["owed_seconds"] / HOUR, told["covered_seconds"]) == (34, 0)


def test_a_ticket_counts_where_it_went_to_in_the_week_as_well(history: History, open_store_of: Store) -> None:
    moved = ("2026-11-03 09:00", "queue", "access", "ana")
    history.ticket(1, "2026-11-02 09:00", URGENT, moved)
    con = open_store_of(history.records, DAILY)
    for queue, gaps in ((None, 2), ("infra", 1), ("access", 1), (["infra", "access"], 2)):
        week = Week.parse("2026-W45", "Europe/Berlin")
        told = weekly(con, as_of=utc("2026-12-07 00:00"), weeks=[week], queue=queue)
        assert told.select("gaps", "tickets").rows() == [(gaps, 1)]


def test_a_gap_without_a_calendar_is_one_of_its_week_all_the_same(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", URGENT, queue="access")
    told = in_week(open_store_of(history.records, rhythm("8h")), "2026-W45")
    assert (told["gaps"], told["late_gaps"], told["tickets"], told["owed_seconds"]) == (1, 0, 1, 0)


def test_the_figure_stacks_covered_and_late_hours(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 08:00", URGENT)
    rows = metrics.cadence(open_store_of(history.records, DAILY), as_of=utc("2026-11-03 15:00"))
    covered, late = figure(rows).data
    assert (list(covered.x), list(covered.y), list(late.y)) == (["P0"], [24], [6])
    assert "n = 1 tickets" in figure(rows).to_json()


# --- Against a plain replay -------------------------------------------------------------------------

RHYTHMS = """
[[cadence]]
queues = ["infra"]
sources = ["other"]
every = { P0 = "2 working days", P1 = "6h", P3 = "30m" }
calendar = "team"

[[cadence]]
queues = ["infra"]
every = { P0 = "24h", P1 = "72h" }

[[cadence]]
queues = ["infra"]
valid_from = 2026-11-02
every = { P0 = "8h", P3 = "1 working day" }
calendar = "berlin"

[[cadence]]
every = { P0 = "90m", P1 = "3 working days", P3 = "24h", P4 = "1h" }
calendar = "team"
"""
AGREED = WORLD + RHYTHMS
SAID = settings.parse(AGREED, "the oracle's cadences")


@dataclass
class Gap:
    queue: str
    priority: str
    start: datetime
    end: datetime | None
    why: str | None


def owed_intervals(life: Life) -> Iterator[Gap]:
    """While a ticket is open in a queue: what its priority was when the clock showed each second."""
    for queue, arrived, left, why in life.presences():
        last = left or life.as_of
        turns = sorted({arrived, *(now.at for now in life.moments if arrived < now.at < last)})
        held: list[tuple[datetime, str | None]] = []
        for turn in turns:
            priority = life.priority(life.until(turn))
            if not held or held[-1][1] != priority:
                held.append((turn, priority))
        for (start, priority), after in pairwise([*held, None]):
            if priority and start < last:
                end = after[0] if after else left
                yield Gap(queue, priority, start, end, "priority changed" if after else why)


def plain_gaps(life: Life) -> Iterator[Gap]:
    for owed in owed_intervals(life):
        last = owed.end or life.as_of
        marks = [owed.start, *sorted({moment for moment in life.updates() if owed.start < moment < last})]
        for start, after in pairwise([*marks, None]):
            yield Gap(owed.queue, owed.priority, start, after or owed.end, "update" if after else owed.why)


def due(calendar: settings.Calendar, every: str, start: datetime) -> datetime:
    count, unit = every.split(" ", 1) if " " in every else (every[:-1], every[-1])
    if unit.startswith("working"):
        days = [end for _, opens, end in first(int(count) + 40, day_spans(calendar, start.date())) if opens > start]
        return days[int(count) - 1]
    return after_working(calendar, start, int(count) * {"m": 60, "h": 3600}[unit])


def first(count: int, items: Iterator[Any]) -> Iterator[Any]:
    return (item for _, item in zip(range(count), items, strict=False))


def plain_rows(life: Life, since: datetime, until: datetime) -> Iterator[tuple[Any, ...]]:
    for gap in plain_gaps(life):
        policy = deciding(SAID.cadence, life.ticket.source, gap.queue, gap.start)
        over = min(gap.end or life.as_of, until)
        begun = max(gap.start, since)
        if policy is None or gap.priority not in policy.every or begun >= over:
            continue
        name = calendar_of(SAID, gap.queue) if policy.calendar == "team" else policy.calendar
        calendar = calendar_at(SAID, name, gap.start)
        row = (life.ticket.ticket_id, gap.queue, gap.priority, gap.start, gap.end, gap.why)
        if calendar is None:
            yield *row, None, False if gap.end else None, None, None, None, None
            continue
        by = due(calendar, policy.every[gap.priority], gap.start)
        late = working_seconds(calendar, max(begun, by), over)
        owed = working_seconds(calendar, begun, over)
        yield *row, by, gap.end is None and by < life.as_of, by < over, owed, owed - late, late


@EXAMPLES
@given(history=histories(), as_of=instants(), since=instants(), until=instants())
def test_gaps_agree_with_a_plain_replay(
    opened: Opened, history: History, as_of: datetime, since: datetime, until: datetime
) -> None:
    """Asked of everything, and of a window."""
    columns = "ticket_id, queue, priority, started_at, ended_at, ended_by, due_at, is_overdue, is_late"
    columns += ", owed_seconds, covered_seconds, late_seconds"
    ever = [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
    with opened(history.records, AGREED) as con:
        for asked in ({}, {"since": since, "until": until}):
            rows = metrics.cadence(con, as_of=as_of, **asked).select(columns).fetchall()
            span = [moment.replace(tzinfo=None) for moment in asked.values() or ever]
            replayed = lives(SAID, history.records, as_of)
            assert_same(history, as_of, rows, [row for life in replayed for row in plain_rows(life, *span)])


@FEW_EXAMPLES
@given(
    history=histories(),
    as_of=instants(),
    queue=st.sampled_from([None, "infra", ["infra", "access"]]),
    settle=st.sampled_from([None, facts.settle]),
)
def test_weeks_foot(
    opened: Opened, history: History, as_of: datetime, queue: str | list[str] | None, settle: Settle | None
) -> None:
    """Each week is the summary of its window, and all of them make up all rows."""
    weeks = Week.containing(as_of, "Europe/Berlin").through(8)
    with opened(history.records, AGREED, settle) as con:
        told = weekly(con, as_of=as_of, weeks=weeks, queue=queue)
        rows = metrics.cadence(con, as_of=as_of, queue=queue)
        for name in ("owed_seconds", "covered_seconds"):
            assert told[name].sum() == pytest.approx(sum(rows.pl()[name].drop_nulls()))
        for week, row in zip(weeks, told.to_dicts(), strict=True):
            part = metrics.cadence(con, as_of=as_of, since=week.starts_at, until=week.ends_at, queue=queue)
            parts = summary(part)
            assert [row["gaps"], row["late_gaps"]] == [parts[name].sum() for name in ("gaps", "late_gaps")]
            assert row["tickets"] == part.pl()["ticket_id"].n_unique()
            for name in ("owed_seconds", "covered_seconds"):
                assert row[name] == pytest.approx(parts[name].sum())
            assert row["is_complete"] == (week.ends_at <= as_of)
        latest = summary(rows)["overdue_tickets"].sum()
        assert latest == len(overdue(rows)) == overdue(rows)["ticket_id"].n_unique()


def test_the_oracle_counts_working_days_as_a_person_does() -> None:
    """From Friday noon in Berlin, by the calendar of that autumn: Monday is a holiday, so Tuesday is the first."""
    berlin = calendar_at(SAID, "berlin", datetime.fromisoformat("2026-10-23T10:00"))
    assert berlin
    friday = datetime.fromisoformat("2026-10-23T10:00")
    assert due(berlin, "1 working day", friday) == datetime.fromisoformat("2026-10-27T16:00")
    assert due(berlin, "6h", friday) - friday > timedelta(days=3)
