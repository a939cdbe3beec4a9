"""The minutes of a triage meeting: everything that was decided, and every foreign word as it was written."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from desk.meetings import Decision, Meeting
from metrics.agenda_changes import Change, Changes
from metrics.triage_agenda import Agenda, Item, Pile, Section
from reports.markdown import linked, literal
from reports.minutes import minutes

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) | **b** # `c`\n# Heading"


def item(number: int, title: str = "Disk full", url: str | None = None) -> Item:
    return Item(f"test/infra#{number}", f"infra#{number}", url, title, "ana", "P1", "new", 3.0, None, "was due")


def agenda(*items: Item, more: int = 0) -> Agenda:
    others = tuple((f"test/infra#{n}", f"infra#{n}") for n in range(100, 100 + more))
    full = Section("untriaged", "Past the triage deadline", "Nobody has triaged it.", "Triage it.", True, items, others)
    silent = Section("silent", "Silent", "Not configured.", "", False, (), ())
    return Agenda(("infra",), "UTC", AT.isoformat(), "2026-11-02T09:00:00+00:00", "2026-11-30T00:00:00+00:00",
                  (full, silent), Pile(7, 5, 12, 10))  # fmt: skip


def decision(number: int = 1, **told: Any) -> Decision:
    values = {"what": "Triage it", "owner": "Ana", "due_on": date(2026, 11, 20), "state": "open"} | told
    ticket = f"test/infra#{number}"
    return Decision(id=number, version=1, team="infra", meeting_id=1, ticket_id=ticket, ticket_key=f"infra#{number}",
                    decided_at=AT, decided_by="Bo", settled_at=None, settled_by=None, **values)  # fmt: skip


MEETING = Meeting(1, 1, "infra", AT, {}, AT, "Ana", None, None, None)


def test_decisions_stand_with_their_ticket_owner_and_day() -> None:
    told = minutes(MEETING, agenda(item(1, url="https://tickets.example/1"), item(2)), None, [decision()], [])
    assert told.startswith("# Triage meeting of infra, 2026-11-16\n")
    assert r"| [infra\#1](<https://tickets.example/1>) Disk full | Triage it | Ana | 2026-11-20 |" in told
    assert r"- [x] [infra\#1]" in told and r"- [ ] infra\#2 Disk full (was due)" in told
    assert "- Not closed yet" in told and "There was no meeting before this one" in told
    assert "Silent" not in told, "what is not configured has nothing to say"


def test_what_was_carried_over_says_what_became_of_it() -> None:
    carried = [decision(3, state="done"), decision(4, owner=None, due_on=None)]
    told = minutes(MEETING, agenda(), None, [], carried, closed_at=AT, closed_by="Bo")
    assert r"| infra\#3 | Triage it | Ana | 2026-11-20 | done |" in told
    assert r"| infra\#4 | Triage it | nobody named | no date | open |" in told
    assert "- Closed Mon 16 Nov 09:00 by Bo" in told and "Nothing was decided." in told


def test_what_changed_and_whether_the_pile_grows() -> None:
    changes = Changes(
        (Change("t1", "infra#1", None, "Nobody's"),), (Change("t2", "infra#2", "Silent", None, False),),
        (Change("t3", "infra#3", "Silent", "Dead"),), 9,
    )  # fmt: skip
    told = minutes(MEETING, agenda(item(1), more=3), changes, [], [])
    assert "7 came, 5 went; open then 10, now 12 (+2)" in told and "On the agenda then 9, now 4" in told
    assert r"- Entered (1): infra\#1 (Nobody's)" in told and r"- Left (1): infra\#2 (closed)" in told
    assert r"- Moved (1): infra\#3 (Silent → Dead)" in told and "- and 3 more" in told


def test_foreign_words_stay_words() -> None:
    hostile = item(1, HOSTILE, "https://tickets.example/1> [x](javascript:alert(1))")
    told = minutes(MEETING, agenda(hostile), None, [decision(what=HOSTILE, owner=HOSTILE)], [])
    for sign in ("<", "`", "[", "]", "*", "|", "#"):
        foreign = re.sub(r"(?m)^(#+ |- |\| )|\[[ x]\] | \| | \|$|^\| --- .*$", "", told)
        assert not re.search(rf"(?<!\\){re.escape(sign)}", foreign), sign
    assert "\n# Heading" not in told and "\n\\# Heading" not in told


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc\u202ed", "a b c d"),
        ("@ana", "@\u2060ana"),
        ("https://x.example", "https:\u2060//x.example"),
        ("12. x", "12\\. x"),
        ("a" * 400, "a" * 300 + " … \\(400 characters\\)"),
    ],
)
def test_one_line_that_says_what_it_says(text: str, shown: str) -> None:
    assert literal(text) == shown


def test_only_an_address_that_a_browser_may_follow_is_a_link() -> None:
    assert linked("a", "https://tickets.example/1") == "[a](<https://tickets.example/1>)"
    assert linked("a", "javascript:alert(1)") == "a" and linked("a", None) == "a"
