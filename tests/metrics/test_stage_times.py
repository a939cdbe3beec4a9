"""Time in each stage, cycle time and lead time."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given

import metrics
from metrics.reopen_cycles import cycle_times, lead_times
from metrics.stage_times import STAGES, figure, summary, weekly
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, SAID, WORLD, Life, assert_same, histories, instants, lives, naive
from tests.metrics.wip_oracle import ACTIONS, lasting

Store = Callable[..., duckdb.DuckDBPyConnection]
HOUR = 3600.0
BOARD = OFFICE.replace('["github", "github-labels"]', '["github", "github-labels", "github-board"]')
WORKED = [
    ("10:00", "label", "+triaged", "ana"),
    ("12:00", "label", "+in progress", "ana"),
    ("15:00", "label", "+waiting", "ana"),
    ("19:00", "label", "-waiting", "ana"),
    ("20:00", "status", "closed", "ana"),
]
LATER = utc("2026-11-30 00:00")


def rows_of(con: duckdb.DuckDBPyConnection, as_of: datetime = LATER, **asked: Any) -> list[dict[str, Any]]:
    return metrics.stage_times(con, as_of=as_of, **asked).pl().to_dicts()


def hours(row: dict[str, Any]) -> dict[str, float]:
    """Hours in each stage that the ticket spent any time in."""
    return {name: row[f"{name}_seconds"] / HOUR for name in STAGES if row[f"{name}_seconds"]}


def test_each_stage_has_its_time_and_together_they_are_the_time_open(history: History, open_store_of: Store) -> None:
    """Opened at 9, triaged at 10, in work from 12, waiting from 15 to 19, closed at 20."""
    history.ticket(1, "2026-11-02 09:00", *WORKED)
    [row] = rows_of(open_store_of(history.records, OFFICE))
    assert hours(row) == {"new": 1, "triaged": 2, "active": 4, "waiting": 4}
    assert (row["open_seconds"], row["lead_seconds"], row["cycle_seconds"]) == (11 * HOUR, 11 * HOUR, 8 * HOUR)
    assert row["flow_efficiency"] == 0.4
    assert (row["is_finished"], row["last_done_at"]) == (True, naive(utc("2026-11-02 20:00")))
    assert row["first_active_at"] == naive(utc("2026-11-02 12:00"))


def test_what_is_open_has_lasted_so_far_and_has_no_end(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", *WORKED)
    [row] = rows_of(open_store_of(history.records, OFFICE), utc("2026-11-02 14:00"))
    assert hours(row) == {"new": 1, "triaged": 2, "active": 2}
    assert [row[name] for name in ("last_done_at", "cycle_seconds", "lead_seconds")] == [None] * 3
    assert (row["is_finished"], row["cycle_lasted_seconds"], row["lead_lasted_seconds"]) == (False, 2 * HOUR, 5 * HOUR)


def test_a_ticket_never_active_has_no_cycle_time(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"))
    [row] = rows_of(open_store_of(history.records, OFFICE))
    assert (row["lead_seconds"], row["cycle_seconds"], row["cycle_lasted_seconds"]) == (HOUR, None, None)
    assert (row["first_active_at"], row["flow_efficiency"]) == (None, None)


def test_a_ticket_closed_in_the_second_it_was_opened_took_no_time(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("09:00", "label", "+in progress", "a"), ("09:00", "status", "closed", "a"))
    [row] = rows_of(open_store_of(history.records, OFFICE))
    assert (row["lead_seconds"], row["cycle_seconds"], row["open_seconds"]) == (0.0, 0.0, 0.0)


def test_closed_in_between_is_in_no_stage_but_in_cycle_and_lead(history: History, open_store_of: Store) -> None:
    """Closed from 11 to 13; active from 10 to 11 and, as the label was left, from 13 to 14."""
    again = [("13:00", "status", "open", "a"), ("14:00", "status", "closed", "a")]
    history.ticket(
        1, "2026-11-02 09:00", ("10:00", "label", "+in progress", "a"), ("11:00", "status", "closed", "a"), *again
    )
    con = open_store_of(history.records, OFFICE)
    [row] = rows_of(con)
    assert hours(row) == {"new": 1, "active": 2}
    assert (row["open_seconds"], row["cycle_seconds"], row["lead_seconds"]) == (3 * HOUR, 4 * HOUR, 5 * HOUR)
    [open_again] = rows_of(con, utc("2026-11-02 13:30"))
    assert (open_again["is_finished"], open_again["last_done_at"]) == (False, None)


def test_a_done_column_does_not_finish_an_open_ticket(history: History, open_store_of: Store) -> None:
    """In the Done column from 10 on, but closed at 12 only."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "column", "Done", "ana"), ("12:00", "status", "closed", "ana"))
    con = open_store_of(history.records, BOARD)
    [row] = rows_of(con)
    assert hours(row) == {"new": 1, "done": 2}
    assert row["lead_seconds"] == 3 * HOUR
    [still_open] = rows_of(con, utc("2026-11-02 11:00"))
    assert still_open["is_finished"] is False


