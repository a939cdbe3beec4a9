"""Aging: how long open tickets have been open, active, where they are, and without a word."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import duckdb
from hypothesis import given

import metrics
from ingest.records import Gone
from metrics.aging import COLUMNS, figure, summary
from metrics.aging_bands import summary as summary_of_bands
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
HOUR, DAY = 3600.0, 24 * 3600.0
STARTS = ("opened_at", "active_at", "stage_entered_at", "last_human_update_at")
WORKING = [name for name in COLUMNS if name.endswith("working_seconds")]
AGES = [name for name in COLUMNS if name.endswith("_seconds") and name not in WORKING]


def aged(con: duckdb.DuckDBPyConnection, as_of: str, **asked: Any) -> list[dict[str, Any]]:
    return metrics.aging(con, as_of=utc(as_of), **asked).pl().to_dicts()


def hours(row: dict[str, Any], names: list[str]) -> list[float | None]:
    return [None if row[name] is None else row[name] / HOUR for name in names]


def test_four_ages_in_calendar_and_in_working_time(history: History, open_store_of: Store) -> None:
    """Opened Friday 15:00, active at 16:00, waiting from Monday 10:00, last spoken of at 11:00; asked at noon."""
    changes = [
        ("16:00", "label", "+in progress", "ana"),
        ("2026-11-09 10:00", "label", "+waiting", "ana"),
        ("2026-11-09 11:00", "comment", "+Asked the vendor.", "bo"),
        ("2026-11-09 11:00", "owner", "+bo", "bo"),
    ]
    history.ticket(1, "2026-11-06 15:00", *changes)
    [row] = aged(open_store_of(history.records), "2026-11-09 12:00")
    assert hours(row, AGES) == [69, 68, 2, 1]
    assert hours(row, WORKING) == [5, 4, 2, 1]
    told = ("key", "queue", "stage", "priority", "owners", "silence")
    assert tuple(row[name] for name in told) == ("infra#1", "infra", "waiting", None, '["bo"]', "fresh")


def test_only_open_tickets_that_exist_have_an_age(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"))
    gone = history.ticket(2, "2026-11-02 09:00")
    history.ticket(3, "2026-11-02 09:00", queue="access")
    history.ticket(4, "2026-11-02 09:00", queue=None)
    history.ticket(5, "2026-11-02 12:00")
    history.records.append(Gone(gone, utc("2026-11-02 11:00"), "deleted"))
    con = open_store_of(history.records)
    assert [(row["key"], row["queue"]) for row in aged(con, "2026-11-02 12:00")] == [
        ("infra#3", "access"),
        ("infra#4", None),
    ]
    assert [row["key"] for row in aged(con, "2026-11-02 11:00")] == ["infra#2", "infra#3", "infra#4"]
    assert [row["key"] for row in aged(con, "2026-11-02 12:00", queue="access")] == ["infra#3"]


def test_without_a_calendar_there_is_no_working_time(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", queue="access")
    [row] = aged(open_store_of(history.records), "2026-11-02 12:00")
    assert hours(row, WORKING) == [None] * 4
    assert hours(row, AGES) == [3, None, 3, 3]


def test_each_age_runs_on_the_calendar_in_force_when_it_began(history: History, open_store_of: Store) -> None:
    """Opened on a Monday of eight hours, stage entered on the Wednesday on which the hours were cut to four."""
    shorter = (
        '[[calendar]]\nname = "office"\nvalid_from = 2026-11-04\nzone = "UTC"\nhours = { wed = ["09:00-13:00"] }\n'
    )
    history.ticket(1, "2026-11-02 09:00", ("2026-11-04 09:00", "label", "+waiting", "ana"))
    [row] = aged(open_store_of(history.records, OFFICE + shorter), "2026-11-05 09:00")
    assert hours(row, WORKING) == [24, None, 4, 24]


def test_the_active_age_began_when_work_first_began_and_outlasts_a_wait(history: History, open_store_of: Store) -> None:
    changes = [
        *[("10:00", "label", "+in progress", "ana"), ("12:00", "label", "+waiting", "ana")],
        *[("14:00", "label", "-waiting", "ana"), ("15:00", "label", "-in progress", "ana")],
    ]
    history.ticket(1, "2026-11-02 09:00", *changes)
    con = open_store_of(history.records)
    told = [aged(con, f"2026-11-02 {hour}:00")[0] for hour in (10, 11, 13, 15, 16)]
    assert [row["stage"] for row in told] == ["new", "active", "waiting", "active", "new"]
    assert [row["active_at"] and row["active_at"].hour for row in told] == [None, 10, 10, 10, 10]
    assert [row["stage_entered_at"].hour for row in told] == [9, 10, 12, 14, 15]


def test_a_reopened_ticket_is_active_anew(history: History, open_store_of: Store) -> None:
    """Work before the closing is another matter; work that goes on at once goes on from the reopening."""
    changes = [("10:00", "label", "+in progress", "ana"), ("12:00", "status", "closed", "ana")]
    history.ticket(1, "2026-11-02 09:00", *changes, ("14:00", "status", "open", "bo"))
    paused = [("12:00", "label", "-in progress", "ana"), ("14:00", "status", "open", "bo")]
    history.ticket(2, "2026-11-02 09:00", *changes, *paused)
    history.ticket(3, "2026-11-02 09:00", *changes, *paused, ("15:00", "label", "+in progress", "bo"))
    rows = aged(open_store_of(history.records), "2026-11-02 16:00")
    assert [row["active_at"] and row["active_at"].hour for row in rows] == [14, None, 15]
    assert [row["opened_at"].hour for row in rows] == [9, 9, 9]


def test_active_for_no_time_at_all_is_not_active(history: History, open_store_of: Store) -> None:
    """Put on and taken off again in one second; and the other way round, which does not end the stage."""
    flash = [("10:00", "label", "+in progress", "ana"), ("10:00", "label", "-in progress", "ana")]
    history.ticket(1, "2026-11-02 09:00", *flash)
    again = [("11:00", "label", "-in progress", "ana"), ("11:00", "label", "+in progress", "ana")]
    history.ticket(2, "2026-11-02 09:00", flash[0], *again)
    rows = aged(open_store_of(history.records), "2026-11-02 12:00")
    assert [(row["stage"], row["active_at"] and row["active_at"].hour) for row in rows] == [
        ("new", None),
        ("active", 10),
    ]
    assert [row["stage_entered_at"].hour for row in rows] == [9, 10]


def test_a_stage_the_map_does_not_name_has_no_age(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "mystery", "ana"))
    rows = metrics.aging(open_store_of(history.records), as_of=utc("2026-11-02 12:00"))
    [row] = rows.pl().to_dicts()
    unknown = ("stage", "stage_entered_at", "stage_age_seconds", "stage_age_working_seconds")
    assert [row[name] for name in unknown] == [None] * 4
    assert summary(rows).rows() == [(None, "fresh", 1)]


def test_without_a_stage_map_a_ticket_ages_all_the_same(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    text = OFFICE.replace('[[stages]]\npresets = ["github", "github-labels"]\n', "")
    [row] = aged(open_store_of(history.records, text), "2026-11-02 12:00")
    assert (row["stage"], *hours(row, AGES)) == (None, 3, None, None, 3)


def test_silence_lasts_since_a_human_updated_the_ticket(history: History, open_store_of: Store) -> None:
    """Opening it is the requester's own first word."""
    acts = [(field, "+x", "ana", 10) for field in ("comment", "note", "description", "owner", "eta")]
    acts += [("comment", "+x", "asker", 10), ("comment", "+x", "robot[bot]", 9), ("label", "+Bug", "ana", 9)]
    for number, (field, value, who, _) in enumerate(acts):
        history.ticket(number, "2026-11-02 09:00", ("10:00", field, value, who))
    rows = aged(open_store_of(history.records), "2026-11-02 12:00")
    assert [(row["last_human_update_at"].hour, 12 - row["silent_seconds"] / HOUR) for row in rows] == [
        (hour, hour) for *_, hour in acts
    ]


