"""A meeting freezes its agenda; decisions are carried over until somebody settles them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from desk import meetings
from desk.store import DeskError, Stale

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AGENDA = [{"section": "Past the deadline", "tickets": ["infra#1", "infra#2"]}]


def opened(desk: Path, days: int = 0) -> meetings.Meeting:
    at = NOW + timedelta(days=days)
    return meetings.open_meeting(desk, team="infra", as_of=at, agenda=AGENDA, by="Ana", now=at)


def test_a_meeting_keeps_its_agenda_and_its_minutes(desk: Path) -> None:
    meeting = opened(desk)
    assert meetings.open_now(desk, "infra") == meeting and meetings.open_now(desk, "access") is None
    noted = meetings.write_minutes(desk, meeting.id, 1, minutes="# So far", by="Bo", now=NOW)
    closed = meetings.close_meeting(desk, meeting.id, noted.version, minutes="# Done", by="Ana", now=NOW)
    assert (closed.agenda, closed.minutes, closed.closed_at, closed.version) == (AGENDA, "# Done", NOW, 3)
    assert meetings.meeting(desk, meeting.id) == closed and meetings.open_now(desk, "infra") is None


def test_a_team_meets_once_at_a_time(desk: Path) -> None:
    opened(desk)
    with pytest.raises(DeskError, match="open already"):
        opened(desk)


def test_meetings_are_listed_newest_first(desk: Path) -> None:
    for days in (0, 14):
        meeting = opened(desk, days)
        meetings.close_meeting(desk, meeting.id, 1, minutes="", by="Ana", now=NOW)
    assert [meeting.as_of_at.day for meeting in meetings.meetings(desk, "infra")] == [7, 23]


def test_decisions_are_carried_over_until_they_are_settled(desk: Path) -> None:
    meeting = opened(desk)
    later, sooner = date(2026, 12, 1), date(2026, 11, 25)
    asked = {"team": "infra", "by": "Ana", "now": NOW}
    first = meetings.decide(desk, what=" Ask the owner ", meeting_id=meeting.id, due_on=later, **asked)
    second = meetings.decide(desk, what="Close it", ticket_id="t", ticket_key="T1", owner="Bo", due_on=sooner, **asked)
    assert first.what == "Ask the owner" and meetings.decisions(desk, meeting.id) == [first]
    assert meetings.carried_over(desk, "infra") == [second, first]
    assert meetings.carried_over(desk, "infra", apart_from=meeting.id) == [second]
    done = meetings.settle(desk, second.id, second.version, state="done", by="Bo", now=NOW)
    assert (done.state, done.settled_by) == ("done", "Bo") and meetings.carried_over(desk, "infra") == [first]
    again = meetings.settle(desk, second.id, done.version, state="open", by="Bo", now=NOW)
    assert again.settled_at is None and meetings.decisions_about(desk, "t") == [again]


def test_what_is_put_off_has_a_ticket_and_a_day(desk: Path) -> None:
    day = date(2026, 12, 1)
    asked = {"team": "infra", "by": "Ana", "now": NOW}
    for what, ticket, due in (
        ("Put off: until the disks are here", "b", day),
        ("Put off", "a", day),
        ("Put off: some day", "c", None),
        ("Put off the migration", None, day),
        ("Ask the owner", "d", day),
    ):
        meetings.decide(desk, what=what, ticket_id=ticket, ticket_key=ticket, due_on=due, **asked)
    assert meetings.put_off(meetings.carried_over(desk, "infra")) == (("a", day), ("b", day))


def test_a_decision_says_something_and_is_settled_from_what_stands(desk: Path) -> None:
    with pytest.raises(DeskError, match="The decision is empty"):
        meetings.decide(desk, team="infra", what=" \n", by="Ana", now=NOW)
    decision = meetings.decide(desk, team="infra", what="Go", by="Ana", now=NOW)
    meetings.settle(desk, decision.id, 1, state="dropped", by="Bo", now=NOW)
    with pytest.raises(Stale, match="Bo changed this"):
        meetings.settle(desk, decision.id, 1, state="done", by="Ana", now=NOW)


def test_what_was_carried_into_a_meeting_stays_told_whatever_becomes_of_it(desk: Path) -> None:
    before, during = NOW - timedelta(days=7), NOW + timedelta(hours=1)
    asked = {"team": "infra", "by": "Ana"}
    old, done_before, done_since = (meetings.decide(desk, what=word, now=before, **asked) for word in ("a", "b", "c"))
    meetings.settle(desk, done_before.id, 1, state="done", by="Bo", now=before + timedelta(days=1))
    meeting = opened(desk)
    meetings.settle(desk, done_since.id, 1, state="done", by="Bo", now=during)
    here = meetings.decide(desk, what="here", now=during, meeting_id=meeting.id, **asked)
    carried = meetings.carried_into(desk, meeting)
    assert [(one.what, one.state) for one in carried] == [("a", "open"), ("c", "done")] and carried[0] == old
    assert meetings.decided_since(desk, "infra", NOW) == [here]
