"""A plan into files: feeds that clients update, a table, Markdown. What a feed held is kept in a file beside it."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from pydantic import ValidationError

from rotation.feeds.ical import calendar
from rotation.feeds.markdown import markdown
from rotation.feeds.revisions import Revisions, revised
from rotation.feeds.table import table
from rotation.plan import Plan
from settings import Settings


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the plan goes, beside its own file; None: nowhere."""

    ics: Path | None = None  # the team's feed
    people: Path | None = None  # a folder for a feed of each person
    csv: Path | None = None
    markdown: Path | None = None
    logins: Mapping[str, str] | None = None  # user names of Phorge: the feed is for it; None: for calendar programs

    def __bool__(self) -> bool:
        return any((self.ics, self.people, self.csv, self.markdown))


def publish(plan: Plan, outputs: Outputs, at: datetime) -> list[Path]:
    """Write what is asked for, and give the files that are new or different. Raises ValueError and OSError."""
    texts: dict[Path, str] = {}
    if outputs.ics or outputs.people:
        texts |= dict(_feeds(plan, outputs, at))
    if outputs.csv:
        texts[outputs.csv] = table(plan)
    if outputs.markdown:
        texts[outputs.markdown] = markdown(plan)
    return [path for path, text in texts.items() if put(path, text)]


def _feeds(plan: Plan, outputs: Outputs, at: datetime) -> Iterator[tuple[Path, str]]:
    """The file of revisions first: where the rest is not written, the next run writes it with the same revisions."""
    kept = _kept(outputs)
    revisions = revised(_published(kept), plan, at, outputs.logins)
    yield kept, revisions.model_dump_json(indent=1, exclude_defaults=True) + "\n"
    has_cancelled = outputs.logins is None
    name = kept.name.removesuffix(".revisions.json")
    if outputs.ics:
        yield outputs.ics, calendar(revisions, name, has_cancelled=has_cancelled)
    if outputs.people:
        for file, person in _files(plan, revisions, outputs.people).items():
            text = calendar(revisions, f"{name}: {person}", person=person, has_cancelled=has_cancelled)
            yield file, text


def _kept(outputs: Outputs) -> Path:
    """rota.ics has its revisions in rota.revisions.json."""
    if outputs.ics:
        return outputs.ics.with_name(f"{outputs.ics.name.removesuffix('.ics')}.revisions.json")
    assert outputs.people is not None
    return outputs.people / f"{outputs.people.name or 'rota'}.revisions.json"


def _published(kept: Path) -> Revisions:
    """What was published before. A first feed gets a name of its own, which its events carry for ever."""
    if not kept.exists():
        return Revisions(namespace=f"{uuid4().hex[:12]}.rota.watchbill")
    try:
        return Revisions.model_validate_json(kept.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError):
        raise ValueError(
            f"{kept} is not what `watchbill plan --ics` writes; bring the right one back, or publish to another file "
            "(without it, calendars would show everything twice)"
        ) from None


def _files(plan: Plan, revisions: Revisions, folder: Path) -> dict[Path, str]:
    """A file for everybody who may hold a shift of the plan or has an event in the feeds, called like them."""
    told = {event.occasion.person for event in revisions.events if event.occasion.person}
    first = plan.problem.first_day
    told |= {one.name for one in plan.problem.people if one.roles and (one.left is None or one.left > first)}
    found: dict[Path, str] = {}
    for person in sorted(told):
        plain = re.sub(r"[^\w.-]+", "-", person.casefold()).strip("-.") or "nameless"
        file = folder / f"{plain}.ics"
        if file in found:
            raise ValueError(f"{found[file]} and {person} would share {file}; tell their names apart by a letter")
        found[file] = person
    return found


def put(path: Path, text: str) -> bool:
    """Write a file whole or not at all, and not where it holds the same already: servers tell its age to clients."""
    raw = text.encode()
    if path.is_file() and path.read_bytes() == raw:
        return False
    if path.exists() and not path.is_file():
        path.write_bytes(raw)  # such as a pipe: there is nothing to replace
        return True
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        Path(part).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return True


def phorge_logins(settings: Settings) -> dict[str, str]:
    """Everybody's user name in the Phorge of the settings. Raises ValueError where there is none."""
    sources = [site.name for site in settings.source if site.kind == "phorge"]
    if not sources:
        raise ValueError("the settings have no [[source]] of kind phorge; feeds for others need no --for-phorge")
    return {
        person.name: account.removeprefix(f"{source}/")
        for person in settings.person
        for source in reversed(sources)
        for account in person.accounts
        if account.startswith(f"{source}/")
    }
