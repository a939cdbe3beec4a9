"""Flow: what is opened minus what is closed is the change in what is open, moves and reopens included."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given

import metrics
from ingest.records import Event, Gone
from metrics.flow import figure, summary, weekly, weekly_arrivals, weekly_flow
from metrics.weeks import Week
from tests.conftest import History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, SAID, WORLD, assert_same, histories, instants, lives, naive

Store = Callable[..., duckdb.DuckDBPyConnection]
BERLIN = "Europe/Berlin"


def changes(con: duckdb.DuckDBPyConnection, as_of: str = "2026-11-30 00:00", **asked: Any) -> list[Any]:
    return metrics.flow(con, as_of=utc(as_of), **asked).project("queue, change, reason").fetchall()


def test_every_change_of_what_is_open_is_counted_once(history: History, open_store_of: Store) -> None:
    history.ticket(
        1,
        "2026-11-02 09:00",
        ("10:00", "status", "closed", "ana"),
        ("10:30", "status", "completed", "ana"),
        ("11:00", "status", "open", "ana"),
        ("11:30", "status", "mystery", "ana"),
        ("12:00", "queue", "access", "ana"),
        ("13:00", "status", "closed", "ana"),
        ("14:00", "queue", "infra", "ana"),
    )
    assert changes(open_store_of(history.records)) == [
        ("infra", 1, "opened"),
        ("infra", -1, "closed"),
        ("infra", 1, "reopened"),
        ("access", 1, "moved in"),
        ("infra", -1, "moved out"),
        ("access", -1, "closed"),
    ]


def test_gone_is_a_departure_of_what_was_open_only(history: History, open_store_of: Store) -> None:
    first = history.ticket(1, "2026-11-02 09:00")
    second = history.ticket(2, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"))
    history.records += [Gone(ticket, utc("2026-11-02 11:00"), "moved") for ticket in (first, second)]
    con = open_store_of(history.records)
    assert [reason for _, _, reason in changes(con)] == ["opened", "opened", "closed", "gone"]
    assert len(changes(con, as_of="2026-11-02 11:00")) == 3


def test_a_ticket_moved_and_closed_in_one_second_is_closed_once(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "queue", "access", "ana"), ("10:00", "status", "closed", "ana"))
    history.ticket(2, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"), ("10:00", "queue", "access", "ana"))
    con = open_store_of(history.records)
    assert Counter(changes(con)) == {
        ("infra", 1, "opened"): 2,
        ("infra", -1, "moved out"): 1,
        ("access", 1, "moved in"): 1,
        ("access", -1, "closed"): 1,
        ("infra", -1, "closed"): 1,
    }


def test_a_week_is_the_teams_even_when_the_clocks_change(history: History, open_store_of: Store) -> None:
    """In Berlin the week of 19 October 2026 has 169 hours: it ends on Sunday 23:00 UTC, an hour later than before."""
    for number, opened_at in enumerate(("10-18 21:59", "10-18 22:00", "10-25 22:30", "10-25 22:59:59", "10-25 23:00")):
        history.ticket(number, f"2026-{opened_at}")
    con = open_store_of(history.records)
    rows = metrics.flow(con, as_of=utc("2026-10-27 00:00"))
    weeks = Week.parse("2026-W44", BERLIN).through(3)
    table = weekly(rows, weeks, utc("2026-10-27 00:00"))
    assert table["opened"].to_list() == [1, 3, 1]
    assert table["open_tickets"].to_list() == [1, 4, 5]
    assert table["is_complete"].to_list() == [True, True, False]


def test_a_week_without_changes_counts_zero(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    rows = metrics.flow(open_store_of(history.records), as_of=utc("2026-11-16 00:00"))
    table = weekly(rows, Week.parse("2026-W46", "UTC").through(3), utc("2026-11-16 00:00"))
    assert table["arrivals"].to_list() == [0, 1, 0]
    assert table["open_tickets"].to_list() == [0, 1, 1]


def test_weeks_need_not_follow_each_other(history: History, open_store_of: Store) -> None:
    """Opened in weeks 45 and 46, closed in week 47: asked about 45 and 47 alone, 46 still counts for what was open."""
    history.ticket(1, "2026-11-02 09:00", ("2026-11-16 09:00", "status", "closed", "ana"))
    history.ticket(2, "2026-11-09 09:00")
    rows = metrics.flow(open_store_of(history.records), as_of=utc("2026-11-30 00:00"))
    weeks = [Week.parse(name, "UTC") for name in ("2026-W45", "2026-W47")]
    table = weekly(rows, weeks, utc("2026-11-30 00:00")).drop("starts_at", "ends_at")
    columns = ["opened", "reopened", "moved_in", "closed", "moved_out", "gone", "arrivals", "completions", "net"]
    assert table.columns == ["week", "is_complete", *columns, "open_tickets"]
    assert table.rows() == [
        ("2026-W45", True, 1, 0, 0, 0, 0, 0, 1, 0, 1, 1),
        ("2026-W47", True, 0, 0, 0, 1, 0, 0, 0, 1, -1, 1),
    ]


def test_each_reason_has_its_column(history: History, open_store_of: Store) -> None:
    """In infra: opened, moved out; a second opened, closed, reopened, gone. In access: moved in."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "queue", "access", "ana"))
    closed, reopened = ("10:00", "status", "closed", "ana"), ("11:00", "status", "open", "ana")
    gone = history.ticket(2, "2026-11-02 09:00", closed, reopened)
    history.records.append(Gone(gone, utc("2026-11-02 12:00"), "deleted"))
    asked: dict[str, Any] = {"as_of": utc("2026-11-03 00:00"), "weeks": [Week.parse("2026-W45", "UTC")]}
    con = open_store_of(history.records)
    names = ["opened", "reopened", "moved_in", "closed", "moved_out", "gone", "arrivals", "completions", "net"]
    assert weekly_flow(con, queue="infra", **asked).select(names).rows() == [(2, 1, 0, 1, 1, 1, 3, 1, 0)]
    assert weekly_flow(con, **asked).select(names).rows() == [(2, 1, 1, 1, 1, 1, 4, 1, 1)]