def test_what_a_bot_opened_is_silent_until_a_human_speaks(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", author="robot[bot]")
    history.ticket(2, "2026-11-02 09:00", ("10:00", "comment", "+On it.", "ana"), author="robot[bot]")
    rows = aged(open_store_of(history.records), "2026-11-02 12:00")
    assert [row["last_human_update_at"] and row["last_human_update_at"].hour for row in rows] == [None, 10]
    assert [row["silent_seconds"] / HOUR for row in rows] == [3, 2]


def test_silence_counts_whole_days(history: History, open_store_of: Store) -> None:
    """Five days and 23:59:59 are five days; a second later they are six."""
    history.ticket(1, "2026-11-02 09:00")
    con, opened_at = open_store_of(history.records), utc("2026-11-02 09:00")
    names = ["fresh", "1 to 5 days", "6 to 10 days", "11 to 30 days", "over 30 days"]
    for before, from_then_on, days in zip(names, names[1:], (1, 6, 11, 31), strict=False):
        for seconds, name in ((-1, before), (0, from_then_on), (1, from_then_on), (DAY / 2, from_then_on)):
            now = opened_at + timedelta(days=days, seconds=seconds)
            assert metrics.aging(con, as_of=now).pl()["silence"].to_list() == [name]


def test_the_summary_counts_by_stage_and_silence_in_their_order(history: History, open_store_of: Store) -> None:
    for number, day in enumerate(("01", "02", "20", "30", "30"), start=1):
        history.ticket(number, f"2026-11-{day} 09:00")
    history.ticket(6, "2026-11-01 09:00", ("10:00", "label", "+waiting", "ana"))
    history.ticket(7, "2026-11-01 09:00", ("10:00", "label", "+in progress", "ana"))
    history.ticket(8, "2026-11-22 09:00", ("10:00", "label", "+in progress", "ana"))
    rows = metrics.aging(open_store_of(history.records), as_of=utc("2026-12-02 10:00"))
    assert summary(rows).rows() == [
        ("new", "1 to 5 days", 2),
        ("new", "11 to 30 days", 2),
        ("new", "over 30 days", 1),
        ("active", "6 to 10 days", 1),
        ("active", "over 30 days", 1),
        ("waiting", "over 30 days", 1),
    ]


def test_dots_that_coincide_carry_their_number(history: History, open_store_of: Store) -> None:
    """Two of one day, one of another; the bands lie below the dots where they are given."""
    for number, day in enumerate((2, 2, 3), start=1):
        history.ticket(number, f"2026-11-0{day} 1{number}:00")
    con = open_store_of(history.records)
    rows = metrics.aging(con, as_of=utc("2026-11-05 09:00"))
    [dots] = figure(rows).data
    assert list(zip(dots.x, dots.y, dots.text, dots.hovertext, strict=True)) == [
        ("new", 1, "", "infra#3"),
        ("new", 2, "2", "infra#1, infra#2"),
    ]
    bands = summary_of_bands(metrics.aging_bands(con, as_of=utc("2026-11-05 09:00")))
    assert [trace.name for trace in figure(rows, bands).data] == ["left", "left, or stay", "open tickets"]
    assert "n = 3 open tickets" in figure(rows).to_json()


# --- Against a plain replay -------------------------------------------------------------------------


def staged(life: Life) -> list[tuple[datetime, str | None]]:
    """Since when the ticket was in which stage, as the clock showed each second."""
    seen: list[tuple[datetime, str | None]] = []
    for moment in sorted({now.at for now in life.moments}):
        stage = life.stage(life.until(moment))
        if not seen or seen[-1][1] != stage:
            seen.append((moment, stage))
    return seen


def active_since(life: Life) -> datetime | None:
    reopened_at = life.open_cycles()[-1][0]
    moments = sorted({now.at for now in life.moments if now.at >= reopened_at})
    return next((moment for moment in moments if life.stage(life.until(moment)) == "active"), None)


def bucket(silent_seconds: float) -> str:
    days = int(silent_seconds // DAY)
    if days == 0:
        return "fresh"
    return (
        "1 to 5 days" if days < 6 else "6 to 10 days" if days < 11 else "11 to 30 days" if days < 31 else "over 30 days"
    )


def plain_row(life: Life) -> tuple[Any, ...]:
    now = life.moments[-1]
    opened_at = naive(life.ticket.opened_at)
    entered_at, stage = staged(life)[-1]
    updated_at = max([opened_at, *life.updates()])
    starts = (opened_at, active_since(life), entered_at if stage else None, updated_at)
    spent, worked = [], []
    for start in starts:
        calendar = calendar_at(SAID, calendar_of(SAID, now.queue), start) if start else None
        spent.append((life.as_of - start).total_seconds() if start else None)
        worked.append(working_seconds(calendar, start, life.as_of) if start and calendar else None)
    silent = spent[-1]
    assert silent is not None
    return (
        life.ticket.ticket_id,
        now.queue or None,
        stage,
        life.priority(now),
        *starts,
        *spent,
        *worked,
        bucket(silent),
    )


@EXAMPLES
@given(history=histories(), as_of=instants())
def test_ages_agree_with_a_plain_replay_and_tickets_with_their_state(
    opened: Opened, history: History, as_of: datetime
) -> None:
    columns = ["ticket_id", "queue", "stage", "priority", *STARTS, *AGES, *WORKING, "silence"]
    shared = "ticket_id, key, queue, stage, priority, owners, opened_at"
    with opened(history.records, WORLD) as con:
        rows = metrics.aging(con, as_of=as_of)
        got = rows.select(", ".join(columns)).fetchall()
        state = metrics.ticket_state(con, as_of=as_of).filter("is_open").select(shared).fetchall()
        assert rows.select(shared).fetchall() == state
        assert summary(rows)["tickets"].sum() == len(got)
        assert all(isinstance(json.loads(row[5]), list) for row in state)
    told = [life for life in lives(SAID, history.records, as_of) if life.is_live() and life.moments[-1].is_open]
    assert_same(history, as_of, got, [plain_row(life) for life in told])
