"""The handoff on paper: who comes and goes, the note, what is due, promised, waiting and silent, and the load."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from desk.handoffs import Note, note
from metrics.handoff import Handoff
from metrics.handoff_load import Load
from metrics.wording import day, joined
from reports.document import Cell, Document, Listing, Part, Points, Said, Section, Tiles, listing
from reports.stood import stood

TITLE = "What am I taking over?"
_ORDER = ("due", "late", "promised", "incidents", "waiting", "answer", "silent", "dead", "new", "theirs", "unowned")


def handoff(told: Handoff, known_until: datetime, desk: Path) -> Document:
    """The whole report. Raises DeskError where the desk cannot be read."""
    role = told.role.name if told.role else ""
    left = note(desk, team=told.team.name, week=told.week.name, role=role)
    names = [*(name for name in _ORDER if name in told.parts), *(name for name in told.parts if name not in _ORDER)]
    return Document(
        TITLE,
        f"{told.team.name}{f', {role}' if role else ''}, at the end of {told.week.name}",
        stood(told.as_of, known_until, told.team.zone),
        (
            Section(_who(told), tuple(_note(left, told.team.zone))),
            Section("The figures", (Tiles(told.tiles),)),
            *(_part(told, name) for name in names),
            *([Section("What did the week cost?", tuple(_load(told.load)))] if told.load else []),
        ),
        tuple(_brief(told)),
    )


def _who(told: Handoff) -> str:
    change = told.handover
    if change is None:
        return "Who comes and goes is not known"
    said = [
        f"{words}: {joined(people)}"
        for words, people in (("off", change.outgoing), ("on", change.incoming), ("stays", change.staying))
        if people
    ]
    return f"Who goes {', '.join(said)}" if said else "Nobody comes or goes"


def _note(left: Note | None, zone: str) -> Iterator[Part]:
    if left is None:
        yield Said("No note was left.", is_small=True)
        return
    yield Points(tuple(("", line) for line in left.words.splitlines() if line.strip()))
    yield Said(f"{left.written_by}, {day(left.written_at, zone)}", is_small=True)


def _part(told: Handoff, name: str) -> Section:
    part = told.parts[name]
    parts: list[Part] = [Said(part.told.rule, is_small=True)]
    if part.unconfigured:
        parts.append(Said(part.unconfigured, is_notice=True))
    elif part.total:
        parts += [Points((("", part.told.advice),)), listing(told.rows[name].rows, told.team.zone, part.total)]
    else:
        parts.append(Said(part.told.none))
    return Section(f"{part.told.title} {part.total:,}", tuple(parts))


def _load(load: Load) -> Iterator[Part]:
    for shift in load.shifts:
        rows = tuple((Cell(one.words), _count(one.value), _count(one.usual)) for one in shift.measures)
        yield Listing(
            (f"{shift.person}{', so far' if shift.is_running else ''}", "This week", "Usual"), rows, len(rows)
        )
    shares = tuple((Cell(one.person), _count(one.carried), _count(one.expected)) for one in load.shares)
    if shares:
        yield Said("Duty-weeks in 26 weeks, beside the expected share. People stand by name.", is_small=True)
        yield Listing(("Person", "Held", "Expected"), shares, len(shares))


def _count(value: float | None) -> Cell:
    return Cell("–" if value is None else f"{value:,.1f}".removesuffix(".0"), is_number=True)


def _brief(told: Handoff) -> Iterator[str]:
    yield _who(told)
    yield from (f"• {tile.label}: {tile.shown}{f' ({tile.verdict})' if tile.verdict else ''}" for tile in told.tiles)
