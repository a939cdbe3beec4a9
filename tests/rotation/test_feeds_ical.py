"""Feeds as calendars get them: read by a parser that is not the writer's, and read back as the same shifts."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event

from ingest.records import Shift
from rotation.feeds.ical import calendar
from rotation.feeds.revisions import Revisions, revised
from rotation.plan import Plan
from rotation.problem import Problem
from tests.ingest.ical_words import complaints, site, times, told
from tests.rotation.problems import monday, team, week

AT = datetime(2026, 10, 1, 9, tzinfo=UTC)
LATER = AT + timedelta(days=3)
EMPTY = Revisions(namespace="rota.example")
TEAM = team("Ana", "Bo", "Cy", weeks=3)
RULES: dict[str, Any] = {
    "duties": [{"role": role, "title": f"{role}: *"} for role in ("duty", "desk", "release")],
    "person": "title",
    "title": "*: {person}",
}


def plan(*people: str, problem: Problem = TEAM) -> Plan:
    return Plan.of(problem, {week(n): tuple(who.split()) for n, who in enumerate(people)})


def published(*plans: Plan) -> Revisions:
    revisions = EMPTY
    for n, each in enumerate(plans):
        revisions = revised(revisions, each, AT + timedelta(days=3 * n))
    return revisions


def parsed(text: str) -> Calendar:
    return IcsCalendarStream.calendar_from_ics(text)


def events(text: str) -> dict[str, Event]:
    return {str(event.uid): event for event in parsed(text).events}


# --- What clients see -------------------------------------------------------------------------------


def test_a_week_is_an_event_of_days_with_its_end_left_out() -> None:
    event = events(calendar(published(plan("Ana", "Bo", "Cy")), "Rota"))["duty.2026-11-02@rota.example"]
    assert (event.summary, event.dtstart, event.dtend) == ("duty: Ana", date(2026, 11, 2), date(2026, 11, 9))
    assert (event.sequence, event.dtstamp, event.last_modified, event.created) == (0, AT, AT, AT)
    assert (event.status, event.transparency, event.categories) == ("CONFIRMED", "TRANSPARENT", ["duty"])


def test_a_shift_that_hands_over_at_an_hour_is_told_in_utc() -> None:
    problem = team("Ana", weeks=1, zone="Europe/Berlin", roles=[{"name": "duty", "starts_at": "09:30"}])
    [event] = events(calendar(published(plan("Ana", problem=problem)), "Rota")).values()
    assert event.dtstart == datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
    assert event.dtend == datetime(2026, 11, 9, 8, 30, tzinfo=UTC)


def test_the_calendar_says_its_name_and_how_often_to_ask() -> None:
    text = calendar(published(plan("Ana")), "Duty, Berlin")
    assert parsed(text).prodid == "-//Watchbill//Rota//EN"
    for line in (
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        r"NAME:Duty\, Berlin",
        r"X-WR-CALNAME:Duty\, Berlin",
        "X-WR-TIMEZONE:UTC",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ):
        assert f"\r\n{line}\r\n" in text
    assert "METHOD" not in text, "with a METHOD, DTSTAMP would have to be the instant of writing"


def test_lines_are_folded_at_75_bytes_within_no_character() -> None:
    long = "Zoë-" * 30
    problem = team(long, weeks=1)
    text = calendar(published(plan(long, problem=problem)), "Rota")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert events(text)[f"duty.{monday(0)}@rota.example"].summary == f"duty: {long}"


def test_nobody_is_told_as_vacant_and_a_missing_second_person_in_the_remarks() -> None:
    problem = team("Ana", "Bo", weeks=2, roles=[{"name": "duty", "people": 2}])
    one, none = events(calendar(published(plan("Ana", "", problem=problem)), "Rota")).values()
    assert (one.summary, one.description, one.status) == ("duty: Ana", "1 seat vacant", "CONFIRMED")
    assert (none.summary, none.description, none.status) == ("Vacant: duty", "2 seats vacant", "TENTATIVE")


def test_a_person_has_a_feed_of_their_own_with_uids_of_its_own() -> None:
    problem = team("Ana", "Bo", "Cy", weeks=3, pins=[{"person": "Cy", "shift": week(0), "is_shadow": True}])
    revisions = published(plan("Ana", "Bo", "Ana", problem=problem))
    assert {uid: event.summary for uid, event in events(calendar(revisions, "Ana", person="Ana")).items()} == {
        "duty.2026-11-02.Ana@rota.example": "duty: Ana",
        "duty.2026-11-16.Ana@rota.example": "duty: Ana",
    }
    [shadowing] = events(calendar(revisions, "Cy", person="Cy")).values()
    assert (shadowing.summary, shadowing.description) == ("Shadowing duty", "Shadow: Cy")


# --- A re-plan --------------------------------------------------------------------------------------


def test_a_re_plan_keeps_every_uid_and_revises_what_changed() -> None:
    before = events(calendar(published(plan("Ana", "Bo", "Cy")), "Rota"))
    after = events(calendar(published(plan("Ana", "Bo", "Cy"), plan("Ana", "Cy", "Bo")), "Rota"))
    assert before.keys() == after.keys()
    changed = {uid for uid in before if before[uid] != after[uid]}
    assert changed == {"duty.2026-11-09@rota.example", "duty.2026-11-16@rota.example"}
    for uid in changed:
        assert (after[uid].sequence, after[uid].last_modified, after[uid].dtstamp) == (1, LATER, LATER)


def test_the_same_plan_published_again_is_the_same_text() -> None:
    once = calendar(published(plan("Ana", "Bo", "Cy")), "Rota")
    assert calendar(published(plan("Ana", "Bo", "Cy"), plan("Ana", "Bo", "Cy")), "Rota") == once


def test_another_user_name_is_a_revision_of_the_events_that_say_it() -> None:
    once = revised(EMPTY, plan("Ana", "Bo", "Ana"), AT, {"Ana": "amoss", "Zed": "zed"})
    again = revised(once, plan("Ana", "Bo", "Ana"), LATER, {"Ana": "ana.moss", "Zed": "z"})
    before, after = (events(calendar(told, "Rota")) for told in (once, again))
    assert [(event.summary, event.sequence, event.dtstamp) for event in after.values()] == [
        ("duty: ana.moss", 1, LATER), ("duty: Bo", 0, AT), ("duty: ana.moss", 1, LATER),
    ]  # fmt: skip
    assert before.keys() == after.keys()


def test_what_vanished_is_told_as_cancelled_but_not_to_phorge() -> None:
    daily = team("Ana", "Bo", "Cy", weeks=3, roles=[{"name": "duty", "starts_on": "tue"}])
    revisions = published(plan("Ana", "Bo", "Cy"), Plan.of(daily, {}))
    gone = events(calendar(revisions, "Rota"))[f"duty.{monday(0)}@rota.example"]
    assert (gone.status, gone.summary, gone.sequence) == ("CANCELLED", "Cancelled: duty: Ana", 1)
    for_phorge = calendar(revisions, "Rota", has_cancelled=False)
    assert "CANCELLED" not in for_phorge
    assert set(events(for_phorge)) == {f"duty.2026-11-{day:02}@rota.example" for day in (3, 10, 17)}


# --- Back into the store ----------------------------------------------------------------------------


def shifts(text: str, zone: str | None = None) -> set[tuple[str, str, datetime, datetime]]:
    found = [one for one in times(told(text, site(**RULES, zone=zone))) if isinstance(one, Shift)]
    return {(one.role, one.account_id.removeprefix("rota/"), one.starts_at, one.ends_at) for one in found}


def held(plan: Plan) -> set[tuple[str, str, datetime, datetime]]:
    return {(row.role, person, row.since, row.until) for row in plan.shifts for person in row.people}


zones = st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Chatham", "America/Santiago"])
patterns = st.sampled_from(["weekly", "daily", "weekday/weekend"])
hours = st.sampled_from(["00:00", "09:00", "16:45"])


@st.composite
def any_plans(draw: st.DrawFn) -> Plan:
    names = ["Ana", "Bo Dee", "Zoë&Co", "(Eli) Fay", "李", "O'Hara; Ltd, \\n"]
    roles = [
        {"name": name, "pattern": draw(patterns), "starts_at": draw(hours), "weekend_at": draw(hours), "people": 2}
        for name in ("duty", "desk")
    ]
    first = draw(st.dates(date(2026, 1, 1), date(2027, 10, 1)))
    problem = team(*names, weeks=2, zone=draw(zones), roles=roles, first_day=first)
    some = st.lists(st.sampled_from(names), max_size=2, unique=True)
    return Plan.of(problem, {shift.id: tuple(draw(some)) for shift in problem.shifts})


@given(any_plans())
def test_what_is_exported_reads_back_as_the_same_shifts(plan: Plan) -> None:
    text = calendar(published(plan), "Rota")
    assert shifts(text) == held(plan)
    assert complaints(text, site(**RULES)) == []


@given(any_plans())
def test_through_phorge_it_reads_back_as_the_same_shifts(plan: Plan) -> None:
    """The address of Phorge's own export is read with the zone of the team, for Phorge's export names none."""
    text = through_phorge(calendar(published(plan), "Rota", has_cancelled=False))
    assert shifts(text, zone=plan.problem.zone) == held(plan)


def test_through_phorge_people_are_known_by_their_user_names() -> None:
    revisions = revised(EMPTY, plan("Ana", "Bo", "Cy"), AT, {"Ana": "amoss"})
    text = calendar(revisions, "Rota", has_cancelled=False)
    assert [who for _, who, *_ in sorted(shifts(through_phorge(text)), key=lambda row: row[2])] == ["amoss", "Bo", "Cy"]


def test_cancelled_events_do_not_come_back() -> None:
    moved = team("Ana", "Bo", "Cy", weeks=3, roles=[{"name": "duty", "starts_on": "tue"}])
    now = Plan.of(moved, {"duty/2026-11-03": ("Bo",)})
    assert shifts(calendar(published(plan("Ana", "Bo", "Cy"), now), "Rota")) == held(now)


def through_phorge(text: str) -> str:
    """The feed, imported into Phorge and exported again, as read in its source: UIDs of its own, the importer as
    organizer, UTC or days, and nothing that it does not keep (status, sequence, categories, the calendar's zone)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Phacility//Phabricator//EN"]
    for number, event in enumerate(parsed(text).events):
        lines += ["BEGIN:VEVENT", f"UID:PHID-CEVT-{number:020}@phorge.example"]
        lines += [f"{name}:{event.dtstamp:%Y%m%dT%H%M%SZ}" for name in ("CREATED", "DTSTAMP")]
        lines += [_moment("DTSTART", event.dtstart), _moment("DTEND", event.dtend)]
        lines += [f"SUMMARY:{_escaped(event.summary or '')}"]
        lines += [f"DESCRIPTION:{_escaped(event.description)}"] if event.description else []
        lines += ['ORGANIZER;CN="importer (Imp Orter)":mailto:PHID-USER-00000000000000000000@phorge.example']
        lines += ["END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _moment(name: str, moment: Any) -> str:
    return f"{name}:{moment:%Y%m%dT%H%M%SZ}" if isinstance(moment, datetime) else f"{name};VALUE=DATE:{moment:%Y%m%d}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def test_a_name_that_would_read_as_two_is_drawn_together() -> None:
    text = calendar(published(plan_of("R & D")), "Rota")
    assert [who for _, who, *_ in shifts(text)] == ["R&D"]


def test_a_remark_behind_a_name_does_not_come_back() -> None:
    """As in calendars that people write by hand, where `Ana (from noon)` is Ana."""
    text = calendar(published(plan_of("Ana (ops)")), "Rota")
    assert [event.summary for event in parsed(text).events] == ["duty: Ana (ops)"]
    assert [who for _, who, *_ in shifts(text)] == ["Ana"]


def plan_of(name: str) -> Plan:
    return Plan.of(team(name, weeks=1), {week(0): (name,)})
