"""What a triage meeting has to decide: stories for each section, and every section against other metrics."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
from hypothesis import given

import metrics
from ingest.records import Gone
from metrics.agenda_changes import agenda_changes
from metrics.agenda_changes import from_json as changes_from_json
from metrics.agenda_claims import Claims
from metrics.agenda_sections import agreed, headings
from metrics.last_words import last_words
from metrics.over_limit import over_limit
from metrics.triage_agenda import CAP, Agenda, from_json, section_rows, triage_agenda
from metrics.wip_limits import breaches
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, utc
from tests.metrics import agenda_oracle as oracle
from tests.metrics.conftest import Opened
from tests.metrics.oracle import FEW_EXAMPLES, instants

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-16 12:00")
AGREED = """
[[slo]]
name = "Resolve"
clock = "resolve"
objective = 0.9
goals = [{ priority = ["P2"], within = "80h" }]

[[cadence]]
every = { P0 = "24h", P1 = "168h" }

[[wip]]
person = 1

[[ownership]]
silent_days = 5
dead_days = 45

[[intake]]
"""
WORLD = (OFFICE + TRIAGE_PROMISE + AGREED).replace(
    "[[priorities]]", '[[priorities]]\nlabel = { P0 = "P0", P1 = "P1", P2 = "P2" }'
)
ACTIVE, TRIAGED = ("09:00", "label", "+in progress", "ana"), ("09:00", "label", "+bug", "ana")
TAKEN = ("09:00", "owner", "+ana", "ana")
RECENT = ("2026-11-16 09:00", "comment", "+Working on it.", "ana")


def agenda(con: duckdb.DuckDBPyConnection, as_of: datetime = AS_OF, **asked: Any) -> Agenda:
    since = asked.pop("since", as_of - timedelta(days=14))
    return triage_agenda(
        con, as_of=as_of, queues=("infra",), zone="UTC", since=since, next_at=as_of + timedelta(days=14), **asked
    )


def placed(told: Agenda) -> dict[str, list[str]]:
    """By section, the numbers of its tickets in order; sections without any are left out."""
    return {
        section.name: [key.removeprefix("infra#") for key in section.keys.values()]
        for section in told.sections
        if section.count
    }


def because(told: Agenda) -> dict[str, str]:
    return {item.key: item.because for _, item in told.items}


STORIES: dict[str, tuple[str, tuple[tuple[str, str, str, str], ...], str, str]] = {
    "untriaged": ("2026-11-12 09:00", (), "untriaged", "was due Thu 12 Nov 13:00"),
    "untriaged yet in time": ("2026-11-16 11:00", (), "due", "Triage is due Mon 16 Nov 15:00"),
    "due": ("2026-11-12 09:00", (TRIAGED, ("09:00", "label", "+P2", "ana"), TAKEN), "due",
            "Resolve is due Wed 25 Nov 17:00"),
    "an ETA soon": ("2026-11-12 09:00", (TRIAGED, TAKEN, ("09:00", "eta", "2026-11-20", "ana")), "due",
                    "promised for 2026-11-20"),
    "owed an update": ("2026-11-12 09:00", (TRIAGED, TAKEN, ("09:00", "label", "+P0", "ana")), "cadence",
                       "P0, an update has been owed since Fri 13 Nov 09:00"),
    "old": ("2026-10-12 09:00", (TRIAGED, TAKEN, ("09:00", "label", "+P1", "ana"), RECENT), "old",
            "P1, open for 35 days"),
    "nobody's": ("2026-11-12 09:00", (TRIAGED,), "unowned", "triaged, and nobody owns it"),
    "silent": ("2026-11-10 09:00", (ACTIVE, TRIAGED, TAKEN), "silent", "no word from anybody for 6 days"),
    "dead": ("2026-09-10 09:00", (TRIAGED, TAKEN), "dead", "no word from anybody for 67 days"),
    "came back": ("2026-11-02 09:00", (TRIAGED, TAKEN, ("10:00", "status", "closed", "ana"),
                                       ("2026-11-12 10:00", "status", "open", "asker")), "reopened",
                  "reopened Thu 12 Nov 10:00"),
    "put off": ("2026-11-02 09:00", (TRIAGED, TAKEN, ("09:00", "eta", "2026-11-05", "ana"),
                                     ("10:00", "eta", "2026-11-12", "ana")), "postponed", "promised for 2026-11-12"),
    "unexplained": ("2026-11-13 09:00", (ACTIVE, TRIAGED, ("09:00", "owner", "+bo", "bo")), "unexplained",
                    "in work since Fri 13 Nov 09:00, no ETA, no word why"),
}  # fmt: skip


def test_each_section_claims_its_story_and_says_why(history: History, open_store_of: Store) -> None:
    for number, (story, (opened, changes, _, _)) in enumerate(STORIES.items(), start=1):
        history.ticket(number, opened, *changes, title=f"The story {story}")
    told = agenda(open_store_of(history.records, WORLD))
    found = {item.key: (section.name, item.because) for section, item in told.items}
    assert {story: found.get(f"infra#{number}") for number, story in enumerate(STORIES, start=1)} == {
        story: (section, reason) for story, (_, _, section, reason) in STORIES.items()
    }


def test_a_quiet_ticket_is_on_no_agenda(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-12 09:00", TRIAGED, TAKEN, RECENT)
    history.ticket(2, "2026-11-12 09:00", ("10:00", "status", "closed", "ana"))
    history.ticket(3, "2026-11-12 09:00", queue="elsewhere")
    history.records.append(Gone(history.ticket(4, "2026-11-12 09:00"), utc("2026-11-13 09:00"), "deleted"))
    assert placed(agenda(open_store_of(history.records, WORLD))) == {}


def test_over_the_limit_what_was_begun_last_stands_first(history: History, open_store_of: Store) -> None:
    for number in (1, 2):
        clock = f"1{number}:00"
        history.ticket(number, "2026-11-13 09:00", TRIAGED, (clock, "label", "+in progress", "ana"), TAKEN)
    told = agenda(open_store_of(history.records, WORLD))
    assert placed(told) == {"over_limit": ["2", "1"]}
    assert set(because(told).values()) == {"ana has 2 in work, agreed are 1"}


def test_the_later_of_two_that_look_alike_is_the_suspect(history: History, open_store_of: Store) -> None:
    for number in (1, 2):
        history.ticket(number, f"2026-11-13 0{number}:00", TRIAGED, TAKEN, RECENT, title="Disk full on web-1 again")
    told = agenda(open_store_of(history.records, WORLD))
    assert because(told) == {"infra#2": "like infra#1: the same words"}


def test_a_ticket_stands_in_the_first_section_that_claims_it(history: History, open_store_of: Store) -> None:
    """Untriaged for two months, a P0 without an owner, dead: its deadline comes first."""
    history.ticket(1, "2026-09-10 09:00", ("10:00", "priority", "P0", "cron[bot]"))
    told = agenda(open_store_of(history.records, WORLD))
    assert placed(told) == {"untriaged": ["1"]}


def test_a_section_names_so_many_and_counts_the_rest(history: History, open_store_of: Store) -> None:
    for number in range(1, CAP + 4):
        history.ticket(number, "2026-11-12 09:00")
    told = agenda(open_store_of(history.records, WORLD))
    section = told.sections[0]
    assert (len(section.items), len(section.more), section.count, told.count) == (CAP, 3, CAP + 3, CAP + 3)
    assert len(section_rows(open_store_of(history.records, WORLD), as_of=AS_OF, tickets=tuple(section.keys))) == CAP + 3


def test_what_a_meeting_put_off_comes_back_on_its_day(history: History, open_store_of: Store) -> None:
    ticket = history.ticket(1, "2026-11-12 09:00", TRIAGED, TAKEN, RECENT)
    con = open_store_of(history.records, WORLD)
    assert placed(agenda(con, postponed=((ticket, date(2026, 11, 17)),))) == {}
    told = agenda(con, postponed=((ticket, date(2026, 11, 16)), ("unknown", date(2026, 11, 1))))
    assert because(told) == {"infra#1": "a meeting put it off until 2026-11-16"}


def test_nothing_configured_is_said_and_claims_nothing(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-09-10 09:00")
    told = agenda(open_store_of(history.records, OFFICE))
    assert [section.name for section in told.sections if not section.is_configured] == [
        "untriaged", "cadence", "over_limit", "silent", "dead", "duplicates",
    ]  # fmt: skip
    assert told.count == 0


def test_rules_name_the_days_that_were_agreed(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-12 09:00")
    con = open_store_of(history.records, WORLD.replace("silent_days = 5", "silent_days = 1"))
    titles = [heading.title for heading in headings(agreed(con, AS_OF.replace(tzinfo=None), ["infra"]), AS_OF, "UTC")]
    assert "Silent for 1 day" in titles and "Dead: silent for 45 days" in titles


def test_it_is_plain_data_and_later_events_change_nothing(history: History, open_store_of: Store) -> None:
    for number in (1, 2):
        history.ticket(number, "2026-11-12 09:00", title="Renamed")
    told = agenda(open_store_of(history.records, WORLD))
    assert from_json(json.loads(json.dumps(told.to_json()))) == told
    history.ticket(1, "2026-11-12 09:00", ("2026-11-17 09:00", "title", "Later", "bo"), title="Renamed")
    history.ticket(2, "2026-11-12 09:00", ("2026-11-17 09:00", "status", "closed", "bo"), title="Renamed")
    assert placed(agenda(open_store_of(history.records, WORLD))) == placed(told)


def test_the_pile_and_what_changed_since_the_last_meeting(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", TRIAGED, ("2026-11-10 09:00", "owner", "+ana", "ana"), RECENT)
    history.ticket(2, "2026-11-02 09:00", ("2026-11-10 09:00", "status", "closed", "ana"))
    history.ticket(3, "2026-11-02 09:00", ("2026-11-10 09:00", "label", "+bug", "ana"))
    history.ticket(4, "2026-11-12 09:00")
    con = open_store_of(history.records, WORLD)
    before = agenda(con, utc("2026-11-09 12:00"))
    told = agenda(con, since=utc("2026-11-09 12:00"))
    assert placed(before) == {"untriaged": ["2", "3"], "unowned": ["1"]}
    assert placed(told) == {"untriaged": ["4"], "unowned": ["3"]}
    assert (told.pile.came, told.pile.went, told.pile.open_then, told.pile.open_now) == (1, 1, 3, 3)
    changes = agenda_changes(con, last=before, agenda=told)
    assert [change.key for change in changes.entered] == ["infra#4"]
    assert {change.key: change.is_open for change in changes.left} == {"infra#2": False, "infra#1": True}
    assert [(change.key, change.was, change.now) for change in changes.moved] == [
        ("infra#3", "Past the triage deadline", "Nobody's")
    ]
    assert changes_from_json(json.loads(json.dumps(changes.to_json()))) == changes


@FEW_EXAMPLES
@given(history=oracle.agenda_histories(), as_of=instants())
def test_every_section_claims_what_other_metrics_say(opened: Opened, history: History, as_of: datetime) -> None:
    queues, next_at = ["infra", "access"], as_of + timedelta(days=14)
    with opened(history.records, oracle.AGENDA_WORLD) as con:
        wanted = oracle.expected(con, history.records, as_of, queues, next_at)
        present = oracle.open_tickets(con, as_of, queues)
        plain = as_of.replace(tzinfo=None)
        claims = Claims(con, plain, queues, "UTC", next_at.replace(tzinfo=None), {})
        for section, tickets in wanted.items():
            assert {ticket for ticket, _ in claims.of(section)} & present == tickets & present, section
        told = triage_agenda(con, as_of=as_of, queues=queues, zone="UTC", since=as_of, next_at=next_at)
        named = [ticket for section in told.sections for ticket in section.keys]
        assert len(named) == len(set(named)) and set(named) <= present
        assert told.pile.open_now == len(present)
        changes = metrics.flow(con, as_of=as_of, queue=queues, since=as_of - timedelta(days=7)).pl()["change"].to_list()
        pile = triage_agenda(con, as_of=as_of, queues=queues, zone="UTC", since=as_of - timedelta(days=7),
                             next_at=next_at).pile  # fmt: skip
        assert (pile.came, pile.went) == (changes.count(1), changes.count(-1))
        above = breaches(con, as_of=as_of).drop_nulls("person").select("person_id", "tickets", "allowed_tickets")
        told_above = over_limit(con, as_of=as_of).select("person_id", "tickets", "allowed_tickets").unique()
        assert sorted(told_above.rows()) == sorted(set(above.rows()))


def test_whose_turn_it_is_and_what_was_last_said(history: History, open_store_of: Store) -> None:
    turns = {
        "nobody answered": ((), "us"),
        "we spoke last": ((("10:00", "comment", "Looking.", "ana"),), "requester"),
        "the requester spoke last": ((("10:00", "comment", "Looking.", "ana"),
                                      ("11:00", "comment", "And?", "asker")), "us"),
        "a note is no turn": ((("10:00", "note", "Hm.", "ana"),), "us"),
        "a bot says nothing": ((("10:00", "comment", "Beep.", "cron[bot]"),), "us"),
        "the requester owns it": ((("10:00", "owner", "+asker", "asker"),), "nobody"),
    }  # fmt: skip
    for number, (changes, _) in enumerate(turns.values(), start=1):
        history.ticket(number, "2026-11-02 09:00", *changes)
    con = open_store_of(history.records, WORLD)
    found = [last_words(con, as_of=AS_OF, ticket_id=f"test/infra#{number}") for number in range(1, len(turns) + 1)]
    assert [words and words.turn for words in found] == [turn for _, turn in turns.values()]
    assert found[2] and [(word.who, word.is_requester, word.text) for word in found[2].words] == [
        ("asker", True, "And?"), ("ana", False, "Looking."),
    ]  # fmt: skip
    assert last_words(con, as_of=AS_OF, ticket_id="test/infra#99") is None
