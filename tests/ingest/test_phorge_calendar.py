"""Phorge's Calendar as shifts and absences."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ingest.demo.trackers.phorge import Phorge
from ingest.demo.trackers.phorge.conduit import Release
from ingest.records import Absence, Rejected, Shift
from settings.sources import Duty
from tests.ingest.ledger import BEGIN
from tests.ingest.phorge_reader import SITE, SWEPT, Counting, Held, Reader, later, read

RULES = [Duty(role="duty", title="Duty: *"), Duty(role="backup", title="Backup [2]?"), Duty(title="Away: *")]
CALENDAR = SITE.model_copy(update={"calendar": RULES})
MONDAY = date(2026, 3, 9)
WEEK = timedelta(days=7)


def desk(release: Release = "master", **kept: Any) -> Phorge:
    tracker = Phorge(now=BEGIN, release=release, **kept)
    for login in ("ana", "ben", "cleo"):
        tracker.enrol(login, login.title())
    return tracker


def shifts(reader: Reader) -> dict[str, Shift]:
    return {row.shift_id: row for key, row in Held(reader.records()).seen().items() if key[0] == "shift"}


def absences(reader: Reader) -> dict[str, Absence]:
    return {row.absence_id: row for key, row in Held(reader.records()).seen().items() if key[0] == "absence"}


def test_an_invitation_is_a_shift_of_the_rules_role_from_midnight_to_midnight_utc() -> None:
    """All-day events are dates; the epoch is midnight where the viewer lives, and is not looked at."""
    tracker = desk()
    tracker.schedule(BEGIN, "ana", "Duty: Ben", MONDAY, MONDAY + WEEK, ["ben"])
    assert shifts(read(tracker, CALENDAR)) == {
        "phorge/E1/ben": Shift(
            "phorge/E1/ben", "phorge", "duty", "phorge/ben",
            datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 16, tzinfo=UTC),
        )
    }  # fmt: skip


def test_a_timed_event_is_an_instant() -> None:
    tracker = desk()
    begins = datetime(2026, 3, 9, 16, 30, tzinfo=UTC)
    tracker.schedule(BEGIN, "ana", "Duty: Ben", begins, begins + timedelta(hours=8), ["ben"])
    [shift] = shifts(read(tracker, CALENDAR)).values()
    assert (shift.starts_at, shift.ends_at) == (begins, begins + timedelta(hours=8))


def test_the_first_rule_that_matches_decides_and_a_rule_without_a_role_makes_absences() -> None:
    tracker = desk()
    tracker.schedule(BEGIN, "ana", "Away: Ben", MONDAY, MONDAY + WEEK, ["ben"])
    tracker.schedule(BEGIN, "ana", "Backup [2]!", MONDAY, MONDAY + WEEK, ["cleo"])
    tracker.schedule(BEGIN, "ana", "Sprint planning", MONDAY, MONDAY + WEEK, ["cleo"])
    reader = read(tracker, CALENDAR)
    assert set(absences(reader)) == {"phorge/E1/ben"}
    assert [shift.role for shift in shifts(reader).values()] == ["backup"], "brackets in a title are just brackets"


def test_an_event_of_the_past_month_is_read_too() -> None:
    """Without display=list only the current month is told."""
    tracker = desk()
    tracker.schedule(BEGIN, "ana", "Duty: Ben", date(2024, 1, 1), date(2024, 1, 8), ["ben"])
    assert set(shifts(read(tracker, CALENDAR))) == {"phorge/E1/ben"}


def test_a_cancelled_event_is_no_shift_any_more() -> None:
    """Nothing in its row says so: it is missing from what is active."""
    tracker = desk()
    event = tracker.schedule(BEGIN, "ana", "Duty: Ben", MONDAY, MONDAY + WEEK, ["ben"])
    tracker.schedule(BEGIN, "ana", "Duty: Cleo", MONDAY + WEEK, MONDAY + 2 * WEEK, ["cleo"])
    reader = Reader(tracker, CALENDAR).run()
    later(tracker, 3_600)
    tracker.cancel(tracker.now, "ana", event)
    reader.run()
    assert set(shifts(reader)) == {"phorge/E2/cleo"}


def test_a_swap_is_another_guest() -> None:
    tracker = desk()
    event = tracker.schedule(BEGIN, "ana", "Duty: Ben", MONDAY, MONDAY + WEEK, ["ben"])
    reader = Reader(tracker, CALENDAR).run()
    tracker.invite(tracker.now, "ana", event, ["cleo", "ana"])
    reader.run()
    assert set(shifts(reader)) == {"phorge/E1/ana", "phorge/E1/cleo"}


def test_an_event_without_guests_is_its_hosts() -> None:
    tracker = desk()
    tracker.schedule(BEGIN, "cleo", "Away: Cleo", MONDAY, MONDAY + WEEK, [])
    assert set(absences(read(tracker, CALENDAR))) == {"phorge/E1/cleo"}


def test_a_calendar_that_did_not_change_costs_one_question_more() -> None:
    tracker = desk()
    for n in range(150):
        tracker.schedule(BEGIN, "ana", "Duty: Ben", MONDAY + n * WEEK, MONDAY + (n + 1) * WEEK, ["ben"])
    reader = Reader(tracker, CALENDAR).run()
    later(tracker, 3_600)
    reader.tracker = counting = Counting(tracker)
    reader.run()
    assert counting.asked == ["maniphest.search", "transaction.search"]
    assert len(shifts(reader)) == 150


def test_once_a_week_the_calendar_is_read_although_nothing_changed() -> None:
    """Who joins an invited project leaves no trace in the event."""
    tracker = desk()
    tracker.schedule(BEGIN, "ana", "Duty: Ben", MONDAY, MONDAY + WEEK, ["ben"])
    reader = Reader(tracker, CALENDAR).run()
    next(iter(tracker.tables.events.values())).guests.append(tracker.tables.user("cleo"))
    later(tracker, SWEPT)
    reader.run()
    assert set(shifts(reader)) == {"phorge/E1/ben", "phorge/E1/cleo"}


def test_other_rules_read_the_calendar_again() -> None:
    tracker = desk()
    tracker.schedule(BEGIN, "ana", "Duty: Ben", MONDAY, MONDAY + WEEK, ["ben"])
    reader = Reader(tracker, SITE.model_copy(update={"calendar": [Duty(role="other", title="Other")]})).run()
    assert shifts(reader) == {}
    reader.site = CALENDAR
    reader.run()
    assert set(shifts(reader)) == {"phorge/E1/ben"}


def test_endless_series_push_nothing_out_and_are_said_to_be_unreadable() -> None:
    """Their instances have no name, fill the page and make the cursor start over: only what has a PHID is asked for."""
    tracker = desk()
    tracker.schedule(BEGIN, "ana", "Standup", MONDAY, MONDAY + timedelta(days=1), [], every=timedelta(days=1))
    tracker.schedule(BEGIN, "ana", "Duty: every week", MONDAY, MONDAY + WEEK, ["ben"], every=WEEK)
    tracker.schedule(BEGIN, "ana", "Duty: Cleo", MONDAY + 300 * WEEK, MONDAY + 301 * WEEK, ["cleo"])
    reader = read(tracker, CALENDAR)
    assert set(shifts(reader)) == {"phorge/E2/ben", "phorge/E3/cleo"}
    rejected = [record for record in reader.records() if isinstance(record, Rejected)]
    assert [record.place for record in rejected] == ["calendar, Duty: every week"]
    assert "ICS" in rejected[0].reason


def test_people_without_a_shift_cost_next_to_nothing() -> None:
    """Halves of the people that share no event are asked about once."""
    tracker = desk()
    for n in range(250):
        tracker.enrol(f"colleague{n}", "Colleague")
    tracker.schedule(BEGIN, "ana", "Duty: Ben", MONDAY, MONDAY + WEEK, ["ben"])
    counting = Counting(tracker)
    assert set(shifts(read(counting, CALENDAR))) == {"phorge/E1/ben"}
    assert counting.asked.count("calendar.event.search") < 30


def test_a_switched_off_calendar_is_a_trouble_and_tasks_are_read_all_the_same() -> None:
    tracker = desk(has_calendar=False)
    tracker.open(BEGIN, "ana", "Lamp", "", queue="infra")
    reader = read(tracker, CALENDAR)
    [trouble] = reader.troubles
    assert "prototype" in trouble.reason and trouble.place == "calendar"
    assert len(reader.events("created")) == 1 and "run" not in reader.since


def test_without_rules_the_calendar_is_not_asked_about() -> None:
    counting = Counting(desk(has_calendar=False))
    assert read(counting).troubles == []
    assert "calendar.event.search" not in counting.asked


def test_an_old_release_tells_events_to_come_and_deletes_none_that_are_past() -> None:
    """Before September 2025 neither display nor isCancelled could be asked for."""
    tracker = desk("2024.35")
    tracker.schedule(BEGIN, "ana", "Duty: Ben", MONDAY, MONDAY + WEEK, ["ben"])
    reader = Reader(tracker, CALENDAR).run()
    assert set(shifts(reader)) == {"phorge/E1/ben"}
    later(tracker, 30 * 86_400)
    tracker.schedule(tracker.now, "ana", "Duty: Cleo", date(2026, 5, 4), date(2026, 5, 11), ["cleo"])
    reader.run()
    assert set(shifts(reader)) == {"phorge/E1/ben", "phorge/E2/cleo"}
    assert any(isinstance(record, Rejected) and "September 2025" in record.reason for record in reader.records())


@pytest.mark.parametrize("ends", [MONDAY, MONDAY - WEEK])
def test_an_event_of_no_length_is_no_shift(ends: date) -> None:
    tracker = desk()
    tracker.schedule(BEGIN, "ana", "Duty: Ben", MONDAY, ends, ["ben"])
    assert shifts(read(tracker, CALENDAR)) == {}
