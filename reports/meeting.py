"""The triage meeting on paper: its agenda with what to do about each section, and what earlier meetings left."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from desk.meetings import EVERY, Decision, Meeting, carried_over, decisions, meetings, put_off
from metrics.teams import Team
from metrics.triage_agenda import Agenda, Item, from_json, triage_agenda
from metrics.triage_agenda import Section as Heading
from metrics.wording import counted, day, signed
from reports.document import Cell, Document, Listing, Part, Points, Said, Section
from reports.stood import stood

TITLE = "What must we decide today?"


def meeting(con: duckdb.DuckDBPyConnection, team: Team, as_of: datetime, known_until: datetime, desk: Path) -> Document:
    """The agenda as it was when the meeting that goes on began, or as it is at as_of. Raises DeskError."""
    known = meetings(desk, team.name)
    now = next((one for one in known if one.closed_at is None), None)
    carried = carried_over(desk, team.name, apart_from=now.id if now else None)
    agenda = from_json(now.agenda["agenda"]) if now else _agenda(con, team, as_of, known, carried)
    decided = decisions(desk, now.id) if now else []
    shown = datetime.fromisoformat(agenda.as_of)
    return Document(
        TITLE,
        f"{team.name}, {day(shown, team.zone)}: {counted(agenda.count, 'ticket')} in {', '.join(agenda.queues)}",
        stood(shown, known_until, team.zone),
        (
            Section("Since the last meeting", tuple(_pile(agenda, team.zone))),
            *(_decided("Decided", decided, team.zone) if now else ()),
            *_decided("Decided earlier, and not done", carried, team.zone),
            *(_section(heading) for heading in agenda.sections),
        ),
        tuple(_brief(agenda, carried)),
    )


def _agenda(
    con: duckdb.DuckDBPyConnection, team: Team, as_of: datetime, known: Sequence[Meeting], carried: Sequence[Decision]
) -> Agenda:
    last = next((one for one in known if one.closed_at and one.as_of_at <= as_of), None)
    return triage_agenda(
        con, as_of=as_of, queues=team.queues, zone=team.zone, since=last.as_of_at if last else as_of - EVERY,
        next_at=as_of + EVERY, postponed=put_off(carried),
    )  # fmt: skip


def _pile(agenda: Agenda, zone: str) -> Iterator[Part]:
    pile, since = agenda.pile, day(datetime.fromisoformat(agenda.since), zone)
    moved = signed(pile.open_now - pile.open_then)
    yield Said(f"Since {since}, {pile.came:,} came and {pile.went:,} went: {pile.open_now:,} are open, {moved}.")


def _decided(title: str, decided: Sequence[Decision], zone: str) -> Iterator[Section]:
    if not decided:
        yield Section(f"{title}: 0", (Said("Nothing."),))
        return
    rows = tuple(
        (
            Cell(one.ticket_key or "–"), Cell(one.what), Cell(one.owner or "nobody"),
            Cell(f"{one.due_on:%a} {one.due_on.day} {one.due_on:%b}" if one.due_on else "–"),
            Cell(day(one.decided_at, zone)),
        )
        for one in decided
    )  # fmt: skip
    yield Section(f"{title}: {len(rows)}", (Listing(("Ticket", "What", "Who", "Due", "Decided"), rows, len(rows)),))


def _section(heading: Heading) -> Section:
    parts: list[Part] = [Said(heading.rule, is_small=True)]
    if not heading.is_configured:
        parts.append(Said("Nothing configured.", is_notice=True))
    elif heading.count:
        rows = tuple(_item(item) for item in heading.items)
        parts += [Points((("", heading.todo),)), Listing(_COLUMNS, rows, heading.count)]
    else:
        parts.append(Said("None."))
    return Section(f"{heading.title}: {heading.count:,}", tuple(parts))


_COLUMNS = ("Ticket", "Title", "Owner", "Priority", "Age, days", "Why it is here")


def _item(item: Item) -> tuple[Cell, ...]:
    age = "–" if item.age_days is None else f"{item.age_days:,.0f}"
    texts = (item.title, item.owner or "nobody", item.priority or "–")
    return Cell(item.key, item.url), *map(Cell, texts), Cell(age, is_number=True), Cell(item.because)


def _brief(agenda: Agenda, carried: Sequence[Decision]) -> Iterator[str]:
    yield from (f"• {heading.title}: {heading.count:,}" for heading in agenda.sections if heading.count)
    if carried:
        yield f"• Decided earlier, and not done: {len(carried):,}"
