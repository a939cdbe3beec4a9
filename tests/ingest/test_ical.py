"""Calendars into shifts and absences: as what, who, and what leaves the store again."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import sources
from ingest.ical.shifts import prefixes
from ingest.records import Absence, Account, Census, Record, Shift
from tests.ingest.ical_words import (
    READ_AT,
    accounts,
    calendar,
    complaints,
    covered,
    event,
    people,
    rejected,
    site,
    times,
    told,
)

DATA = Path(__file__).parents[1] / "data" / "ical"
BERLIN = ZoneInfo("Europe/Berlin")
WEEK = ("DTSTART:20261102T070000Z", "DTEND:20261109T070000Z")


def told_of(name: str, **facts: Any) -> list[Record]:
    return told((DATA / name).read_text(encoding="utf-8"), site(**facts))


# --- What an event becomes --------------------------------------------------------------------------


def test_an_event_that_matches_a_duty_is_a_shift_of_its_role() -> None:
    [shift] = times(told(calendar(event(*WEEK))))
    assert shift == Shift(
        shift_id="rota/2026-11-02/070000/one/ada@acme.example",
        source="rota",
        role="duty",
        account_id="rota/ada@acme.example",
        starts_at=datetime(2026, 11, 2, 7, tzinfo=UTC),
        ends_at=datetime(2026, 11, 9, 7, tzinfo=UTC),
    )


def test_an_event_that_matches_a_rule_without_a_role_is_an_absence() -> None:
    [absence] = times(told(calendar(event(*WEEK, title="Away: skiing"))))
    assert isinstance(absence, Absence) and absence.account_id == "rota/ada@acme.example"


def test_other_events_are_nobodys_business() -> None:
    assert not times(told(calendar(event(*WEEK, title="Lunch"), event("DTSTART:nonsense", title="Dinner", uid="two"))))
    assert not complaints(calendar(event("DTSTART:nonsense", title="Dinner")))


def test_the_first_rule_that_matches_decides() -> None:
    rules = [{"role": "second", "title": "duty ?: *"}, {"role": "duty", "title": "Duty*"}]
    [shift] = times(told(calendar(event(*WEEK, title="Duty 2: Ada")), site(duties=rules)))
    assert isinstance(shift, Shift) and shift.role == "second"


def test_brackets_in_a_rule_are_brackets() -> None:
    rules = [{"role": "duty", "title": "[duty] *"}]
    assert times(told(calendar(event(*WEEK, title="[Duty] Ada")), site(duties=rules)))
    assert not times(told(calendar(event(*WEEK, title="d Ada")), site(duties=rules)))


def test_a_cancelled_event_is_none() -> None:
    assert not times(told(calendar(event(*WEEK, "STATUS:CANCELLED"))))


def test_a_page_gives_the_same_records_in_the_same_order() -> None:
    text = (DATA / "google.ics").read_text(encoding="utf-8")
    assert told(text) == told(text)


# --- Who ---------------------------------------------------------------------------------------------


def attendee(line: str) -> str:
    return event(*WEEK, f"ATTENDEE{line}", who="")


@pytest.mark.parametrize(
    ("line", "login", "name", "email"),
    [
        (";CN=Ada Moss:mailto:Ada@Acme.example", "ada@acme.example", "Ada Moss", "ada@acme.example"),
        (";CN=ada@acme.example:MAILTO:ada@acme.example", "ada@acme.example", None, "ada@acme.example"),
        (';CN="ada (Ada Moss)":https://phorge.example/p/ada/', "ada", "Ada Moss", None),
        (';CN="ada (Ada Moss)":mailto:PHID-USER-abcdefghij0123456789@phorge.example', "ada", "Ada Moss", None),
        (";CN=Ada Moss;EMAIL=ada@acme.example:urn:uuid:0b2c", "ada@acme.example", "Ada Moss", "ada@acme.example"),
        (";CN=Ada Moss:invalid:nomail", "Ada Moss", "Ada Moss", None),
        (";CN=Ada   Moss:/principals/users/ada", "Ada Moss", "Ada Moss", None),
        (";CN=Zoe\u0308 Moss:invalid:nomail", "Zoë Moss", "Zoë Moss", None),
    ],
)
def test_a_person_is_known_by_user_name_or_address_or_name(
    line: str, login: str, name: str | None, email: str | None
) -> None:
    assert accounts(calendar(attendee(line))) == [Account(f"rota/{login}", "rota", login, name, False, email)]


def test_what_several_events_tell_of_a_person_is_taken_together() -> None:
    one = event(*WEEK, "ATTENDEE;CN=Ada Moss:mailto:ada@acme.example", who="", uid="one")
    two = event(*WEEK, "ATTENDEE:mailto:ada@acme.example", who="", uid="two")
    for order in ((one, two), (two, one)):
        assert [account.name for account in accounts(calendar(*order))] == ["Ada Moss"]


def test_several_attendees_are_several_shifts() -> None:
    text = calendar(event(*WEEK, "ATTENDEE:mailto:ben@acme.example"))
    assert people(text) == ["rota/ada@acme.example", "rota/ben@acme.example"]
    assert len({shift.shift_id for shift in times(told(text)) if isinstance(shift, Shift)}) == 2


def test_whoever_is_invited_twice_has_one_shift() -> None:
    assert people(calendar(event(*WEEK, "ATTENDEE:mailto:ADA@acme.example"))) == ["rota/ada@acme.example"]


@pytest.mark.parametrize("answer", ["DECLINED", "declined", "DELEGATED"])
def test_whoever_declined_is_not_on_duty_and_that_needs_no_complaint(answer: str) -> None:
    text = calendar(attendee(f";PARTSTAT={answer}:mailto:ada@acme.example"))
    assert people(text) == [] and complaints(text) == []


@pytest.mark.parametrize("answer", ["NEEDS-ACTION", "TENTATIVE", "ACCEPTED"])
def test_whoever_did_not_decline_is_on_duty(answer: str) -> None:
    assert people(calendar(attendee(f";PARTSTAT={answer}:mailto:ada@acme.example"))) == ["rota/ada@acme.example"]


@pytest.mark.parametrize(
    "line",
    [
        ";CUTYPE=ROOM;CN=Room 4:mailto:room4@acme.example",
        ";CUTYPE=GROUP:mailto:team@acme.example",
        ";CN=Platform:https://phorge.example/tag/platform/",
        ";ROLE=NON-PARTICIPANT:mailto:boss@acme.example",
    ],
)
def test_rooms_groups_projects_and_onlookers_are_not_on_duty(line: str) -> None:
    text = calendar(attendee(line))
    assert people(text) == []
    assert complaints(text) == ["line 4, UID one: it matches a rule of `duties`, but no person is invited"]


def test_an_absence_without_guests_is_its_organizers() -> None:
    mine = event(*WEEK, "ORGANIZER:mailto:ben@acme.example", title="Away", who="")
    assert people(calendar(mine)) == ["rota/ben@acme.example"]
    assert people(calendar(mine.replace("Away", "Duty"))) == []


def test_the_organizer_counts_where_the_settings_say_so() -> None:
    text = calendar(event(*WEEK, "ORGANIZER;CN=Ben:mailto:ben@acme.example"))
    assert people(text, site(person="organizer")) == ["rota/ben@acme.example"]
    missing = complaints(calendar(event(*WEEK)), site(person="organizer"))
    assert missing == ["line 4, UID one: it matches a rule of `duties`, but has no organizer who is a person"]


@pytest.mark.parametrize(
    ("pattern", "title", "who"),
    [
        ("Duty: {person}", "Duty: Ada Moss", ["rota/Ada Moss"]),
        ("duty: {person}", "Duty:  Ada Moss (swap)", ["rota/Ada Moss"]),
        ("Duty: {person}", "Duty: Ada & Ben", ["rota/Ada", "rota/Ben"]),
        ("Duty: {person}", "Duty: Moss, Ada", ["rota/Moss, Ada"]),
        ("Duty*: {person}", "Duty (week 45): ada", ["rota/ada"]),
        ("Duty {person} (week ??)", "Duty Ada (week 45)", ["rota/Ada"]),
        ("Duty: {person}", "Duty: Ada@acme.example", ["rota/ada@acme.example"]),
        ("Duty: {person}", "Duty: 山田 雪", ["rota/山田 雪"]),
        ("Duty\\, {person}", "Duty\\\\\\, Ada", ["rota/Ada"]),
    ],
)
def test_the_person_may_stand_in_the_title(pattern: str, title: str, who: list[str]) -> None:
    assert people(calendar(event(*WEEK, title=title, who="")), site(person="title", title=pattern)) == who


def test_a_title_that_names_nobody_is_told() -> None:
    text = calendar(event(*WEEK, title="Duty rota: handover"))
    told = complaints(text, site(person="title", title="Duty: {person}"))
    reason = "its title matches a rule of `duties`, but names nobody: it is not like 'Duty: {person}'"
    assert told == [f"line 4, UID one: {reason}"]


# --- What leaves the store ---------------------------------------------------------------------------


def test_everything_from_the_first_event_on_is_counted_and_nothing_before() -> None:
    days = [f"rota/2026-11-{day:02}/" for day in range(2, 31)]
    assert covered(told(calendar(event(*WEEK)))) == [*days, "rota/2026-12-", "rota/2027-"]


def test_an_empty_calendar_counts_from_now() -> None:
    assert covered(told(calendar()))[0] == "rota/2026-11-22/"


def test_absences_are_counted_as_shifts_are() -> None:
    text = calendar(event(*WEEK, title="Away"))
    away = [record for record in told(text) if isinstance(record, Census) and record.what == "absence" and record.ids]
    assert [census.ids for census in away] == [("rota/2026-11-02/070000/one/ada@acme.example",)]
    assert {census.taken_at for census in away} == {READ_AT}


def test_nothing_is_counted_while_an_event_that_could_be_a_duty_cannot_be_read() -> None:
    assert covered(told(calendar(event(*WEEK), event("DTSTART:x", uid="two")))) == []
    assert covered(told(calendar(event(*WEEK), event("DTSTART:x", uid="two", title="Lunch")))) != []


@given(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 1200), st.dates(date(2019, 1, 1), date(2040, 1, 1))
)
def test_the_prefixes_cover_every_day_once_and_none_before(first: date, days: int, any_day: date) -> None:
    last = first + timedelta(days)
    found = [prefix for prefix in prefixes(first, last) if f"{any_day}/".startswith(prefix)]
    assert len(found) == (first <= any_day <= date(last.year, 12, 31))


def test_a_calendar_that_was_taken_out_of_the_settings_says_nothing_and_counts_nothing() -> None:
    assert told(calendar(event(*WEEK)), sources.unconfigured("ical", "rota")) == []


# --- Real producers ----------------------------------------------------------------------------------


def test_a_calendar_as_google_exports_it() -> None:
    found = told_of("google.ics", zone=None)
    assert rejected(found) == []
    assert [(one.account_id, f"{one.starts_at:%d.%m. %H:%M}") for one in times(found)] == [
        ("rota/maren@acme.example", "02.11. 08:00"),
        ("rota/pell@acme.example", "09.11. 08:00"),
        ("rota/maren@acme.example", "16.11. 08:00"),
        ("rota/pell@acme.example", "23.11. 10:00"),
        ("rota/pell@acme.example", "23.12. 23:00"),
    ]


def test_a_calendar_as_outlook_exports_it() -> None:
    found = told_of("outlook.ics", zone=None)
    assert rejected(found) == []
    assert [
        (one.account_id, f"{one.starts_at:%d.%m. %H:%M}", f"{one.ends_at:%d.%m. %H:%M}") for one in times(found)
    ] == [
        ("rota/Maren Vos", "19.10. 07:00", "26.10. 08:00"),
        ("rota/Maren Vos", "26.10. 08:00", "02.11. 08:00"),
        ("rota/pell@acme.example", "01.12. 23:00", "03.12. 23:00"),
    ]


PHORGE_RULES = [
    {"role": "duty", "title": "Duty: *"},
    {"role": "handover", "title": "Duty rota*"},
    {"title": "*vacation*"},
]


@pytest.mark.shared
def test_phorges_export_is_read_whole(shared: Path) -> None:
    text = (shared / "recorded/phorge/calendar.export.ics").read_text(encoding="utf-8")
    of = site(name="phorge-duty", zone="Europe/Berlin", duties=PHORGE_RULES)
    found = told(text, of)
    on_duty = [
        (f"{one.starts_at.astimezone(BERLIN):%d.%m.}", one.account_id.removeprefix("phorge-duty/"))
        for one in times(found)
        if isinstance(one, Shift) and one.role == "duty"
    ]
    assert on_duty == [
        ("05.10.", "mira"),
        ("12.10.", "joao"),
        ("19.10.", "ola"),
        ("26.10.", "mira"),
        ("02.11.", "yuki"),
        ("09.11.", "mira"),
        ("16.11.", "joao"),
        ("23.11.", "ola"),
    ]
    assert [one.account_id for one in times(found) if isinstance(one, Absence)] == ["phorge-duty/yuki"]
    assert [account.name for account in found if isinstance(account, Account)] == [
        "João Gonçalves",
        "Mira Kowalska",
        "Ola Åkesson",
        "山田 雪",
    ]
    [complaint] = rejected(found)
    assert "no person is invited" in complaint, "a project is"


@pytest.mark.shared
def test_phorges_export_recurs_when_phorges_own_api_says(shared: Path) -> None:
    """The export gives a daily event in UTC and drops its zone; Phorge itself keeps its local time across DST."""
    import json

    recorded = json.loads((shared / "recorded/phorge/calendar.event.search.list.json").read_text(encoding="utf-8"))
    said = recorded["response"] if isinstance(recorded["response"], dict) else json.loads(recorded["response"])
    expected = {
        event["fields"]["startDateTime"]["iso8601"]
        for event in said["result"]["data"]
        if event["fields"]["name"].startswith("Standup")
    }
    text = (shared / "recorded/phorge/calendar.export.ics").read_text(encoding="utf-8")
    of = site(zone="Europe/Berlin", person="organizer", duties=[{"role": "standup", "title": "Standup*"}])
    assert {f"{one.starts_at:%Y%m%dT%H%M%SZ}" for one in times(told(text, of))} == expected
    assert len(expected) > 10
