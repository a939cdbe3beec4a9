"""Kinds of work, what they took, and how often the same came again."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
import settings
from ingest.records import Event, Ticket
from metrics.toil import changes, preview, summary, weekly
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, WORLD, assert_same, histories, instants, lives
from tests.metrics.toil_oracle import PATTERNS, row

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-30 00:00")
RULES = """
[[toil]]
[[toil.category]]
name = "outage"
label = ["out*", "[SEV?]"]
[[toil.category]]
name = "access"
type = ["access"]
title = '\\baccess\\b'
[[toil.category]]
name = "desk"
queue = ["help?esk"]
[[toil.category]]
name = "restart"
title = 'restart( it)?( \\$)?$|^re-?boot'
[[toil.category]]
name = "project"
project = ["Racks"]
[[toil.category]]
name = "asked"
text = "how (do|can) we"
"""


def told(con: duckdb.DuckDBPyConnection, columns: str = "category", as_of: datetime = AS_OF) -> list[Any]:
    found = metrics.toil(con, as_of=as_of).project(columns).fetchall()
    return [row[0] if len(row) == 1 else row for row in found]


# --- Which category ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "change", "category"),
    [
        ("Mail", ("label", "+Outage"), "outage"),
        ("Mail", ("label", "+no outage"), "unclassified"),
        ("Mail", ("label", "+[sev1]"), "outage"),
        ("Mail", ("label", "+s"), "unclassified"),
        ("Access for ana", ("type", "Access"), "access"),
        ("Accessible colours", ("type", "Access"), "unclassified"),
        ("Access for ana", ("type", "Task"), "unclassified"),
        ("Mail", ("queue", "helpdesk"), "desk"),
        ("Mail", ("queue", "help"), "unclassified"),
        ("Please RESTART it $", ("comment", "+x"), "restart"),
        ("Restart it now", ("comment", "+x"), "unclassified"),
        ("Reboot it", ("comment", "+x"), "restart"),
        ("Mail", ("project", "+racks"), "project"),
        ("Mail", ("title", "Restart"), "restart"),
        ("Restart", ("title", "Mail"), "unclassified"),
        ("Restart", ("label", "+outage"), "outage"),
    ],
)
def test_the_first_rule_of_which_everything_holds_decides(
    history: History, open_store_of: Store, title: str, change: tuple[str, str], category: str
) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", *change, "ana"), title=title)
    assert told(open_store_of(history.records, OFFICE + RULES)) == [category]


def test_what_a_ticket_bears_at_the_instant_decides(history: History, open_store_of: Store) -> None:
    """A label put on during the work counts from then on, one taken off no longer, and so after the closing too."""
    history.ticket(
        1,
        "2026-11-02 09:00",
        ("10:00", "label", "+outage", "ana"),
        ("11:00", "status", "closed", "ana"),
        ("12:00", "label", "-outage", "ana"),
    )
    con = open_store_of(history.records, OFFICE + RULES)
    moments = ("10:00:00", "10:00:01", "12:00:00", "12:00:01")
    found = [told(con, as_of=utc(f"2026-11-02 {moment}")) for moment in moments]
    assert found == [["unclassified"], ["outage"], ["outage"], ["unclassified"]]


def test_the_type_as_last_seen_counts_only_where_no_change_of_it_is_told(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 09:00", title="access", type="Access")
    history.ticket(2, "2026-11-02 09:00", ("10:00", "type", "Task", "ana"), title="access", type="Access")
    history.ticket(3, "2026-11-02 09:00", ("10:00", "type", "-Access", "ana"), title="access", type="Access")
    con = open_store_of(history.records, OFFICE + RULES)
    assert told(con) == ["access", "unclassified", "unclassified"]


@pytest.mark.parametrize(
    ("changed", "category"),
    [
        ([], "asked"),
        ([("2026-11-01 10:00", "How can we?", "None")], "unclassified"),
        ([("2026-11-03 10:00", None, "How do we?")], "unclassified"),
        ([("2026-11-03 10:00", "How can we?", "No.")], "asked"),
        ([("2026-11-03 10:00", "No.", "How do we?")], "unclassified"),
        ([("2026-11-03 10:00", None, None)], "asked"),
        ([("2026-11-01 10:00", "No.", "Yes."), ("2026-11-02 23:59:59", None, "So how can we?")], "asked"),
    ],
)
def test_a_description_is_what_it_was_where_the_tracker_tells(
    history: History, open_store_of: Store, changed: list[tuple[str, str | None, str | None]], category: str
) -> None:
    """Seen last: "Tell me how do we". Asked on 3 November: later changes are undone as far as they are told."""
    ticket_id = history.ticket(1, "2026-11-01 09:00")
    seen = [replace(r, description="Tell me how do we") if isinstance(r, Ticket) else r for r in history.records]
    seen += [
        Event(ticket_id, f"d{n}", utc(when), n, "test/asker", "description", old, new)
        for n, (when, old, new) in enumerate(changed, start=1)
    ]
    assert told(open_store_of(seen, OFFICE + RULES), as_of=utc("2026-11-03 00:00")) == [category]


def test_rules_are_those_in_force_when_the_ticket_was_opened(history: History, open_store_of: Store) -> None:
    later = '[[toil]]\nvalid_from = 2026-11-03\ncategory = [{ name = "later", label = ["out*"] }]\n'
    for n, opened in enumerate(("2026-11-02 23:59:59", "2026-11-03 00:00")):
        history.ticket(n, opened, ("2026-11-04 09:00", "label", "+outage", "ana"))
    con = open_store_of(history.records, OFFICE + RULES + later)
    assert told(con, "category, left(version, 6)") == [("outage", "toil 1"), ("later", "toil 2")]


def test_a_queue_without_rules_has_no_rows_and_gone_tickets_have_none(history: History, open_store_of: Store) -> None:
    only = '[[toil]]\nqueues = ["infra"]\ncategory = [{ name = "x", label = ["x"] }]\n'
    history.ticket(1, "2026-11-02 09:00")
    history.ticket(2, "2026-11-02 09:00", queue="access")
    history.ticket(3, "2026-11-02 09:00", queue=None)
    con = open_store_of(history.records, OFFICE + only)
    assert told(con, "key, queue, category") == [("infra#1", "infra", "unclassified")]
    assert told(open_store_of(history.records, OFFICE)) == []
    assert told(open_store_of(history.records, OFFICE + "[[toil]]\n"), "queue, category") == [
        ("infra", "unclassified"),
        ("access", "unclassified"),
        (None, "unclassified"),
    ]


# --- What it took -----------------------------------------------------------------------------------


def test_recorded_work_counts_and_without_any_the_working_time_while_active(
    history: History, open_store_of: Store
) -> None:
    """Active from Friday 16:00 to Monday 10:00 is two working hours; 90 minutes recorded and 30 taken back is one."""
    spell = [("16:00", "label", "+in progress", "ana"), ("2026-11-09 10:00", "label", "-in progress", "ana")]
    history.ticket(1, "2026-11-06 09:00", *spell)
    history.ticket(2, "2026-11-06 09:00", *spell, ("2026-11-09 11:00", "effort", "90", "ana"),
                   ("2026-11-09 12:00", "effort", "+-30", "bo"))  # fmt: skip
    history.ticket(3, "2026-11-06 09:00", *spell, ("2026-11-09 11:00", "effort", "30", "ana"),
                   ("2026-11-09 12:00", "effort", "+-30", "bo"))  # fmt: skip
    history.ticket(4, "2026-11-06 09:00")
    history.ticket(5, "2026-11-07 09:00", ("10:00", "label", "+in progress", "a"), ("11:00", "status", "closed", "a"))
    history.ticket(6, "2026-11-06 09:00", *spell, queue="lost")
    con = open_store_of(history.records, OFFICE + RULES)
    wanted = {1: (7200.0, False), 2: (3600.0, True), 3: (7200.0, False), 4: (None, False), 5: (0.0, False)}
    found = told(con, "key, effort_seconds, has_effort_recorded")
    assert {int(key[-1]): tuple(took) for key, *took in found} == wanted | {6: (None, False)}
    assert told(con, "effort_seconds", utc("2026-11-06 16:30"))[:2] == [1800.0, 1800.0]


def test_each_active_spell_runs_in_the_hours_of_the_queue_it_began_in(history: History, open_store_of: Store) -> None:
    """16:00 to 18:00: an hour of infra's day; then 18:00 to 19:00 in a queue that is always open."""
    always = '[[team]]\nname = "access"\ncalendar = "always"\nqueues = ["access"]\n[[stages]]'
    history.ticket(
        1,
        "2026-11-02 09:00",
        ("16:00", "label", "+in progress", "ana"),
        ("17:30", "queue", "access", "ana"),
        ("18:00", "label", "-in progress", "ana"),
        ("18:00", "label", "+in progress", "ana"),
        ("19:00", "label", "-in progress", "ana"),
        ("19:30", "label", "+waiting", "ana"),
    )
    con = open_store_of(history.records, OFFICE.replace("[[stages]]", always, 1) + RULES)
    assert told(con, "effort_seconds") == [2 * 3600.0]


