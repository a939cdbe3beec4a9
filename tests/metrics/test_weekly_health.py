"""One made-up week, Monday 2 November 2026, for a team open 09:00 to 17:00 UTC: every figure counted by hand.

Known by then: two tickets of the week before, one left open; four of the week itself.
"""

import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import polars as pl
import pytest

from ingest.records import Event
from metrics.weekly_health import RowSet, WeeklyHealth, broken_promises, weekly_health, weekly_list
from metrics.weekly_series import Limits
from metrics.weeks import Week

Open = Callable[..., duckdb.DuckDBPyConnection]
WEEK = Week(date(2026, 11, 2), "UTC")
MONDAY_AFTER = "2026-11-09T08:00Z"
NOTHING_PROMISED = """
[[calendar]]
name = "office"
zone = "UTC"
[calendar.hours]
mon = ["09:00-17:00"]

[[team]]
name = "infra"
calendar = "office"
queues = ["infra"]

[[stages]]
presets = ["github"]
[[priorities]]
"""


def tell(history: Any) -> Any:
    """Before: #1 closed, #2 triaged in time and open. In the week: #3 in time, #4 late, #5 reopened, #6 untriaged."""
    history.ticket(
        1, "2026-10-26 09:00", ("10:00", "label", "+bug", "ana"), ("2026-10-28 10:00", "status", "closed", "ana")
    )
    history.ticket(2, "2026-10-27 09:00", ("10:00", "label", "+bug", "ana"))
    history.ticket(
        3, "2026-11-02 09:00", ("11:00", "label", "+bug", "ana"), ("2026-11-03 10:00", "status", "closed", "ana")
    )
    history.ticket(4, "2026-11-03 09:00", ("10:00", "comment", "on it", "ana"), ("15:00", "label", "+bug", "ana"))
    history.ticket(
        5, "2026-11-04 09:00", ("10:00", "label", "+bug", "ana"), ("11:00", "status", "closed", "ana"),
        ("2026-11-05 11:00", "status", "open", "asker"),
    )  # fmt: skip
    history.ticket(6, "2026-11-06 09:00", title="<b>Help</b>", author="asker")
    return history.records


def ask(con: duckdb.DuckDBPyConnection, as_of: str = MONDAY_AFTER, week: Week = WEEK) -> WeeklyHealth:
    return weekly_health(con, as_of=as_of, week=week, team="infra")


def rows(con: duckdb.DuckDBPyConnection, health: WeeklyHealth, name: str, most: int = 10_000) -> RowSet:
    return weekly_list(con, question=health.question, name=name, most=most)


@pytest.fixture
def con(history: Any, open_store_of: Open) -> duckdb.DuckDBPyConnection:
    return open_store_of(tell(history), data_until="2026-11-09 08:00")


@pytest.fixture
def health(con: duckdb.DuckDBPyConnection) -> WeeklyHealth:
    return ask(con)


def tile(health: WeeklyHealth, name: str) -> Any:
    return next(tile for tile in health.tiles if tile.name == name)


def test_what_came_and_went_is_counted_with_reopenings(health: WeeklyHealth) -> None:
    assert [tile(health, name).value for name in ("opened", "closed", "changes", "open")] == [5, 2, 3, 4]
    assert [tile(health, name).before for name in ("opened", "closed", "changes", "open")] == [2, 1, 1, 1]


def test_came_in_less_closed_is_what_open_changed_by(health: WeeklyHealth) -> None:
    for before, after in zip(health.weeks, health.weeks[1:], strict=False):
        assert after.arrivals - after.departures == after.net == after.open_tickets - before.open_tickets


def test_the_triage_promise_shows_met_of_due(health: WeeklyHealth) -> None:
    triage = tile(health, "slo:Triage")
    assert (triage.shown, triage.shown_before, triage.target, triage.n) == ("2 of 4", "2 of 2", "90 %", 4)
    assert triage.note == "0 running · 1 broken and open"
    assert (triage.tone, triage.verdict) == ("bad", "50 %, below target")
    assert "Counts:" in triage.definition and "95 %" in triage.rule


