"""Bands: at what age tickets leave each stage, and how much longer those take that have not."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
from ingest.records import Gone
from ingest.store import Settle
from metrics import facts
from metrics.aging_bands import bands, figure, summary
from metrics.distributions import kaplan_meier_median, kaplan_meier_percentiles, nearest_rank
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import (
    EXAMPLES,
    SAID,
    WORLD,
    Life,
    assert_same,
    calendar_at,
    calendar_of,
    histories,
    instants,
    lives,
    naive,
    working_seconds,
)

Store = Callable[..., duckdb.DuckDBPyConnection]
HOUR = 3600.0


def items(con: duckdb.DuckDBPyConnection, as_of: str, **asked: Any) -> list[tuple[Any, ...]]:
    columns = "key, stage, entered_at, left_at, has_left, age_seconds / 3600, entry_age_seconds / 3600"
    rows = metrics.aging_bands(con, as_of=utc(as_of), **asked).select(columns).fetchall()
    return [(key, stage, *(m and f"{m:%m-%d %H}" for m in (a, b)), *more) for key, stage, a, b, *more in rows]


def test_each_stage_left_and_the_one_still_held_has_a_row(history: History, open_store_of: Store) -> None:
    changes = [("10:00", "label", "+in progress", "ana"), ("13:00", "label", "+waiting", "ana")]
    history.ticket(1, "2026-11-02 09:00", *changes)
    assert items(open_store_of(history.records), "2026-11-02 18:00") == [
        ("infra#1", "new", "11-02 09", "11-02 10", True, 1, 0),
        ("infra#1", "active", "11-02 10", "11-02 13", True, 4, 0),
        ("infra#1", "waiting", "11-02 13", None, False, 9, 0),
    ]


def test_a_stage_returned_to_has_not_been_left(history: History, open_store_of: Store) -> None:
    """Active, waiting, active again: left for the last time at 16:00, seven hours after the opening. At the instant at
    which it leaves or comes back, neither has happened."""
    changes = [
        *[("10:00", "label", "+in progress", "ana"), ("12:00", "label", "+waiting", "ana")],
        *[("14:00", "label", "-waiting", "ana"), ("16:00", "status", "closed", "ana")],
    ]
    history.ticket(1, "2026-11-02 09:00", *changes)
    con = open_store_of(history.records)
    active = [
        row[2:6] for at in (12, 13, 14, 15, 18) for row in items(con, f"2026-11-02 {at}:00") if row[1] == "active"
    ]
    assert active == [
        ("11-02 10", None, False, 3),
        ("11-02 10", "11-02 12", True, 3),
        ("11-02 10", "11-02 12", True, 3),
        ("11-02 10", None, False, 6),
        ("11-02 10", "11-02 16", True, 7),
    ]


def test_done_the_gone_and_stages_of_no_duration_are_left_out(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"), ("11:00", "status", "open", "ana"))
    gone = history.ticket(2, "2026-11-02 09:00", ("10:00", "label", "+in progress", "ana"))
    history.records.append(Gone(gone, utc("2026-11-02 12:00"), "deleted"))
    flash = [("10:00", "label", "+in progress", "ana"), ("10:00", "label", "-in progress", "ana")]
    history.ticket(3, "2026-11-02 09:00", *flash, ("11:00", "status", "mystery", "ana"))
    con = open_store_of(history.records)
    assert [row[:4] for row in items(con, "2026-11-02 13:00")] == [
        ("infra#3", "new", "11-02 09", "11-02 11"),
        ("infra#1", "new", "11-02 09", None),
    ]
    assert [row[0] for row in items(con, "2026-11-02 12:00")].count("infra#2") == 2


@pytest.mark.parametrize(("left", "is_counted"), [("2026-11-02 11:59:59", False), ("2026-11-02 12:00:00", True)])
def test_the_window_begins_so_many_days_before_the_instant(
    history: History, open_store_of: Store, left: str, is_counted: bool
) -> None:
    history.ticket(1, "2026-11-01 12:00", (left, "status", "closed", "ana"))
    con = open_store_of(history.records)
    assert len(items(con, "2026-11-12 12:00", days=10)) == is_counted
    assert len(items(con, "2026-11-12 12:00")) == 1
    assert len(items(con, "2027-01-31 12:00")) == is_counted  # ninety days, when nothing is said
    assert bands(con, as_of=utc("2027-01-31 12:00"))["left_tickets"].to_list() == [1] * (4 * is_counted)


def test_old_tickets_are_watched_from_the_age_they_had_when_the_window_began(
    history: History, open_store_of: Store
) -> None:
    """Two days old when it began; whether it was in the stage by then makes no difference."""
    history.ticket(1, "2026-11-01 12:00", ("2026-11-04 12:00", "label", "+in progress", "ana"))
    rows = items(open_store_of(history.records), "2026-11-05 12:00", days=2)
    assert [(row[1], row[5], row[6]) for row in rows] == [("new", 72, 48), ("active", 96, 48)]


def test_a_ticket_that_changes_queues_within_a_stage_is_in_one_queue_at_a_time(
    history: History, open_store_of: Store
) -> None:
    changes = [("10:00", "queue", "access", "ana"), ("12:00", "label", "+in progress", "ana")]
    history.ticket(1, "2026-11-02 09:00", *changes)
    con = open_store_of(history.records)
    for at, found in (
        ("10:00:00", [("new", "infra")]),
        ("10:00:01", [("new", "access")]),
        ("12:00:00", [("new", "access")]),
        ("12:00:01", [("new", "access"), ("active", "access")]),
    ):
        rows = metrics.aging_bands(con, as_of=utc(f"2026-11-02 {at}"))
        assert rows.project("stage, queue").fetchall() == found


def test_of_a_ticket_with_a_history_from_before_its_opening_nothing_is_known_until_then(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 09:00", ("2026-11-01 09:00", "label", "+in progress", "ana"))
    con = open_store_of(history.records)
    assert [len(items(con, f"2026-11-02 {at}")) > 0 for at in ("08:59:59", "09:00:00", "09:00:01")] == [
        False,
        False,
        True,
    ]


def test_a_ticket_that_left_is_of_the_queue_it_was_in_then(history: History, open_store_of: Store) -> None:
    """Moved an hour after it left the stage; one that was moved by leaving it is of the queue it came from."""
    moved = ("11:00", "queue", "access", "ana")
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+waiting", "ana"), moved)
    history.ticket(2, "2026-11-02 09:00", moved, ("11:00", "label", "+waiting", "ana"))
    con = open_store_of(history.records)
    by_queue = {
        queue: [row[:2] for row in items(con, "2026-11-02 12:00", queue=queue)] for queue in ("infra", "access")
    }
    assert by_queue == {
        "infra": [("infra#1", "new"), ("infra#2", "new")],
        "access": [("infra#1", "waiting"), ("infra#2", "waiting")],
    }
    worked = metrics.aging_bands(con, as_of=utc("2026-11-02 12:00")).select("age_working_seconds / 3600").fetchall()
    assert worked == [(1,), (2,), (None,), (None,)]


def test_working_ages_run_on_the_calendar_of_the_opening(history: History, open_store_of: Store) -> None:
    """Opened Friday 15:00 and closed Monday 10:00: three hours, though Mondays begin later from that midnight on.

    Two of them had passed when the window began on Saturday. Opened at that midnight and closed at 13:00: one hour.
    """
    later = '[[calendar]]\nname = "office"\nvalid_from = 2026-11-09\nzone = "UTC"\nhours = { mon = ["12:00-17:00"] }\n'
    history.ticket(1, "2026-11-06 15:00", ("2026-11-09 10:00", "status", "closed", "ana"))
    history.ticket(2, "2026-11-09 00:00", ("2026-11-09 13:00", "status", "closed", "ana"))
    con = open_store_of(history.records, OFFICE + later)
    rows = metrics.aging_bands(con, as_of=utc("2026-11-09 17:00"), days=2)
    worked = rows.select("key, age_working_seconds / 3600, entry_age_working_seconds / 3600").fetchall()
    assert worked == [("infra#1", 3, 2), ("infra#2", 1, 0)]


def test_the_working_age_of_whoever_stays_is_that_of_the_instant(history: History, open_store_of: Store) -> None:
    """One leaves on the next day, which nobody knows yet, and one never does."""
    history.ticket(1, "2026-11-02 09:00", ("2026-11-03 12:00", "status", "closed", "ana"))
    history.ticket(2, "2026-11-02 10:00")
    rows = metrics.aging_bands(open_store_of(history.records), as_of=utc("2026-11-02 12:00"))
    ages = rows.select("key, age_working_seconds / 3600, entry_age_working_seconds").fetchall()
    assert ages == [("infra#1", 3, 0), ("infra#2", 2, 0)]


def test_rows_come_as_the_tickets_left_and_of_one_instant_by_ticket(history: History, open_store_of: Store) -> None:
    history.ticket(3, "2026-11-02 09:00")
    history.ticket(
        2, "2026-11-02 09:00", ("10:00", "label", "+in progress", "ana"), ("12:00", "status", "closed", "ana")
    )
    history.ticket(1, "2026-11-02 09:00", ("12:00", "status", "closed", "ana"))
    rows = items(open_store_of(history.records), "2026-11-02 13:00")
    assert [row[:2] for row in rows] == [
        ("infra#2", "new"),
        ("infra#1", "new"),
        ("infra#2", "active"),
        ("infra#3", "new"),
    ]


def test_bands_are_the_ages_by_which_so_many_had_left(history: History, open_store_of: Store) -> None:
    """Left after 1 to 10 hours; ten more have waited for 9 hours and do not show among those that left."""
    for number in range(1, 11):
        history.ticket(number, "2026-11-02 00:00", (f"{number:02}:00", "status", "closed", "ana"))
    for number in range(11, 21):
        history.ticket(number, "2026-11-02 02:00")
    rows = metrics.aging_bands(open_store_of(history.records), as_of=utc("2026-11-02 11:00"))
    bands = summary(rows)
    assert bands.select("stage", "percent", "left_tickets", "staying_tickets").rows() == [
        ("new", percent, 10, 10) for percent in (50, 70, 85, 95)
    ]
    assert (bands["age_seconds"] / HOUR).to_list() == [5, 7, 9, 10]
    # Of twenty, nine left by the ninth hour; the tenth was the last one watched beyond it.
    assert (bands["survival_age_seconds"].drop_nulls() / HOUR).to_list() == [10, 10, 10, 10]
    assert (bands["age_working_seconds"] / HOUR).to_list() == [0, 0, 0, 1]


def test_few_tickets_make_no_band(history: History, open_store_of: Store) -> None:
    """Four left and one stays: no percentile of four; of five, four fifths had left by the fourth hour."""
    for number in range(1, 5):
        history.ticket(number, "2026-11-02 00:00", (f"0{number}:00", "status", "closed", "ana"))
    history.ticket(5, "2026-11-02 00:00")
    bands = summary(metrics.aging_bands(open_store_of(history.records), as_of=utc("2026-11-02 06:00")))
    assert bands["age_seconds"].to_list() == [None] * 4
    assert bands["survival_age_seconds"].to_list() == [3 * HOUR, 4 * HOUR, None, None]


def test_stages_come_in_their_order_and_only_where_there_are_tickets(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+waiting", "ana"), ("11:00", "label", "-waiting", "ana"))
    bands = summary(metrics.aging_bands(open_store_of(history.records), as_of=utc("2026-11-02 12:00")))
    assert bands["stage"].unique(maintain_order=True).to_list() == ["new", "waiting"]
    assert bands.select("left_tickets", "staying_tickets").unique(maintain_order=True).rows() == [(0, 1), (1, 0)]


def test_the_figure_marks_the_bands_in_days(history: History, open_store_of: Store) -> None:
    for number in range(1, 6):
        history.ticket(number, "2026-11-02 00:00", (f"2026-11-0{2 + number} 00:00", "status", "closed", "ana"))
    rows = metrics.aging_bands(open_store_of(history.records), as_of=utc("2026-11-09 00:00"))
    left, survival = figure(rows).data
    assert list(left.y) == [3, 4, 5, 5] == list(survival.y)
    assert list(left.x) == ["new"] * 4
    assert list(left.hovertext) == [f"{percent} % by this age" for percent in (50, 70, 85, 95)]
    assert "n = 5 tickets" in figure(rows).to_json()


# --- Kaplan–Meier with delayed entry ----------------------------------------------------------------


def survival(
    durations: Sequence[float], finished: Sequence[bool], percent: int, entries: Sequence[float]
) -> float | None:
    """Step by step: who is there to leave, who leaves, how many are left."""
    people = [(entry or -1.0, *rest) for entry, *rest in zip(entries, durations, finished, strict=True)]
    people = [person for person in people if person[0] < person[1]]
    share, has_begun = 1.0, False
    if len(people) < 5:
        return None
    for age in sorted({duration for _, duration, _ in people}):
        there = [p for p in people if p[0] < age <= p[1]]
        has_begun = has_begun or len(there) >= 5
        if has_begun:
            share *= 1 - sum(p[1] == age and p[2] for p in there) / len(there)
        if has_begun and share <= 1 - percent / 100 + 1e-9:
            return age
    return None


WATCHED = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12), st.booleans()).map(lambda t: (float(t[0]), float(t[1]), t[2])),
    max_size=25,
)
PERCENTS = st.sampled_from([1, 5, 50, 70, 85, 95, 99, 100])


@given(watched=WATCHED, percent=PERCENTS)
def test_survival_agrees_with_counting_who_is_there(watched: list[tuple[float, float, bool]], percent: int) -> None:
    entries, durations, finished = ([row[n] for row in watched] for n in range(3))
    columns = pl.Series(durations, dtype=pl.Float64), pl.Series(finished, dtype=pl.Boolean)
    [told] = kaplan_meier_percentiles(*columns, [percent], pl.Series(entries, dtype=pl.Float64))
    assert told == survival(durations, finished, percent, entries)
    [told] = kaplan_meier_percentiles(*columns, [percent])
    assert told == survival(durations, finished, percent, [0.0] * len(durations))
    if percent == 50:
        assert told == kaplan_meier_median(*columns)


@given(durations=st.lists(st.integers(0, 50).map(float), max_size=60), percent=st.integers(1, 100))
def test_where_all_have_left_and_all_were_watched_survival_is_nearest_rank(
    durations: list[float], percent: int
) -> None:
    column = pl.Series(durations, dtype=pl.Float64)
    everybody = pl.repeat(True, len(durations), eager=True)
    assert kaplan_meier_percentiles(column, everybody, [percent]) == [nearest_rank(column, percent)]


def test_the_curve_begins_where_five_are_there_to_leave() -> None:
    """The first to leave was one of two: it halves nothing. Then five enter, of whom one leaves an hour."""
    ages, entries = pl.Series([1.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]), pl.Series([0.0, 0.0, 2.0, 2.0, 2.0, 2.0, 2.0])
    gone = pl.Series([True, False, True, True, True, True, True])
    assert kaplan_meier_percentiles(ages, gone, (20, 50, 100), entries) == [6.0, 8.0, 10.0]


def test_what_ended_at_once_was_watched_and_what_ended_before_the_watch_was_not() -> None:
    """Four of six closed out of hours, in no working time at all; the seventh had left before anybody looked."""
    ages, entries = pl.Series([0.0, 0.0, 0.0, 0.0, 3.0, 4.0, 1.0]), pl.Series([0.0] * 6 + [1.0])
    gone = pl.Series([True] * 7)
    assert kaplan_meier_percentiles(ages, gone, (50, 66, 67, 84), entries) == [0, 0, 3, 4]


# --- Against a plain replay -------------------------------------------------------------------------


def stage_runs(life: Life) -> list[tuple[str | None, datetime, datetime | None]]:
    """Stage, since, until, as the clock showed each second."""
    moments = sorted({now.at for now in life.moments})
    return [(life.stage(life.until(at)), at, after) for at, after in pairwise([*moments, None]) if at]


def plain_items(life: Life, since: datetime) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    opened_at = naive(life.ticket.opened_at)
    for stage in ("new", "triaged", "active", "waiting"):
        runs = [(start, end) for held, start, end in stage_runs(life) if held == stage]
        left_at = runs[-1][1] if runs else None
        if not runs or (left_at and left_at < since):
            continue
        reached_at = left_at or life.as_of
        queue = life.until(reached_at, inclusive=False).queue
        calendar = calendar_at(SAID, calendar_of(SAID, queue), opened_at)
        row: tuple[Any, ...] = (life.ticket.ticket_id, queue or None, stage, runs[0][0], left_at, left_at is not None)
        for end in (reached_at, max(opened_at, since)):
            worked = working_seconds(calendar, opened_at, end) if calendar else None
            row += ((end - opened_at).total_seconds(), worked)
        rows.append(row)
    return rows


@EXAMPLES
@given(
    history=histories(),
    as_of=instants(),
    days=st.sampled_from([1, 4, 90]),
    settle=st.sampled_from([None, facts.settle]),
)
def test_items_agree_with_a_plain_replay(
    opened: Opened, history: History, as_of: datetime, days: int, settle: Settle | None
) -> None:
    with opened(history.records, WORLD, settle) as con:
        rows = metrics.aging_bands(con, as_of=as_of, days=days)
        assert bands(con, as_of=as_of, days=days).equals(summary(rows))
        got = [(row[0], *row[2:]) for row in rows.fetchall()]
        medians = summary(rows).filter(percent=50)
        open_now = metrics.aging(con, as_of=as_of).filter("stage <> 'done'").select("ticket_id, stage").fetchall()
    since = naive(as_of) - timedelta(days=days)
    told = [life for life in lives(SAID, history.records, as_of) if life.is_live()]
    assert_same(history, as_of, got, [row for life in told for row in plain_items(life, since)])
    assert sorted((row[0], row[2]) for row in got if not row[5]) == sorted(open_now)
    assert medians["left_tickets"].sum() + medians["staying_tickets"].sum() == len(got)