def test_people_had_a_hand_in_it_but_not_the_requester_nor_bots_nor_who_spoke_elsewhere(
    history: History, open_store_of: Store
) -> None:
    history.ticket(
        1,
        "2026-11-02 09:00",
        ("10:00", "comment", "+More.", "asker"),
        ("10:10", "note", "+Hm.", "asker-too"),
        ("10:20", "label", "+x", "robot[bot]"),
        ("10:30", "link", "+mentions test/infra#2", "cy"),
        ("10:40", "lock", "resolved", "cy"),
        ("11:00", "label", "+x", "bo"),
        ("11:10", "status", "closed", "bo-at-home"),
        ("11:20", "owner", "+dee", "ana"),
    )
    people = """
[[person]]
name = "Bo"
accounts = ["test/bo", "test/bo-at-home"]
[[person]]
name = "Asker"
accounts = ["test/asker", "test/asker-too"]
"""
    con = open_store_of(history.records, OFFICE + RULES + people)
    assert told(con, "people, names") == [(2, '["Bo","ana"]')]
    assert told(con, "people, names", utc("2026-11-02 11:00")) == [(0, "[]")]


def test_a_requester_s_own_word_is_no_hand_in_it_though_nobody_knows_whose_account_it_is(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "comment", "+More.", "asker"))
    assert told(open_store_of(history.records, OFFICE + RULES), "people") == [0]


