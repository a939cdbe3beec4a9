"""Incidents: how long until somebody looked, until it was bearable, until it was over."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given

import metrics
from ingest.records import Gone
from metrics.incidents import figure, summary, weekly
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.incident_oracle import Organisation
from tests.metrics.oracle import EXAMPLES, SAID, WORLD, assert_same, incident_histories, instants, lives

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-09 12:00")
TEXT = f"""{OFFICE}
[[incident]]
incident = [{{ label = ["incident"] }}]
[incident.milestones]
detected = [{{ field = "comment", key = "Detected" }}]
acknowledged = [{{ field = "owner" }}, {{ field = "comment", key = "Acknowledged" }}]
mitigated = [{{ field = "label", value = "mitigated" }}]
resolved = [{{ field = "closed" }}]
"""
LABEL = ("09:00", "label", "+incident", "ana")
COURSE = [
    LABEL,
    ("09:10", "owner", "+ana", "ana"),
    ("10:00", "label", "+mitigated", "ana"),
    ("12:00", "status", "closed", "ana"),
]


def row(con: duckdb.DuckDBPyConnection, as_of: datetime = AS_OF) -> dict[str, Any]:
    [found] = metrics.incidents(con, as_of=as_of).pl().to_dicts()
    return dict(found)


def seconds(found: dict[str, Any]) -> list[float | None]:
    return [found[f"to_{verb}_seconds"] for verb in ("acknowledge", "mitigate", "resolve")]


def test_without_a_detection_an_incident_is_measured_from_its_opening(history: History, open_store_of: Store) -> None:
    """Opened 09:00, owned 09:10, mitigated 10:00, closed 12:00."""
    history.ticket(1, "2026-11-02 09:00", *COURSE)
    found = row(open_store_of(history.records, TEXT))
    assert seconds(found) == [600.0, 3600.0, 10800.0]
    assert (found["detected_at"], found["is_ongoing"], found["lasted_seconds"]) == (None, False, 10800.0)
    assert found["has_backward_clock"] is False


def test_what_was_told_of_the_detection_starts_the_clock(history: History, open_store_of: Store) -> None:
    """The alert fired at 08:30, half an hour before the ticket."""
    history.ticket(1, "2026-11-02 09:00", *COURSE, ("13:00", "comment", "+Detected: 2026-11-02T08:30Z", "ana"))
    assert seconds(row(open_store_of(history.records, TEXT))) == [2400.0, 5400.0, 12600.0]


def test_a_clock_that_runs_backwards_is_no_duration(history: History, open_store_of: Store) -> None:
    """Detected at 09:30, they say; but it was owned at 09:10 already. At the same instant it is zero."""
    history.ticket(1, "2026-11-02 09:00", *COURSE, ("13:00", "comment", "+Detected: 2026-11-02T09:30Z", "ana"))
    found = row(open_store_of(history.records, TEXT))
    assert seconds(found) == [None, 1800.0, 9000.0]
    assert found["has_backward_clock"] is True
    history.records.clear()
    history._logins.clear()
    history.ticket(1, "2026-11-02 09:00", *COURSE, ("13:00", "comment", "+Detected: 2026-11-02T12:00Z", "ana"))
    found = row(open_store_of(history.records, TEXT))
    assert seconds(found) == [None, None, 0.0]
    assert (found["lasted_seconds"], found["has_backward_clock"]) == (0.0, True)


def test_an_ongoing_incident_has_lasted_so_far(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", *COURSE)
    con = open_store_of(history.records, TEXT)
    found = row(con, utc("2026-11-02 11:00"))
    assert seconds(found) == [600.0, 3600.0, None]
    assert (found["is_ongoing"], found["lasted_seconds"]) == (True, 7200.0)
    assert row(con, utc("2026-11-02 12:00"))["is_ongoing"] is True
    assert row(con, utc("2026-11-02 12:00:01"))["is_ongoing"] is False


def test_the_first_end_counts_however_often_it_comes_back(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", *COURSE, ("13:00", "status", "open", "a"), ("15:00", "status", "closed", "a"))
    con = open_store_of(history.records, TEXT)
    for as_of in (utc("2026-11-02 14:00"), AS_OF):
        assert (row(con, as_of)["to_resolve_seconds"], row(con, as_of)["is_ongoing"]) == (10800.0, False)


def test_closed_without_a_word_of_a_resolution_has_lasted_nobody_knows_how_long(
    history: History, open_store_of: Store
) -> None:
    text = TEXT.replace('resolved = [{ field = "closed" }]', 'resolved = [{ field = "comment", key = "Resolved" }]')
    history.ticket(1, "2026-11-02 09:00", *COURSE)
    found = row(open_store_of(history.records, text))
    assert (found["resolved_at"], found["is_ongoing"], found["lasted_seconds"]) == (None, False, None)


def test_queue_and_priority_are_those_of_the_recognition(history: History, open_store_of: Store) -> None:
    """Whatever the second brings that the label came in; and without a priority, the first it is given later."""
    label = ("10:00", "label", "+incident", "ana")
    moved = [("11:00", "queue", "access", "a"), ("11:00", "label", "-P1", "a"), ("11:00", "label", "+P0", "a")]
    history.ticket(1, "2026-11-02 09:00", ("09:30", "label", "+P1", "a"), label, *moved)
    history.ticket(2, "2026-11-02 09:00", label, ("10:00", "label", "+P2", "a"), ("10:00", "queue", "access", "a"))
    history.ticket(3, "2026-11-02 09:00", label, ("10:20", "label", "+P1", "a"), ("10:20", "label", "+P0", "a"))
    history.ticket(4, "2026-11-02 09:00", ("09:30", "label", "+P1", "a"), ("09:40", "label", "-P1", "a"), label)
    con = open_store_of(history.records, TEXT)
    assert metrics.incidents(con, as_of=AS_OF).project("key, queue, priority").fetchall() == [
        ("infra#1", "infra", "P1"),
        ("infra#2", "access", "P2"),
        ("infra#3", "infra", "P1"),
        ("infra#4", "infra", None),
    ]
    assert metrics.incidents(con, as_of=AS_OF, queue="access").pl()["key"].to_list() == ["infra#2"]


def test_what_is_no_incident_any_more_or_gone_is_left_out(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", LABEL, ("10:00", "label", "-incident", "ana"))
    gone = history.ticket(2, "2026-11-02 09:00", LABEL)
    history.ticket(3, "2026-11-02 09:00")
    history.records.append(Gone(gone, utc("2026-11-03 00:00"), "deleted"))
    con = open_store_of(history.records, TEXT)
    assert metrics.incidents(con, as_of=AS_OF).fetchall() == []
    assert len(metrics.incidents(con, as_of=utc("2026-11-02 09:30")).fetchall()) == 2
    assert metrics.incidents(open_store_of(history.records, OFFICE), as_of=AS_OF).fetchall() == []


def test_a_window_is_of_recognitions_and_half_open(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", LABEL)
    con = open_store_of(history.records, TEXT)
    asked = [("09:00:00", "10:00:00"), ("08:00:00", "09:00:00"), ("09:00:01", "10:00:00")]
    windows = [{"since": utc(f"2026-11-02 {a}"), "until": utc(f"2026-11-02 {b}")} for a, b in asked]
    assert [len(metrics.incidents(con, as_of=AS_OF, **some).fetchall()) for some in windows] == [1, 0, 0]


@pytest.fixture
def six(history: History, open_store_of: Store) -> duckdb.DuckDBPyConnection:
    """Owned after 1 to 6 minutes, closed after 1 to 5 hours, the sixth still open; the seventh is of another queue."""
    for number in range(1, 7):
        changes = [LABEL, (f"09:0{number}", "owner", "+ana", "ana"), (f"{9 + number}:00", "status", "closed", "ana")]
        history.ticket(number, "2026-11-02 09:00", *(changes if number < 6 else changes[:2]))
    history.ticket(7, "2026-11-09 00:00", ("2026-11-09 09:00", "label", "+incident", "ana"), queue="access")
    return open_store_of(history.records, TEXT)


def test_the_summary_shows_distributions_and_counts_the_ongoing(six: duckdb.DuckDBPyConnection) -> None:
    """Of 1, 2, 3, 4, 5, 6 minutes the third is the median and the sixth the 85th percentile: 5.1 of 6. Of the five
    closings the third is the median; with the ongoing one, half of six have ended after the third, too."""
    rows = metrics.incidents(six, as_of=utc("2026-11-09 10:00"))
    access, infra = summary(rows).to_dicts()
    assert (infra["queue"], infra["priority"], infra["incidents"], infra["ongoing_incidents"]) == ("infra", None, 6, 1)
    assert (infra["acknowledged_incidents"], infra["mitigated_incidents"], infra["resolved_incidents"]) == (6, 0, 5)
    names = [f"{name}_to_acknowledge_seconds" for name in ("median", "p85", "max")]
    assert [infra[name] for name in names] == [180.0, 360.0, 360.0]
    names = [f"{name}_to_resolve_seconds" for name in ("median", "p85", "max")]
    assert [infra[name] / 3600 for name in names] == [3.0, 5.0, 5.0]
    assert infra["median_lasting_seconds"] == 3 * 3600.0
    assert infra["median_to_mitigate_seconds"] is None
    assert (access["incidents"], access["ongoing_incidents"], access["max_to_acknowledge_seconds"]) == (1, 1, None)
    assert access["backward_incidents"] == 0


def test_four_known_times_are_too_few_for_any_figure(six: duckdb.DuckDBPyConnection) -> None:
    rows = metrics.incidents(six, as_of=utc("2026-11-02 13:30"))
    [infra] = summary(rows).to_dicts()
    assert (infra["resolved_incidents"], infra["max_to_resolve_seconds"]) == (4, None)
    assert infra["median_lasting_seconds"] == 3 * 3600.0


def test_the_weeks_are_those_of_the_recognition_and_add_up(six: duckdb.DuckDBPyConnection) -> None:
    weeks = Week.parse("2026-W46", "UTC").through(3)
    table = weekly(six, as_of=utc("2026-11-09 10:00"), weeks=weeks)
    names = ("incidents", "ongoing_incidents", "resolved_incidents", "median_to_acknowledge_seconds")
    assert table.select("week", *names).rows() == [
        ("2026-W44", 0, 0, 0, None),
        ("2026-W45", 6, 1, 5, 180.0),
        ("2026-W46", 1, 1, 0, None),
    ]
    assert table["median_to_resolve_seconds"].to_list() == [None, 3 * 3600.0, None]
    assert table["is_complete"].to_list() == [True, True, False]
    assert table["incidents"].sum() == len(metrics.incidents(six, as_of=utc("2026-11-09 10:00")).fetchall())
    assert weekly(six, as_of=AS_OF, weeks=weeks[:2], queue="access")["incidents"].to_list() == [0, 0]


def test_the_figure_draws_every_incident(six: duckdb.DuckDBPyConnection) -> None:
    drawn = figure(metrics.incidents(six, as_of=utc("2026-11-09 10:00")))
    to_resolve, ongoing = drawn.data[2], drawn.data[3]
    assert [hours for hours in to_resolve.y if hours] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert [hours for hours in ongoing.y if hours] == [169.0, 10.0]
    assert ongoing.marker.symbol == "circle-open"
    assert "n = 7 incidents" in drawn.layout.annotations[0].text
    assert drawn.layout.yaxis.title.text == "Since the detection (hours)"


@EXAMPLES
@given(history=incident_histories(), as_of=instants())
def test_incidents_agree_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    organisation = Organisation(SAID, {life.ticket.ticket_id: life for life in lives(SAID, history.records, as_of)})
    with opened(history.records, WORLD) as con:
        got = metrics.incidents(con, as_of=as_of)
        columns = "queue, priority, detected_at, acknowledged_at, mitigated_at, resolved_at, to_acknowledge_seconds"
        columns += ", to_mitigate_seconds, to_resolve_seconds, is_ongoing, lasted_seconds, has_backward_clock"
        got_rows = got.project(f"ticket_id, recognised_at, {columns}").fetchall()
    assert_same(history, as_of, got_rows, list(replayed(organisation)))


def replayed(organisation: Organisation) -> Any:
    told = {(ticket, name): at for ticket, name, at in organisation.milestones()}
    for ticket, role, since, until, _ in organisation.tickets():
        if role == "incident" and until is None:
            life = organisation.lives[ticket]
            now = life.until(since)
            priorities = [life.priority(moment) for moment in life.moments if moment is now or moment.at > since]
            reached = [told.get((ticket, name)) for name in ("detected", "acknowledged", "mitigated", "resolved")]
            began = reached[0] or life.ticket.opened_at.replace(tzinfo=None)
            spans = [(at - began).total_seconds() if at else None for at in reached[1:]]
            known = [span if span is not None and span >= 0 else None for span in spans]
            is_ongoing = reached[3] is None and life.moments[-1].is_open
            lasted = (life.as_of - began).total_seconds() if is_ongoing else known[2]
            is_backward = any(span is not None and span < 0 for span in spans)
            priority = next((found for found in priorities if found), None)
            yield (ticket, since, now.queue or None, priority, *reached, *known, is_ongoing, lasted, is_backward)
