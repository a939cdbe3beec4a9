"""How work was done in one made-up week, Monday 2 November 2026: updates, limits, debriefs, actions, duty and toil,
counted by hand; every figure opens into exactly its rows."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

import metrics
from ingest.records import Event
from metrics.toil import alone
from metrics.weekly_health import WeeklyHealth, weekly_health, weekly_list
from metrics.weeks import Week
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built, utc
from tests.metrics.test_shift_load import ANA, DUTY, shift

Open = Callable[..., duckdb.DuckDBPyConnection]
WEEK = Week(date(2026, 11, 2), "UTC")
AS_OF = "2026-11-09T00:00Z"
TEXT = f"""{OFFICE}{TRIAGE_PROMISE}{ANA}{DUTY}
[[person]]
name = "Bo"
accounts = ["test/bo"]
roles = ["duty"]

[[cadence]]
every = {{ P0 = "24h", P1 = "168h" }}

[[wip]]
person = 1

[[incident]]
presets = ["labels", "links"]
[incident.review]
debrief_days = 2
action_days = 3
sections = ["trigger"]

[[toil]]
[[toil.category]]
name = "disk"
title = "disk"
"""


def tell(history: History) -> list[Any]:
    """Two of Ana's in work (#1 since last week, #2), an incident without a debrief (#3), an action item of last week
    (#4), two full disks (#5 at night, #6), one of them last week (#7). Ana is on duty, Bo was the week before."""
    history.ticket(1, "2026-10-27 09:00", ("09:00", "owner", "+ana", "x"), ("09:00", "label", "+in progress", "x"))
    history.ticket(2, "2026-11-02 09:00", ("09:00", "owner", "+ana", "x"), ("10:00", "label", "+in progress", "x"))
    history.ticket(3, "2026-11-03 09:00", ("09:00", "label", "+incident", "x"), ("09:00", "label", "+P0", "x"),
                   ("2026-11-05 09:00", "status", "closed", "x"), title="Down")  # fmt: skip
    history.ticket(4, "2026-10-28 09:00", ("09:00", "label", "+action item", "x"), ("09:00", "owner", "+bo", "x"))
    history.ticket(5, "2026-11-04 02:00", title="disk full")
    history.ticket(6, "2026-11-05 12:00", title="disk full")
    history.ticket(7, "2026-10-29 12:00", title="disk full")
    history.records += shift("bo", "2026-10-26", "2026-11-02", "s1") + shift("ana", "2026-11-02", "2026-11-09", "s2")
    return history.records


def ask(con: duckdb.DuckDBPyConnection, as_of: str = AS_OF, week: Week = WEEK) -> WeeklyHealth:
    return weekly_health(con, as_of=as_of, week=week, team="infra")


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    opened = metrics.open_store(built(tmp_path_factory.mktemp("week") / "store.duckdb", tell(History()), TEXT))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def health(con: duckdb.DuckDBPyConnection) -> WeeklyHealth:
    return ask(con)


def tile(health: WeeklyHealth, name: str) -> Any:
    return next(tile for tile in health.tiles if tile.name == name)


def keys(con: duckdb.DuckDBPyConnection, health: WeeklyHealth, name: str) -> list[str]:
    return weekly_list(con, question=health.question, name=name).rows["key"].to_list()


def test_every_figure_opens_into_exactly_its_rows(con: duckdb.DuckDBPyConnection, health: WeeklyHealth) -> None:
    for figure in health.tiles:
        assert weekly_list(con, question=health.question, name=figure.rows).count == figure.n, figure.name


def test_an_update_that_came_too_late_is_a_gap_too_long(con: duckdb.DuckDBPyConnection, health: WeeklyHealth) -> None:
    """#3 was P0 from Tuesday 09:00, due on Wednesday 09:00, and heard of on Thursday 09:00 only: 24 of 48 hours."""
    cadence = tile(health, "cadence")
    assert (cadence.shown, cadence.verdict, cadence.tone, cadence.n) == ("50 %", "1 gap too long", "bad", 1)
    assert cadence.shown_before == "–" and keys(con, health, "cadence") == ["infra#3"]


def test_people_above_their_limit_are_counted_now_and_a_week_ago(
    con: duckdb.DuckDBPyConnection, health: WeeklyHealth
) -> None:
    limit = tile(health, "overlimit")
    assert (limit.shown, limit.shown_before, limit.target, limit.tone) == ("1", "0", "0", "bad")
    assert keys(con, health, "overlimit") == ["infra#1", "infra#2"]
    assert any(clause.text == "1 person has more in work than agreed." for clause in health.changes)


def test_a_debrief_past_its_deadline_is_owed(con: duckdb.DuckDBPyConnection, health: WeeklyHealth) -> None:
    """Over on Thursday, to be debriefed within two days."""
    debriefs = tile(health, "postmortems")
    assert (debriefs.shown, debriefs.shown_before, debriefs.tone, debriefs.note) == ("1", "0", "bad", "none due")
    assert keys(con, health, "postmortems") == ["infra#3"]
    still_time = ask(con, "2026-11-06T00:00Z")
    assert (tile(still_time, "postmortems").tone, tile(still_time, "postmortems").note) == ("good", "1 more due")


def test_an_action_item_past_its_day_is_overdue_and_carried_over(
    con: duckdb.DuckDBPyConnection, health: WeeklyHealth
) -> None:
    actions = tile(health, "actions")
    assert (actions.shown, actions.shown_before, actions.note) == ("1", "1", "of 1 open item")
    [row] = health.actions.rows.to_dicts()
    assert (row["key"], row["owner"], row["is_overdue"], str(row["due_at"])) == (
        "infra#4", "Bo", True, "2026-10-31 09:00:00",
    )  # fmt: skip


def test_what_was_overdue_a_week_ago_is_told_as_it_was_known_then(history: History, open_store_of: Open) -> None:
    """On the second: one action item was past its ETA, which was put off on the fourth, one was no longer one from then
    on; a debrief was owed for what turned out to be no incident."""
    due = ("2026-10-21 09:00", "eta", "2026-10-25", "x")
    put_off = ("2026-11-04 09:00", "eta", "2026-11-30", "x")
    history.ticket(1, "2026-10-20 09:00", ("09:00", "label", "+action item", "x"), due, put_off)
    history.ticket(2, "2026-10-20 09:00", ("09:00", "label", "+action item", "x"),
                   ("2026-11-04 09:00", "label", "-action item", "x"))  # fmt: skip
    history.ticket(3, "2026-10-20 09:00", ("09:00", "label", "+incident", "x"),
                   ("2026-10-21 09:00", "status", "closed", "x"),
                   ("2026-11-04 09:00", "label", "-incident", "x"))  # fmt: skip
    told = ask(open_store_of(history.records, TEXT))
    actions, debriefs = tile(told, "actions"), tile(told, "postmortems")
    assert (actions.shown, actions.shown_before, actions.note) == ("0", "2", "of 1 open item")
    assert (debriefs.shown, debriefs.shown_before) == ("0", "1")


def test_an_action_item_of_this_week_is_not_carried_over(history: History, open_store_of: Open) -> None:
    history.ticket(1, "2026-11-03 09:00", ("09:00", "label", "+action item", "x"))
    con = open_store_of(history.records, TEXT)
    assert ask(con).actions.count == 0 and ask(con, "2026-11-16T00:00Z", WEEK.shifted(1)).actions.count == 1


def test_every_incident_of_the_week_is_listed(health: WeeklyHealth) -> None:
    assert health.incidents.rows["key"].to_list() == ["infra#3"]


def test_duty_is_told_by_person_and_kind_beside_the_expected_share(
    con: duckdb.DuckDBPyConnection, health: WeeklyHealth
) -> None:
    """#2, #3 and #6 came in Ana's business hours, #5 at three at night on her clock; Bo's week is over."""
    ana, bo = health.load.people
    assert (ana.person, ana.shifts, ana.business, ana.off, ana.sleep) == ("Ana", 1, 3, 0, 1)
    assert (bo.person, bo.shifts, bo.business) == ("Bo", 0, None)
    assert (ana.duty_weeks, ana.expected_duty_weeks) == (bo.duty_weeks, bo.expected_duty_weeks) == (1.0, 1.0)
    night = tile(health, "offhours")
    assert (night.shown, night.n, night.tone) == ("1", 1, "neutral") and keys(con, health, "offhours") == ["infra#5"]
    assert keys(con, health, "interruptions:Ana") == ["infra#2", "infra#3", "infra#5", "infra#6"]


def test_toil_is_what_a_rule_names(con: duckdb.DuckDBPyConnection, health: WeeklyHealth) -> None:
    share = tile(health, "toil")
    assert (share.shown, share.note, share.shown_before) == ("50 %", "2 of 4 opened", "33 %")
    assert health.toil is not None
    told = [(kind.name, kind.tickets, kind.before, kind.is_unclassified) for kind in health.toil.categories]
    assert told == [("disk", 2, 1, False), ("unclassified", 2, 2, True)]
    assert keys(con, health, "toil") == keys(con, health, "toil:disk") == ["infra#5", "infra#6"]
    assert keys(con, health, "toil:unclassified@2026-W44") == ["infra#1", "infra#4"]


def test_what_toil_says_of_a_ticket_alone_is_what_the_metric_says(con: duckdb.DuckDBPyConnection) -> None:
    asked: dict[str, Any] = {"as_of": AS_OF, "since": WEEK.shifted(-1).starts_at, "until": WEEK.ends_at}
    rows = metrics.toil(con, **asked).pl().drop("is_repeat").sort("ticket_id")
    assert alone(con, rows.columns, **asked).sort("ticket_id").equals(rows)


def test_triage_time_is_a_series_of_medians(history: History, open_store_of: Open) -> None:
    for number in range(5):
        history.ticket(number, "2026-11-03 09:00", (f"{10 + number}:00", "label", "+bug", "ana"))
    told = ask(open_store_of(history.records, TEXT))
    week = told.triage[-1]
    assert (week.stays, week.triaged, week.median, week.signal) == (5, 5, 3 * 3600, None)
    assert told.triage_limits is None and told.triage[0].median is None


def test_later_events_change_nothing(con: duckdb.DuckDBPyConnection, health: WeeklyHealth, open_store_of: Open) -> None:
    history = History()
    records = tell(history)
    history.ticket(8, "2026-11-09 00:00", ("09:00", "label", "+incident", "x"), title="disk")
    late = Event("test/infra#3", "late", utc("2026-11-09 00:00"), 9, "test/ana", "comment", None, "on it")
    again = ask(open_store_of([*records, late], TEXT))
    assert again.tiles == health.tiles and again.load == health.load and again.toil == health.toil


def test_a_queue_that_nobody_is_on_duty_for_knows_no_load(history: History, open_store_of: Open) -> None:
    history.ticket(1, "2026-11-02 09:00")
    bare = ask(open_store_of(history.records, TEXT))
    assert tile(bare, "offhours").tone == "unknown" and tile(bare, "offhours").shown == "–"


def test_a_long_list_is_cut_and_says_how_long_it_is(history: History, open_store_of: Open) -> None:
    for number in range(30):
        history.ticket(number, "2026-11-03 09:00")
    con = open_store_of(history.records, TEXT)
    told = ask(con)
    assert (len(told.untriaged.rows), told.untriaged.count) == (25, 30)
    assert (len(told.breaches), told.broken_count) == (25, 30)
    cut = weekly_list(con, question=told.question, name="opened", most=7)
    assert (len(cut.rows), cut.count, cut.rows["key"][0]) == (7, 30, "infra#0")
