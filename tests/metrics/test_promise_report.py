"""One promise over some weeks: every number is a count of the rows of `slo`, and every list has as many rows."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import hypothesis
import pytest
from hypothesis import given

import metrics
from metrics import policies
from metrics.kept import Kept
from metrics.promise_report import promise_report, promises
from metrics.promise_rows import promise_rows
from metrics.promise_words import answer, arrivals, forecast, tiles
from metrics.weeks import Week
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, utc
from tests.metrics import promise_oracle
from tests.metrics.conftest import Opened
from tests.metrics.oracle import FEW_EXAMPLES, WORLD, histories, instants

Store = Callable[..., duckdb.DuckDBPyConnection]
NOW = utc("2026-11-16 00:00")
WEEKS = tuple(Week.parse("2026-W46", "UTC").through(2))
ASKED: dict[str, Any] = {"as_of": NOW, "queues": ("infra",), "policy": "Triage", "weeks": WEEKS}
CHANGED = (
    TRIAGE_PROMISE
    + """
[[slo]]
name = "Triage"
clock = "triage"
valid_from = 2026-11-10
objective = 0.9
goals = [{ within = "1h" }]
"""
)
TOIL = """
[[toil]]
[[toil.category]]
name = "disks"
title = "disk"
"""
ROTA = """
[[person]]
name = "Ana"
accounts = ["test/ana"]
roles = ["duty"]

