"""Reading a calendar from a file or an address: when there is a page, what is said when there is none, and that a
secret address stays one."""

import base64
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import ical
from ingest.client import Client, ClientError, RefusedError, Wire
from ingest.demo.trackers.wire import Request, Response, session
from ingest.records import Record
from ingest.source import Fetched, Source
from tests.ingest.faulty import Faulty, Killed, faults, while_it_lasts
from tests.ingest.ical_words import READ_AT, calendar, event, people, site, take_in, told

WEEK = ("DTSTART:20261102T070000Z", "DTEND:20261109T070000Z")
ADDRESS = "https://cal.example"
SECRET = "https://cal.example/ical/team%40acme.example/private-0f1e2d3c4b5a6978/basic.ics?key=hunter22"
GIVEN_AWAY = ("private-0f1e2d3c4b5a6978", "hunter22", "0f1e2d3c")


@dataclass
class Shelf:
    """A server that holds one calendar, and knows whether it has changed."""

    text: str = field(default_factory=lambda: calendar(event(*WEEK)))
    now: datetime = READ_AT
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/calendar; charset=utf-8"})
    has_marks: bool = True
    encoding: str = "utf-8"
    asked: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        mark = f'"{hash(self.text)}"'
        if self.has_marks and request.headers.get("if-none-match") == mark:
            return Response(304)
        marks = {"ETag": mark, "Last-Modified": format_datetime(READ_AT, usegmt=True)} if self.has_marks else {}
        return Response(self.status, self.text.encode(self.encoding), {**self.headers, **marks})


def connected(shelf: Any, secret: str | None = None, **facts: Any) -> Client:
    """A client of a run of its own."""
    wire = Wire(session=lambda: session({ADDRESS: shelf}), wait=lambda _: None)
    return ical.connect(site(**facts), secret, wire)


def run(shelf: Any, since: dict[str, Any] | None = None, secret: str | None = None, **facts: Any) -> Fetched:
    [fetched] = ical.fetch(connected(shelf, secret, **facts), site(**facts), since or {})
    return fetched


def read(fetched: Fetched) -> list[Record]:
    assert fetched.page is not None
    return list(ical.parse(fetched.page, site()))


def test_it_keeps_the_promise_of_a_source() -> None:
    promised: Source = ical
    assert promised.NAME == "ical" and not ical.is_known("anything")


# --- When there is a page -----------------------------------------------------------------------------


def test_the_first_run_reads_the_whole_calendar() -> None:
    fetched = run(Shelf())
    assert fetched.page == {"calendar": calendar(event(*WEEK)), "read_at": READ_AT.isoformat()}
    assert fetched.until == READ_AT and fetched.place == "calendar"
    assert read(fetched) == told(calendar(event(*WEEK)))


def test_an_unchanged_calendar_is_asked_for_once_and_gives_no_page() -> None:
    shelf = Shelf()
    since = run(shelf).since
    shelf.now += timedelta(hours=1)
    fetched = run(shelf, dict(since))
    assert fetched.page is None and fetched.since == since and fetched.until == shelf.now
    assert len(shelf.asked) == 2 and "if-none-match" in shelf.asked[1].headers


def test_a_calendar_that_its_server_cannot_compare_is_compared_here() -> None:
    shelf = Shelf(has_marks=False)
    assert run(shelf, dict(run(shelf).since)).page is None


def test_the_instant_of_writing_it_out_is_no_change() -> None:
    shelf = Shelf(calendar(event(*WEEK, "DTSTAMP:20261122T080000Z")), has_marks=False)
    since = run(shelf).since
    shelf.text = shelf.text.replace("20261122T080000Z", "20261122T090000Z")
    assert run(shelf, dict(since)).page is None
    shelf.text = shelf.text.replace("SUMMARY:Duty", "SUMMARY:Duty of Ada")
    assert run(shelf, dict(since)).page is not None


@pytest.mark.parametrize("has_marks", [True, False])
def test_a_day_later_there_is_a_page_again_because_the_window_has_moved(has_marks: bool) -> None:
    shelf = Shelf(calendar(event("DTSTART;VALUE=DATE:20261102", "RRULE:FREQ=DAILY")), has_marks=has_marks)
    first = run(shelf)
    shelf.now += timedelta(days=1)
    second = run(shelf, dict(first.since))
    assert second.page is not None and len(read(second)) == len(read(first)) + 1


