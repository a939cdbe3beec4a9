"""Open work by hand: what is stuck, what is expected, who has what, and how the pile ages."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest

from metrics.age_expectation import expectation
from metrics.aging_dots import dots
from metrics.aging_report import aging_report
from metrics.aging_rows import aging_rows
from metrics.aging_words import answer, tiles
from metrics.open_work import by_person, by_silence, open_work
from metrics.stage_waits import stage_waits
from metrics.total_age import total_age
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc

Store = Callable[..., duckdb.DuckDBPyConnection]
NOW = utc("2026-11-16 00:00")
WEEKS = tuple(Week.parse("2026-W46", "UTC").through(2))
ASKED: dict[str, Any] = {"as_of": NOW, "queues": ("infra",), "weeks": WEEKS}
HOUR, DAY = 3_600, 86_400
ONE_EACH = OFFICE.replace("[[priorities]]", '[[priorities]]\nlabel = { P1 = "P1" }') + "[[wip]]\nperson = 1\n"


@pytest.fixture
def told(history: History) -> History:
    """ana has two in work, one of them silent since 2 November; one waits, one is new and blocked by it; four closed in
    an hour, one in a day."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "owner", "+ana", "ana"), ("10:00", "label", "+in progress", "ana"),
                   ("10:00", "label", "+P1", "ana"))  # fmt: skip
    history.ticket(2, "2026-11-12 09:00", ("10:00", "owner", "+ana", "ana"), ("10:00", "label", "+in progress", "ana"))
    history.ticket(3, "2026-11-12 09:00", ("10:00", "label", "+blocked", "ana"), ("11:00", "comment", "soon", "bo"))
    history.ticket(4, "2026-11-14 09:00", ("10:00", "link", "+blocked_by test/infra#3", "bo"))
    for number in range(5, 9):
        history.ticket(number, "2026-11-10 09:00", ("10:00", "status", "closed", "bo"))
    history.ticket(9, "2026-11-10 09:00", ("2026-11-11 09:00", "status", "closed", "bo"))
    return history


