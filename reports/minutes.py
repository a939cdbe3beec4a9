"""The minutes of a triage meeting as Markdown: what was decided, what is left of earlier ones, what there was to do.

Titles come from trackers and decisions from people: all of it passes `literal`, and is shown as it was written.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from desk.meetings import Decision, Meeting
from metrics.agenda_changes import Change, Changes
from metrics.triage_agenda import Agenda, Item, Section
from metrics.wording import counted, local, moment, signed
from reports.markdown import linked, literal


def minutes(
    meeting: Meeting,
    agenda: Agenda,
    changes: Changes | None,
    decided: Sequence[Decision],
    carried: Sequence[Decision],
    *,
    closed_at: datetime | None = None,
    closed_by: str | None = None,
) -> str:
    """The whole document. carried: what earlier meetings decided and was not done when this one began, with what has
    become of it since."""
    lines = [
        *_head(meeting, agenda, closed_at, closed_by),
        *_decisions("Decided", decided, agenda, "Nothing was decided."),
        *_decisions("Carried over", carried, agenda, "Nothing is left of earlier meetings.", has_state=True),
        *_since(agenda, changes),
        *_agenda(agenda, decided),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _head(meeting: Meeting, agenda: Agenda, closed_at: datetime | None, closed_by: str | None) -> Iterator[str]:
    zone = agenda.zone
    closed, by = closed_at or meeting.closed_at, literal(closed_by or meeting.closed_by or "")
    tickets = f"{counted(agenda.count, 'ticket')} in {literal(', '.join(agenda.queues))}"
    yield f"# Triage meeting of {literal(meeting.team)}, {local(meeting.opened_at, zone):%Y-%m-%d}"
    yield ""
    yield f"- Opened {moment(meeting.opened_at, zone)} by {literal(meeting.opened_by)}"
    yield f"- Closed {moment(closed, zone)} by {by}" if closed else "- Not closed yet"
    yield f"- Agenda as of {_told(agenda.as_of, zone)}: {tickets}"
    yield f"- Next meeting: {_told(agenda.next_at, zone)}"
    yield f"- Times are {literal(zone)}"
    yield ""


def _told(instant: str, zone: str) -> str:
    return moment(datetime.fromisoformat(instant), zone)


def _decisions(
    title: str, decisions: Sequence[Decision], agenda: Agenda, empty: str, *, has_state: bool = False
) -> Iterator[str]:
    yield from (f"## {title}", "")
    if not decisions:
        yield from (empty, "")
        return
    named = {item.ticket_id: item for _, item in agenda.items}
    yield f"| Ticket | What | Owner | Due |{' State |' if has_state else ''}"
    yield f"| --- | --- | --- | --- |{' --- |' if has_state else ''}"
    for decision in decisions:
        cells = [_ticket(decision, named.get(decision.ticket_id or "")), literal(decision.what, 2_000),
                 literal(decision.owner or "nobody named"), f"{decision.due_on or 'no date'}"]  # fmt: skip
        yield f"| {' | '.join([*cells, decision.state] if has_state else cells)} |"
    yield ""


def _ticket(decision: Decision, item: Item | None) -> str:
    if item:
        return f"{linked(item.key, item.url)} {literal(item.title, 100)}"
    return literal(decision.ticket_key or "–")


def _since(agenda: Agenda, changes: Changes | None) -> Iterator[str]:
    pile = agenda.pile
    yield from ("## Since the last meeting", "")
    yield f"- Since {_told(agenda.since, agenda.zone)}: {pile.came:,} came, {pile.went:,} went; open then " \
          f"{pile.open_then:,}, now {pile.open_now:,} ({signed(pile.open_now - pile.open_then)})"  # fmt: skip
    if changes is None:
        yield from ("- There was no meeting before this one", "")
        return
    yield f"- On the agenda then {changes.count_then:,}, now {agenda.count:,}"
    for words, listed in (("Entered", changes.entered), ("Left", changes.left), ("Moved", changes.moved)):
        yield from _changes(words, listed)
    yield ""


MOST_CHANGES = 50


def _changes(words: str, changes: Sequence[Change]) -> Iterator[str]:
    if changes:
        told = "; ".join(_change(change) for change in changes[:MOST_CHANGES])
        more = f"; and {len(changes) - MOST_CHANGES:,} more" if len(changes) > MOST_CHANGES else ""
        yield f"- {words} ({len(changes):,}): {told}{more}"


def _change(change: Change) -> str:
    if change.now is None:
        return f"{literal(change.key)} ({'still open' if change.is_open else 'closed'})"
    was = f"{literal(change.was)} → " if change.was else ""
    return f"{literal(change.key)} ({was}{literal(change.now)})"


def _agenda(agenda: Agenda, decided: Iterable[Decision]) -> Iterator[str]:
    spoken = {decision.ticket_id for decision in decided}
    yield from ("## Agenda", "")
    for section in agenda.sections:
        yield from _section(section, spoken)


def _section(section: Section, spoken: set[str | None]) -> Iterator[str]:
    if not section.is_configured:
        return
    yield from (f"### {literal(section.title)}: {section.count:,}", "", literal(section.rule), "")
    for item in section.items:
        mark = "x" if item.ticket_id in spoken else " "
        yield f"- [{mark}] {linked(item.key, item.url)} {literal(item.title, 200)} ({literal(item.because)})"
    if section.more:
        yield f"- and {len(section.more):,} more"
    if section.count:
        yield ""
