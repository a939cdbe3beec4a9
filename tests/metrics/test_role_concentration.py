"""Who could we not do without."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
from ingest.records import Account, Gone, Record, Shift
from metrics.concentration import concentration_summary, several_roles, weekly
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import FEW_EXAMPLES, WORLD, histories, instants, lives, naive
from tests.metrics.rota_oracle import ROTA, SAID, duties, person_of, rotas

Store = Callable[..., duckdb.DuckDBPyConnection]
LATER = utc("2026-11-30 00:00")
TWO_ACCOUNTS = '[[person]]\nname = "Ana"\naccounts = ["test/ana", "test/ana2"]\nroles = ["duty"]\n'


def shift(login: str, role: str, starts: str, ends: str) -> Record:
    return Shift(f"{role}/{login}/{starts}", "cal", role, f"test/{login}", utc(starts), utc(ends))


def amounts(con: duckdb.DuckDBPyConnection, as_of: datetime = LATER, **asked: Any) -> dict[tuple[str, str], int]:
    """What each person did of each kind: by kind and person, the subject left out."""
    rows = metrics.role_concentration(con, as_of=as_of, **asked)
    return {(kind, person): amount for kind, person, amount in rows.project("kind, person, amount").fetchall()}


def test_tickets_acted_on_and_closed_are_counted_once_per_person(history: History, open_store_of: Store) -> None:
    """Ana acts on two tickets under two accounts and closes one of them twice; Bo has a word on one."""
    again = [
        ("12:00", "status", "closed", "ana"),
        ("13:00", "status", "open", "bo"),
        ("14:00", "status", "closed", "ana2"),
    ]
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+Bug", "ana"), *again)
    history.ticket(2, "2026-11-02 09:00", ("10:00", "comment", "+On it.", "ana2"))
    con = open_store_of(history.records, OFFICE + TWO_ACCOUNTS)
    assert amounts(con) == {("queue", "Ana"): 2, ("queue", "bo"): 1, ("closed", "Ana"): 1}


def test_what_is_no_work_on_a_ticket(history: History, open_store_of: Store) -> None:
    """Bots, the author's own words, opening it, tidying up, what changes nothing, and what happens later."""
    nothing = [
        ("10:00", "label", "+Bug", "sweep[bot]"),
        ("10:00", "comment", "+Any news?", "asker"),
        ("10:00", "title", "Still broken", "asker"),
        ("10:00", "lock", "resolved", "bo"),
        ("10:00", "visibility", "hidden", "bo"),
        ("10:00", "comment_deleted", "spam", "bo"),
        ("10:00", "other", "subscribed", "bo"),
        ("2026-11-30 00:00", "label", "+P0", "bo"),
    ]
    history.ticket(1, "2026-11-02 09:00", ("09:00", "label", "+Bug", "asker"), *nothing)
    assert amounts(open_store_of(history.records)) == {}


def test_an_author_who_closes_their_own_ticket_closed_it(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "asker"))
    assert amounts(open_store_of(history.records)) == {("queue", "asker"): 1, ("closed", "asker"): 1}


