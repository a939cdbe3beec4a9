"""When the events of a calendar happen: zones, lengths, recurrences and their exceptions, several versions of one."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.ical.shifts import window
from ingest.records import Shift
from settings.sources import ICal
from tests.ingest.ical_words import READ_AT, calendar, complaints, event, people, site, spans, times, told

BEGIN = datetime.fromisoformat("2025-03-01T00:00")  # on somebody's wall
WEEK = ("DTSTART:20261102T070000Z", "DTEND:20261109T070000Z")


# --- When --------------------------------------------------------------------------------------------


def when(*lines: str, **facts: Any) -> list[tuple[str, str]]:
    return spans(calendar(event(*lines), properties=facts.pop("properties", "")), site(**facts))


def test_a_whole_day_is_one_of_the_settings_zone() -> None:
    days = ("DTSTART;VALUE=DATE:20261102", "DTEND;VALUE=DATE:20261109")
    assert when(*days) == [("02.11. 00:00", "09.11. 00:00")]
    assert when(*days, zone="Europe/Berlin") == [("01.11. 23:00", "08.11. 23:00")]


def test_the_calendars_own_zone_counts_where_the_settings_name_none() -> None:
    day = ("DTSTART;VALUE=DATE:20261102", "DTEND;VALUE=DATE:20261103")
    tokyo = {"properties": "X-WR-TIMEZONE:Asia/Tokyo"}
    assert when(*day, **tokyo) == [("01.11. 15:00", "02.11. 15:00")]
    assert when(*day, **tokyo, zone="Europe/Berlin") == [("01.11. 23:00", "02.11. 23:00")]


@pytest.mark.parametrize("end", ["DTEND;VALUE=DATE:20261103", "DURATION:P1D", "DTEND;VALUE=DATE:20261102", ""])
def test_one_whole_day_is_one_day_however_its_end_is_written(end: str) -> None:
    assert when("DTSTART;VALUE=DATE:20261102", *filter(None, [end])) == [("02.11. 00:00", "03.11. 00:00")]


def test_a_time_without_zone_is_one_of_the_calendars_zone() -> None:
    floating = ("DTSTART:20261102T090000", "DTEND:20261102T170000")
    assert when(*floating, zone="Europe/Berlin") == [("02.11. 08:00", "02.11. 16:00")]


def test_a_time_with_a_zone_is_one_of_that_zone() -> None:
    there = ("DTSTART;TZID=America/New_York:20261102T090000", "DTEND;TZID=Europe/Berlin:20261102T170000")
    assert when(*there) == [("02.11. 14:00", "02.11. 16:00")]


def test_a_shift_over_midnight_ends_the_next_day() -> None:
    night = ("DTSTART;TZID=Europe/Berlin:20261102T220000", "DTEND;TZID=Europe/Berlin:20261103T060000")
    assert when(*night) == [("02.11. 21:00", "03.11. 05:00")]


def test_a_week_over_the_end_of_summer_time_is_an_hour_longer() -> None:
    week = ("DTSTART;TZID=Europe/Berlin:20261019T090000", "DTEND;TZID=Europe/Berlin:20261026T090000")
    assert when(*week) == [("19.10. 07:00", "26.10. 08:00")]


def test_a_recurring_week_is_handed_over_at_the_same_local_hour_all_year() -> None:
    week = ("DTSTART;TZID=Europe/Berlin:20261012T090000", "DTEND;TZID=Europe/Berlin:20261019T090000")
    assert when(*week, "RRULE:FREQ=WEEKLY;COUNT=3") == [
        ("12.10. 07:00", "19.10. 07:00"),
        ("19.10. 07:00", "26.10. 08:00"),
        ("26.10. 08:00", "02.11. 08:00"),
    ]


def test_a_duration_in_days_is_by_the_calendar_and_one_in_hours_by_the_clock() -> None:
    start = "DTSTART;TZID=Europe/Berlin:20261025T000000"
    assert when(start, "DURATION:P1D") == [("24.10. 22:00", "25.10. 23:00")]
    assert when(start, "DURATION:PT24H") == [("24.10. 22:00", "25.10. 22:00")]
    assert when(start, "DURATION:P1DT1H") == [("24.10. 22:00", "26.10. 00:00")]
    assert when(start, "DURATION:P1W") == [("24.10. 22:00", "31.10. 23:00")]


def test_a_day_with_a_duration_in_hours_begins_at_midnight() -> None:
    berlin = {"zone": "Europe/Berlin"}
    assert when("DTSTART;VALUE=DATE:20261102", "DURATION:PT8H", **berlin) == [("01.11. 23:00", "02.11. 07:00")]


@pytest.mark.parametrize("name", ["W. Europe Standard Time", "/vendor.example/Europe/Berlin", "Europe/Berlin"])
def test_zones_are_known_by_the_names_that_programs_give_them(name: str) -> None:
    nine = (f'DTSTART;TZID="{name}":20261102T090000', f'DTEND;TZID="{name}":20261102T100000')
    assert when(*nine) == [("02.11. 08:00", "02.11. 09:00")]


CUSTOM = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:{summer}
TZOFFSETTO:{winter}
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:{winter}
TZOFFSETTO:{summer}
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""
AT_CUSTOM = event(
    'DTSTART;TZID="Customized Time Zone":20261019T090000', 'DTEND;TZID="Customized Time Zone":20261026T090000'
)


def test_a_zone_that_only_the_file_knows_is_read_from_it() -> None:
    zone = CUSTOM.format(name="Customized Time Zone", summer="+0200", winter="+0100")
    assert spans(calendar(zone, AT_CUSTOM)) == [("19.10. 07:00", "26.10. 08:00")]


def test_two_files_may_mean_different_zones_by_one_name() -> None:
    for hours, starts in (("+0200", "07:00"), ("-0700", "16:00"), ("+0200", "07:00")):
        zone = CUSTOM.format(name="Customized Time Zone", summer=hours, winter=hours)
        assert spans(calendar(zone, AT_CUSTOM))[0][0] == f"19.10. {starts}"


def test_a_zone_that_nobody_knows_is_told_with_its_line() -> None:
    [complaint] = complaints(calendar(AT_CUSTOM))
    assert complaint.startswith(
        "line 4, UID one: line 8: the time zone 'Customized Time Zone' is unknown, and the file does not define it"
    )


def test_a_broken_zone_spoils_its_own_events_only() -> None:
    zone = CUSTOM.format(name="Customized Time Zone", summer="+02x0", winter="+0100")
    text = calendar(zone, AT_CUSTOM, event(*WEEK, uid="two"))
    assert spans(text) == [("02.11. 07:00", "09.11. 07:00")]
    assert "the time zone 'Customized Time Zone', defined in line 4, cannot be read" in complaints(text)[0]


# --- Again and again ---------------------------------------------------------------------------------

MORNING = ("DTSTART;TZID=Europe/Berlin:20261102T090000", "DTEND;TZID=Europe/Berlin:20261102T120000")
DAILY = event(*MORNING, "RRULE:FREQ=DAILY;COUNT=5")


def instead(*lines: str, of: str = "20261104T090000", **facts: Any) -> str:
    return event(f"RECURRENCE-ID;TZID=Europe/Berlin:{of}", *lines, **facts)


def starts(text: str, of: ICal | None = None) -> list[str]:
    return [start for start, _ in spans(text, of)]


def test_a_date_that_is_left_out_does_not_happen() -> None:
    for left_out in (
        "EXDATE;TZID=Europe/Berlin:20261104T090000",
        "EXDATE:20261104T080000Z",
        "EXDATE;VALUE=DATE:20261104",
    ):
        text = calendar(event(*MORNING, "RRULE:FREQ=DAILY;COUNT=4", left_out))
        assert starts(text) == ["02.11. 08:00", "03.11. 08:00", "05.11. 08:00"]


def test_several_dates_left_out_may_stand_in_one_line_or_in_several() -> None:
    both = "EXDATE;TZID=Europe/Berlin:20261103T090000,20261104T090000"
    lines = ["EXDATE;TZID=Europe/Berlin:20261103T090000", "EXDATE;TZID=Europe/Berlin:20261104T090000"]
    for left_out in ([both], lines):
        assert starts(calendar(event(*MORNING, "RRULE:FREQ=DAILY;COUNT=4", *left_out))) == [
            "02.11. 08:00",
            "05.11. 08:00",
        ]


def test_an_added_date_happens_too_and_may_have_its_own_end() -> None:
    added = "RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20261110T090000/PT1H"
    assert spans(calendar(event(*MORNING, added))) == [
        ("02.11. 08:00", "02.11. 11:00"),
        ("10.11. 08:00", "10.11. 09:00"),
    ]


def test_an_exception_may_move_an_occurrence_even_across_days() -> None:
    moved = instead("DTSTART;TZID=Europe/Berlin:20261120T140000", "DTEND;TZID=Europe/Berlin:20261120T150000")
    for text in (calendar(DAILY, moved), calendar(moved, DAILY)):
        assert starts(text) == ["02.11. 08:00", "03.11. 08:00", "05.11. 08:00", "06.11. 08:00", "20.11. 13:00"]


def test_an_exception_may_swap_the_person() -> None:
    swap = instead("DTSTART;TZID=Europe/Berlin:20261104T090000", "DURATION:PT3H", who="ben@acme.example")
    assert Counter(people(calendar(DAILY, swap))) == {"rota/ada@acme.example": 4, "rota/ben@acme.example": 1}


def test_an_exception_may_be_no_duty_any_more_and_another_may_become_one() -> None:
    lunch = DAILY.replace("Duty", "Lunch")
    one = instead("DTSTART;TZID=Europe/Berlin:20261104T090000", "DURATION:PT3H")
    assert starts(calendar(lunch, one)) == ["04.11. 08:00"]
    assert len(starts(calendar(DAILY, one.replace("Duty", "Lunch")))) == 4


def test_an_exception_may_cancel_an_occurrence() -> None:
    assert "04.11. 08:00" not in starts(calendar(DAILY, instead(*MORNING, "STATUS:CANCELLED")))


def test_an_exception_is_found_by_its_instant_whatever_zone_it_is_written_in() -> None:
    swap = event("RECURRENCE-ID:20261104T080000Z", *MORNING, "STATUS:CANCELLED")
    assert len(starts(calendar(DAILY, swap))) == 4


def test_an_exception_may_name_the_day_of_an_occurrence_that_has_a_time() -> None:
    assert len(starts(calendar(DAILY, event("RECURRENCE-ID;VALUE=DATE:20261104", *MORNING, "STATUS:CANCELLED")))) == 4


@pytest.mark.parametrize("instant", ["20261104T000000Z", "20261103T230000Z"])
def test_an_exception_may_name_the_instant_of_an_occurrence_that_is_a_whole_day(instant: str) -> None:
    days = event("DTSTART;VALUE=DATE:20261102", "RRULE:FREQ=DAILY;COUNT=5")
    swap = event(f"RECURRENCE-ID:{instant}", "DTSTART;VALUE=DATE:20261104", who="ben@acme.example")
    assert Counter(people(calendar(days, swap), site(zone="Europe/Berlin"))) == {
        "rota/ada@acme.example": 4,
        "rota/ben@acme.example": 1,
    }


def test_an_exception_for_this_and_what_follows_moves_it_all() -> None:
    moved = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261104T090000",
        "DTSTART;TZID=Europe/Berlin:20261104T100000",
        "DTEND;TZID=Europe/Berlin:20261104T120000",
        who="ben@acme.example",
    )
    assert starts(calendar(DAILY, moved)) == [
        "02.11. 08:00",
        "03.11. 08:00",
        "04.11. 09:00",
        "05.11. 09:00",
        "06.11. 09:00",
    ]
    assert people(calendar(DAILY, moved)).count("rota/ben@acme.example") == 3


def test_an_exception_without_its_series_is_an_event_by_itself() -> None:
    assert starts(calendar(instead(*MORNING))) == ["02.11. 08:00"]


@pytest.mark.parametrize("until", ["20261104", "20261104T235959", "20261104T080000Z"])
def test_the_last_day_of_a_rule_counts_however_it_is_written(until: str) -> None:
    assert len(starts(calendar(event(*MORNING, f"RRULE:FREQ=DAILY;UNTIL={until}")))) == 3


@pytest.mark.parametrize("until", ["20261104", "20261104T000000", "20261104T000000Z", "20261103T230000Z"])
def test_the_last_of_recurring_whole_days_counts_however_it_is_written(until: str) -> None:
    days = calendar(event("DTSTART;VALUE=DATE:20261102", f"RRULE:FREQ=DAILY;UNTIL={until}"))
    assert len(starts(days, site(zone="Europe/Berlin"))) == 3


@pytest.mark.parametrize("until", ["99991231", "99991231T235959Z", "99991231T235959"])
def test_a_rule_until_the_year_9999_has_no_end(until: str) -> None:
    there = ("DTSTART;TZID=America/New_York:20261102T090000", "DURATION:P1D")
    assert spans(calendar(event(*there, f"RRULE:FREQ=WEEKLY;UNTIL={until}"))) == spans(
        calendar(event(*there, "RRULE:FREQ=WEEKLY"))
    )


def test_a_calendar_that_leaves_its_zone_to_a_property_recurs_by_the_clock_on_its_wall() -> None:
    utc = event("DTSTART:20261023T070000Z", "DTEND:20261023T080000Z", "RRULE:FREQ=DAILY;COUNT=4")
    assert starts(calendar(utc))[-1] == "26.10. 07:00"
    assert starts(calendar(utc, properties="X-WR-TIMEZONE:Europe/Berlin"))[-1] == "26.10. 08:00"


def test_a_rule_without_end_is_told_until_thirteen_months_from_the_reading() -> None:
    endless = calendar(event("DTSTART;VALUE=DATE:20261102", "RRULE:FREQ=WEEKLY"))
    last = max(one.starts_at for one in times(told(endless)))
    assert last == datetime(2027, 12, 20, tzinfo=UTC)


def test_an_old_rule_is_told_from_two_years_before_the_reading() -> None:
    old = calendar(event("DTSTART;VALUE=DATE:20050103", "RRULE:FREQ=WEEKLY"))
    first = min(one.starts_at for one in times(told(old)))
    assert first == datetime(2024, 11, 4, tzinfo=UTC) and window(READ_AT)[0] == datetime(2024, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("day", range(1, 32))
def test_the_window_is_told_on_every_day_of_a_month(day: int) -> None:
    begin, until = window(datetime(2026, 1, day, 5, tzinfo=UTC))
    assert (begin, until.date()) == (datetime(2024, 1, 1, tzinfo=UTC), date(2027, 2, min(day, 28)))


# --- Several versions of one event ------------------------------------------------------------------


def test_of_two_versions_the_one_with_the_higher_sequence_counts() -> None:
    later = event("DTSTART:20261116T070000Z", "DTEND:20261117T070000Z", "SEQUENCE:2")
    for events in ((later, event(*WEEK, "SEQUENCE:1")), (event(*WEEK, "SEQUENCE:1"), later)):
        assert starts(calendar(*events)) == ["16.11. 07:00"] and not complaints(calendar(*events))


def test_of_two_versions_of_one_sequence_the_one_modified_last_counts() -> None:
    old = event(*WEEK, "LAST-MODIFIED:20261001T000000Z", who="ben@acme.example")
    new = event(*WEEK, "LAST-MODIFIED:20261002T000000Z")
    for events in ((old, new), (new, old)):
        assert people(calendar(*events)) == ["rota/ada@acme.example"]


def test_two_events_that_share_a_uid_without_a_word_which_is_newer_are_told() -> None:
    other = event("DTSTART:20261116T070000Z", "DTEND:20261117T070000Z")
    [complaint] = complaints(calendar(event(*WEEK), other))
    assert complaint == "line 4, UID one: line 11 is another event of the same UID and revision: only that one is read"


def test_an_event_without_uid_keeps_its_id_while_it_stays_as_it_is() -> None:
    first = times(told(calendar(event(*WEEK, "DTSTAMP:20261101T000000Z").replace("UID:one\n", ""))))
    again = times(told(calendar(event(*WEEK, "DTSTAMP:20261102T000000Z").replace("UID:one\n", ""))))
    assert first == again and len(first) == 1


def test_the_id_says_day_event_and_person_and_so_stays_the_same_from_run_to_run() -> None:
    ids = [one.shift_id for one in times(told(calendar(DAILY))) if isinstance(one, Shift)]
    later = [
        one.shift_id for one in times(told(calendar(DAILY), read_at=READ_AT + timedelta(9))) if isinstance(one, Shift)
    ]
    assert ids == later and ids[0] == "rota/2026-11-02/080000/one/ada@acme.example"


# --- Properties --------------------------------------------------------------------------------------


@given(
    start=st.builds(lambda minutes: BEGIN + timedelta(minutes=minutes), st.integers(0, 500 * 24 * 60)),
    hours=st.integers(1, 200),
    every=st.integers(1, 3),
    count=st.integers(1, 20),
    left_out=st.sets(st.integers(0, 19)),
    moved=st.dictionaries(st.integers(0, 19), st.integers(-400, 400), max_size=3),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    unit=st.sampled_from(["DAILY", "WEEKLY"]),
)
def test_a_series_happens_as_the_clock_on_the_wall_says(
    start: datetime,
    hours: int,
    every: int,
    count: int,
    left_out: set[int],
    moved: dict[int, int],
    zone: str,
    unit: str,
) -> None:
    """Held against plain arithmetic on local times: exceptions, dates left out, moved by hours either way."""
    step, here = timedelta(days=every * (7 if unit == "WEEKLY" else 1)), ZoneInfo(zone)
    planned = {n: start + n * step for n in range(count)}
    kept = {n: at + timedelta(hours=moved.get(n, 0)) for n, at in planned.items() if n not in left_out}
    expected = {
        tuple(at.replace(tzinfo=here).astimezone(UTC) for at in (begins, begins + timedelta(hours=hours)))
        for begins in kept.values()
    }
    written = [f"EXDATE;TZID={zone}:{planned[n]:%Y%m%dT%H%M%S}" for n in left_out if n in planned]
    exceptions = [
        event(f"RECURRENCE-ID;TZID={zone}:{planned[n]:%Y%m%dT%H%M%S}", *_span(kept[n], hours, zone))
        for n in moved
        if n in kept
    ]
    rule = f"RRULE:FREQ={unit};INTERVAL={every};COUNT={count}"
    text = calendar(event(*_span(start, hours, zone), rule, *written), *exceptions)
    assert {(one.starts_at, one.ends_at) for one in times(told(text))} == expected


def _span(start: datetime, hours: int, zone: str) -> tuple[str, str]:
    end = start + timedelta(hours=hours)
    return f"DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}", f"DTEND;TZID={zone}:{end:%Y%m%dT%H%M%S}"
