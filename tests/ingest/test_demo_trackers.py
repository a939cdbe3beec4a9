"""The organisation's trackers, asked by the real sources as `watchbill sync` would ask them."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest import demo
from ingest.client import ClientError
from ingest.demo import duty_calendar, duty_team, harrow, old_queue, people, product_team
from ingest.records import Absence, Account, Event, Gone, Rejected, Shift, Ticket
from tests.ingest.demo_desk import Recorder
from tests.ingest.demo_reading import EXAMPLE, Reading, read, reading

ROOT = Path(__file__).parents[2]
EARLIER = datetime(2026, 2, 27, 19, 44, 12, tzinfo=UTC)
FIRST_WEEKS = datetime(2025, 12, 1, 9, tzinfo=UTC)
TELLERS: dict[str, Callable[[Any, int, datetime], None]] = {
    "phorge": duty_team.live,
    "jira": product_team.live,
    "rt": old_queue.live,
}


@pytest.fixture(params=TELLERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# --- There to be read -------------------------------------------------------------------------------


def test_there_are_four_with_the_same_now() -> None:
    made = harrow.trackers(until=FIRST_WEEKS)
    assert list(made) == list(demo.DEMO_TOKENS) == ["github", "phorge", "jira", "rt"]
    assert {tracker.now for tracker in made.values()} == {FIRST_WEEKS}


def test_until_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        harrow.trackers(until=datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake is the point


def test_each_can_be_read_without_trouble(name: str) -> None:
    assert reading(name).troubles == () and reading(name).of(Rejected) == []


def test_github_is_the_same_as_before_and_can_be_read_too() -> None:
    told = reading("github", until=FIRST_WEEKS)
    pages = [page for page in demo.payloads(until=FIRST_WEEKS) if "pull_request" not in page["issue"]]
    assert told.troubles == () and told.of(Rejected) == []
    assert {(ticket.key.split("#")[1], ticket.title) for ticket in told.of(Ticket)} == {
        (str(page["issue"]["number"]), page["issue"]["title"]) for page in pages
    }


@pytest.mark.parametrize("place", ["phorge", "github", "jira", "rt"])
def test_no_other_token_opens_one(place: str) -> None:
    with pytest.raises(ClientError):
        read(place, harrow.tracker(place, until=FIRST_WEEKS), "api-" + 28 * "x")


def test_what_can_be_seen_is_what_was_opened(name: str) -> None:
    desk = Recorder(demo.DEFAULT_UNTIL)
    TELLERS[name](desk, 7, demo.DEFAULT_UNTIL)
    hidden = {done.ticket for done in desk.of("hide")} - {done.ticket for done in desk.of("show")}
    titles = {done.ticket: str(done.said[1]) for done in desk.of("open")}
    titles |= {done.ticket: str(done.said[1]) for done in desk.of("rename")}
    opened = Counter((done.at, titles[done.ticket]) for done in desk.of("open") if done.ticket not in hidden)
    gone = {gone.ticket_id for gone in reading(name).of(Gone) if gone.reason == "deleted"}
    found = Counter(
        (ticket.opened_at, ticket.title) for ticket in reading(name).of(Ticket) if ticket.ticket_id not in gone
    )
    elsewhere = {done.at for done in desk.of("open") if done.ticket in {moved.ticket for moved in desk.of("requeue")}}
    assert {about: n for about, n in (opened - found).items() if about[0] not in elsewhere} == {}
    assert found - opened == Counter()


# --- Repeatable -------------------------------------------------------------------------------------

DIGEST = """
import hashlib, json
from tests.ingest.demo_reading import reading
text = json.dumps([reading(name).pages for name in ("phorge", "jira", "rt")], default=str, sort_keys=True)
print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_another_process_in_another_zone_is_told_the_same() -> None:
    text = json.dumps([reading(name).pages for name in ("phorge", "jira", "rt")], default=str, sort_keys=True)
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "TZ": "Pacific/Auckland"}
    run = subprocess.run(
        [sys.executable, "-c", DIGEST], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == hashlib.sha256(text.encode()).hexdigest()


def known(told: Reading) -> set[tuple[Any, ...]]:
    """Every recorded change before EARLIER of the tickets that can still be seen."""
    return {
        (event.ticket_id, event.event_id, event.occurred_at, event.actor_id, event.field, event.old, event.new)
        for event in told.of(Event)
        if event.occurred_at < EARLIER and event.origin == "recorded" and event.field != "other"
    }


def test_a_later_until_only_adds(name: str) -> None:
    later, earlier = reading(name), reading(name, until=EARLIER)
    still_there = {ticket.ticket_id for ticket in later.of(Ticket)}
    # Who can be seen no more takes the history along, and a comment that is taken back its words.
    lost = {change for change in known(earlier) - known(later) if change[0] in still_there and change[4] != "comment"}
    assert lost == set()
    assert len(known(earlier)) > 300


# --- People and duty --------------------------------------------------------------------------------


def test_everybody_in_the_settings_has_the_accounts_that_stand_there() -> None:
    listed = {account for person in EXAMPLE.person for account in person.accounts}
    wanted = {account for account in listed if account.split("/")[0] in TELLERS}
    assert wanted <= {account.account_id for place in TELLERS for account in reading(place).of(Account)}


def test_the_account_of_a_person_bears_that_persons_name() -> None:
    owners = {account: person.name for person in EXAMPLE.person for account in person.accounts}
    for place in TELLERS:
        found = {account.account_id: account.name for account in reading(place).of(Account)}
        assert {owners[account]: found[account] for account in owners if account in found} == {
            owners[account]: owners[account] for account in owners if account in found
        }


def test_whoever_is_on_duty_stands_in_the_calendar() -> None:
    held = {shift.starts_at.date(): shift.account_id for shift in reading("phorge").of(Shift)}
    mondays = [people.FIRST_DUTY_WEEK + timedelta(days=7 * n) for n in range(52)]
    planned = {monday: duty_calendar.held(monday) for monday in mondays}
    assert {monday: held.get(monday) for monday in mondays} == {
        monday: person and f"phorge/{person.login_at('phorge')}" for monday, person in planned.items()
    }
    assert [monday for monday in mondays if monday not in held] == [duty_calendar.VACANT, duty_calendar.CANCELLED]


def test_a_shift_lasts_from_monday_to_monday_and_is_held_by_one() -> None:
    shifts = reading("phorge").of(Shift)
    assert {(shift.starts_at.weekday(), shift.ends_at - shift.starts_at) for shift in shifts} == {
        (0, timedelta(days=7))
    }
    assert max(Counter(shift.starts_at for shift in shifts).values()) == 1


def test_some_weeks_were_swapped() -> None:
    mondays = [people.FIRST_DUTY_WEEK + timedelta(days=7 * n) for n in range(52)]
    swapped = [monday for monday in mondays if duty_calendar.held(monday) not in (None, duty_calendar.planned(monday))]
    assert 5 <= len(swapped) <= 16
    assert {*duty_calendar.EXCHANGED, *duty_calendar.EXCHANGED.values()} <= set(swapped)


def test_nobody_is_on_duty_while_away() -> None:
    away: dict[str, list[tuple[date, date]]] = {}
    for absence in reading("phorge").of(Absence):
        away.setdefault(absence.account_id, []).append((absence.starts_at.date(), absence.ends_at.date()))
    assert len(away) == 7
    for shift in reading("phorge").of(Shift):
        monday = shift.starts_at.date()
        assert not any(first <= monday < back for first, back in away.get(shift.account_id, []))


# --- Peculiar ---------------------------------------------------------------------------------------


def of(told: Reading, field: str, *news: str | None) -> int:
    return sum(event.new in news for event in told.events(field)) if news else len(told.events(field))


def tickets_that(told: Reading, *wanted: tuple[str, str | None, str | None]) -> int:
    """Tickets with all of these changes: field, old, new; None stands for anything."""
    found = [
        {event.ticket_id for event in told.events(field) if old in (None, event.old) and new in (None, event.new)}
        for field, old, new in wanted
    ]
    return len(set.intersection(*found))


def closed_without_a_status_row(told: Reading) -> int:
    def tasks(**wanted: str) -> set[str]:
        return {found["taskID"] for found in told.raw if all(found.get(key) == value for key, value in wanted.items())}

    return len(tasks(transactionType="mergedinto") - tasks(transactionType="status", newValue="duplicate"))


def rows_with(told: Reading, **wanted: str) -> int:
    return sum(all(found.get(key) == value for key, value in wanted.items()) for found in told.raw)


def missing(numbers: list[int]) -> int:
    """How many numbers below the greatest nobody has."""
    return max(numbers) - len(set(numbers))


TRAPS: dict[str, tuple[str, int, Callable[[Reading], int]]] = {  # at least so many
    "a merge that closes without a status row": ("phorge", 20, closed_without_a_status_row),
    "a priority that nobody chose": (
        "phorge",
        8,
        lambda told: of(told, "created") - tickets_that(told, ("priority", "Needs Triage", None)),
    ),
    "a rule of the tracker's own acts": ("phorge", 40, lambda told: rows_with(told, authorPHID=HERALD)),
    "closing claims what nobody owned": ("phorge", 5, lambda told: of(told, "owner") and claimed(told)),
    "a stalled task": ("phorge", 15, lambda told: of(told, "status", "stalled")),
    "a date that was moved": ("phorge", 5, lambda told: sum(event.old is not None for event in told.events("eta"))),
    "a comment that was taken back": ("phorge", 1, lambda told: of(told, "comment_deleted")),
    "a task that could not be seen for a while": ("phorge", 2, lambda told: of(told, "visibility")),
    "numbers that nobody has": ("phorge", 2, lambda told: missing([int(t.key[1:]) for t in told.of(Ticket)])),
    "an archived project": ("phorge", 3, lambda told: of(told, "project", "data-hall")),
    "a reopened task": ("phorge", 12, lambda told: tickets_that(told, ("status", "resolved", "open"))),
    "labels told as sets": ("jira", 100, lambda told: rows_with(told, field="labels")),
    "a moved issue": ("jira", 2, lambda told: missing([int(t.key.split("-")[1]) for t in told.of(Ticket)]) - 3),
    "an issue that was deleted": (
        "jira",
        5,
        lambda told: missing([int(t.ticket_id.split("/")[1]) - 10_000 for t in told.of(Ticket)]),
    ),
    "a label of a post-mortem": ("jira", 5, lambda told: of(told, "label", "postmortem")),
    "a due date": ("jira", 15, lambda told: of(told, "eta")),
    "sprints": ("jira", 150, lambda told: of(told, "milestone")),
    "links": ("jira", 30, lambda told: of(told, "link")),
    "work logs": ("jira", 30, lambda told: of(told, "effort")),
    "noise in histories": ("jira", 30, lambda told: of(told, "other", "RemoteIssueLink")),
    "a reopened issue": ("jira", 6, lambda told: tickets_that(told, ("status", "Done", "To Do"))),
    "owner changes written twice": ("rt", 100, lambda told: rows_with(told, Type="SetWatcher", Field="Owner")),
    "a deleted ticket": ("rt", 3, lambda told: of(told, "status", "deleted")),
    "a merged ticket": ("rt", 3, lambda told: sum(gone.reason == "moved" for gone in told.of(Gone))),
    "internal comments": ("rt", 40, lambda told: of(told, "note")),
    "time worked": ("rt", 100, lambda told: of(told, "effort")),
    "a custom field": ("rt", 30, lambda told: of(told, "custom.Severity")),
    "a reply that opens a ticket again": ("rt", 10, lambda told: tickets_that(told, ("status", "resolved", "open"))),
    "another queue": ("rt", 2, lambda told: of(told, "queue", "billing")),
}
HERALD = "PHID-APPS-PhabricatorHeraldApplication"


def claimed(told: Reading) -> int:
    """Owners gained in the second of the closing, by the closer."""
    closings = {(e.ticket_id, e.occurred_at, e.actor_id) for e in told.events("status") if e.new == "resolved"}
    return sum((e.ticket_id, e.occurred_at, e.new) in closings for e in told.events("owner"))


@pytest.mark.parametrize("seed", [7, 1])
@pytest.mark.parametrize("trap", TRAPS)
def test_the_year_holds(trap: str, seed: int) -> None:
    place, at_least, count = TRAPS[trap]
    found = count(reading(place, seed))
    assert found >= (at_least if seed == 7 else min(1, at_least))