def test_other_rules_in_the_settings_make_a_page() -> None:
    shelf = Shelf()
    since = run(shelf).since
    shelf.has_marks = False
    assert run(shelf, dict(since), zone="Europe/Berlin").page is not None


def test_another_address_is_not_asked_whether_it_has_changed() -> None:
    shelf = Shelf()
    since = run(shelf).since
    run(shelf, dict(since), url="https://cal.example/other.ics")
    assert "if-none-match" not in shelf.asked[-1].headers


def test_a_run_with_the_same_since_gives_the_same_page() -> None:
    assert run(Shelf()) == run(Shelf())


# --- Files --------------------------------------------------------------------------------------------


def of_file(path: Path, since: dict[str, Any] | None = None, now: datetime = READ_AT) -> Fetched:
    place = site(file=str(path), url=None)
    client = ical.connect(place, None)
    client.began_at = now
    [fetched] = ical.fetch(client, place, since or {})
    return fetched


def test_a_file_is_read_and_read_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "rota.ics"
    path.write_text(calendar(event(*WEEK)), newline="")
    first = of_file(path)
    assert read(first) == told(calendar(event(*WEEK)))
    assert of_file(path, dict(first.since)).page is None
    assert of_file(path, dict(first.since), READ_AT + timedelta(days=1)).page is not None
    path.write_text(calendar(event(*WEEK, who="ben@acme.example")), newline="")
    assert of_file(path, dict(first.since)).page is not None


def test_whoever_holds_the_file_keeps_the_time(tmp_path: Path) -> None:
    path = tmp_path / "rota.ics"
    path.write_text(calendar())
    place = site(file=str(path), url=None)
    client = ical.connect(place, None)
    [fetched] = ical.fetch(client, place, {})
    assert fetched.until == client.began_at and abs(datetime.now(UTC) - client.began_at) < timedelta(minutes=1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_may_be_utf_8_with_a_mark_or_utf_16(tmp_path: Path, encoding: str) -> None:
    text = calendar(event(*WEEK, "ATTENDEE;CN=Åse:invalid:nomail", who=""))
    path = tmp_path / "rota.ics"
    path.write_bytes(text.encode(encoding))
    assert people(of_file(path).page["calendar"]) == ["rota/Åse"]  # type: ignore[index]


def test_a_line_broken_within_a_character_is_mended(tmp_path: Path) -> None:
    raw = calendar(event(*WEEK, "ATTENDEE;CN=Åse:invalid:nomail", who="")).encode()
    path = tmp_path / "rota.ics"
    path.write_bytes(raw.replace("Å".encode(), b"\xc3\r\n \x85"))
    assert people(of_file(path).page["calendar"]) == ["rota/Åse"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, r"rota\.ics cannot be read: No such file or directory; correct `file` of rota"),
        (b"", r"rota\.ics: this is no calendar"),
        (calendar(event(*WEEK)).encode()[:-9], r"rota\.ics: the calendar that begins in line 1 has no end"),
        (calendar(event("SUMMARY:Größe")).encode("latin-1"), r"rota\.ics: line 8 is not UTF-8 text; export"),
    ],
)
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, content: bytes | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "rota.ics").write_bytes(content)
    with pytest.raises(ClientError, match=reason):
        of_file(tmp_path / "rota.ics")


# --- Addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["webcal://cal.example/rota.ics", "webcals://cal.example/rota.ics"])
def test_a_webcal_address_is_asked_as_https(url: str) -> None:
    assert run(Shelf(), url=url).page is not None


def test_an_address_is_asked_as_it_is_written() -> None:
    shelf = Shelf()
    run(shelf, url="https://cal.example/rota/team@acme.example/?full=yes")
    assert shelf.asked[0].path == "/rota/team@acme.example/" and shelf.asked[0].query == [("full", "yes")]


@pytest.mark.parametrize("url", ["ftp://cal.example/x.ics", "cal.example/x.ics", "https://me:pw@cal.example/x.ics"])
def test_other_addresses_and_passwords_do_not_stand_in_the_settings(url: str) -> None:
    with pytest.raises(pydantic.ValidationError):
        site(url=url)


