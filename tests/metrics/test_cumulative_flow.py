"""Cumulative flow: what stands in each stage when a day ends is what ticket_state says of that moment."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import duckdb
import polars as pl
from hypothesis import given

import metrics
from ingest.records import Gone
from metrics.cumulative_flow import daily, figure, summary, weekly
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, SAID, WORLD, Life, assert_same, histories, instants, lives

Store = Callable[..., duckdb.DuckDBPyConnection]
BERLIN = "Europe/Berlin"


def steps(con: duckdb.DuckDBPyConnection, as_of: str = "2026-11-30 00:00", **asked: Any) -> list[Any]:
    return metrics.cumulative_flow(con, as_of=utc(as_of), **asked).project("queue, stage, change").fetchall()


def test_every_entry_and_exit_is_a_row(history: History, open_store_of: Store) -> None:
    """Opened new, in progress at 10, moved at 11, closed at 12, reopened at 13: active again, by its label."""
    history.ticket(
        1,
        "2026-11-02 09:00",
        ("10:00", "label", "+in progress", "ana"),
        ("11:00", "queue", "access", "ana"),
        ("12:00", "status", "closed", "ana"),
        ("13:00", "status", "open", "ana"),
    )
    assert steps(open_store_of(history.records, OFFICE)) == [
        ("infra", "new", 1),
        ("infra", "new", -1),
        ("infra", "active", 1),
        ("infra", "active", -1),
        ("access", "active", 1),
        ("access", "active", -1),
        ("access", "done", 1),
        ("access", "done", -1),
        ("access", "active", 1),
    ]


def test_what_changes_no_stage_is_no_row(history: History, open_store_of: Store) -> None:
    """A comment, an owner, another word for closed, and a label that is none of the stages'."""
    history.ticket(
        1,
        "2026-11-02 09:00",
        ("10:00", "comment", "+On it.", "ana"),
        ("10:30", "owner", "+ana", "ana"),
        ("11:00", "status", "closed", "ana"),
        ("11:30", "status", "completed", "ana"),
        ("12:00", "label", "+Bug", "ana"),
    )
    assert [row[1:] for row in steps(open_store_of(history.records, OFFICE))] == [("new", 1), ("new", -1), ("done", 1)]


def test_two_stages_within_a_second_are_two_entries(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("09:00", "status", "closed", "a"), ("09:00", "status", "open", "a"))
    told = [row[1:] for row in steps(open_store_of(history.records, OFFICE))]
    assert told == [("new", 1), ("new", -1), ("done", 1), ("done", -1), ("new", 1)]


def test_what_no_map_names_stands_in_a_stage_without_a_name(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "mystery", "ana"), queue=None)
    con = open_store_of(history.records, OFFICE)
    assert steps(con) == [(None, "new", 1), (None, "new", -1), (None, None, 1)]
    assert steps(open_store_of(history.records, OFFICE.split("[[stages]]")[0])) == [(None, None, 1)]
    assert steps(con, queue="infra") == []


def test_a_gone_ticket_leaves_and_keeps_its_past(history: History, open_store_of: Store) -> None:
    closed = ("12:00", "status", "closed", "ana")
    ticket_id = history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+in progress", "ana"), closed)
    history.records.append(Gone(ticket_id, utc("2026-11-02 12:00"), "deleted"))
    con = open_store_of(history.records, OFFICE)
    left = [("infra", "new", 1), ("infra", "new", -1), ("infra", "active", 1), ("infra", "active", -1)]
    assert steps(con) == left
    assert steps(con, "2026-11-02 12:00") == left[:3]


def test_a_ticket_gone_when_it_was_opened_never_stood_anywhere(history: History, open_store_of: Store) -> None:
    ticket_id = history.ticket(1, "2026-11-02 09:00")
    history.records.append(Gone(ticket_id, utc("2026-11-02 09:00"), "deleted"))
    assert steps(open_store_of(history.records, OFFICE)) == []


