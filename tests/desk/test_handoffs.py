"""One note per week and role, changed only by whoever saw what stands there; reading it is recorded once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk import handoffs
from desk.store import Stale

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PLACE = {"team": "infra", "week": "2026-W47"}


def test_a_note_is_begun_once_and_changed_from_what_stands(desk: Path) -> None:
    assert handoffs.note(desk, **PLACE) is None
    begun = handoffs.write_note(desk, **PLACE, words="Quiet.", by="Ana", now=NOW)
    with pytest.raises(Stale, match="Ana has begun this note"):
        handoffs.write_note(desk, **PLACE, words="Not so quiet.", by="Bo", now=NOW)
    changed = handoffs.write_note(desk, **PLACE, words="Not so quiet.", by="Bo", now=NOW, version=begun.version)
    assert (changed.words, changed.written_by, changed.version) == ("Not so quiet.", "Bo", 2)
    with pytest.raises(Stale, match="Bo changed this"):
        handoffs.write_note(desk, **PLACE, words="Quiet!", by="Ana", now=NOW, version=1)
    assert handoffs.note(desk, **PLACE) == changed and handoffs.note(desk, **PLACE, role="lead") is None


def test_notes_of_a_team_newest_week_first(desk: Path) -> None:
    for week in ("2026-W46", "2026-W47"):
        handoffs.write_note(desk, team="infra", week=week, words=week, by="Ana", now=NOW)
    assert [note.week for note in handoffs.notes(desk, team="infra")] == ["2026-W47", "2026-W46"]


def test_the_first_reading_counts(desk: Path) -> None:
    for minutes, person in ((0, "Bo"), (5, "Cy"), (9, "Bo")):
        handoffs.mark_read(desk, **PLACE, person=person, now=NOW + timedelta(minutes=minutes))
    read = handoffs.readings(desk, **PLACE)
    assert [(reading.person, reading.read_at) for reading in read] == [("Bo", NOW), ("Cy", NOW + timedelta(minutes=5))]
