"""Shifts and absences from any iCalendar file or address.

A page is the whole calendar as it was read: `{"calendar": TEXT, "read_at": INSTANT}`; calendars tell no changes, only
how things are. There is a page when the text is another than last time (the instants at which it was written out left
aside), when the rules in the settings are, and once a day, because what recurs without end is told for a window that
moves along. `shifts.py` says how far it reaches and what leaves the store again.

Of an address that stands in an environment variable (`token`) all behind the host is secret, and so is every part of
it that looks like a key: no message, log, page or record holds them.
"""

import base64
import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from ingest.client import Answer, Client, ClientError, UnavailableError, Wire
from ingest.ical.shifts import Reading, records, window
from ingest.ical.text import calendars
from ingest.journal import blanked
from ingest.records import Record, UnreadableError
from ingest.source import Fetched, Json
from settings.sources import ICal

NAME = "ical"

_ACCEPT = {"Accept": "text/calendar, text/plain;q=0.5, */*;q=0.1"}
_WRITTEN_AT = re.compile(r"(?im)^DTSTAMP[;:].*$\n?")  # some servers put the instant of asking here


def connect(site: ICal, secret: str | None, wire: Wire | None = None) -> Client:
    """A client for the calendar's address; for a file it only keeps the time. Raises ClientError."""
    if site.file is not None:
        return Client(site.file, wire=wire)
    address = site.url or secret or ""
    if not address:
        raise ClientError(f"{site.name}: set {site.variable} to the address of the calendar")
    if not re.match(r"(https?|webcals?)://[^\s/]", address):
        raise ClientError(f"{site.name}: {site.variable} should hold an address that begins with https:// or webcal://")
    address, headers = _split_off_password(re.sub(r"^webcals?:", "https:", address))
    hidden = [] if site.url else _hidden(secret or "", address)
    hidden += [value.removeprefix("Basic ") for name, value in headers.items() if name == "Authorization"]
    client = Client(address, headers=_ACCEPT | headers, secrets=hidden, wire=wire)
    client.base = address  # as it is: to some servers a slash at the end matters
    if hidden:
        _keep_out_of_logs(client)
    return client


def fetch(client: Client, site: ICal, since: Json) -> Iterator[Fetched]:
    """The calendar, if it has changed or a day has passed. Raises ClientError."""
    read = _file(client, site) if site.file is not None else _address(client, since)
    assert client.began_at is not None
    today = f"{client.began_at.astimezone(UTC):%Y-%m-%d}"
    if read is None:
        yield Fetched(since, until=client.began_at)
        return
    digest = _digest(read.text, site)
    now = {"digest": digest, "day": today, "address": _address_digest(client), **read.marks}
    if (since.get("digest"), since.get("day")) == (digest, today):
        yield Fetched(now, until=client.began_at)
        return
    page = {"calendar": client.redact(read.text), "read_at": client.began_at.isoformat()}
    yield Fetched(now, page, "calendar", client.began_at)


def parse(page: Json, site: ICal, scope: str = "") -> Iterator[Record]:  # noqa: ARG001 - calendars have no queues
    """The shifts and absences that the calendar tells; none where the settings no longer know it.

    Raises UnreadableError.
    """
    text, read_at = page.get("calendar"), page.get("read_at")
    if not isinstance(text, str) or not isinstance(read_at, str):
        raise UnreadableError("not a page of a calendar: it holds no text, or not the instant at which it was read")
    if isinstance(site.duties, list):
        yield from records(text, datetime.fromisoformat(read_at), site)


def is_known(kind: str) -> bool:  # noqa: ARG001
    """Calendars tell no events of tickets."""
    return False


def examine(client: Client, site: ICal) -> Iterator[tuple[bool, str]]:
    """What a person should know who has just set up a calendar. Raises ClientError."""
    read = _file(client, site) if site.file is not None else _address(client, {})
    assert client.began_at is not None and read is not None
    reading = Reading(site, *window(client.began_at))
    for calendar in calendars(read.text):
        reading.take(calendar)
    yield True, f"{site.name}: the calendar can be read; it holds {reading.events} events"
    told = f"{len(reading.told)} shifts and absences between {reading.begin:%Y-%m-%d} and {reading.until:%Y-%m-%d}"
    hint = "" if reading.told else f"; no event matches {_rules(site)}: correct `duties`, `person` or `title`"
    yield bool(reading.told), f"{site.name}: {told}{hint}"
    if reading.zoneless:
        yield False, f"{site.name}: {reading.zoneless} whole-day events begin at midnight UTC; write your `zone`"
    for rejected in reading.rejected[:5]:
        yield False, client.redact(f"{site.name}: {rejected.place}: {rejected.reason}")


def _rules(site: ICal) -> str:
    return ", ".join(repr(duty.title) for duty in site.duties)


@dataclass(frozen=True, slots=True)
class _Read:
    text: str
    marks: dict[str, str] = field(default_factory=dict)  # what the server knows this version by


