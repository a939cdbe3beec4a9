"""The text of calendars: how lines and components are told apart, and what is said of those that cannot be read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.records import UnreadableError
from tests.ingest.ical_words import calendar, complaints, covered, event, people, rejected, site, spans, times, told

DATA = Path(__file__).parents[1] / "data" / "ical"
WEEK = ("DTSTART:20261102T070000Z", "DTEND:20261109T070000Z")


# --- The text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("eol", ["\r\n", "\n"])
def test_folded_lines_are_one_and_line_ends_do_not_matter(eol: str) -> None:
    folded = event(*WEEK, title="Du\n ty: a very lo\n\tng title").replace("mailto:ada", "mail\n to:ada")
    assert people(calendar(folded, eol=eol)) == ["rota/ada@acme.example"]


def test_a_byte_order_mark_and_blank_lines_are_no_part_of_a_calendar() -> None:
    assert people("\ufeff" + calendar("", event(*WEEK), "", "").replace("BEGIN:VEVENT", "\r\nBEGIN:VEVENT"))


def test_a_line_separator_within_a_title_is_no_end_of_line() -> None:
    assert people(calendar(event(*WEEK, title="Duty\u2028\x0bof Ada"))) == ["rota/ada@acme.example"]


def test_names_and_titles_may_hold_escapes_and_quotes() -> None:
    line = ";CN=\"Moss, Ada ^'A^'\":invalid:nomail"
    assert people(calendar(event(*WEEK, f"ATTENDEE{line}", title="Duty\\, \\;and\\nmore", who=""))) == [
        'rota/Moss, Ada "A"'
    ]


def test_alarms_within_an_event_do_not_matter_however_broken() -> None:
    alarm = "BEGIN:VALARM\nTRIGGER:whenever\nDTSTART:19700101T000000Z\nSUMMARY:Lunch\nno property\nEND:VALARM"
    assert spans(calendar(event(alarm, *WEEK))) == [("02.11. 07:00", "09.11. 07:00")]


def test_a_file_may_hold_several_calendars() -> None:
    assert len(times(told(calendar(event(*WEEK)) + calendar(event(*WEEK, uid="two"))))) == 2


def test_tasks_and_journals_are_no_duties() -> None:
    assert not times(told(calendar(event(*WEEK).replace("VEVENT", "VTODO"))))


BROKEN = [
    ("DTSTART:20261302T070000Z", "line 8: DTSTART is '20261302T070000Z', which is no date or time"),
    ("DTSTART:soon", "line 8: DTSTART is 'soon', which is no date or time"),
    ("DTSTART:02020102T070000Z", "line 8: DTSTART is '02020102T070000Z', in a year out of reach"),
    ("DTSTART:20261102T070000Z,20261103T070000Z", "line 8: DTSTART should be one date or one instant"),
    ("DTSTART", "line 8 is not a property: 'DTSTART'"),
    ("X-NOTE:no start", "it has no DTSTART"),
    ("DTSTART:20261102T070000Z", "it has no end, neither DTEND nor DURATION"),
    ("DTSTART:20261102T070000Z\nDTEND:20261102T070000Z", "it ends when it begins"),
    ("DTSTART:20261102T070000Z\nDTEND:20261101T070000Z", "it ends before it begins"),
    ("DTSTART:20261102T070000Z\nDURATION:-PT1H", "it ends before it begins"),
    ("DTSTART:20261102T070000Z\nDURATION:1 hour", "line 9: DURATION is '1 hour', which is no date or time"),
    ("DTSTART:20261102T070000Z\nDURATION:20261103", "line 9: DURATION should be one duration"),
    ("{0}\nRRULE:FREQ=NEVER", "line 10: RRULE is 'FREQ=NEVER': Expected frequency, got: NEVER"),
    ("{0}\nRRULE:COUNT=3", "line 10: RRULE recurs neither hourly nor daily nor less often: 'COUNT=3'"),
    ("{0}\nRRULE:FREQ=SECONDLY", "line 10: RRULE recurs neither hourly nor daily nor less often: 'FREQ=SECONDLY'"),
    ("{0}\nRRULE:FREQ=DAILY;INTERVAL=0", "line 10: RRULE has an INTERVAL below 1: 'FREQ=DAILY;INTERVAL=0'"),
    ("{0}\nRRULE:FREQ=DAILY;COUNT=1;UNTIL=20270101", "line 10: RRULE has both UNTIL and COUNT"),
    ("{0}\nRRULE:FREQ=DAILY;UNTIL=P1D", "line 10: RRULE has an UNTIL that is no date or instant"),
    ("{0}\nEXDATE:never", "line 10: EXDATE is 'never', which is no date or time"),
    ("{0}\nRDATE:20261102T25", "line 10: RDATE is '20261102T25', which is no date or time"),
]


@pytest.mark.parametrize(("lines", "reason"), BROKEN, ids=[reason for _, reason in BROKEN])
def test_an_event_that_cannot_be_read_is_told_with_its_line_and_the_rest_is_read(lines: str, reason: str) -> None:
    text = calendar(event(lines.format("\n".join(WEEK))), event(*WEEK, uid="two", who="ben@acme.example"))
    assert people(text) == ["rota/ben@acme.example"]
    [complaint] = complaints(text)
    assert complaint.startswith(f"line 4, UID one: {reason}")
    assert complaint.endswith("; until it can be read, nothing is removed")


def test_an_event_without_end_of_its_own_is_told_and_the_rest_is_read() -> None:
    open_ended = event(*WEEK).removesuffix("\nEND:VEVENT")
    for text in (calendar(open_ended, event(*WEEK, uid="two")), calendar(event(*WEEK, uid="two"), open_ended)):
        assert len(times(told(text))) == 1
        assert "UID one: it has no END:VEVENT of its own" in complaints(text)[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "this is no calendar: it holds no BEGIN:VCALENDAR"),
        ("<html>", "this is no calendar: line 1 is '<html>', not BEGIN:VCALENDAR"),
        ("BEGIN:VCARD\nEND:VCARD\n", "this is no calendar: it holds no BEGIN:VCALENDAR"),
        (calendar(event(*WEEK))[:-20], "the calendar that begins in line 1 has no end: the file was cut off"),
    ],
)
def test_what_is_no_whole_calendar_is_refused_in_one_sentence(text: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        told(text)


def test_a_page_of_another_kind_is_refused() -> None:
    from ingest import ical

    with pytest.raises(UnreadableError, match="not a page of a calendar"):
        list(ical.parse({"calendar": 1}, site()))


# --- Properties --------------------------------------------------------------------------------------


@given(
    name=st.sampled_from(["google.ics", "outlook.ics"]),
    wounds=st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from('~;:=X9\n\t,"Z-'), st.booleans()), max_size=6),
)
def test_a_damaged_calendar_is_read_or_refused_but_never_crashes(
    name: str, wounds: list[tuple[int, str, bool]]
) -> None:
    text = (DATA / name).read_text(encoding="utf-8")
    for place, mark, is_lost in wounds:
        at = place % len(text)
        text = text[:at] + ("" if is_lost else mark) + text[at + 1 :]
    try:
        found = told(text, site(duties=[{"role": "duty", "title": "*"}]))
    except UnreadableError:
        return
    assert all(one.starts_at < one.ends_at for one in times(found))
    assert not (rejected(found) and covered(found)) or not any("until it can" in told for told in rejected(found))