def test_a_window_is_half_open(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"))
    con = open_store_of(history.records, OFFICE)
    assert steps(con, since=utc("2026-11-02 09:00"), until=utc("2026-11-02 10:00")) == [("infra", "new", 1)]
    assert len(steps(con, since=utc("2026-11-02 10:00"))) == 2


def days_of(con: duckdb.DuckDBPyConnection, stage: str, **asked: Any) -> list[Any]:
    """Day of the month, tickets, arrivals and departures of one stage."""
    rows = daily(con, **asked).filter(stage=stage).select("day", "tickets", "arrivals", "departures").rows()
    return [(row[0].day, *row[1:]) for row in rows]


def test_a_day_has_what_stood_at_its_end_and_what_came_and_went(history: History, open_store_of: Store) -> None:
    """Monday two came and one was finished, Tuesday nothing, Wednesday one is reopened; at noon the day is not over."""
    history.ticket(1, "2026-11-02 09:00")
    history.ticket(
        2, "2026-11-02 09:00", ("15:00", "status", "closed", "a"), ("2026-11-04 09:00", "status", "open", "a")
    )
    con = open_store_of(history.records, OFFICE)
    asked = {"as_of": utc("2026-11-04 12:00")}
    assert days_of(con, "new", **asked) == [(2, 1, 2, 1), (3, 1, 0, 0), (4, 2, 1, 0)]
    assert days_of(con, "done", **asked) == [(2, 1, 1, 0), (3, 1, 0, 0), (4, 0, 0, 1)]
    assert daily(con, **asked).filter(stage="new")["is_complete"].to_list() == [True, True, False]
    assert daily(con, **asked)["stage"].unique().sort().to_list() == ["active", "done", "new", "triaged", "waiting"]


def test_days_of_a_window_count_what_came_before_but_not_as_arrivals(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    history.ticket(2, "2026-11-05 09:00")
    con = open_store_of(history.records, OFFICE)
    asked = {"as_of": utc("2026-11-30 00:00"), "since": utc("2026-11-03 12:00"), "until": utc("2026-11-06 00:00")}
    assert days_of(con, "new", **asked) == [(3, 1, 0, 0), (4, 1, 0, 0), (5, 2, 1, 0)]
    later = asked | {"since": utc("2026-12-03 12:00"), "until": None}
    assert days_of(con, "new", **later) == []


def test_a_move_between_queues_asked_about_is_no_arrival(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "queue", "access", "ana"))
    con = open_store_of(history.records, OFFICE)
    asked = {"as_of": utc("2026-11-03 00:00")}
    assert days_of(con, "new", **asked) == [(2, 1, 1, 0)]
    assert days_of(con, "new", queue="infra", **asked) == [(2, 0, 1, 1)]
    assert days_of(con, "new", queue="access", **asked) == [(2, 1, 1, 0)]


def test_a_day_of_berlin_has_25_hours_when_summer_time_ends(history: History, open_store_of: Store) -> None:
    """Sunday 25 October 2026 runs from Saturday 22:00 to Sunday 23:00 UTC."""
    for number, opened_at in enumerate(("24 21:59:59", "24 22:00", "25 22:59:59", "25 23:00")):
        history.ticket(number, f"2026-10-{opened_at}")
    con = open_store_of(history.records, OFFICE)
    assert days_of(con, "new", as_of=utc("2026-10-27 00:00"), zone=BERLIN)[:3] == [
        (24, 1, 1, 0),
        (25, 3, 2, 0),
        (26, 4, 1, 0),
    ]


def test_the_summary_is_the_sum_of_the_rows(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"))
    history.ticket(2, "2026-11-02 09:00", queue="access")
    rows = metrics.cumulative_flow(open_store_of(history.records, OFFICE), as_of=utc("2026-11-03 00:00"))
    assert summary(rows).rows() == [("access", "new", 1, 0, 1), ("infra", "done", 1, 0, 1), ("infra", "new", 1, 1, 0)]


def test_the_figure_stacks_the_stages_day_by_day(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("2026-11-04 10:00", "status", "closed", "ana"))
    history.ticket(2, "2026-11-02 09:00", ("2026-11-03 10:00", "status", "mystery", "ana"))
    drawn = figure(metrics.cumulative_flow(open_store_of(history.records, OFFICE), as_of=utc("2026-11-05 00:00")))
    lines = {trace.name: trace.y for trace in drawn.data}
    assert [trace.name for trace in drawn.data] == ["done", "waiting", "active", "triaged", "new", "not mapped"]
    assert (lines["done"], lines["new"], lines["not mapped"]) == ((0, 0, 1), (2, 1, 0), (0, 1, 1))
    assert drawn.data[0].x == tuple(date(2026, 11, n) for n in (2, 3, 4))
    assert drawn.layout.annotations[0].text == "n = 2 tickets"


def replayed(life: Life) -> list[Any]:
    """Entries and exits, walking along the moments: queue, instant, stage, change."""
    places = [(now.queue or None, life.stage(now), now.at) for now in life.moments]
    places = [place for place in places if life.gone_at is None or place[2] < life.gone_at]
    kept = [
        after for before, after in pairwise([None, *places]) if after and (before is None or before[:2] != after[:2])
    ]
    found = [(queue, moment, stage, 1) for queue, stage, moment in kept]
    found += [(before[0], after[2], before[1], -1) for before, after in pairwise(kept)]
    if life.gone_at and kept:
        found.append((kept[-1][0], life.gone_at, kept[-1][1], -1))
    return found


@EXAMPLES
@given(history=histories(), as_of=instants())
def test_rows_agree_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    names = "ticket_id, queue, occurred_at, stage, change"
    with opened(history.records, WORLD) as con:
        rows = metrics.cumulative_flow(con, as_of=as_of).project(names).fetchall()
    wanted = [(life.ticket.ticket_id, *row) for life in lives(SAID, history.records, as_of) for row in replayed(life)]
    assert_same(history, as_of, rows, wanted)


def standing(con: duckdb.DuckDBPyConnection, as_of: datetime, **asked: Any) -> Counter[str | None]:
    return Counter(metrics.ticket_state(con, as_of=as_of, **asked).pl()["stage"])


@EXAMPLES
@given(history=histories(), as_of=instants())
def test_every_days_end_foots_with_the_state_then(opened: Opened, history: History, as_of: datetime) -> None:
    with opened(history.records, WORLD) as con:
        for asked in ({}, {"queue": "infra"}, {"queue": ["access", "lost"]}):
            days = daily(con, as_of=as_of, zone=BERLIN, **asked)
            for (ends_at,), stages in days.group_by("ends_at"):
                state = standing(con, min(ends_at.replace(tzinfo=UTC), as_of), **asked)
                assert {row["stage"]: row["tickets"] for row in stages.to_dicts() if row["tickets"]} == state
            grown = days.with_columns(before=pl.col("tickets").shift(1, fill_value=0).over("stage", order_by="day"))
            assert (grown["before"] + grown["arrivals"] - grown["departures"] == grown["tickets"]).all()


@EXAMPLES
@given(history=histories(), as_of=instants())
def test_weeks_end_as_their_last_day_does_and_foot_with_wip(opened: Opened, history: History, as_of: datetime) -> None:
    weeks = Week.containing(as_of, BERLIN).through(4)
    with opened(history.records, WORLD) as con:
        table = weekly(con, as_of=as_of, weeks=weeks)
        for week in table.to_dicts():
            state = standing(con, min(week["ends_at"].replace(tzinfo=UTC), as_of))
            told = {name.removesuffix("_tickets"): n for name, n in week.items() if name.endswith("_tickets")}
            assert {name: n for name, n in told.items() if n} == {name or "unmapped": n for name, n in state.items()}
        [wip] = [metric for metric in metrics.catalogue() if metric.name == "wip"]
        assert wip.weekly
        work = wip.weekly(con, as_of=as_of, weeks=weeks)
        assert work["tickets"].to_list() == table["active_tickets"].to_list()