def test_in_a_ticket_of_nobody_known_whoever_did_something_had_a_hand(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "comment", "+On it.", "bo"))
    by_nobody = [
        replace(record, author_id=None) if isinstance(record, Ticket)
        else replace(record, actor_id=None) if isinstance(record, Event) and record.actor_id == "test/asker"
        else record
        for record in history.records
    ]  # fmt: skip
    assert told(open_store_of(by_nobody, OFFICE + RULES), "people, names") == [(1, '["bo"]')]


def test_what_somebody_does_to_a_ticket_or_says_on_it_is_a_hand_in_it(history: History, open_store_of: Store) -> None:
    """One ticket for each field; what happened elsewhere, or was taken back, is nobody's work."""
    work = ["comment", "note", "description", "title", "status", "column", "priority", "owner", "project", "label"]
    work += ["queue", "type", "milestone", "eta", "effort", "duplicate"]
    idle = ["comment_deleted", "link", "lock", "visibility", "other"]
    for number, field in enumerate([*work, *idle]):
        history.ticket(number, "2026-11-02 09:00", ("10:00", field, "+x", "bo"))
    hands = told(open_store_of(history.records, OFFICE + "[[toil]]\n"), "ticket_id, people")
    assert [people for _, people in sorted(hands, key=lambda hand: int(hand[0].split("#")[1]))] == [1] * 16 + [0] * 5