def test_moved_and_closed_in_one_act_is_moved(history: History, open_store_of: Store) -> None:
    """Where a tracker does not say which came first: out of infra, and never open in access."""
    ticket_id = history.ticket(1, "2026-11-02 09:00")
    act = [
        Event(ticket_id, field, utc("2026-11-02 10:00"), 1, "test/asker", field, None, value)
        for field, value in (("queue", "access"), ("status", "closed"))
    ]
    told = changes(open_store_of([*history.records, *act]))
    assert told == [("infra", 1, "opened"), ("infra", -1, "moved out")]


def test_the_window_holds_its_first_instant_and_not_its_last(history: History, open_store_of: Store) -> None:
    for number, opened in enumerate(("08:59:59", "09:00", "09:59:59", "10:00")):
        history.ticket(number, f"2026-11-02 {opened}")
    asked = {"since": utc("2026-11-02 09:00"), "until": utc("2026-11-02 10:00")}
    rows = metrics.flow(open_store_of(history.records), as_of=utc("2026-11-03 00:00"), **asked)
    assert rows.project("key").fetchall() == [("infra#1",), ("infra#2",)]


def test_weeks_of_nothing_are_zeros(open_store_of: Store) -> None:
    weeks = Week.parse("2026-W46", "UTC").through(2)
    table = weekly_flow(open_store_of([]), as_of=utc("2026-11-30 00:00"), weeks=weeks)
    assert table["arrivals"].to_list() == table["open_tickets"].to_list() == [0, 0]


def test_arrivals_out_of_their_limits_are_marked(history: History, open_store_of: Store) -> None:
    """Eleven weeks of one arrival and then nine at once: mean 20 ÷ 12, mean moving range 8 ÷ 11, so at most 3.6."""
    weeks = Week.parse("2026-W47", "UTC").through(13)
    for number, week in enumerate([*weeks[:-1], *[weeks[-2]] * 8, *[weeks[-1]] * 30]):
        history.ticket(number, f"{week.monday} 09:00")
    asked = {"as_of": utc("2026-11-17 00:00"), "weeks": weeks}
    table = weekly_flow(open_store_of(history.records), **asked)
    assert table["is_outside"].to_list() == [False] * 11 + [True, None]
    assert table["upper_limit"][0] == pytest.approx(20 / 12 + 2.66 * 8 / 11)


def test_weeks_before_the_first_ticket_of_a_queue_make_no_limits(history: History, open_store_of: Store) -> None:
    """Two, three and two tickets in the last three of five weeks: mean 7 ÷ 3, with the weeks before it would be 1.4."""
    weeks = Week.parse("2026-W46", "UTC").through(5)
    for number, week in enumerate([*weeks[2:], *weeks[2:], weeks[3]]):
        history.ticket(number, f"{week.monday} 09:00")
    history.ticket(10, f"{weeks[0].monday} 09:00", queue="access")
    asked = {"as_of": utc("2026-11-17 00:00"), "weeks": weeks}
    con = open_store_of(history.records)
    table = weekly_flow(con, **asked, queue="infra")
    assert table["arrivals"].to_list() == [0, 0, 2, 3, 2]
    assert table["is_outside"].to_list() == [None, None, False, False, False]
    assert table["mean"].to_list() == [pytest.approx(7 / 3)] * 5
    assert weekly_flow(con, **asked)["mean"].to_list() == [pytest.approx(8 / 5)] * 5
    assert weekly_flow(con, as_of=asked["as_of"], weeks=weeks[:4], queue="infra")["mean"].to_list() == [None] * 4