def test_every_tile_is_the_last_point_of_its_series(health: WeeklyHealth) -> None:
    week, due = health.weeks[-1], health.promises[0].weeks[-1].due
    assert tile(health, "opened").value == week.arrivals
    assert tile(health, "closed").value == week.departures
    assert tile(health, "changes").value == week.net
    assert tile(health, "open").value == week.open_tickets
    assert tile(health, "slo:Triage").value == due.share and tile(health, "slo:Triage").n == due.judged


def test_every_figure_opens_into_exactly_its_tickets(con: duckdb.DuckDBPyConnection, health: WeeklyHealth) -> None:
    for figure in health.tiles:
        assert len(rows(con, health, figure.rows).rows) == figure.n, figure.name
    for week in health.weeks:
        assert len(rows(con, health, f"opened@{week.name}").rows) == week.arrivals
        assert len(rows(con, health, f"open@{week.name}").rows) == week.open_tickets
    for week in health.promises[0].weeks:
        assert len(rows(con, health, f"due:Triage:breached@{week.name}").rows) == week.due.breached
        assert len(rows(con, health, f"started:Triage@{week.name}").rows) == week.started.judged + week.started.running


@pytest.mark.parametrize("name", ["", "everything", "opened@2026-47", "due@2026-W99", "opened;drop"])
def test_a_list_that_no_figure_names_is_refused(
    con: duckdb.DuckDBPyConnection, health: WeeklyHealth, name: str
) -> None:
    with pytest.raises(ValueError, match=r"no list|[Ww]eek"):
        rows(con, health, name)


def test_breaches_come_with_their_reason_the_open_ones_first(health: WeeklyHealth) -> None:
    late, done = health.breaches
    assert (late.key, late.is_open, late.late) == ("infra#6", True, "4 h")
    assert late.reason == (
        "Nobody but the requester touched it before the deadline: due Fri 13:00, 4 working hours after it came."
    )
    assert (done.key, done.is_open, done.late) == ("infra#4", False, "2 h")
    assert done.reason == "Answered Tue 10:00, but lacked a label or an owner until Tue 15:00."


def test_a_breach_still_open_is_carried_into_the_next_week(history: Any, open_store_of: Open) -> None:
    con = open_store_of(tell(history))
    later = ask(con, "2026-11-16T08:00Z", WEEK.shifted(1))
    assert (later.breaches, later.broken_count, later.carried_count) == ((), 0, 1)
    carried = broken_promises(con, question=later.question, is_carried_over=True, most=5)
    assert [(breach.key, breach.is_carried_over) for breach in carried] == [("infra#6", True)]


def test_the_oldest_untriaged_has_waited_in_working_time(health: WeeklyHealth) -> None:
    oldest = tile(health, "untriaged")
    assert (oldest.value, oldest.shown, oldest.verdict) == (8 * 3600, "8 h", "1 past the deadline")
    assert health.untriaged.rows["key"].to_list() == ["infra#6"]
    assert oldest.before is None, "a week earlier nothing waited, which is not the same as waiting no time"


def test_what_changed_is_said_in_clauses_with_their_rows(health: WeeklyHealth) -> None:
    said = {(clause.tone, clause.text, clause.rows) for clause in health.changes}
    assert ("worse", "5 tickets came in and 2 were closed: 3 more open, 4 in all.", "changes") in said
    assert ("worse", "Triage fell from 100 % to 50 % on time (2 of 4), below its target of 90 %.", "due:Triage") in said
    assert ("decision", "1 promise is broken and still open; infra#6 (Triage) is 4 h late.", "overdue") in said
    assert ("decision", "1 untriaged ticket is past the deadline; the longest wait is 8 h.", "untriaged") in said
    tones = [clause.tone for clause in health.changes]
    assert tones == sorted(tones, key=["better", "worse", "neutral", "decision"].index)


def test_later_events_change_nothing(history: Any, open_store_of: Open) -> None:
    first = ask(open_store_of(tell(history)))
    history.ticket(7, "2026-11-09 08:00", ("09:00", "label", "+bug", "ana"))
    late = Event("test/infra#6", "late", datetime(2026, 11, 9, 8, tzinfo=UTC), 9, "test/ana", "label", None, "bug")
    history.records.append(late)
    second = ask(open_store_of(history.records))
    assert first.tiles == second.tiles and first.breaches == second.breaches and first.changes == second.changes


