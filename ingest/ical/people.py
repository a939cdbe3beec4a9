"""Whom an event is about: its attendees, its organizer, or the name in its title."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ingest.ical.text import Line

NOT_PEOPLE = ("GROUP", "ROOM", "RESOURCE")
DECLINED = ("DECLINED", "DELEGATED")
_PHORGE_NAME = re.compile(r"(?P<login>\S+) \((?P<name>.+)\)")
_REMARK = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")


@dataclass(frozen=True, slots=True)
class Guest:
    """A person as a calendar names them. `login` is what it knows them by: a user name, an e-mail address, a name."""

    login: str
    name: str | None = None
    email: str | None = None


def attendees(lines: Iterable[Line], *, is_coming: bool) -> tuple[Guest, ...]:
    """The persons invited who did not decline, or those who did. Raises UnreadableError."""
    asked = [line for line in lines if line.parts()[0].get("ROLE", "").upper() != "NON-PARTICIPANT"]
    wanted = [line for line in asked if (line.parts()[0].get("PARTSTAT", "").upper() not in DECLINED) == is_coming]
    return tuple(dict.fromkeys(guest for line in wanted if (guest := person(line))))


def person(line: Line) -> Guest | None:
    """Who an ATTENDEE or ORGANIZER is; None where it is a room, a group, a project or nobody. Raises UnreadableError.

    Phorge writes `CN="user (Real Name)"` beside an address that is no e-mail address; Outlook, where it knows no
    address, `invalid:nomail`; Apple puts the e-mail address into a parameter.
    """
    parameters, address = line.parts()
    name = _tidy(parameters.get("CN", ""))
    kind, _, rest = address.partition(":")
    email = rest if kind.lower() == "mailto" and "@" in rest else parameters.get("EMAIL", "")
    if parameters.get("CUTYPE", "").upper() in NOT_PEOPLE or "/tag/" in address:
        return None
    if "/p/" in address or rest.startswith("PHID-USER-"):
        return _of_phorge(address, name)
    if email:
        email = email.strip().lower()
        return Guest(email, name if name and name.lower() != email else None, email)
    return Guest(name, name) if name else None


def _of_phorge(address: str, name: str) -> Guest | None:
    told = _PHORGE_NAME.fullmatch(name)
    path = urlsplit(address).path
    in_path = unquote(path.partition("/p/")[2].strip("/")) if "/p/" in path else ""
    login = in_path or (told["login"] if told else name)
    return Guest(login, told["name"] if told else name or None) if login else None


def title_pattern(pattern: str) -> re.Pattern[str]:
    """`Duty: {person}` as an expression with a group `person`; * and ? stand for anything and one character."""
    before, _, after = pattern.partition("{person}")
    return re.compile(f"{_glob(before)}(?P<person>.+?){_glob(after)}", re.IGNORECASE | re.DOTALL)


def title_matches(pattern: str, title: str) -> bool:
    """Whether a title is as a pattern with * and ? says; case does not matter, and brackets are brackets."""
    return re.fullmatch(_glob(pattern), title, re.IGNORECASE | re.DOTALL) is not None


def _glob(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


def named_in(title: str, pattern: str) -> tuple[Guest, ...]:
    """The people named in a title. A remark in brackets behind a name is no part of it; `&`, `/` and `+` with blanks
    around them stand between names."""
    found = title_pattern(pattern).fullmatch(title)
    names = re.split(r" [&/+] ", found["person"]) if found else []
    tidy = [_tidy(_REMARK.sub("", name)) for name in names]
    return tuple(dict.fromkeys(_by_name(name) for name in tidy if name))


def _by_name(name: str) -> Guest:
    if re.fullmatch(r"[^@\s]+@[^@\s]+", name):
        return Guest(name.lower(), None, name.lower())
    return Guest(name, name)


def _tidy(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split()))