def test_an_act_counts_for_the_queue_the_ticket_was_in_just_before(history: History, open_store_of: Store) -> None:
    """Bo moves it from infra to access and Ana closes it there."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "queue", "access", "bo"), ("11:00", "status", "closed", "ana"))
    rows = metrics.role_concentration(open_store_of(history.records), as_of=LATER)
    assert rows.project("kind, subject, person").fetchall() == [
        ("queue", "access", "ana"),
        ("queue", "infra", "bo"),
        ("closed", "all queues", "ana"),
    ]
    assert amounts(open_store_of(history.records), queue="infra") == {("queue", "bo"): 1}


def test_the_window_is_half_open_and_the_last_26_weeks_unless_asked(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+Bug", "bo"))
    con = open_store_of([*history.records, shift("ana", "duty", "2026-10-26", "2026-11-09")], OFFICE)
    inside = {("queue", "bo"): 1}
    for since, until, found in [("10:00", "10:00:01", inside), ("09:59", "10:00", {}), ("10:00:01", "11:00", {})]:
        asked = amounts(con, since=utc(f"2026-11-02 {since}"), until=utc(f"2026-11-02 {until}"))
        assert {key: n for key, n in asked.items() if key[0] == "queue"} == found
    assert ("queue", "bo") in amounts(con, utc("2026-11-02 10:00") + timedelta(weeks=26))
    assert ("queue", "bo") not in amounts(con, utc("2026-11-02 10:00:01") + timedelta(weeks=26))
    assert amounts(con, since=utc("2026-11-08 23:00"))["role", "ana"] == 3600
    assert amounts(con, utc("2026-10-26 00:00:05"))["role", "ana"] == 5


def test_a_gone_ticket_was_worked_on_all_the_same(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "bo"))
    history.records.append(Gone("test/infra#1", utc("2026-11-03 00:00"), "deleted"))
    assert amounts(open_store_of(history.records)) == {("queue", "bo"): 1, ("closed", "bo"): 1}


@pytest.mark.parametrize(
    ("closed", "factor"),
    [((1,), 1), ((2, 2), 1), ((2, 1, 1), 1), ((2, 2, 1), 2), ((3, 2, 2), 2), ((1, 1, 1, 1), 2), ((1, 1, 1, 1, 1), 3)],
)
def test_the_absence_factor_is_the_fewest_who_carry_half(
    history: History, open_store_of: Store, closed: Sequence[int], factor: int
) -> None:
    """Half is enough: of two who closed two each, one carries half of it."""
    number = 0
    for n, tickets in enumerate(closed):
        for _ in range(tickets):
            history.ticket(number := number + 1, "2026-11-02 09:00", ("10:00", "status", "closed", f"person{n}"))
    told = concentration_summary(open_store_of(history.records), as_of=LATER).filter(kind="closed").to_dicts()
    assert [(row["people"], row["absence_factor"]) for row in told] == [(len(closed), factor)]
    assert told[0]["top_share"] == max(closed) / sum(closed)
    assert told[0]["top_person"] == "person0"


def test_shares_and_ranks(history: History, open_store_of: Store) -> None:
    for n, who in enumerate(["ana", "ana", "bo", "cy"]):
        history.ticket(n, "2026-11-02 09:00", ("10:00", "status", "closed", who))
    rows = metrics.role_concentration(open_store_of(history.records), as_of=LATER).filter("kind = 'closed'")
    assert rows.project("person, amount, share, rank").fetchall() == [
        ("ana", 2, 0.5, 1),
        ("bo", 1, 0.25, 2),
        ("cy", 1, 0.25, 2),
    ]


def test_a_role_and_a_queue_of_one_name_are_told_apart(history: History, open_store_of: Store) -> None:
    """Ana held the role infra, Bo worked on the queue: each did all of it."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+Bug", "bo"))
    con = open_store_of([*history.records, shift("ana", "infra", "2026-11-02", "2026-11-09")], OFFICE)
    rows = metrics.role_concentration(con, as_of=LATER)
    assert rows.project("kind, subject, person, share, rank").fetchall() == [
        ("role", "infra", "ana", 1.0, 1),
        ("queue", "infra", "bo", 1.0, 1),
    ]


def test_one_who_did_it_all_or_the_only_one_who_may(open_store_of: Store) -> None:
    """Duty: held by two, both listed. Lead: held by two, one of them listed. Desk: one holds it, nobody is listed."""
    people = "".join(
        f'[[person]]\nname = "{name}"\naccounts = ["test/{name}"]\nroles = {roles}\n{more}\n'
        for name, roles, more in [
            ("ana", '["duty", "lead"]', ""),
            ("bo", '["duty"]', ""),
            ("cy", '["lead"]', "left = 2026-11-30"),
        ]
    )
    told = [shift("ana", "duty", "2026-11-02", "2026-11-09"), shift("bo", "duty", "2026-11-09", "2026-11-16")]
    told += [shift("ana", "lead", "2026-11-16", "2026-11-23"), shift("cy", "lead", "2026-11-23", "2026-11-30")]
    told += [shift("bo", "desk", "2026-11-16", "2026-11-23")]
    con = open_store_of(told, OFFICE + people)
    found = concentration_summary(con, as_of=LATER).select("subject", "people", "eligible_people", "is_bus_factor_one")
    assert found.rows() == [("desk", 1, None, True), ("duty", 2, 2, False), ("lead", 2, 1, True)]
    before = concentration_summary(con, as_of=utc("2026-11-29 23:59:59"))
    assert before.filter(subject="lead")["eligible_people"].to_list() == [2]