def test_an_unfinished_week_ends_at_as_of_and_says_so(history: Any, open_store_of: Open) -> None:
    midweek = ask(open_store_of(tell(history)), "2026-11-04T12:00Z")
    assert not midweek.is_complete and "unfinished" in midweek.heading
    assert tile(midweek, "open").label == "Open now"
    assert [tile(midweek, name).value for name in ("opened", "closed")] == [3, 2]
    assert any("so far" in clause.text for clause in midweek.changes)
    assert midweek.limits is None or midweek.limits.weeks == 11


def test_a_week_without_anything_counts_zero_and_knows_no_shares(history: Any, open_store_of: Open) -> None:
    empty = ask(open_store_of(tell(history)), "2026-12-14T08:00Z", Week(date(2026, 12, 7), "UTC"))
    assert tile(empty, "opened").value == 0 and tile(empty, "opened").shown == "0"
    assert tile(empty, "slo:Triage").value is None and tile(empty, "slo:Triage").tone == "unknown"
    assert tile(empty, "first-response").value is None
    assert "Nothing came in and nothing was closed." in [clause.text for clause in empty.changes]


def test_nothing_configured_is_grey_and_said_plainly(history: Any, open_store_of: Open) -> None:
    bare = ask(open_store_of(tell(history), NOTHING_PROMISED))
    assert {tile(bare, name).tone for name in ("slo", "untriaged", "cadence", "overlimit", "postmortems", "toil")} == {
        "unknown"
    }
    assert any(clause.text.startswith("Nothing configured") for clause in bare.changes)
    assert not bare.breaches and bare.untriaged.rows.is_empty() and not bare.promises


def test_weekly_arrivals_out_of_the_usual_range_are_marked(history: Any, open_store_of: Open) -> None:
    number = 100
    for day, arrivals in (("10-05", 2), ("10-12", 2), ("10-19", 2), ("10-26", 2), ("11-02", 30)):
        for _ in range(arrivals):
            history.ticket(number := number + 1, f"2026-{day} 09:00")
    surge = ask(open_store_of(history.records))
    assert surge.weeks[-1].signal == "above" and tile(surge, "opened").verdict == "above the usual range"
    assert any("above the usual range" in clause.text for clause in surge.changes)


def test_the_usual_range_is_told_of_the_weeks_that_made_it(history: Any, open_store_of: Open) -> None:
    """A queue of five weeks: the seven weeks shown before it are no weeks without work."""
    for number, day in enumerate(("10-05", "10-12", "10-19", "10-26", "11-02")):
        history.ticket(number, f"2026-{day} 09:00")
    young = ask(open_store_of(history.records))
    assert young.limits == Limits(1.0, 1.0, 1.0, 5)
    assert "the mean of 5 complete weeks" in tile(young, "opened").rule


def test_titles_are_told_as_they_were(history: Any, open_store_of: Open) -> None:
    history.ticket(9, "2026-11-02 09:00", title="New name")
    renamed = Event(
        "test/infra#9", "rename", datetime(2026, 11, 10, tzinfo=UTC), 9, None, "title", "Old name", "New name"
    )
    con = open_store_of([*history.records, renamed])
    assert "Old name" in rows(con, ask(con), "opened").rows["title"].to_list()
    assert "New name" in rows(con, ask(con, "2026-11-11T00:00Z"), "opened").rows["title"].to_list()


def test_an_address_that_a_browser_would_run_is_dropped(history: Any, open_store_of: Open) -> None:
    from dataclasses import replace

    history.ticket(1, "2026-11-02 09:00")
    records = [
        replace(record, url="javascript:alert(1)") if hasattr(record, "url") else record for record in history.records
    ]
    con = open_store_of(records)
    assert rows(con, ask(con), "opened").rows["url"].to_list() == [None]


def test_a_team_that_is_not_there_is_refused(history: Any, open_store_of: Open) -> None:
    with pytest.raises(ValueError, match="no team 'nobody'"):
        weekly_health(open_store_of(tell(history)), as_of=MONDAY_AFTER, week=WEEK, team="nobody")


def test_the_answer_is_plain_data(health: WeeklyHealth) -> None:
    again = pickle.loads(pickle.dumps(health))
    assert again.tiles == health.tiles
    assert isinstance(health.untriaged.rows, pl.DataFrame)
