"""Meetings with their frozen agenda, and the decisions taken in them or between them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from desk.rows import added, by_id, changed, found, one_of, said
from desk.store import DeskError, reading, writing

State = Literal["open", "done", "dropped"]
EVERY = timedelta(days=14)  # from meeting to meeting, where none is known
PUT_OFF = "Put off"  # how a decision begins that puts a ticket off until its day


@dataclass(frozen=True, slots=True)
class Meeting:
    """agenda is what was shown at as_of_at, frozen: plain JSON. closed_at is None while the meeting lasts."""

    id: int
    version: int
    team: str
    as_of_at: datetime
    agenda: Any
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str | None
    minutes: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, about a ticket or about nothing in particular; it is open until somebody settles it."""

    id: int
    version: int
    team: str
    meeting_id: int | None
    ticket_id: str | None
    ticket_key: str | None
    what: str
    owner: str | None
    due_on: date | None
    state: State
    decided_at: datetime
    decided_by: str
    settled_at: datetime | None
    settled_by: str | None


def open_meeting(desk: Path, *, team: str, as_of: datetime, agenda: Any, by: str, now: datetime) -> Meeting:
    """Begin a meeting over an agenda. A team has one at a time: raises DeskError where one is still open."""
    with writing(desk) as con:
        if one_of(found(con, Meeting, _OPEN, team=team)):
            raise DeskError(f"A meeting of {team} is open already: join it, or close it first.")
        key = added(con, "meeting", team=team, as_of_at=as_of, agenda_json=agenda, opened_at=now, opened_by=by)
        return _there(by_id(con, Meeting, "meeting", key))


_OPEN = "SELECT * FROM meeting WHERE team = :team AND closed_at IS NULL ORDER BY id DESC"


def open_now(desk: Path, team: str) -> Meeting | None:
    """The meeting of this team that is going on."""
    with reading(desk) as con:
        return one_of(found(con, Meeting, _OPEN, team=team))


def meeting(desk: Path, meeting_id: int) -> Meeting | None:
    with reading(desk) as con:
        return by_id(con, Meeting, "meeting", meeting_id)


def meetings(desk: Path, team: str, most: int = 25) -> list[Meeting]:
    """The team's meetings, the newest first."""
    query = "SELECT * FROM meeting WHERE team = :team ORDER BY as_of_at DESC, id DESC LIMIT :most"
    with reading(desk) as con:
        return found(con, Meeting, query, team=team, most=most)


def close_meeting(desk: Path, meeting_id: int, version: int, *, minutes: str, by: str, now: datetime) -> Meeting:
    """End a meeting with its minutes. Raises Stale."""
    return _meeting_changed(desk, meeting_id, version, by, now, minutes=minutes, closed_at=now, closed_by=by)


def write_minutes(desk: Path, meeting_id: int, version: int, *, minutes: str, by: str, now: datetime) -> Meeting:
    """Change the minutes, during a meeting or after it. Raises Stale."""
    return _meeting_changed(desk, meeting_id, version, by, now, minutes=minutes)


def _meeting_changed(desk: Path, meeting_id: int, version: int, by: str, now: datetime, **values: Any) -> Meeting:
    with writing(desk) as con:
        changed(con, "meeting", meeting_id, version, by=by, at=now, **values)
        return _there(by_id(con, Meeting, "meeting", meeting_id))


def decide(
    desk: Path,
    *,
    team: str,
    what: str,
    by: str,
    now: datetime,
    meeting_id: int | None = None,
    ticket_id: str | None = None,
    ticket_key: str | None = None,
    owner: str | None = None,
    due_on: date | None = None,
) -> Decision:
    """Record a decision. Raises DeskError where it says nothing."""
    with writing(desk) as con:
        key = added(
            con, "decision", team=team, meeting_id=meeting_id, ticket_id=ticket_id, ticket_key=ticket_key,
            what=said(what, "The decision"), owner=owner, due_on=due_on, decided_at=now, decided_by=by,
        )  # fmt: skip
        return _decided(by_id(con, Decision, "decision", key))


def change_decision(
    desk: Path, decision_id: int, version: int, *, what: str, owner: str | None, due_on: date | None, by: str,
    now: datetime,
) -> Decision:  # fmt: skip
    """Say it otherwise. Raises Stale, and DeskError where it says nothing."""
    words = said(what, "The decision")
    return _decision_changed(desk, decision_id, version, by, now, what=words, owner=owner, due_on=due_on)


def settle(desk: Path, decision_id: int, version: int, *, state: State, by: str, now: datetime) -> Decision:
    """Say that a decision was carried out or dropped, or open it again. Raises Stale."""
    settled = {"settled_at": None, "settled_by": None} if state == "open" else {"settled_at": now, "settled_by": by}
    return _decision_changed(desk, decision_id, version, by, now, state=state, **settled)


def _decision_changed(desk: Path, decision_id: int, version: int, by: str, now: datetime, **values: Any) -> Decision:
    with writing(desk) as con:
        changed(con, "decision", decision_id, version, by=by, at=now, **values)
        return _decided(by_id(con, Decision, "decision", decision_id))


def decisions(desk: Path, meeting_id: int) -> list[Decision]:
    """What was decided in a meeting, in the order in which it was."""
    with reading(desk) as con:
        return found(
            con, Decision, "SELECT * FROM decision WHERE meeting_id = :meeting ORDER BY id", meeting=meeting_id
        )


def carried_over(desk: Path, team: str, *, apart_from: int | None = None) -> list[Decision]:
    """Open decisions of a team, those due first first, but for those of the meeting that is going on."""
    query = """
    SELECT * FROM decision WHERE team = :team AND state = 'open' AND (:meeting IS NULL OR meeting_id IS NOT :meeting)
    ORDER BY due_on IS NULL, due_on, id
    """
    with reading(desk) as con:
        return found(con, Decision, query, team=team, meeting=apart_from)


def put_off(carried: Iterable[Decision]) -> tuple[tuple[str, date], ...]:
    """The tickets that open decisions put off, each with the day until which, by their ids."""
    told = {
        one.ticket_id: one.due_on for one in carried if one.ticket_id and one.due_on and one.what.startswith(PUT_OFF)
    }
    return tuple(sorted(told.items()))


def carried_into(desk: Path, meeting: Meeting) -> list[Decision]:
    """What had been decided and not done when a meeting began, whatever became of it since; those due first first."""
    query = """
    SELECT * FROM decision WHERE team = :team AND decided_at < :begun AND meeting_id IS NOT :meeting
        AND (state = 'open' OR settled_at >= :begun)
    ORDER BY due_on IS NULL, due_on, id
    """
    with reading(desk) as con:
        return found(con, Decision, query, team=meeting.team, begun=meeting.opened_at, meeting=meeting.id)


def decided_since(desk: Path, team: str, since: datetime) -> list[Decision]:
    """What was decided in a team's meetings, or between them, from an instant on."""
    query = "SELECT * FROM decision WHERE team = :team AND decided_at >= :since ORDER BY id"
    with reading(desk) as con:
        return found(con, Decision, query, team=team, since=since)


def decisions_about(desk: Path, ticket_id: str) -> list[Decision]:
    """Everything that was ever decided about a ticket, the newest first."""
    with reading(desk) as con:
        return found(
            con, Decision, "SELECT * FROM decision WHERE ticket_id = :ticket ORDER BY id DESC", ticket=ticket_id
        )


def _there(meeting: Meeting | None) -> Meeting:
    assert meeting is not None, "it was written in this transaction"
    return meeting


def _decided(decision: Decision | None) -> Decision:
    assert decision is not None, "it was written in this transaction"
    return decision