def _file(client: Client, site: ICal) -> _Read:
    path = Path(site.file or "").expanduser()
    client.began_at = client.began_at or datetime.now(UTC)  # whoever holds the file keeps its time
    try:
        text = _text(path.read_bytes())
        calendars(text)
    except OSError as error:
        raise ClientError(f"{path} cannot be read: {error.strerror or error}; correct `file` of {site.name}") from None
    except UnreadableError as error:
        raise ClientError(f"{path}: {error}") from None
    return _Read(text)


def _text(raw: bytes) -> str:
    """UTF-8, as iCalendar is written; some programs break lines within a character. Raises UnreadableError."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = raw[: error.start].count(b"\n") + 1
    try:
        return re.sub(rb"\r?\n[ \t]", b"", raw).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError(f"line {place} is not UTF-8 text; export the calendar as UTF-8") from None


def _address(client: Client, since: Json) -> _Read | None:
    """The calendar at the client's address; None where it is the one of last time, and so is the day."""
    is_same_place = since.get("address") == _address_digest(client)
    conditions = {name: str(since[name]) for name in ("If-None-Match", "If-Modified-Since") if since.get(name)}
    answer = _ask(client, conditions if is_same_place else {})
    if answer.status == 304:
        assert client.began_at is not None
        if since.get("day") == f"{client.began_at.astimezone(UTC):%Y-%m-%d}":
            return None
        answer = _ask(client, {})
    text = _body(answer)
    try:
        calendars(text)
    except UnreadableError as error:
        html = (
            "an HTML page instead of a calendar, perhaps to sign in; give the address of the calendar's iCalendar "
            "(.ics) export, one that needs no sign-in"
        )
        trouble = f"{client.base.split('?')[0]}: {html if answer.is_html else error}"
        raise UnavailableError(client.redact(trouble), answer.status) from None
    marks = {"If-None-Match": answer.headers.get("ETag"), "If-Modified-Since": answer.headers.get("Last-Modified")}
    return _Read(text, {name: mark for name, mark in marks.items() if mark})


def _ask(client: Client, conditions: dict[str, str]) -> Answer:
    accept = (304,) if conditions else ()
    return client.get(client.base, headers=conditions, accept=accept, whole=_cut_off)


def _body(answer: Answer) -> str:
    """Where the server names no character set, HTTP's old rule says Latin-1; iCalendar's says UTF-8."""
    if "charset" in answer.headers.get("Content-Type", "").lower():
        return answer.text
    try:
        return _text(answer.text.encode("latin-1"))
    except (UnicodeEncodeError, UnreadableError):
        return answer.text


def _digest(text: str, site: ICal) -> str:
    lasting = _WRITTEN_AT.sub("", text.replace("\r\n", "\n"))
    return hashlib.sha256(f"{site.model_dump_json()}\n{lasting}".encode("utf-8", "replace")).hexdigest()


def _address_digest(client: Client) -> str:
    """The marks of one address say nothing about another. (A short digest gives no secret away.)"""
    return hashlib.sha256(client.base.encode()).hexdigest()[:8]


def _split_off_password(address: str) -> tuple[str, dict[str, str]]:
    """`https://user:password@host/` as an address and a header."""
    parts = urlsplit(address)
    credentials, at, host = parts.netloc.rpartition("@")
    if not at:
        return address, {}
    encoded = base64.b64encode(unquote(credentials).encode()).decode()
    return urlunsplit(parts._replace(netloc=host)), {"Authorization": f"Basic {encoded}"}


def _hidden(secret: str, address: str) -> list[str]:
    """What of a secret address must not be seen: all behind the host, a password, and whatever may be a key by itself.
    Longest first, so that none leaves a rest of another."""
    parts = urlsplit(address)
    credentials = urlsplit(secret).netloc.rpartition("@")[0]
    below = urlunsplit(parts._replace(scheme="", netloc=""))
    whole = [text for text in (below, parts.path, parts.query) if len(text) >= 8]
    keys = [piece for piece in re.split(r"[/?&=;]", below) if _is_key(piece)]
    passwords = [text for text in (credentials, credentials.partition(":")[2]) if len(text) >= 4]
    texts = [*whole, *keys, *passwords] or [secret, address]
    return sorted({spelling for text in texts for spelling in (text, unquote(text))}, key=len, reverse=True)


def _is_key(piece: str) -> bool:
    """Whether a part of an address looks made at random: long, and no name of a calendar or a file."""
    is_name = "@" in unquote(piece) or piece.lower().endswith((".ics", ".ical"))
    return not is_name and (len(piece) >= 16 or (len(piece) >= 8 and re.search(r"\d", piece) is not None))


def _keep_out_of_logs(client: Client) -> None:
    """The library below writes addresses at its most verbose."""
    below = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(known, _Blanking) and known.secrets == client.secrets for known in below.filters):
        below.addFilter(_Blanking(client.secrets))


class _Blanking(logging.Filter):
    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self.secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = blanked(record.getMessage(), self.secrets), ()
        return True


def _cut_off(answer: Answer) -> str:
    """A calendar that begins and does not end will be whole when it is asked for again."""
    has_begun, has_ended = (f"{word}:VCALENDAR" in answer.text.upper() for word in ("BEGIN", "END"))
    return "the calendar is cut off" if has_begun and not has_ended else ""
