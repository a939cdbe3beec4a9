"""What a triage meeting is about: the agenda of now, or of a meeting as it was when it began; its decisions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from desk.meetings import (
    EVERY,
    Decision,
    Meeting,
    carried_into,
    carried_over,
    decided_since,
    decisions,
    meetings,
    put_off,
)
from metrics import agenda_changes, triage_agenda
from metrics.agenda_changes import Changes
from metrics.triage_agenda import Agenda
from views import _store
from views._desk import desk
from views._frame import View
from views._meeting_address import start_of


@dataclass(frozen=True, eq=False)
class Sitting:
    """meeting is None while none has been opened over this agenda. carried: what earlier meetings decided and was not
    done when it began; decided: what was decided in it; others: the team's meetings, the newest first."""

    meeting: Meeting | None
    agenda: Agenda
    changes: Changes | None
    carried: tuple[Decision, ...]
    decided: tuple[Decision, ...]
    recent: tuple[Decision, ...]
    others: tuple[Meeting, ...]

    @property
    def is_going_on(self) -> bool:
        return self.meeting is not None and self.meeting.closed_at is None

    @property
    def going_on(self) -> Meeting | None:
        """The meeting of this team that is not closed yet."""
        return next((one for one in self.others if one.closed_at is None), None)

    def about(self, ticket_id: str) -> list[Decision]:
        return [one for one in (*self.decided, *self.carried) if one.ticket_id == ticket_id]


def sitting(view: View, meeting: Meeting | None, next_day: date) -> Sitting:
    """Everything the page shows. Raises DeskError where the desk cannot be read."""
    others = tuple(meetings(desk(), view.team.name))
    return _as_it_was(meeting, others) if meeting else _as_it_is(view, others, next_day)


def _as_it_was(meeting: Meeting, others: tuple[Meeting, ...]) -> Sitting:
    agenda, told = triage_agenda.from_json(meeting.agenda["agenda"]), meeting.agenda["changes"]
    changes = agenda_changes.from_json(told) if told else None
    last = next((one for one in others if one.closed_at and one.opened_at < meeting.opened_at), None)
    recent = (one for one in _recent(meeting.team, last, agenda) if one.decided_at < meeting.opened_at)
    carried = tuple(carried_into(desk(), meeting))
    return Sitting(meeting, agenda, changes, carried, tuple(decisions(desk(), meeting.id)), tuple(recent), others)


def _as_it_is(view: View, others: tuple[Meeting, ...], next_day: date) -> Sitting:
    carried = tuple(carried_over(desk(), view.team.name))
    last = next((one for one in others if one.closed_at and one.as_of_at <= view.as_of), None)
    agenda = _agenda(view, last, next_day, carried)
    recent = _recent(view.team.name, last, agenda)
    return Sitting(None, agenda, _changes(view, last, agenda), carried, (), recent, others)


def _recent(team: str, last: Meeting | None, agenda: Agenda) -> tuple[Decision, ...]:
    """What was decided in the last meeting and since."""
    since = last.opened_at if last else datetime.fromisoformat(agenda.since)
    return tuple(decided_since(desk(), team, since))


def _agenda(view: View, last: Meeting | None, next_day: date, carried: tuple[Decision, ...]) -> Agenda:
    found: Agenda = _store.answer(
        view.snapshot,
        triage_agenda.triage_agenda,
        as_of=view.as_of,
        queues=tuple(view.address.queues),
        zone=view.zone,
        since=last.as_of_at if last else view.as_of - EVERY,
        next_at=start_of(next_day, view.zone),
        postponed=put_off(carried),
    )
    return found


def _changes(view: View, last: Meeting | None, agenda: Agenda) -> Changes | None:
    if last is None:
        return None
    before = triage_agenda.from_json(last.agenda["agenda"])
    found: Changes = _store.answer(view.snapshot, agenda_changes.agenda_changes, last=before, agenda=agenda)
    return found


def frozen(sitting: Sitting, queue: str | None) -> dict[str, Any]:
    """What a meeting keeps of the agenda that it is opened over."""
    changes = sitting.changes.to_json() if sitting.changes else None
    return {"agenda": sitting.agenda.to_json(), "changes": changes, "queue": queue}


def now() -> datetime:
    """When somebody writes: the wall clock, which no number here is asked by."""
    return datetime.now(UTC)