def test_who_held_several_roles_in_a_week(open_store_of: Store) -> None:
    """Ana has duty and lead in one week, and five roles in the next; Bo one role twice; handing over is not holding."""
    told = [shift("ana", role, "2026-11-02", "2026-11-09") for role in ("lead", "duty")]
    told += [shift("ana", role, "2026-11-09", "2026-11-16") for role in "abcde"]
    told += [shift("bo", "duty", "2026-11-09", "2026-11-10"), shift("bo", "duty", "2026-11-12", "2026-11-13")]
    told += [shift("bo", "lead", "2026-11-02", "2026-11-09 02:00")]
    con = open_store_of(told, OFFICE)
    weeks = Week.parse("2026-W46", "America/Los_Angeles").through(3)
    assert several_roles(con, as_of=LATER, weeks=weeks).rows() == [
        ("2026-W45", "ana", ["duty", "lead"], False),
        ("2026-W46", "ana", ["a", "b", "c", "d", "e"], True),
    ]
    told_weekly = weekly(con, as_of=utc("2026-11-12 00:00"), weeks=weeks)
    assert told_weekly.select("week", "is_complete", "people_with_several_roles", "most_roles").rows() == [
        ("2026-W44", True, 0, 0),
        ("2026-W45", True, 1, 2),
        ("2026-W46", False, 1, 5),
    ]
    assert several_roles(con, as_of=LATER, weeks=[]).is_empty()


@FEW_EXAMPLES
@given(history=histories(tickets=6, fewest=2), rota=rotas(most=8), as_of=instants(), days=st.integers(1, 20))
def test_amounts_agree_with_a_plain_replay(
    opened: Opened, history: History, rota: list[Record], as_of: datetime, days: int
) -> None:
    records: list[Record] = [*history.records, *rota, Account("cal/ana.a", "cal", "ana.a", None, False)]
    since = as_of - timedelta(days=days)
    with opened(records, WORLD + ROTA) as con:
        rows = metrics.role_concentration(con, as_of=as_of, since=since)
        got = rows.project("kind, subject, person, amount").fetchall()
        told = concentration_summary(con, as_of=as_of, since=since)
    wanted = _wanted(records, as_of, naive(since))
    assert sorted(got) == sorted((*key, amount) for key, amount in wanted.items())
    assert told["people"].sum() == len(wanted)


def _wanted(records: Sequence[Record], as_of: datetime, since: datetime) -> dict[tuple[str, str, str], int]:
    found: dict[tuple[str, str, str], int] = {}
    for held in duties(records, naive(as_of)):
        seconds = 1800 * sum(slot >= since for slot in held.slots)
        if seconds:
            key = "role", held.role, held.person
            found[key] = found.get(key, 0) + seconds
    worked = {(life.ticket.ticket_id, *key) for life in lives(SAID, records, as_of) for key in _acts(life, since)}
    for _, *key in worked:
        kind, subject, person = key
        found[kind, subject, person] = found.get((kind, subject, person), 0) + 1
    return found


def _acts(life: Any, since: datetime) -> set[tuple[str, str, str]]:
    """kind, subject, person of each act on a ticket that counts."""
    found = set()
    author = person_of(life.ticket.author_id)
    for event in life.events:
        moment, person = naive(event.occurred_at), person_of(event.actor_id)
        is_word = event.field in ("comment", "note", "title", "description") and person == author
        if event.actor_id in life.bots or is_word or moment <= life.moments[0].at or moment < since:
            continue
        before = [now for now in life.moments if now.at < moment]
        if before and before[-1].queue:
            found.add(("queue", before[-1].queue, person))
    for queue, _, end, why in life.presences():
        if why == "closed" and end >= since:
            found |= {("closed", "all queues", person) for person in _closers(life, queue, end)}
    return found


def _closers(life: Any, queue: str, end: datetime) -> set[str]:
    """Who closed it in that second, each time it changed from open to closed."""
    closers = set()
    was_open = True
    for now in life.moments:
        if was_open and not now.is_open and now.at == end:
            events = [
                e for e in life.events if naive(e.occurred_at) == end and e.seq == now.seq and e.field == "status"
            ]
            closers |= {person_of(e.actor_id) for e in events if e.actor_id not in life.bots}
        was_open = now.is_open
    return closers