def test_a_minute_recorded_is_a_minute(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-06 09:00", ("10:00", "effort", "1", "ana"), ("10:00", "label", "+in progress", "ana"))
    con = open_store_of(history.records, OFFICE + RULES)
    assert told(con, "effort_seconds, has_effort_recorded") == [(60.0, True)]


@pytest.mark.parametrize(("clock", "hours"), [("11:00", 1.0), ("12:00", 2.0), ("12:00:01", 2.0), ("13:00", 2.0)])
def test_what_ends_in_the_very_second_counts_once(
    history: History, open_store_of: Store, clock: str, hours: float
) -> None:
    spell = [("10:00", "label", "+in progress", "ana"), ("12:00", "label", "-in progress", "ana")]
    history.ticket(1, "2026-11-06 09:00", *spell)
    con = open_store_of(history.records, OFFICE + RULES)
    assert told(con, "effort_seconds / 3600", utc(f"2026-11-06 {clock}")) == [hours]


# --- Again and again --------------------------------------------------------------------------------


def test_a_repeat_has_the_category_and_the_masked_title_of_an_earlier_ticket(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 09:00", title="Restart")
    history.ticket(2, "2026-11-02 10:00", title="Re: [web] RESTART", queue="access")
    history.ticket(3, "2026-11-02 11:00", ("12:00", "label", "+outage", "ana"), title="Restart")
    history.ticket(4, "2026-11-02 12:00", title="4711")
    history.ticket(5, "2026-11-02 13:00", title="4712")
    history.ticket(6, "2026-11-02 14:00", title="Restart")
    con = open_store_of(history.records, OFFICE + RULES)
    assert told(con, "is_repeat") == [False, True, False, False, False, True]
    later = metrics.toil(con, as_of=AS_OF, since=utc("2026-11-02 10:00"), until=utc("2026-11-02 14:00"), queue="access")
    assert later.project("key, is_repeat").fetchall() == [("infra#2", True)]
    last = metrics.toil(con, as_of=AS_OF, since=utc("2026-11-02 13:00:01"))
    assert last.project("key, is_repeat, pattern").fetchall() == [("infra#6", True, "restart")]


def test_the_summary_shows_every_category_with_its_share(history: History, open_store_of: Store) -> None:
    for hour in (9, 10, 11, 12, 13):
        history.ticket(hour, f"2026-11-02 {hour:02}:00", ("14:00", "effort", str(hour), "ana"), title="Restart")
    history.ticket(1, "2026-11-02 08:00", ("14:00", "comment", "+x", "bo"), ("14:01", "comment", "+x", "ana"))
    history.ticket(2, "2026-11-02 08:00", ("14:00", "comment", "+x", "bo"))
    found = summary(metrics.toil(open_store_of(history.records, OFFICE + RULES), as_of=AS_OF)).to_dicts()
    assert found == [
        {
            "category": "restart",
            "tickets": 5,
            "share": 5 / 7,
            "effort_seconds": 55 * 60.0,
            "effort_tickets": 5,
            "recorded_tickets": 5,
            "median_effort_seconds": 11 * 60.0,
            "people": 1,
            "repeats": 4,
            "repeat_share": 0.8,
        },
        {
            "category": "unclassified",
            "tickets": 2,
            "share": 2 / 7,
            "effort_seconds": None,
            "effort_tickets": 0,
            "recorded_tickets": 0,
            "median_effort_seconds": None,
            "people": 2,
            "repeats": 1,
            "repeat_share": 0.5,
        },
    ]


def test_four_known_efforts_have_no_median(history: History, open_store_of: Store) -> None:
    for hour in (9, 10, 11, 12):
        history.ticket(hour, f"2026-11-02 {hour:02}:00", ("14:00", "effort", str(hour), "ana"))
    history.ticket(1, "2026-11-02 08:00")
    [found] = summary(metrics.toil(open_store_of(history.records, OFFICE + RULES), as_of=AS_OF)).to_dicts()
    assert (found["effort_tickets"], found["median_effort_seconds"], found["effort_seconds"]) == (4, None, 42 * 60.0)


def test_each_week_shows_each_category_and_always_the_unclassified(history: History, open_store_of: Store) -> None:
    """Weeks from Monday 00:00; nothing in the middle one; the last has begun."""
    history.ticket(1, "2026-10-25 23:59:59", title="Restart")
    history.ticket(2, "2026-10-26 00:00", ("10:00", "effort", "5", "ana"), title="Restart")
    history.ticket(3, "2026-11-01 23:59:59", title="Restart")
    history.ticket(4, "2026-11-09 00:00")
    history.ticket(5, "2026-11-16 00:00")
    con = open_store_of(history.records, OFFICE + RULES)
    weeks = Week.parse("2026-W46", "UTC").through(3)
    found = weekly(con, as_of=utc("2026-11-12 00:00"), weeks=weeks)
    columns = ("week", "is_complete", "category", "tickets", "share", "effort_seconds", "repeats", "repeat_share")
    assert found.select(columns).rows() == [
        ("2026-W44", True, "restart", 2, 1.0, 300.0, 2, 1.0),
        ("2026-W44", True, "unclassified", 0, 0.0, None, 0, None),
        ("2026-W45", True, "restart", 0, None, None, 0, None),
        ("2026-W45", True, "unclassified", 0, None, None, 0, None),
        ("2026-W46", False, "restart", 0, 0.0, None, 0, None),
        ("2026-W46", False, "unclassified", 1, 1.0, None, 0, 0.0),
    ]
    assert weekly(con, as_of=utc("2026-11-12 00:00"), weeks=weeks, queue="nowhere")["tickets"].to_list() == [0, 0, 0]
    assert weekly(con, as_of=utc("2026-11-12 00:00"), weeks=[]).height == 0


# --- Other rules ------------------------------------------------------------------------------------


def test_a_preview_tells_what_other_rules_would_change(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", title="Restart")
    history.ticket(2, "2026-11-02 10:00", title="Restart")
    history.ticket(3, "2026-11-02 11:00", ("12:00", "label", "+outage", "ana"), title="Mail $1")
    history.ticket(4, "2026-11-02 12:00", queue="other")
    con = open_store_of(history.records, OFFICE + RULES.replace("[[toil]]", '[[toil]]\nqueues = ["infra"]'))
    rules = [{"name": "mail", "title": "^mail \\$"}, {"name": "outage", "queue": ["other"], "text": None}]
    rows = preview(con, rules, as_of=AS_OF)
    assert rows.project("key, category, proposed_category, is_changed").fetchall() == [
        ("infra#1", "restart", "unclassified", True),
        ("infra#2", "restart", "unclassified", True),
        ("infra#3", "outage", "mail", True),
        ("infra#4", None, "outage", True),
    ]
    assert changes(rows).rows() == [
        ("restart", "unclassified", 2),
        ("outage", "mail", 1),
        (None, "outage", 1),
    ]
    windowed = preview(con, rules, as_of=AS_OF, since=utc("2026-11-02 11:00"), until=utc("2026-11-02 12:00"))
    assert windowed.project("key").fetchall() == [("infra#3",)]
    same = [{"name": "restart", "title": "restart"}, {"name": "outage", "label": ["outage"]}]
    assert changes(preview(con, same, as_of=AS_OF, queue="infra")).rows() == []


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"title": "x"}, "rule 1 .without a name.: name is missing"),
        ({"name": "x"}, "rule 1 .x.: nothing to recognise"),
        ({"name": "x", "label": []}, "nothing to recognise"),
        ({"name": "x", "labels": ["y"]}, "'labels' is unknown; choose among label"),
        ({"name": "x", "title": "(?=y)"}, "title = .* is not a regular expression"),
        ({"name": "x", "text": "("}, "text = .* is not a regular expression"),
    ],
)
def test_a_rule_that_cannot_be_understood_is_refused(
    history: History, open_store_of: Store, rule: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        preview(open_store_of(history.records, OFFICE), [rule], as_of=AS_OF)


# --- Against a plain replay -------------------------------------------------------------------------

TOIL = """
[[person]]
name = "Bo"
accounts = ["test/bo", "test/ana"]

[[toil]]
queues = ["infra"]
[[toil.category]]
name = "both"
label = ["bug", "wait*"]
title = "full"
[[toil.category]]
name = "typed"
type = ["incident*"]
[[toil.category]]
name = "help"
text = "help|more"
title = "^(\\\\W|re)*(access|please)"

[[toil]]
queues = ["infra"]
valid_from = 2026-11-01
[[toil.category]]
name = "racks"
project = ["r?cks"]

[[toil]]
queues = ["*"]
sources = ["oth*"]
[[toil.category]]
name = "queued"
queue = ["access", "lost"]
"""
SAID = settings.parse(WORLD + TOIL, "the oracle's world")
PEOPLE = {"test/bo": "Bo", "test/ana": "Bo"}
ACTIONS = [
    *[("title", title) for title in PATTERNS],
    *[("status", value) for value in ("open", "closed", "stalled")],
    *[("column", value) for value in ("In progress", "In progress", "Waiting", "-Waiting")],
    *[("label", sign + value) for value in ("Bug", "waiting", "in progress") for sign in "+-"],
    *[("project", sign + "Racks") for sign in "++-"],
    *[("type", value) for value in ("Incident", "Task", "-Task")],
    *[("queue", value) for value in ("infra", "infra", "access", "lost", "-infra")],
    *[("effort", value) for value in ("15", "+-15", "+-30", "2.5")],
    *[("description", value) for value in ("Help!", "More.", "-More.")],
    *[("comment", "+x"), ("note", "+x"), ("link", "+mentions test/infra#1"), ("owner", "+ana"), ("lock", "x")],
]


@EXAMPLES
@given(
    history=histories(actions=ACTIONS, fewest=5, steps=4),
    titles=st.lists(st.sampled_from(list(PATTERNS)), min_size=12, max_size=12),
    as_of=instants(),
)
def test_toil_agrees_with_a_plain_replay(opened: Opened, history: History, titles: list[str], as_of: datetime) -> None:
    named = dict(zip([r.ticket_id for r in history.records if isinstance(r, Ticket)], titles, strict=False))
    history.records = [
        replace(r, new=named[r.ticket_id]) if isinstance(r, Event) and r.event_id == "opened/title" else r
        for r in history.records
    ]
    with opened(history.records, WORLD + TOIL) as con:
        rows = metrics.toil(con, as_of=as_of)
        got = rows.project("ticket_id, category, opened_at, closed_at, effort_seconds, has_effort_recorded, names,"
                           " pattern, is_repeat, people").fetchall()  # fmt: skip
        shares = summary(rows)
    told = [row(life, PEOPLE) for life in lives(SAID, history.records, as_of) if life.is_live()]
    found = sorted((r for r in told if r), key=lambda r: (r["opened_at"], r["ticket_id"]))
    seen: set[tuple[str, str]] = set()
    wanted = []
    for r in found:
        kind = (r["category"], r["pattern"])
        names = json.dumps(r["names"], separators=(",", ":"))
        wanted.append((*r.values(), bool(r["pattern"]) and kind in seen, len(r["names"])))
        wanted[-1] = tuple(names if value is r["names"] else value for value in wanted[-1])
        seen.add(kind)
    assert_same(history, as_of, got, wanted)
    assert shares["tickets"].sum() == len(wanted)
    if wanted:
        assert shares["share"].sum() == pytest.approx(1)
        assert shares.filter(pl.col("effort_tickets") > 0)["effort_seconds"].sum() == sum(r[4] or 0 for r in wanted)
