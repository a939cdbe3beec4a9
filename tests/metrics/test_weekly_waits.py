"""Waits by week are what the rows of the week say, those still waiting included."""

from collections.abc import Callable
from datetime import datetime

import duckdb
import polars as pl
import pytest
from hypothesis import given

import metrics
from metrics.columns import relation
from metrics.distributions import kaplan_meier_median, nearest_rank
from metrics.weekly_waits import weekly_waits
from metrics.weeks import Week
from tests.conftest import History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, WORLD, histories, instants

BERLIN = "Europe/Berlin"
NAMES = ("begun", "over", "median", "p85", "p95")
Weekly = Callable[..., pl.DataFrame]
CATALOGUE = {metric.name: metric for metric in metrics.catalogue()}


def by_hand(rows: pl.DataFrame, began: str, over: str, week: Week) -> tuple[object, ...]:
    """Count, finished, and the three durations of one week, from all rows."""
    inside = rows.filter(
        pl.col(began).dt.replace_time_zone("UTC").is_between(week.starts_at, week.ends_at, closed="left")
    )
    is_over, waited = inside[over].is_not_null(), inside["waited_working_seconds"]
    done = waited.filter(is_over)
    return (
        len(inside),
        is_over.sum(),
        kaplan_meier_median(waited, is_over),
        nearest_rank(done, 85),
        nearest_rank(done, 95),
    )


@EXAMPLES
@given(history=histories(tickets=20, fewest=8), as_of=instants())
@pytest.mark.parametrize(
    ("weekly", "rows", "began", "over"),
    [
        (CATALOGUE["triage_latency"].weekly, metrics.triage_latency, "entered_at", "triaged_at"),
        (CATALOGUE["first_response"].weekly, metrics.first_response, "opened_at", "responded_at"),
    ],
    ids=["triage", "first word"],
)
def test_a_week_says_what_its_rows_say(
    opened: Opened, history: History, as_of: datetime, weekly: Weekly, rows: Weekly, began: str, over: str
) -> None:
    weeks = Week.containing(as_of, BERLIN).through(4)
    with opened(history.records, WORLD) as con:
        table, frame = weekly(con, as_of=as_of, weeks=weeks), rows(con, as_of=as_of).pl()
    assert [row[4:] for row in table.rows()] == [by_hand(frame, began, over, week) for week in weeks]
    assert table["week"].to_list() == [week.name for week in weeks]
    assert table["is_complete"].to_list() == [week.ends_at <= as_of for week in weeks]


@pytest.mark.parametrize("name", ["triage_latency", "first_response"])
def test_the_weeks_of_a_queue_leave_out_the_others(
    history: History, open_store_of: Callable[..., duckdb.DuckDBPyConnection], name: str
) -> None:
    history.ticket(1, "2026-11-02 09:00")
    history.ticket(2, "2026-11-02 09:00", queue="access")
    history.ticket(3, "2026-11-03 09:00", queue="access")
    con, weeks = open_store_of(history.records, WORLD), [Week.parse("2026-W45", BERLIN)]
    asked = {"as_of": utc("2026-11-09 00:00"), "weeks": weeks}
    counts = [CATALOGUE[name].weekly(con, **asked, queue=queue).row(0)[4] for queue in (None, "access", ["infra"])]
    assert counts == [3, 2, 1]


def waits(*told: tuple[str, float | None, bool]) -> pl.DataFrame:
    rows = [(utc(began).replace(tzinfo=None), waited, is_over) for began, waited, is_over in told]
    return pl.DataFrame(
        rows, schema={"began_at": pl.Datetime("us"), "waited": pl.Float64, "is_over": pl.Boolean}, orient="row"
    )


def told(*rows: tuple[str, float | None, bool]) -> tuple[object, ...]:
    weeks = Week.containing(utc("2026-11-04 12:00"), "UTC").through(1)
    frame = weekly_waits(relation(duckdb.connect(), waits(*rows)), weeks, utc("2026-11-09 00:00"), NAMES)
    return frame.select(NAMES).row(0)


def test_below_five_nothing_is_shown_and_at_five_the_median_is_the_third() -> None:
    monday = [("2026-11-02 09:00", float(n), True) for n in range(1, 6)]
    assert told(*monday[:4]) == (4, 4, None, None, None)
    assert told(*monday) == (5, 5, 3.0, 5.0, 5.0)


def test_who_still_waits_longer_moves_the_median_and_no_percentile_of_the_others() -> None:
    over = [("2026-11-02 09:00", float(n), True) for n in range(1, 6)]
    still = [("2026-11-02 09:00", 2.5, False), ("2026-11-02 09:00", 2.5, False)]
    # At risk at 3: five of seven minus the two done minus the two that were last seen at 2.5 → 5/7 · 2/3 = 0.48.
    assert told(*over, *still) == (7, 5, 3.0, 5.0, 5.0)
    early = [("2026-11-02 09:00", 0.5, False)] * 5
    assert told(*over, *early) == (10, 5, 3.0, 5.0, 5.0)
    assert told(*over, *[("2026-11-02 09:00", 9.0, False)] * 5) == (10, 5, 5.0, 5.0, 5.0)


def test_a_wait_without_a_calendar_is_counted_and_has_no_length() -> None:
    assert told(*[("2026-11-02 09:00", None, True)] * 6) == (6, 6, None, None, None)


def test_the_week_ends_where_the_next_begins() -> None:
    assert told(("2026-11-01 23:59:59", 1.0, True), ("2026-11-09 00:00", 1.0, True))[:2] == (0, 0)
    assert told(("2026-11-02 00:00", 1.0, True), ("2026-11-08 23:59:59", 1.0, True))[:2] == (2, 2)