def keys(con: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    listed = aging_rows(con, **ASKED, name=name, most=10)
    assert listed.count == len(listed.rows)
    return sorted(key.removeprefix("infra#") for key in listed.rows["key"])


def test_open_tickets_move_are_stale_or_blocked(told: History, open_store_of: Store) -> None:
    work = open_work(open_store_of(told.records, ONE_EACH), as_of=NOW, queues=("infra",))
    assert work.select("key", "mark", "blocked_by").rows() == [
        ("infra#1", "stale", None),
        ("infra#2", "moving", None),
        ("infra#3", "blocked", None),
        ("infra#4", "blocked", "infra#3"),
    ]
    assert by_person(work).rows() == [
        ("ana", "P1", 1, 13 * DAY + 15 * HOUR),
        ("ana", "none", 1, 3 * DAY + 15 * HOUR),
        ("nobody", "none", 2, 3 * DAY + 15 * HOUR),
    ]
    assert by_silence(work)["tickets"].sum() == 4


def test_a_closed_obstacle_blocks_nobody(told: History, open_store_of: Store) -> None:
    told.ticket(10, "2026-11-15 09:00", ("09:30", "link", "+blocked_by test/infra#5", "bo"))
    work = open_work(open_store_of(told.records, ONE_EACH), as_of=NOW, queues=("infra",))
    assert work.filter(key="infra#10").select("mark", "blocked_by").rows() == [("moving", None)]


def test_the_expected_age_is_that_by_which_most_were_done(told: History, open_store_of: Store) -> None:
    """Of five leads, 85 % is the fifth: a day, of which the office was open for eight hours."""
    con = open_store_of(told.records, ONE_EACH)
    found = expectation(con, as_of=NOW, queues=("infra",))
    assert (found.tickets, found.calendar, found.working) == (5, DAY, 8 * HOUR)
    few = expectation(con, as_of=utc("2026-11-11 00:00"), queues=("infra",))
    assert (few.tickets, few.calendar, few.working) == (4, None, None)


def test_total_age_is_every_age_added_up(told: History, open_store_of: Store) -> None:
    rows = total_age(open_store_of(told.records), as_of=NOW, weeks=WEEKS, queues=("infra",))
    ages = [13 * DAY + 15 * HOUR, *[3 * DAY + 15 * HOUR] * 2, DAY + 15 * HOUR]
    assert rows.select("tickets", "total_age_seconds").rows() == [(1, 6 * DAY + 15 * HOUR), (4, sum(ages))]


def test_time_in_stages_is_that_of_the_closed(told: History, open_store_of: Store) -> None:
    rows = stage_waits(open_store_of(told.records), as_of=NOW, queues=("infra",), since=WEEKS[0].starts_at)
    assert rows.rows() == [("new", 5, HOUR, DAY, 1.0)]
    early = stage_waits(open_store_of(told.records), as_of=NOW, queues=("infra",), since=utc("2026-11-11 08:00"))
    assert early.rows() == [("new", 1, None, None, 1.0)]


def test_every_figure_opens_its_tickets(told: History, open_store_of: Store) -> None:
    con = open_store_of(told.records, ONE_EACH)
    wanted = {
        "open": "1234", "older": "1234", "blocked": "34", "stale": "1", "over": "12", "wip:ana": "12",
        "wip:ana@2026-W45": "1", "wip:bo": "", "holds:ana": "12", "holds:nobody": "34", "held:P1:ana": "1",
        "silence:fresh": "", "silence:1 to 5 days": "234", "silence:11 to 30 days:active": "1", "closed:new": "56789",
        "dot:calendar:active:stale:13": "1", "dot:calendar:active:stale:12": "", "dot:working:waiting:blocked:2": "3",
    }  # fmt: skip
    assert {name: "".join(keys(con, name)) for name in wanted} == wanted
    for name in ("everything", "dot:", "dot:lunar:new:stale:1", "dot:calendar:new:stale:x", "closed:limbo", "wip:"):
        with pytest.raises(ValueError, match="names no list of this page"):
            aging_rows(con, **ASKED, name=name, most=1)


def test_words_and_tiles(told: History, open_store_of: Store) -> None:
    report = aging_report(open_store_of(told.records, ONE_EACH), **ASKED)
    text = " ".join(answer(report, "UTC"))
    assert "4 tickets open: 2 waiting or blocked, 1 more that nobody has updated for 6 days, 1 moving." in text
    assert "Above their limit now: ana (2 in work, 1 allowed, since Thu 12 Nov)." in text
    shown = {tile.name: (tile.shown, tile.shown_before) for tile in tiles(report)}
    assert shown == {
        "open": ("4", "1"), "total": ("22 d", "7 d"), "older": ("4", "1"), "blocked": ("2", "0"), "stale": ("1", "1"),
        "over": ("1", "0"),
    }  # fmt: skip


def test_without_limits_and_without_tickets_it_says_so(told: History, open_store_of: Store) -> None:
    report = aging_report(open_store_of(told.records), **ASKED)
    assert "Nothing configured: no limit is set on work in progress." in answer(report, "UTC")[1]
    assert {tile.name: tile.tone for tile in tiles(report)}["over"] == "unknown"
    early = aging_report(open_store_of(told.records), **ASKED | {"as_of": utc("2026-11-01 00:00")})
    assert answer(early, "UTC") == ("Nothing is open: nothing can be stuck.",)


def work_of(*ages: int, stage: str = "new") -> pl.DataFrame:
    rows = [(f"t{n:05}", stage, "moving", float(age), float(age) / 3) for n, age in enumerate(ages)]
    names = ("key", "stage", "mark", "age_seconds", "age_working_seconds")
    return pl.DataFrame(rows, schema=names, orient="row")


def test_tickets_of_one_day_are_one_dot_with_their_number() -> None:
    found = dots(work_of(DAY, DAY + 1, 3 * DAY), "calendar")
    assert found.rows.select("step", "tickets").rows() == [(3, 1), (1, 2)]
    working = dots(work_of(DAY, DAY + 1, 3 * DAY), "working")
    assert working.rows.select("step", "tickets").rows() == [(3, 1), (1, 2)]
    assert (found.tickets, found.unknown, found.left_out, found.oldest_from) == (3, 0, 0, None)


def test_of_too_many_dots_the_oldest_are_all_drawn() -> None:
    """A hundred days, twenty dots: the ten oldest days, and ten of the ninety others."""
    found = dots(work_of(*(day * DAY for day in range(100))), "calendar", most=20)
    assert len(found.rows) == 20 and found.left_out == 80 and found.oldest_from == 90
    assert found.rows["step"][:10].to_list() == list(range(99, 89, -1))


def test_what_has_no_working_age_is_counted_apart() -> None:
    work = work_of(DAY).with_columns(age_working_seconds=pl.lit(None, pl.Float64))
    found = dots(work, "working")
    assert (found.tickets, found.unknown, len(found.rows)) == (0, 1, 0)


def test_a_week_that_is_not_over_ends_now(told: History, open_store_of: Store) -> None:
    now: datetime = NOW - timedelta(days=3)
    [row] = total_age(open_store_of(told.records), as_of=now, weeks=WEEKS[1:], queues=("infra",)).to_dicts()
    assert (row["tickets"], row["is_complete"]) == (3, False)
