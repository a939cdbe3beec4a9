"""Ownership: who holds what, since when, how quietly, and how often it changed hands."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import given

import metrics
import settings
from ingest.records import Gone
from metrics.ownership import figure, owned_now, summary, weekly
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc
from tests.metrics import ownership_oracle as oracle
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, FEW_EXAMPLES, assert_same, instants, lives
from tests.metrics.test_facts import told as settled

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-09 12:00")
ACTIVE = ("09:00", "label", "+in progress", "ana")
TAKEN = ("09:00", "owner", "+ana", "ana")
TEXT = f"""{OFFICE}
[[team]]
name = "desk"
calendar = "office"
queues = ["access", "accounts"]

[[person]]
name = "Bo Nyström"
accounts = ["test/bo", "test/bo-admin"]

[[triage]]
rule = "labelled"

[[ownership]]
silent_days = 5
dead_days = 45
"""


def row(con: duckdb.DuckDBPyConnection, as_of: str = "2026-11-09 12:00") -> dict[str, Any]:
    [found] = metrics.ownership(con, as_of=utc(as_of)).pl().to_dicts()
    return dict(found)


def told(con: duckdb.DuckDBPyConnection, cases: Iterable[str], columns: str) -> dict[str, tuple[Any, ...]]:
    """By case, of which each has a ticket, numbered from one: what the rows say."""
    rows = metrics.ownership(con, as_of=AS_OF).project(f"key, {columns}").fetchall()
    found = {key: tuple(values) for key, *values in rows}
    return {name: found[f"infra#{number}"] for number, name in enumerate(cases, start=1)}


def passed(con: duckdb.DuckDBPyConnection, as_of: str = "2026-11-30 00:00", **asked: Any) -> list[tuple[Any, ...]]:
    found = metrics.ownership_history(con, as_of=utc(as_of), **asked)
    return found.project("kind, from_name, to_name, is_return").fetchall()


def test_owned_and_active_without_a_word_for_five_days_is_silent(history: History, open_store_of: Store) -> None:
    """The last word fell on Monday 2 November at 09:00: five days of 24 hours end on Saturday at 09:00."""
    history.ticket(1, "2026-11-02 09:00", ACTIVE, TAKEN)
    con = open_store_of(history.records, TEXT)
    found = {clock: row(con, f"2026-11-07 {clock}")["is_silent"] for clock in ("08:59:59", "09:00:00", "09:00:01")}
    assert found == {"08:59:59": False, "09:00:00": True, "09:00:01": True}


def test_any_open_ticket_without_a_word_for_45_days_is_dead(history: History, open_store_of: Store) -> None:
    """45 days after 2 November is 17 December. Nobody owns it, so it is not silent."""
    history.ticket(1, "2026-11-02 09:00")
    con = open_store_of(history.records, TEXT)
    found = {clock: row(con, f"2026-12-17 {clock}") for clock in ("08:59:59", "09:00:00")}
    assert {clock: (state["is_dead"], state["is_silent"]) for clock, state in found.items()} == {
        "08:59:59": (False, False),
        "09:00:00": (True, False),
    }


def test_what_breaks_a_silence(history: History, open_store_of: Store) -> None:
    """Seven days after the ticket was taken, three after something happened."""
    changes = {
        "a comment": (("comment", "+Nearly.", "ana"), False),
        "the requester's word": (("comment", "+Any news?", "asker"), False),
        "a note": (("note", "+Asked.", "bo"), False),
        "an ETA": (("eta", "2026-11-20", "ana"), False),
        "a bot's comment": (("comment", "+Ping.", "cron[bot]"), True),
        "a label": (("label", "+P1", "ana"), True),
        "given back": (("owner", "-ana", "ana"), False),
        "no longer active": (("label", "-in progress", "ana"), False),
        "waiting": (("label", "+waiting", "ana"), False),
        "a bot as a second owner": (("owner", "+cron[bot]", "cron[bot]"), True),
    }
    for number, (change, _) in enumerate(changes.values(), start=1):
        history.ticket(number, "2026-11-02 09:00", ACTIVE, TAKEN, ("2026-11-06 09:00", *change))
    found = told(open_store_of(history.records, TEXT), changes, "is_silent")
    assert found == {name: (is_silent,) for name, (_, is_silent) in changes.items()}


def test_silence_is_measured_from_the_last_human_update(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", TAKEN, ("10:00", "comment", "+Here.", "bo"), ("11:00", "label", "+x", "bo"))
    found = row(open_store_of(history.records, TEXT), "2026-11-02 12:00")
    assert (f"{found['last_human_update_at']:%H:%M}", found["silent_seconds"]) == ("10:00", 7200.0)


def test_a_word_after_exactly_five_days_leaves_the_week_before_as_it_was(
    history: History, open_store_of: Store
) -> None:
    """Silent when the week ended, to the second; the word that came in that second is of the next week."""
    words = [(f"2026-11-{day} 00:00", "comment", "+Here.", "ana") for day in ("04", "09")]
    history.ticket(1, "2026-11-02 09:00", ACTIVE, TAKEN, *words)
    con, weeks = open_store_of(history.records, TEXT), Week.parse("2026-W45", "UTC").through(1)
    told = [weekly(con, as_of=utc(instant), weeks=weeks) for instant in ("2026-11-09 00:00", "2026-11-09 12:00")]
    assert [table["silent_tickets"].to_list() for table in told] == [[1], [1]]


def test_without_a_rule_nobody_is_called_silent_or_dead(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ACTIVE, TAKEN)
    con = open_store_of(history.records, OFFICE)
    found = row(con, "2027-11-09 12:00")
    assert (found["is_silent"], found["is_dead"]) == (None, None)
    rows = metrics.ownership(con, as_of=utc("2027-11-09 12:00"))
    assert summary(rows).select("silent_tickets", "dead_tickets").row(0) == (None, None)
    table = weekly(con, as_of=utc("2026-11-30 12:00"), weeks=Week.parse("2026-W48", "UTC").through(2))
    assert table["silent_tickets"].to_list() == [None, None]


def test_the_version_in_force_at_the_last_word_decides(history: History, open_store_of: Store) -> None:
    """Ticket 1 last spoke under the rule of five days, ticket 2 under that of two."""
    text = TEXT + "[[ownership]]\nvalid_from = 2026-11-04\nsilent_days = 2\ndead_days = 3\n"
    history.ticket(1, "2026-11-03 23:59:59", ("2026-11-03 23:59:59", "label", "+in progress", "ana"), ACTIVE)
    for number, opened in ((2, "2026-11-03 23:59:59"), (3, "2026-11-04 00:00:00")):
        changes = [(opened, "label", "+in progress", "ana"), (opened, "owner", "+ana", "ana")]
        history.ticket(number, opened, *changes)
    found = metrics.ownership(open_store_of(history.records, text), as_of=utc("2026-11-07 12:00"))
    assert found.project("key, is_silent, is_dead").order("key").fetchall() == [
        ("infra#1", False, False),
        ("infra#2", False, False),
        ("infra#3", True, True),
    ]


def test_unowned_beyond_triage(history: History, open_store_of: Store) -> None:
    changes = {
        "new": ([], False),
        "triaged by its label": ([("10:00", "label", "+Bug", "ana")], True),
        "in a stage beyond new": ([("10:00", "label", "+waiting", "cron[bot]")], True),
        "owned": ([("10:00", "label", "+Bug", "ana"), TAKEN], False),
        "a bot's": ([("10:00", "label", "+Bug", "ana"), ("10:00", "owner", "+cron[bot]", "ana")], True),
        "given back": ([("10:00", "owner", "+ana", "ana"), ("11:00", "owner", "-ana", "ana")], True),
        "triaged once": ([("10:00", "label", "+Bug", "ana"), ("11:00", "label", "-Bug", "ana")], True),
        "moved on after": ([TAKEN, ("10:00", "owner", "-ana", "ana"), ("11:00", "queue", "access", "ana")], False),
    }
    for number, (events, _) in enumerate(changes.values(), start=1):
        history.ticket(number, "2026-11-02 09:00", *events)
    history.ticket(99, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"))
    found = told(open_store_of(history.records, TEXT), changes, "is_unowned_beyond_triage")
    assert found == {name: (is_unowned,) for name, (_, is_unowned) in changes.items()}


HANDS = {
    "taken": ("10 +ana", []),
    "from one to the other": ("10 +ana, 11 -ana, 11 +cy", [("ana", "cy", False)]),
    "the new one first": ("10 +ana, 11 +cy, 12 -ana", [("ana", "cy", False)]),
    "helped for a while": ("10 +ana, 11 +cy, 12 -cy", []),
    "dropped and picked up": ("10 +ana, 11 -ana, 12 +cy", [("ana", "cy", False)]),
    "dropped and taken again": ("10 +ana, 11 -ana, 12 +ana", []),
    "lost and regained in one save": ("10 +ana, 11 -ana, 11 +ana", []),
    "held by another for no time": ("10 +ana, 11 -ana, 11 +cy, 11 -cy, 11 +ana", []),
    "another account of the same person": ("10 +bo, 11 -bo, 11 +bo-admin", []),
    "a bot in between": ("10 +ana, 11 -ana, 11 +cron[bot], 12 -cron[bot], 12 +ana", []),
    "there and back": (
        "10 +ana, 11 -ana, 11 +bo, 12 -bo, 12 +ana",
        [("ana", "Bo Nyström", False), ("Bo Nyström", "ana", True)],
    ),
    "the first named of two": ("10 +cy, 10 +ana, 11 -ana, 12 +dee", []),
    "the first named of two leaves": ("10 +cy, 10 +ana, 11 -cy", [("cy", "ana", False)]),
}


def test_hand_overs(history: History, open_store_of: Store) -> None:
    """Owners by hour: gained and lost. Of several at once, the one who has held it longest counts."""
    for number, (turns, _) in enumerate(HANDS.values(), start=1):
        changes = [(f"{turn[:2]}:00", "owner", turn[3:], "a") for turn in turns.split(", ")]
        history.ticket(number, "2026-11-02 09:00", *changes)
    con = open_store_of(history.records, TEXT)
    names = dict(zip((f"infra#{n}" for n in range(1, 99)), HANDS, strict=False))
    found: dict[str, list[Any]] = {name: [] for name in HANDS}
    history_rows = metrics.ownership_history(con, as_of=AS_OF).project("key, kind, from_name, to_name, is_return")
    for key, kind, *hand_over in history_rows.fetchall():
        assert kind == "owner"
        found[names[key]].append(tuple(hand_over))
    assert found == {name: wanted for name, (_, wanted) in HANDS.items()}
    backs = {name: sum(is_return for *_, is_return in wanted) for name, (_, wanted) in HANDS.items()}
    assert told(con, HANDS, "handovers, returns, is_ping_pong") == {
        name: (len(wanted), backs[name], backs[name] > 0) for name, (_, wanted) in HANDS.items()
    }


def test_owned_since_then_without_a_break(history: History, open_store_of: Store) -> None:
    changes = [("10:00", "owner", "+ana", "a"), ("11:00", "owner", "-ana", "a"), ("12:00", "owner", "+bo", "a")]
    handed = [("13:00", "owner", "-bo", "a"), ("13:00", "owner", "+ana", "a")]
    history.ticket(1, "2026-11-02 09:00", *changes, *handed)
    con = open_store_of(history.records, TEXT)
    assert f"{row(con)['owned_since_at']:%H:%M}" == "12:00"
    assert row(con, "2026-11-02 11:30")["owned_since_at"] is None
    assert json.loads(row(con, "2026-11-02 12:30")["owners"]) == ["Bo Nyström"]


def test_a_move_back_to_an_earlier_queue_or_team_is_a_return(history: History, open_store_of: Store) -> None:
    """access and accounts are one team's; lost and void are nobody's. Each begins in infra."""
    moves = {
        "access": [],
        "access infra": ["infra"],
        "access -access access": [],
        "access accounts": [],
        "access accounts access": ["access"],
        "access infra accounts": ["infra", "accounts"],
        "lost void lost": ["lost"],
        "lost access void accounts": ["accounts"],
    }
    for number, queues in enumerate(moves, start=1):
        changes = [(f"1{n}:00", "queue", queue, "a") for n, queue in enumerate(queues.split())]
        history.ticket(number, "2026-11-02 09:00", *changes)
    con = open_store_of(history.records, TEXT)
    back = metrics.ownership_history(con, as_of=AS_OF).filter("is_return").project("key, to_name").fetchall()
    assert {n: [to for key, to in back if key == f"infra#{n}"] for n in range(1, len(moves) + 1)} == dict(
        enumerate(moves.values(), start=1)
    )
    assert told(con, moves, "handovers, returns") == {name: (0, len(returns)) for name, returns in moves.items()}


def test_what_is_handed_over_in_the_second_of_a_move_is_told_once_in_the_queue_it_comes_to(
    history: History, open_store_of: Store
) -> None:
    """At eleven in infra, at noon as it comes to access, at one in access; for no time at all it was in accounts."""
    hours = {"10": "+ana", "11": "-ana +cy", "12": "-cy +dee", "13": "-dee +ana"}
    turns = [(f"{hour}:00", "owner", turn, "a") for hour, changes in hours.items() for turn in changes.split()]
    moves = [("12:00", "queue", queue, "a") for queue in ("accounts", "access")]
    history.ticket(1, "2026-11-02 09:00", *turns, *moves)
    rows = metrics.ownership_history(open_store_of(history.records, TEXT), as_of=AS_OF)
    assert sorted(rows.project("kind, queue, from_name, to_name").fetchall()) == [
        ("owner", "access", "cy", "dee"),
        ("owner", "access", "dee", "ana"),
        ("owner", "infra", "ana", "cy"),
        ("queue", "access", "infra", "access"),
    ]


def test_the_history_keeps_what_happened_before_a_ticket_was_gone(history: History, open_store_of: Store) -> None:
    hands = [("10:00", "owner", "+ana", "a"), ("11:00", "owner", "-ana", "a"), ("11:00", "owner", "+bo", "a")]
    ticket = history.ticket(
        1, "2026-11-02 09:00", *hands, ("13:00", "owner", "-bo", "a"), ("13:00", "owner", "+c", "a")
    )
    history.records.append(Gone(ticket, utc("2026-11-02 13:00"), "deleted"))
    con = open_store_of(history.records, TEXT)
    assert passed(con) == [("owner", "ana", "Bo Nyström", False)]
    assert metrics.ownership(con, as_of=utc("2026-11-03 00:00")).fetchall() == []
    assert len(metrics.ownership(con, as_of=utc("2026-11-02 13:00")).fetchall()) == 1


def test_a_store_that_carries_its_facts_tells_of_hand_overs_what_was_known_then(
    history: History, tmp_path: Path
) -> None:
    """Also of a ticket that changed hands before its tracker says it was opened: until then, nothing is known of it."""
    there_and_back = ["09:00 +ana", "10:00 -ana", "10:00 +cy", "11:00 -cy", "11:00 +ana"]
    turns = [(f"2026-11-04 {turn[:5]}", "owner", turn[6:], "a") for turn in there_and_back]
    history.ticket(1, "2026-11-03 09:00", *turns)
    history.ticket(2, "2026-11-05 09:00", *turns)
    con = metrics.open_store(settled(tmp_path / "settled.duckdb", history.records, settings.parse(TEXT, "a world")))
    there, back = ("owner", "ana", "cy", False), ("owner", "cy", "ana", True)
    known = {"04 10:00": [], "04 10:01": [there], "04 12:00": [there, back], "05 09:01": [there, there, back, back]}
    assert {clock: passed(con, f"2026-11-{clock}") for clock in known} == known
    assert row(con, "2026-11-04 10:30")["handovers"] == 1
    con.close()


def test_the_history_may_be_asked_by_window_and_queue(history: History, open_store_of: Store) -> None:
    hands = [("10:00", "owner", "+ana", "a"), ("11:00", "owner", "-ana", "a"), ("11:00", "owner", "+bo", "a")]
    history.ticket(1, "2026-11-02 09:00", *hands, ("12:00", "queue", "access", "a"))
    con = open_store_of(history.records, TEXT)
    assert len(passed(con, queue="infra")) == 1
    assert [kind for kind, *_ in passed(con, queue="access")] == ["queue"]
    assert len(passed(con, since=utc("2026-11-02 11:00"), until=utc("2026-11-02 12:00"))) == 1
    assert passed(con, since=utc("2026-11-02 11:00:01"), until=utc("2026-11-02 12:00")) == []


def test_the_weeks_count_hand_overs_and_who_was_silent_at_their_end(history: History, open_store_of: Store) -> None:
    """Silent from Saturday 7 November at 09:00; spoke on Monday 16 at 00:00, when the second week ended."""
    history.ticket(1, "2026-11-02 09:00", ACTIVE, TAKEN, ("2026-11-16 00:00", "comment", "+Done soon.", "ana"))
    back = [("2026-11-10 09:00", "owner", sign, "a") for sign in ("-ana", "+bo")]
    history.ticket(2, "2026-11-10 09:00", ("2026-11-10 09:00", "owner", "+ana", "a"))
    history.ticket(3, "2026-11-02 09:00", TAKEN, *back)
    con = open_store_of(history.records, TEXT)
    weeks = Week.parse("2026-W47", "UTC").through(3)
    table = weekly(con, as_of=utc("2026-11-18 00:00"), weeks=weeks)
    assert table.select("handovers", "ping_pongs", "silent_tickets").rows() == [(0, 0, 1), (1, 0, 1), (0, 0, 0)]
    assert table["is_complete"].to_list() == [True, True, False]
    assert weekly(con, as_of=utc("2026-11-18 00:00"), weeks=weeks, queue="access")["handovers"].sum() == 0


def test_the_summary_counts_the_rows_and_the_figure_draws_them(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ACTIVE, TAKEN)
    history.ticket(2, "2026-11-02 09:00", ("10:00", "label", "+Bug", "ana"))
    history.ticket(3, "2026-11-02 09:00", queue="access")
    moved = [("10:00", "queue", "infra", "a"), ("11:00", "queue", "access", "a"), ("12:00", "owner", "+ana", "a")]
    history.ticket(
        4, "2026-11-02 09:00", *moved, ("13:00", "owner", "-ana", "a"), ("13:00", "owner", "+bo", "a"), queue="access"
    )
    con = open_store_of(history.records, TEXT)
    rows = metrics.ownership(con, as_of=utc("2026-12-17 12:00"))
    assert summary(rows).rows() == [("access", 2, 0, 0, 1, 1, 1), ("infra", 2, 1, 1, 2, 0, 0)]
    assert metrics.ownership(con, as_of=utc("2026-12-17 12:00"), queue="access").pl()["key"].to_list() == [
        "infra#3",
        "infra#4",
    ]
    drawn = figure(rows)
    assert drawn.layout.title.text == "Who holds what, and does it move?"
    assert list(drawn.data[0].y) == [1, 1, 3, 1]
    assert "n = 4 tickets" in drawn.layout.annotations[0].text


@EXAMPLES
@given(history=oracle.owned_histories(), as_of=instants())
def test_ownership_agrees_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    columns = "stage, owners, is_unowned_beyond_triage, owned_since_at, silent_seconds, is_silent, is_dead"
    columns += ", handovers, returns"
    with opened(history.records, oracle.OWNED_WORLD) as con:
        got = metrics.ownership(con, as_of=as_of).project(f"ticket_id, {columns}").fetchall()
        now = owned_now(con, as_of=as_of).pl()
        assert now.equals(metrics.ownership(con, as_of=as_of).pl().select(now.columns))
        names = "ticket_id, occurred_at, kind, queue, from_name, to_name, is_return"
        moves = metrics.ownership_history(con, as_of=as_of).project(names).fetchall()
    known = lives(oracle.SAID, history.records, as_of)
    got = [(*found[:2], json.loads(found[2]), *found[3:]) for found in got]
    assert_same(history, as_of, got, [(life.ticket.ticket_id, *found) for life in known for found in oracle.rows(life)])
    wanted = [(life.ticket.ticket_id, *found) for life in known for found in oracle.hand_overs(life)]
    assert_same(history, as_of, moves, wanted)


@FEW_EXAMPLES
@given(history=oracle.owned_histories(), as_of=instants())
def test_each_weeks_end_counts_as_the_rows_of_that_instant_do(
    opened: Opened, history: History, as_of: datetime
) -> None:
    weeks = Week.containing(as_of, "UTC").through(3)
    with opened(history.records, oracle.OWNED_WORLD) as con:
        for queue in (None, "infra"):
            table = weekly(con, as_of=as_of, weeks=weeks, queue=queue)
            ends = [min(week.ends_at, as_of) for week in weeks]
            silent = [metrics.ownership(con, as_of=end, queue=queue).filter("is_silent").count("*") for end in ends]
            assert table["silent_tickets"].to_list() == [found.fetchall()[0][0] for found in silent]
        history_rows = metrics.ownership_history(con, as_of=as_of, since=weeks[0].starts_at, until=as_of + timedelta(1))
        table = weekly(con, as_of=as_of, weeks=weeks)
        moves = history_rows.project("kind, is_return").fetchall()
        assert table["handovers"].sum() == sum(kind == "owner" for kind, _ in moves)
        assert table["ping_pongs"].sum() == sum(is_return for _, is_return in moves)