@pytest.mark.parametrize(
    ("facts", "hint"),
    [
        ({"person": "title"}, "say in title where the person stands"),
        ({"person": "title", "title": "Duty"}, "say in title where the person stands"),
        ({"title": "Duty: {person}"}, "add person = 'title'"),
        ({"file": "rota.ics"}, "write one of url, file, or token"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(facts: dict[str, Any], hint: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=hint):
        site(**facts)


@pytest.mark.parametrize("content_type", ["text/calendar", "text/calendar; charset=utf-8", "application/octet-stream"])
def test_text_is_utf_8_whatever_http_thinks(content_type: str) -> None:
    shelf = Shelf(
        calendar(event(*WEEK, "ATTENDEE;CN=Åse:invalid:nomail", who="")), headers={"Content-Type": content_type}
    )
    assert people(run(shelf).page["calendar"]) == ["rota/Åse"]  # type: ignore[index]


def test_text_that_requests_took_for_latin_1_is_read_as_utf_8() -> None:
    shelf = Shelf(
        calendar(event(*WEEK, "ATTENDEE;CN=Åse:invalid:nomail", who="")), headers={"Content-Type": "text/calendar"}
    )
    shelf.text = shelf.text.encode().decode("latin-1")
    assert people(run(shelf).page["calendar"]) == ["rota/Åse"]  # type: ignore[index]


def test_a_page_to_sign_in_is_said_to_be_one() -> None:
    shelf = Shelf("<!DOCTYPE html><html>Sign in</html>", headers={"Content-Type": "text/html"})
    with pytest.raises(ClientError, match=r"an HTML page instead of a calendar.*\.ics.*needs no sign-in"):
        run(shelf)


def test_a_calendar_sent_as_html_is_a_calendar() -> None:
    assert run(Shelf(headers={"Content-Type": "text/html"})).page is not None


@pytest.mark.parametrize(("status", "words"), [(401, "is the token right"), (404, "not there"), (410, "HTTP 410")])
def test_a_refusal_is_believed(status: int, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        run(Shelf(status=status))


def test_half_a_calendar_is_never_taken_for_a_whole() -> None:
    with pytest.raises(ClientError, match="the calendar is cut off; asked 6 times"):
        run(Shelf(calendar(event(*WEEK))[:-20]))


# --- A secret address ---------------------------------------------------------------------------------


def secret_run(shelf: Shelf, secret: str = SECRET, since: dict[str, Any] | None = None) -> Fetched:
    return run(shelf, since, secret, url=None, token="ROTA_ADDRESS")


def test_a_secret_address_is_asked_whole() -> None:
    shelf = Shelf()
    assert secret_run(shelf).page is not None
    assert (shelf.asked[0].path, shelf.asked[0].query) == (
        "/ical/team%40acme.example/private-0f1e2d3c4b5a6978/basic.ics",
        [("key", "hunter22")],
    )


def test_a_missing_or_unusable_secret_address_is_said_without_it() -> None:
    with pytest.raises(ClientError, match="rota: set ROTA_ADDRESS to the address of the calendar"):
        connected(Shelf(), None, url=None, token="ROTA_ADDRESS")
    with pytest.raises(ClientError, match="ROTA_ADDRESS should hold an address that begins with https") as told:
        connected(Shelf(), "hunter22hunter22", url=None, token="ROTA_ADDRESS")
    assert "hunter22" not in str(told.value)


@pytest.mark.parametrize(
    "shelf",
    [
        Shelf(status=404),
        Shelf(status=401, text=f"no such feed: {SECRET}", headers={"Content-Type": "text/plain"}),
        Shelf(status=500),
        Shelf("<html>"),
        Shelf(f"this is no calendar: {SECRET}"),
        Shelf(calendar(event(*WEEK))[:-20]),
    ],
)
def test_no_complaint_gives_a_secret_address_away(shelf: Shelf) -> None:
    with pytest.raises(ClientError) as told:
        secret_run(shelf)
    assert not [part for part in GIVEN_AWAY if part in str(told.value) + repr(told.value)]
    assert "https://cal.example[secret]" in str(told.value), "the host helps to find the mistake"


def test_no_page_and_no_mark_gives_a_secret_address_away() -> None:
    shelf = Shelf(calendar(event(*WEEK), properties=f"SOURCE;VALUE=URI:{SECRET}"))
    fetched = secret_run(shelf)
    assert not [part for part in GIVEN_AWAY if part in f"{fetched}"]
    assert people(fetched.page["calendar"]) == ["rota/ada@acme.example"], "e-mail addresses stay"  # type: ignore[index]
    assert secret_run(shelf, since=dict(fetched.since)).page is None


def test_no_log_gives_a_secret_address_away(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret_run(Shelf())
    below = logging.getLogger("urllib3.connectionpool")
    below.debug('%s://%s:%s "%s %s %s" %s %s', "https", "cal.example", 443, "GET", SECRET[19:], "HTTP/1.1", 200, None)
    below.debug("Starting new HTTPS connection (%d): %s:%s", 1, "cal.example", 443)
    assert not [part for part in GIVEN_AWAY if part in caplog.text]
    assert "GET [secret] HTTP/1.1" in caplog.text and "Starting new HTTPS connection (1)" in caplog.text


def test_a_password_in_a_secret_address_travels_in_a_header_and_is_as_secret() -> None:
    shelf = Shelf()
    secret_run(shelf, "https://ada:p%40ssword-9@cal.example/dav/rota.ics")
    expected = base64.b64encode(b"ada:p@ssword-9").decode()
    assert shelf.asked[0].headers["authorization"] == f"Basic {expected}"
    shelf.status, shelf.text = 401, f"ada:p@ssword-9 {expected} p%40ssword-9"
    with pytest.raises(ClientError) as told:
        secret_run(shelf, "https://ada:p%40ssword-9@cal.example/dav/rota.ics")
    assert "ssword" not in str(told.value) and expected not in str(told.value)


# --- The doctor ---------------------------------------------------------------------------------------


def findings(shelf: Shelf, **facts: Any) -> list[tuple[bool, str]]:
    return list(ical.examine(connected(shelf, **facts), site(**facts)))


def test_the_doctor_says_what_was_found() -> None:
    assert findings(Shelf()) == [
        (True, "rota: the calendar can be read; it holds 1 events"),
        (True, "rota: 1 shifts and absences between 2024-11-01 and 2027-12-22"),
    ]


def test_the_doctor_says_that_no_rule_matches() -> None:
    rules = [{"role": "duty", "title": "On call: *"}]
    assert (
        False,
        "rota: 0 shifts and absences between 2024-11-01 and 2027-12-22; no event matches 'On call: *': correct "
        "`duties`, `person` or `title`",
    ) in findings(Shelf(), duties=rules)


def test_the_doctor_says_that_nobody_named_a_zone() -> None:
    days = Shelf(calendar(event("DTSTART;VALUE=DATE:20261102")))
    assert (False, "rota: 1 whole-day events begin at midnight UTC; write your `zone`") in findings(days)
    assert all(is_well for is_well, _ in findings(days, zone="Europe/Berlin"))


def test_the_doctor_shows_events_that_cannot_be_read() -> None:
    assert findings(Shelf(calendar(event("DTSTART:x"), event(*WEEK, uid="two"))))[-1] == (
        False,
        "rota: line 4, UID one: line 8: DTSTART is 'x', which is no date or time; until it can be read, nothing is "
        "removed",
    )


# --- Bad days -----------------------------------------------------------------------------------------


def edits(shelf: Shelf, steps: list[tuple[int, bool]]) -> Iterator[None]:
    """People who add and remove weeks of duty."""
    weeks = dict.fromkeys(range(3))
    for week, is_kept in steps:
        weeks.pop(week, None)
        if is_kept:
            weeks[week] = None
        shelf.text = calendar(*(week_of(n) for n in weeks))
        shelf.now += timedelta(hours=7)
        yield


def week_of(n: int) -> str:
    start = READ_AT + timedelta(days=7 * n - 14)
    return event(f"DTSTART:{start:%Y%m%dT%H%M%SZ}", "DURATION:P7D", uid=f"week {n}")


@given(faults(most=20), st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=8), st.booleans())
def test_whatever_happens_on_the_wire_the_store_ends_up_as_after_a_clean_run(
    todo: list[str], steps: list[tuple[int, bool]], has_marks: bool
) -> None:
    """Weeks that were told once and vanished from the calendar's past, before all it still holds, stay: see the
    source's own words on that."""
    shelf = Shelf(calendar(week_of(0), week_of(1), week_of(2)), has_marks=has_marks)
    wire = Faulty(shelf, todo, while_it_lasts(edits(shelf, steps)))
    since: dict[str, Any] = {}
    stored: dict[str, Record] = {}
    for _ in range(len(todo) + len(steps) + 1):
        try:
            fetched = run(wire, since)
        except (ClientError, Killed):
            continue
        since = dict(fetched.since)
        take_in(stored, read(fetched) if fetched.page else [])
    clean: dict[str, Record] = {}
    take_in(clean, told(shelf.text, read_at=shelf.now))
    forgotten = {key for key in stored if key < min([*clean, f"rota/{shelf.now:%Y-%m-%d}"])}
    assert {key: record for key, record in stored.items() if key not in forgotten} == clean