def test_time_that_no_map_names_stands_by_itself(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "mystery", "a"), ("12:00", "status", "closed", "a"))
    [row] = rows_of(open_store_of(history.records, OFFICE))
    assert hours(row) == {"new": 1, "unmapped": 2}
    [unconfigured] = rows_of(open_store_of(history.records, OFFICE.split("[[stages]]")[0]), utc("2026-11-02 19:00"))
    assert hours(unconfigured) == {"unmapped": 10}


def test_the_queue_is_where_it_was_done_or_is(history: History, open_store_of: Store) -> None:
    moved = ("11:00", "queue", "access", "ana")
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"), moved)
    history.ticket(2, "2026-11-02 09:01", moved, ("12:00", "status", "closed", "ana"))
    history.ticket(3, "2026-11-02 09:02", moved)
    history.ticket(4, "2026-11-02 09:03", queue=None)
    con = open_store_of(history.records, OFFICE)
    assert [row["queue"] for row in rows_of(con)] == ["infra", "access", "access", None]
    assert [row["key"] for row in rows_of(con, queue="infra")] == ["infra#1"]


def test_a_window_is_of_openings(history: History, open_store_of: Store) -> None:
    for number, minute in enumerate(("08:59:59", "09:00", "09:59:59", "10:00")):
        history.ticket(number, f"2026-11-02 {minute}")
    con = open_store_of(history.records, OFFICE)
    rows = rows_of(con, since=utc("2026-11-02 09:00"), until=utc("2026-11-02 10:00"))
    assert [row["key"] for row in rows] == ["infra#1", "infra#2"]


@pytest.fixture
def week(history: History, open_store_of: Store) -> duckdb.DuckDBPyConnection:
    """Five finished on Monday after 1 to 5 hours, active for all but the first of them; one still open, active at 9:00.
    Two more are closed at the ends of the week."""
    active = ("10:00", "label", "+in progress", "a")
    for number in range(1, 6):
        history.ticket(number, "2026-11-02 09:00", active, (f"{9 + number}:00", "status", "closed", "a"))
    history.ticket(6, "2026-11-02 09:00", ("09:00", "label", "+in progress", "a"))
    history.ticket(7, "2026-11-01 09:00", ("2026-11-01 23:59:59", "status", "closed", "a"))
    history.ticket(8, "2026-11-08 09:00", ("2026-11-09 00:00:00", "status", "closed", "a"))
    return open_store_of(history.records, OFFICE)


def test_a_week_is_of_what_was_finished_in_it(week: duckdb.DuckDBPyConnection) -> None:
    """Leads of 1 to 5 hours: median 3, p85 5. Active for 0 to 4 hours, of one active moment each, all of it work."""
    rows = weekly(week, as_of=utc("2026-11-10 00:00"), weeks=Week.parse("2026-W46", "UTC").through(3))
    assert rows["finished_tickets"].to_list() == [1, 5, 1]
    assert rows["finished_cycles"].to_list() == [0, 5, 0]
    assert rows["is_complete"].to_list() == [True, True, False]
    told = rows.row(1, named=True)
    assert [told[f"p{p}_finished_lead_seconds"] for p in (50, 85)] == [3 * HOUR, 5 * HOUR]
    assert [told[f"p{p}_finished_cycle_seconds"] for p in (50, 85)] == [2 * HOUR, 4 * HOUR]
    assert told["flow_efficiency"] == 1.0
    assert rows.row(0, named=True)["p50_finished_lead_seconds"] is None


def test_the_summary_counts_the_open_as_lasting_at_least_as_long(week: duckdb.DuckDBPyConnection) -> None:
    """At 14:30 on Monday: leads 1 to 5 h and 5.5 h so far; cycles 0 to 4 h and 5.5 h so far. Half by the third."""
    rows = metrics.stage_times(week, as_of=utc("2026-11-02 14:30"), since=utc("2026-11-02 00:00"))
    [told] = summary(rows).to_dicts()
    assert (told["tickets"], told["finished_tickets"], told["active_tickets"]) == (6, 5, 6)
    assert (told["median_lead_seconds"], told["median_cycle_seconds"]) == (3 * HOUR, 2 * HOUR)
    assert (told["p85_finished_lead_seconds"], told["p95_finished_cycle_seconds"]) == (5 * HOUR, 4 * HOUR)
    assert (told["new_seconds"], told["active_seconds"], told["open_seconds"]) == (5 * HOUR, 15.5 * HOUR, 20.5 * HOUR)


