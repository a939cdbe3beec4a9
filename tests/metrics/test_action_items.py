"""Action items: what was promised after an incident, by when, and whether it was done."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
from hypothesis import given

import metrics
from ingest.records import Gone
from metrics.action_items import VERDICTS, figure, summary, weekly
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc
from tests.metrics import action_item_oracle as oracle
from tests.metrics.conftest import Opened
from tests.metrics.incident_oracle import Organisation
from tests.metrics.oracle import EXAMPLES, FEW_EXAMPLES, assert_same, instants, lives, naive

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-30 12:00")
TEXT = f"""{OFFICE}
[[calendar]]
name = "west"
zone = "America/Los_Angeles"
hours = {{ mon = ["09:00-17:00"] }}

[[team]]
name = "west"
calendar = "west"
queues = ["access"]

[[person]]
name = "Bo Nyström"
accounts = ["test/bo", "test/bo-admin"]

[[incident]]
presets = ["labels", "links"]
[incident.review]
action_days = 10
"""
MARK = ("09:00", "label", "+action item", "ana")
DREAM = ("10:00", "label", "+Stretch goal", "ana")


def row(con: duckdb.DuckDBPyConnection, as_of: datetime = AS_OF) -> dict[str, Any]:
    [found] = metrics.action_items(con, as_of=as_of).pl().to_dicts()
    return dict(found)


def verdicts(con: duckdb.DuckDBPyConnection, as_of: datetime = AS_OF) -> dict[int, str]:
    rows = metrics.action_items(con, as_of=as_of).project("key, verdict").fetchall()
    return {int(key.removeprefix("infra#")): verdict for key, verdict in rows}


def test_an_item_without_a_date_is_due_after_the_days_of_the_review(history: History, open_store_of: Store) -> None:
    """Recognised on 2 November at 09:00: ten days end on the 12th at 09:00, and that second is in time."""
    history.ticket(1, "2026-11-01 12:00", ("2026-11-02 09:00", *MARK[1:]))
    con = open_store_of(history.records, TEXT)
    assert str(row(con)["due_at"]) == "2026-11-12 09:00:00"
    found = {clock: row(con, utc(f"2026-11-12 {clock}")) for clock in ("09:00:00", "09:00:01")}
    assert [(told["verdict"], told["is_overdue"]) for told in found.values()] == [("open", False), ("overdue", True)]
    assert found["09:00:00"]["age_seconds"] == 10 * 86400.0


def test_an_eta_is_an_instant_or_the_end_of_a_day_of_the_teams_zone(history: History, open_store_of: Store) -> None:
    """12 November ends at midnight UTC for infra, and at 08:00 UTC of the 13th in Los Angeles. The last date counts."""
    told = {
        "2026-11-20T10:00:00+02:00": "2026-11-20 08:00:00",
        "2026-11-12": "2026-11-13 00:00:00",
        "2026-11-12, then 2026-11-15": "2026-11-16 00:00:00",
        "2026-11-15, then -2026-11-15": "2026-11-12 09:00:00",
        "soon": "2026-11-12 09:00:00",
        "2026-02-30": "2026-11-12 09:00:00",
    }
    for number, etas in enumerate(told, start=1):
        dates = [(f"1{n}:00", "eta", eta, "ana") for n, eta in enumerate(etas.split(", then "))]
        history.ticket(number, "2026-11-02 09:00", MARK, *dates)
    history.ticket(7, "2026-11-02 09:00", MARK, ("10:00", "eta", "2026-11-12", "ana"), queue="access")
    rows = metrics.action_items(open_store_of(history.records, TEXT), as_of=AS_OF).project("due_at").fetchall()
    assert [str(due) for (due,) in rows] == [*told.values(), "2026-11-13 08:00:00"]


def test_done_is_done_and_late_if_after_it_was_due(history: History, open_store_of: Store) -> None:
    for number, at in enumerate(("2026-11-12 09:00:00", "2026-11-12 09:00:01", "2026-11-05 09:00"), start=1):
        history.ticket(number, "2026-11-02 09:00", MARK, (at, "status", "closed", "ana"))
    reopened = [("2026-11-05 09:00", "status", "closed", "a"), ("2026-11-06 09:00", "status", "open", "a")]
    history.ticket(4, "2026-11-02 09:00", MARK, *reopened)
    history.ticket(
        5, "2026-11-02 09:00", ("2026-11-02 10:00", "status", "closed", "a"), ("2026-11-03 09:00", *MARK[1:])
    )
    con = open_store_of(history.records, TEXT)
    assert verdicts(con) == {1: "done", 2: "done late", 3: "done", 4: "overdue", 5: "done"}
    ages = dict(metrics.action_items(con, as_of=AS_OF).project("key, age_seconds").fetchall())
    assert ages["infra#3"] == 3 * 86400.0
    assert ages["infra#5"] is None


def test_aspirational_items_have_no_deadline(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", MARK, DREAM)
    history.ticket(2, "2026-11-02 09:00", MARK, DREAM, ("2026-11-29 09:00", "label", "-Stretch goal", "ana"))
    history.ticket(3, "2026-11-02 09:00", MARK, DREAM, ("2026-11-29 09:00", "status", "closed", "ana"))
    con = open_store_of(history.records, TEXT)
    assert verdicts(con) == {1: "aspirational", 2: "overdue", 3: "done"}
    rows = metrics.action_items(con, as_of=AS_OF).project("is_aspirational, is_overdue, due_at IS NULL").fetchall()
    assert rows == [(True, False, True), (False, True, False), (True, False, True)]


def linked(history: History) -> None:
    """Incident 1 closes on the 5th, incident 2 stays open; 3 is linked to 1, 4 to both, 5 to none, 6 no more."""
    incident = ("09:00", "label", "+incident", "ana")
    history.ticket(1, "2026-11-02 09:00", incident, ("2026-11-05 09:00", "status", "closed", "ana"))
    history.ticket(2, "2026-11-02 09:00", incident)
    links = {number: ("10:00", "link", f"+action_of test/infra#{number}", "ana") for number in (1, 2)}
    gone = ("11:00", "link", "-action_of test/infra#1", "ana")
    for number, changes in ((3, [links[1]]), (4, [links[1], links[2]]), (5, []), (6, [links[1], gone])):
        history.ticket(number, "2026-11-03 09:00", MARK, *changes)


def test_an_item_outlives_its_incidents_when_all_of_them_are_closed(history: History, open_store_of: Store) -> None:
    linked(history)
    con = open_store_of(history.records, TEXT)
    columns = "key, incident_keys, is_after_incident_closed"
    found = metrics.action_items(con, as_of=AS_OF).project(columns).fetchall()
    assert found == [
        ("infra#3", '["infra#1"]', True),
        ("infra#4", '["infra#1","infra#2"]', False),
        ("infra#5", "[]", None),
        ("infra#6", "[]", None),
    ]
    before = metrics.action_items(con, as_of=utc("2026-11-05 09:00")).project("is_after_incident_closed").fetchall()
    assert before[0] == (False,)


def test_what_is_no_action_item_any_more_or_gone_is_left_out(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", MARK, ("10:00", "label", "-action item", "ana"))
    gone = history.ticket(2, "2026-11-02 09:00", MARK)
    history.ticket(3, "2026-11-02 09:00")
    history.records.append(Gone(gone, utc("2026-11-03 00:00"), "deleted"))
    con = open_store_of(history.records, TEXT)
    assert verdicts(con) == {}
    assert verdicts(con, utc("2026-11-02 09:30")) == {1: "open", 2: "open"}
    assert verdicts(open_store_of(history.records, OFFICE)) == {}


def test_owners_are_persons_and_the_queue_is_that_of_the_recognition(history: History, open_store_of: Store) -> None:
    owners = [("10:00", "owner", f"+{login}", "a") for login in ("cy", "bo", "bo-admin")]
    history.ticket(1, "2026-11-02 09:00", MARK, *owners, ("09:00", "queue", "access", "a"))
    history.ticket(2, "2026-11-02 09:00", MARK, ("09:30", "queue", "access", "a"))
    con = open_store_of(history.records, TEXT)
    rows = metrics.action_items(con, as_of=AS_OF).project("queue, owners").fetchall()
    assert [(queue, json.loads(owners)) for queue, owners in rows] == [("access", ["Bo Nyström", "cy"]), ("infra", [])]
    assert metrics.action_items(con, as_of=AS_OF, queue="infra").pl()["key"].to_list() == ["infra#2"]
    asked = [("09:00:00", "10:00:00"), ("08:00:00", "09:00:00"), ("09:00:01", "10:00:00")]
    windows = [{"since": utc(f"2026-11-02 {a}"), "until": utc(f"2026-11-02 {b}")} for a, b in asked]
    assert [len(metrics.action_items(con, as_of=AS_OF, **some).fetchall()) for some in windows] == [2, 0, 0]


def test_the_days_are_those_of_the_version_in_force_at_the_opening(history: History, open_store_of: Store) -> None:
    text = TEXT + '[[incident]]\nvalid_from = 2026-11-03\npresets = ["labels"]\n[incident.review]\naction_days = 1\n'
    for number, opened in ((1, "2026-11-02 23:59:59"), (2, "2026-11-03 00:00:00")):
        history.ticket(number, opened, ("2026-11-03 09:00", *MARK[1:]))
    con = open_store_of(history.records, text)
    assert [f"{due:%d %H}" for (due,) in metrics.action_items(con, as_of=AS_OF).project("due_at").fetchall()] == [
        "13 09",
        "04 09",
    ]


def test_the_summary_is_by_owner_and_by_incident(history: History, open_store_of: Store) -> None:
    linked(history)
    done = ("2026-11-04 09:00", "status", "closed", "a")
    both = [("10:00", "owner", f"+{login}", "a") for login in ("bo", "cy")]
    history.ticket(7, "2026-11-03 09:00", MARK, *both, done)
    history.ticket(8, "2026-11-03 09:00", MARK, both[0], ("10:00", "label", "+stretch", "a"))
    late = [("2026-11-20 09:00", "status", "closed", "a")]
    history.ticket(9, "2026-11-03 09:00", MARK, both[1], *late)
    summed = summary(metrics.action_items(open_store_of(history.records, TEXT), as_of=AS_OF)).to_dicts()
    names = ("open_items", "overdue_items", "chased_items", "aspirational_items", "done_items", "late_items")
    assert {(told["grouped_by"], told["name"]): tuple(told[name] for name in names) for told in summed} == {
        ("all", None): (5, 4, 1, 1, 2, 1),
        ("owner", "Bo Nyström"): (1, 0, 0, 1, 1, 0),
        ("owner", "cy"): (0, 0, 0, 0, 2, 1),
        ("owner", None): (4, 4, 1, 0, 0, 0),
        ("incident", "infra#1"): (2, 2, 1, 0, 0, 0),
        ("incident", "infra#2"): (1, 1, 0, 0, 0, 0),
        ("incident", None): (3, 2, 0, 1, 2, 1),
    }
    assert summed[0]["action_items"] == 7
    assert summed[0]["oldest_open_seconds"] == 27 * 86400 + 3 * 3600
    assert [told["oldest_open_seconds"] for told in summed if told["name"] == "cy"] == [None]


def test_half_are_done_after_the_time_the_median_says(history: History, open_store_of: Store) -> None:
    """Closed after 1, 2 and 3 days, open for longer twice: three fifths are done by the third day."""
    for number in range(1, 6):
        closing = [(f"2026-11-0{2 + number} 09:00", "status", "closed", "a")] if number < 4 else []
        history.ticket(number, "2026-11-02 09:00", MARK, *closing)
    rows = metrics.action_items(open_store_of(history.records, TEXT), as_of=AS_OF)
    assert summary(rows)["median_age_seconds"][0] == 3 * 86400.0
    drawn = figure(rows)
    assert dict(zip(drawn.data[0].x, drawn.data[0].y, strict=True)) == {
        **dict.fromkeys(VERDICTS, 0),
        "done": 3,
        "overdue": 2,
    }
    assert "n = 5 tickets" in drawn.layout.annotations[0].text


def test_a_week_never_counts_what_is_aspirational_as_overdue(history: History, open_store_of: Store) -> None:
    """Due after ten days, on the 12th: one is dreamt of until the 18th, one from the 18th on, one all the time."""
    history.ticket(1, "2026-11-02 09:00", MARK, DREAM, ("2026-11-18 09:00", "label", "-Stretch goal", "ana"))
    history.ticket(2, "2026-11-02 09:00", MARK, ("2026-11-18 09:00", "label", "+Stretch goal", "ana"))
    history.ticket(3, "2026-11-02 09:00", MARK, DREAM)
    weeks = Week.parse("2026-W48", "UTC").through(4)
    table = weekly(open_store_of(history.records, TEXT), as_of=utc("2026-11-24 00:00"), weeks=weeks)
    assert table.select("week", "open_items", "overdue_items").rows() == [
        ("2026-W45", 3, 0),
        ("2026-W46", 3, 1),
        ("2026-W47", 3, 1),
        ("2026-W48", 3, 1),
    ]


def test_the_weeks_add_up_reopened_withdrawn_and_gone_included(history: History, open_store_of: Store) -> None:
    """The week of 2 November: five come; of 9 November: one is closed, one no longer an item, one gone; of the 16th:
    the closed one is back. Due after ten days, on the 12th; 5 had an ETA of the 20th until it had none."""
    back = [("2026-11-10 09:00", "status", "closed", "a"), ("2026-11-17 09:00", "status", "open", "a")]
    history.ticket(1, "2026-11-02 09:00", MARK, *back)
    history.ticket(2, "2026-11-02 09:00", MARK, ("2026-11-10 09:00", "label", "-action item", "a"))
    gone = history.ticket(3, "2026-11-02 09:00", MARK)
    history.records.append(Gone(gone, utc("2026-11-13 09:00"), "deleted"))
    history.ticket(4, "2026-11-02 09:00", MARK, ("2026-11-16 00:00", "status", "closed", "a"))
    moved = [("10:00", "eta", "2026-11-20", "a"), ("2026-11-18 09:00", "eta", "-2026-11-20", "a")]
    history.ticket(5, "2026-11-02 09:00", MARK, *moved)
    history.ticket(6, "2026-11-02 09:00", MARK, queue="access")
    con = open_store_of(history.records, TEXT)
    weeks = Week.parse("2026-W48", "UTC").through(4)
    table = weekly(con, as_of=utc("2026-11-24 00:00"), weeks=weeks, queue="infra")
    names = ("opened", "reopened", "closed", "withdrawn", "net", "open_items", "overdue_items")
    assert table.select("week", *names).rows() == [
        ("2026-W45", 5, 0, 0, 0, 5, 5, 0),
        ("2026-W46", 0, 0, 1, 2, -3, 2, 1),
        ("2026-W47", 0, 1, 1, 0, 0, 2, 2),
        ("2026-W48", 0, 0, 0, 0, 0, 2, 2),
    ]
    assert weekly(con, as_of=utc("2026-11-24 00:00"), weeks=weeks)["open_items"].to_list() == [6, 3, 3, 3]


def told_by(history: History, as_of: datetime) -> Organisation:
    known = lives(oracle.SAID, history.records, as_of)
    return Organisation(oracle.SAID, {life.ticket.ticket_id: life for life in known})


@EXAMPLES
@given(history=oracle.action_histories(), as_of=instants())
def test_action_items_agree_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    columns = "ticket_id, incident_ids, queue, owners, recognised_at, closed_at, due_at, age_seconds, is_open"
    columns += ", is_aspirational, is_after_incident_closed, verdict"
    with opened(history.records, oracle.TEXT) as con:
        rows = metrics.action_items(con, as_of=as_of).project(columns).fetchall()
    got = [(r[0], json.loads(r[1]), r[2], json.loads(r[3]), *r[4:]) for r in rows]
    assert_same(history, as_of, got, list(oracle.action_items(told_by(history, as_of))))


@EXAMPLES
@given(history=oracle.action_histories(), as_of=instants())
def test_weeks_agree_with_a_plain_replay_and_with_the_rows(opened: Opened, history: History, as_of: datetime) -> None:
    """Each week's end is what the rows of that instant say, and the changes between two are their difference."""
    weeks = Week.containing(as_of, "UTC").through(4)
    organisation = told_by(history, as_of)
    with opened(history.records, oracle.TEXT) as con:
        table = weekly(con, as_of=as_of, weeks=weeks)
        ends = [min(week.ends_at, as_of) for week in weeks]
        rows = [metrics.action_items(con, as_of=end).pl() for end in ends]
    assert table["open_items"].to_list() == [int(found["is_open"].sum()) for found in rows]
    assert table["overdue_items"].to_list() == [int(found["is_overdue"].sum()) for found in rows]
    assert table["net"].to_list()[1:] == table["open_items"].diff().to_list()[1:]
    for week, counted in zip(weeks, table.to_dicts(), strict=True):
        inside = [
            why for _, at, why in oracle.changes(organisation) if naive(week.starts_at) <= at < naive(week.ends_at)
        ]
        assert Counter(inside) == Counter(
            {why: counted[why] for why in ("opened", "reopened", "closed", "withdrawn") if counted[why]}
        )


@FEW_EXAMPLES
@given(history=oracle.action_histories(), as_of=instants())
def test_the_summary_counts_the_rows(opened: Opened, history: History, as_of: datetime) -> None:
    with opened(history.records, oracle.TEXT) as con:
        rows = metrics.action_items(con, as_of=as_of)
        found, summed = rows.pl(), summary(rows)
    total = summed.filter(grouped_by="all")
    assert total["action_items"].sum() == len(found)
    assert total["open_items"].sum() + total["done_items"].sum() == len(found)
    for grouped_by, column in (("owner", "owners"), ("incident", "incident_keys")):
        each = [max(1, len(json.loads(names))) for names in found[column]]
        assert summed.filter(grouped_by=grouped_by)["action_items"].sum() == sum(each)