[[role]]
name = "duty"
queues = ["infra"]
"""


@pytest.fixture
def told(history: History) -> History:
    """Due in the week of 9 November: in time (2 h), late (30 h) and closed, never, on Saturday and in time."""
    history.ticket(1, "2026-11-09 09:00", ("11:00", "label", "+bug", "ana"), title="disk full")
    history.ticket(2, "2026-11-09 18:00", ("2026-11-12 09:00", "label", "+bug", "ana"), title="disk slow")
    history.ticket(3, "2026-11-11 08:00", title="anything")
    history.ticket(4, "2026-11-07 12:00", ("2026-11-09 10:00", "label", "+bug", "ana"))
    history.ticket(5, "2026-11-13 16:30", title="runs on")
    return history


def test_the_window_by_hand(told: History, open_store_of: Store) -> None:
    """Ticket 5 falls due on Monday at 12:30: it runs, and is in no share."""
    con = open_store_of(told.records)
    report = promise_report(con, **ASKED)
    assert report.due == Kept(2, 1, 1, 0)
    assert report.opened.running == 1 and report.due.share == 0.5
    assert [week.due.judged for week in report.weeks] == [0, 4]
    assert [week.opened.judged for week in report.weeks] == [1, 3]
    assert (report.overdue, report.overdue_before) == (1, 0)
    cuts = {
        cut.name: {g.value: (g.kept.met, g.kept.breached) for g in cut.groups if g.kept.judged} for cut in report.cuts
    }
    assert cuts["arrival"] == {
        "in opening hours": (1, 0), "before opening": (0, 1), "after closing": (0, 1), "on a closed day": (1, 0)
    }  # fmt: skip
    assert cuts["hour"] == {"9": (1, 0), "18": (0, 1), "8": (0, 1), "12": (1, 0)}
    assert cuts["weekday"] == {"1": (1, 1), "3": (0, 1), "6": (1, 0)}
    assert cuts["category"] == {} and cuts["shift"] == {}


def test_what_was_broken_and_open_when_the_window_began_is_told_as_it_was_known_then(
    history: History, open_store_of: Store
) -> None:
    """None was ever triaged: two were closed then and have come back since; one was open then, and is closed."""
    again = ("2026-10-20 09:00", "status", "closed", "ana"), ("2026-11-05 09:00", "status", "open", "ana")
    history.ticket(1, "2026-10-12 09:00", *again)
    history.ticket(2, "2026-10-12 09:00", *again)
    history.ticket(3, "2026-10-12 09:00", ("2026-11-06 09:00", "status", "closed", "ana"))
    con = open_store_of(history.records, OFFICE + TRIAGE_PROMISE.replace('"labelled"', '"duty"'))
    report = promise_report(con, **ASKED)
    assert (report.overdue, report.overdue_before) == (2, 1)


def test_words_and_tiles_say_the_same(told: History, open_store_of: Store) -> None:
    report = promise_report(open_store_of(told.records), **ASKED)
    text = " ".join(answer(report, "UTC"))
    assert "Triage: 2 of 4 (50 %) that fell due since Mon 2 Nov were on time. The target of 90 % was missed." in text
    assert "was used up on" in text and "2 clocks broken, 0 allowed" in text
    assert {tile.name: tile.shown for tile in tiles(report, "UTC")} == {
        "due": "2 of 4", "opened": "2 of 4", "budget": "−2", "burn": "5.0 ×", "overdue": "1"
    }  # fmt: skip
    assert "no more is missed than inside (0 of 1 missed)" in arrivals(report.cuts[2])
    assert forecast(report.budget, "UTC") in text


def test_lists_have_as_many_rows_as_figures_say(told: History, open_store_of: Store) -> None:
    con = open_store_of(told.records)
    counts = {"due": 4, "due:breached": 2, "due:met@2026-W46": 2, "opened:running": 1, "overdue": 1, "budget": 2,
              "due:breached~hour=18": 1, "due~arrival=on a closed day": 1, "due@2026-W45": 0}  # fmt: skip
    for name, count in counts.items():
        listed = promise_rows(con, **ASKED, name=name, most=10)
        assert (listed.count, len(listed.rows)) == (count, count), name
    late = promise_rows(con, **ASKED, name="due:breached", most=1)
    assert (late.count, late.rows["key"].to_list()) == (2, ["infra#3"])
    assert "nobody but the requester touched it" in late.rows["why"][0]
    for name in ("all", "due:lost", "due~owner=ana", "due~today=maybe", "due@2026-W1"):
        with pytest.raises(ValueError, match=r"names no list|there is no cut"):
            promise_rows(con, **ASKED, name=name, most=1)


def test_kinds_of_work_and_shifts_where_they_are_described(told: History, open_store_of: Store) -> None:
    con = open_store_of(told.records, OFFICE + TRIAGE_PROMISE + TOIL + ROTA)
    cuts = {cut.name: {g.label: g.kept.judged for g in cut.groups} for cut in promise_report(con, **ASKED).cuts}
    assert cuts["category"] == {"disks": 2, "unclassified": 2}
    assert cuts["shift"] == {"duty: nobody on duty": 4}


def test_todays_version_judges_again(told: History, open_store_of: Store) -> None:
    """An hour from 10 November on: ticket 1 was met in two, and would be broken; 4, from Saturday, is met by both."""
    con = open_store_of(told.records, OFFICE + CHANGED)
    report = promise_report(con, **ASKED)
    assert (report.rejudged.better, report.rejudged.worse, report.rejudged.uncovered) == (0, 1, 0)
    assert report.rejudged.kept.met == 1 and [week.changed for week in report.weeks] == [False, True]
    assert promise_rows(con, **ASKED, name="due~today=worse", most=9).rows["key"].to_list() == ["infra#1"]


def test_nothing_configured_is_no_promise(told: History, open_store_of: Store) -> None:
    con = open_store_of(told.records, OFFICE)
    assert promises(con, as_of=NOW, queues=("infra",), since=WEEKS[0].starts_at) == ()
    with pytest.raises(ValueError, match="no promise 'Triage' is in force for infra"):
        promise_report(con, **ASKED)


def test_every_promise_in_a_line(told: History, open_store_of: Store) -> None:
    [line] = promises(open_store_of(told.records), as_of=NOW, queues=("infra",), since=WEEKS[0].starts_at)
    assert (line.policy, line.objective, line.due.met, line.due.judged) == ("Triage", 0.9, 2, 4)


@hypothesis.settings(FEW_EXAMPLES, max_examples=5)
@given(history=histories(), as_of=instants())
def test_every_count_is_one_of_rows(opened: Opened, history: History, as_of: datetime) -> None:
    """Report against a plain count of the rows of `slo`, whatever the history."""
    weeks = tuple(Week.containing(as_of, "Europe/Berlin").through(3))
    with opened(history.records, WORLD) as con:
        calendars = policies.calendars(con)
        for line in promises(con, as_of=as_of, queues=("infra", "access"), since=weeks[0].starts_at)[:1]:
            report = promise_report(con, as_of=as_of, queues=("infra", "access"), policy=line.policy, weeks=weeks)
            rows = metrics.slo(con, as_of=as_of, queue=["infra", "access"], policy=line.policy).pl().to_dicts()
            due = promise_oracle.between(rows, "due_at", weeks[0].starts_at, as_of)
            opened_rows = promise_oracle.between(rows, "started_at", weeks[0].starts_at, as_of)
            assert report.due == line.due == Kept(*promise_oracle.counted(due))
            assert report.opened == Kept(*promise_oracle.counted(opened_rows))
            assert report.rejudged.kept == Kept(*promise_oracle.counted(due, "verdict_today"))
            assert report.overdue == promise_oracle.counted([row for row in rows if row["verdict"]])[2]
            arrivals_told = Counter(promise_oracle.arrival(row, calendars) for row in due)
            [cut] = [cut for cut in report.cuts if cut.name == "arrival"]
            assert {g.value: g.kept.judged for g in cut.groups if g.kept.judged} == arrivals_told
            judged = [cut.judged for cut in report.cuts if cut.groups and cut.name != "shift"]
            assert judged == [report.due.judged] * len(judged)