def test_efficiency_is_pooled_not_averaged(history: History, open_store_of: Store) -> None:
    """One hour of work and nine of waiting, and one hour of work: 2 of 11 hours, though the average is 55 %."""
    active = ("09:00", "label", "+in progress", "a")
    history.ticket(
        1, "2026-11-02 09:00", active, ("10:00", "label", "+waiting", "a"), ("19:00", "status", "closed", "a")
    )
    history.ticket(2, "2026-11-02 09:00", active, ("10:00", "status", "closed", "a"))
    con = open_store_of(history.records, OFFICE)
    assert [row["flow_efficiency"] for row in rows_of(con)] == [0.1, 1.0]
    assert summary(metrics.stage_times(con, as_of=LATER))["flow_efficiency"].to_list() == [2 / 11]
    weeks = weekly(con, as_of=LATER, weeks=[Week.parse("2026-W45", "UTC")])
    assert weeks["flow_efficiency"].to_list() == [2 / 11]


def test_the_figure_shows_all_tickets_together(history: History, open_store_of: Store) -> None:
    for number in (1, 2):
        history.ticket(number, "2026-11-02 00:00", ("2026-11-03 00:00", "label", "+triaged", "ana"))
    drawn = figure(metrics.stage_times(open_store_of(history.records, OFFICE), as_of=utc("2026-11-03 12:00")))
    assert drawn.data[0].x[:2] == ("new", "triaged")
    assert drawn.data[0].y[:2] == (2.0, 1.0)
    assert drawn.layout.annotations[0].text == "n = 2 tickets"


def replayed(life: Life) -> tuple[Any, ...]:
    """What the metric tells of one ticket, walking along its moments."""
    spent = dict.fromkeys(STAGES, 0.0)
    active, closed_at = [], None
    for now, start, end in lasting(life):
        stage = life.stage(now) or "unmapped"
        if now.is_open:
            spent[stage] += (min(end, life.as_of) - start).total_seconds()
        if stage == "active":
            active.append(start)
    last = life.moments[-1]
    closed_at = last.closed_at if not last.is_open else None
    first, end = min(active, default=None), closed_at or life.as_of
    cycle = (end - first).total_seconds() if first else None
    lead = (end - naive(life.ticket.opened_at)).total_seconds()
    queue = [now.queue for now in life.moments if closed_at is None or now.closed_at != closed_at or now.is_open]
    finished = [now.queue for now in life.moments if closed_at and not now.is_open and now.closed_at == closed_at]
    worked = spent["active"] + spent["waiting"] + spent["triaged"]
    return (
        life.ticket.ticket_id,
        (queue[-1] if closed_at is None else _first_of_the_last(life, finished)) or None,
        first,
        closed_at,
        *(spent[name] for name in STAGES),
        sum(spent.values()),
        cycle if closed_at else None,
        lead if closed_at else None,
        cycle,
        lead,
        spent["active"] / worked if worked else None,
    )


def _first_of_the_last(life: Life, queues: list[str]) -> str:
    """The queue at the closing: the first moment of the last run of closed ones."""
    run = []
    for now in reversed(life.moments):
        if now.is_open:
            break
        run.append(now.queue)
    return run[-1] if queues else ""


@EXAMPLES
@given(history=histories(actions=ACTIONS), as_of=instants())
def test_rows_agree_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    columns = ["ticket_id", "queue", "first_active_at", "last_done_at", *(f"{name}_seconds" for name in STAGES)]
    columns += ["open_seconds", "cycle_seconds", "lead_seconds", "cycle_lasted_seconds", "lead_lasted_seconds"]
    with opened(history.records, WORLD) as con:
        rows = metrics.stage_times(con, as_of=as_of).project(", ".join([*columns, "flow_efficiency"])).fetchall()
    wanted = [replayed(life) for life in lives(SAID, history.records, as_of) if life.is_live()]
    assert_same(history, as_of, rows, wanted)


@EXAMPLES
@given(history=histories(actions=ACTIONS), as_of=instants())
def test_times_foot_with_the_cycles_and_the_weeks_with_the_rows(
    opened: Opened, history: History, as_of: datetime
) -> None:
    with opened(history.records, WORLD) as con:
        rows, cycles = metrics.stage_times(con, as_of=as_of), metrics.reopen_cycles(con, as_of=as_of)
        frame, weeks = rows.pl(), weekly(con, as_of=as_of, weeks=Week.containing(as_of, "UTC").through(5))
        [summed] = summary(rows).to_dicts()
        times = {name: lead_times(cycles, name) for name in ("sum", "last")}  # type: ignore[arg-type]
        worked = cycle_times(cycles)
    opens = dict(frame.select("ticket_id", "open_seconds").rows())
    assert dict(times["sum"].select("ticket_id", "lead_seconds").rows()) == opens
    told = frame.select("ticket_id", "lead_lasted_seconds", "is_finished").rows()
    assert sorted(times["last"].select("ticket_id", "lead_seconds", "is_finished").rows()) == sorted(told)
    started = frame.filter(frame["first_active_at"].is_not_null())
    told = started.select("ticket_id", "cycle_lasted_seconds", "is_finished").rows()
    assert sorted(worked.select("ticket_id", "cycle_seconds", "is_finished").rows()) == sorted(told)
    assert summed["open_seconds"] == sum(summed[f"{name}_seconds"] for name in STAGES)
    assert weeks["finished_tickets"].sum() == summed["finished_tickets"] == frame["is_finished"].sum()