def test_quiet_weeks_of_a_queue_that_had_tickets_before_count_zero(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-01-05 09:00", ("10:00", "status", "closed", "ana"))
    history.ticket(2, "2026-11-09 09:00")
    weeks = Week.parse("2026-W46", "UTC").through(4)
    table = weekly_flow(open_store_of(history.records), as_of=utc("2026-11-17 00:00"), weeks=weeks)
    assert (table["arrivals"].to_list(), table["mean"].to_list()) == ([0, 0, 0, 1], [0.25] * 4)


def test_the_summary_counts_each_reason_by_queue(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "queue", "access", "ana"), ("11:00", "status", "closed", "ana"))
    rows = metrics.flow(open_store_of(history.records), as_of=utc("2026-11-03 00:00"))
    assert summary(rows).columns[1:] == ["opened", "reopened", "moved_in", "closed", "moved_out", "gone", "net"]
    assert summary(rows).rows() == [("access", 0, 0, 1, 1, 0, 0, 0), ("infra", 1, 0, 0, 0, 1, 0, 0)]


def test_the_figure_is_what_was_open_after_each_change(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("12:00", "status", "closed", "ana"))
    history.ticket(2, "2026-11-02 10:00")
    drawn = figure(metrics.flow(open_store_of(history.records), as_of=utc("2026-11-03 00:00")))
    assert drawn.data[0].y == (1, 2, 1)
    assert [moment.hour for moment in drawn.data[0].x] == [9, 10, 12]
    assert drawn.layout.annotations[0].text == "n = 3 changes"


@EXAMPLES
@given(history=histories(), as_of=instants())
def test_changes_agree_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    names = "ticket_id, queue, occurred_at, change, reason"
    with opened(history.records, WORLD) as con:
        rows = metrics.flow(con, as_of=as_of).project(names).fetchall()
    wanted = [
        (life.ticket.ticket_id, *change) for life in lives(SAID, history.records, as_of) for change in life.changes()
    ]
    assert_same(history, as_of, rows, wanted)


def open_by_queue(con: duckdb.DuckDBPyConnection, instant: datetime) -> Counter[str]:
    rows = metrics.ticket_state(con, as_of=instant).pl().to_dicts()
    return Counter(row["queue"] for row in rows if row["is_open"] and row["queue"])


@EXAMPLES
@given(history=histories(), one=instants(), other=instants())
def test_flow_foots_with_the_state_at_both_ends(
    opened: Opened, history: History, one: datetime, other: datetime
) -> None:
    since, until = sorted((one, other))
    with opened(history.records, WORLD) as con:
        net: Counter[str] = Counter()
        for queue, change in metrics.flow(con, as_of=until, since=since).project("queue, change").fetchall():
            net[queue] += change
        before, after = open_by_queue(con, since), open_by_queue(con, until)
    after.subtract(before)
    assert {queue: n for queue, n in net.items() if n} == {queue: n for queue, n in after.items() if n}


@EXAMPLES
@given(history=histories(), as_of=instants())
def test_the_tile_is_the_last_point_of_the_series(opened: Opened, history: History, as_of: datetime) -> None:
    with opened(history.records, WORLD) as con:
        weeks = Week.containing(as_of, BERLIN).through(5)
        table = weekly(metrics.flow(con, as_of=as_of), weeks, as_of)
        assert table["open_tickets"][-1] == open_by_queue(con, as_of).total()
        ended = [week.ends_at for week in weeks if week.ends_at <= as_of]
        assert table["open_tickets"].to_list()[: len(ended)] == [open_by_queue(con, end).total() for end in ended]
        for queue in (None, "infra"):
            arrivals = weekly_flow(con, as_of=as_of, weeks=weeks, queue=queue)["arrivals"].to_list()
            assert weekly_arrivals(con, as_of=as_of, weeks=weeks, queue=queue) == arrivals
    assert (table["arrivals"] - table["closed"] - table["moved_out"] - table["gone"] == table["net"]).all()
    assert table["starts_at"].to_list() == [naive(week.starts_at.astimezone(UTC)) for week in weeks]
