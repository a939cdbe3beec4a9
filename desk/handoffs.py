"""What whoever goes off duty leaves for whoever comes: a note per week and role, and who has read it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from desk.rows import added, changed, found, one_of
from desk.store import Stale, reading, writing


@dataclass(frozen=True, slots=True)
class Note:
    """The note at the end of a week. role is '' where it is for whoever comes."""

    id: int
    version: int
    team: str
    role: str
    week: str
    words: str
    written_at: datetime
    written_by: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody has read the handoff of a week, at the instant they said so first."""

    person: str
    read_at: datetime


_NOTE = "SELECT * FROM handoff_note WHERE team = :team AND role = :role AND week = :week"


def note(desk: Path, *, team: str, week: str, role: str = "") -> Note | None:
    with reading(desk) as con:
        return one_of(found(con, Note, _NOTE, team=team, role=role, week=week))


def notes(desk: Path, *, team: str, most: int = 25) -> list[Note]:
    """The team's notes, the newest week first."""
    query = "SELECT * FROM handoff_note WHERE team = :team ORDER BY week DESC, role LIMIT :most"
    with reading(desk) as con:
        return found(con, Note, query, team=team, most=most)


def write_note(
    desk: Path, *, team: str, week: str, words: str, by: str, now: datetime, role: str = "", version: int = 0
) -> Note:
    """Write the note of a week, or change the one at `version`; 0 says that there was none. Raises Stale."""
    place = {"team": team, "role": role, "week": week}
    with writing(desk) as con:
        stands = one_of(found(con, Note, _NOTE, **place))
        if stands is None and version:
            raise Stale("Somebody has thrown this note away in the meantime; nothing was changed.", None)
        if stands is None:
            added(con, "handoff_note", **place, words=words, written_at=now, written_by=by)
        elif not version:
            raise Stale(f"{stands.written_by} has begun this note in the meantime; nothing was written over it.", 1)
        else:
            values = {"words": words, "written_at": now, "written_by": by}
            changed(con, "handoff_note", stands.id, version, by=by, at=now, **values)
        return found(con, Note, _NOTE, **place)[0]


def mark_read(desk: Path, *, team: str, week: str, person: str, now: datetime, role: str = "") -> None:
    """Record that somebody has read this handoff; the first time counts."""
    query = "INSERT INTO handoff_read VALUES (:team, :role, :week, :person, :now) ON CONFLICT DO NOTHING RETURNING *"
    with writing(desk) as con:
        found(con, Reading, query, team=team, role=role, week=week, person=person, now=now)


def readings(desk: Path, *, team: str, week: str, role: str = "") -> list[Reading]:
    """Who has read this handoff, in order."""
    query = """
    SELECT person, read_at FROM handoff_read WHERE team = :team AND role = :role AND week = :week
    ORDER BY read_at, person
    """
    with reading(desk) as con:
        return found(con, Reading, query, team=team, role=role, week=week)
