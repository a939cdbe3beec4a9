"""Which tickets are incidents, post-mortems and action items; their milestones; which belong to which incident."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given

import metrics
from ingest.records import Gone
from metrics.catalogue import Metric
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.incident_oracle import Organisation
from tests.metrics.oracle import (
    EXAMPLES,
    FEW_EXAMPLES,
    SAID,
    WORLD,
    assert_same,
    before,
    incident_histories,
    instants,
    lives,
)
from tests.metrics.test_laws import LATER

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-09 12:00")


def rules(text: str) -> str:
    return f"{OFFICE}\n[[incident]]\n{text}\n"


BY_LABEL = rules('incident = [{ label = ["incident"] }]')


def roles(con: duckdb.DuckDBPyConnection, as_of: datetime = AS_OF) -> list[tuple[Any, ...]]:
    """Key's number, role, recognised, withdrawn; instants as day and time of November."""
    rows = metrics.incident_tickets(con, as_of=as_of).project("key, role, recognised_at, withdrawn_at").fetchall()
    return [(int(key.removeprefix("infra#")), role, *map(_day, instants)) for key, role, *instants in rows]


def milestones(con: duckdb.DuckDBPyConnection, as_of: datetime = AS_OF) -> dict[str, str | None]:
    rows = metrics.incident_milestones(con, as_of=as_of).project("milestone, happened_at").fetchall()
    return {milestone: _day(instant) for milestone, instant in rows}


def links(con: duckdb.DuckDBPyConnection, as_of: datetime = AS_OF) -> list[tuple[Any, ...]]:
    columns = "key, role, incident_key, relation, via_id, linked_at, unlinked_at"
    rows = metrics.incident_links(con, as_of=as_of).project(columns).fetchall()
    return [
        (*(text and text.removeprefix("test/").removeprefix("infra#") for text in row[:5]), *map(_day, row[5:]))
        for row in rows
    ]


def _day(instant: datetime | None) -> str | None:
    return f"{instant:%d %H:%M}" if instant else None


# --- What makes a ticket one ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "bearing"),
    {
        "a label, whatever its case": ('label = ["Incident"]', [("10:00", "label", "+incident", "ana")]),
        "a label by pattern": ('label = ["sev?"]', [("10:00", "label", "+sev1", "ana")]),
        "a project": ('project = ["Outages"]', [("10:00", "project", "+Outages", "ana")]),
        "a type": ('type = ["Incident"]', [("10:00", "type", "Incident", "ana")]),
        "a title with brackets": ('title = ["[SEV*] *"]', [("10:00", "title", "[SEV1] Nothing works", "ana")]),
        "a priority in our words": ('priority = ["P0"]', [("10:00", "label", "+P0", "ana")]),
        "a bot's label": ('label = ["incident"]', [("10:00", "label", "+incident", "pager[bot]")]),
    }.values(),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_ticket_is_an_incident_from_the_instant_it_bears_the_mark(
    mark: str, bearing: list[tuple[str, str, str, str]], history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 09:00", *bearing)
    history.ticket(2, "2026-11-02 09:00")
    assert roles(open_store_of(history.records, rules(f"incident = [{{ {mark} }}]"))) == [
        (1, "incident", "02 10:00", None)
    ]


def test_everything_in_one_mark_must_hold_at_once(history: History, open_store_of: Store) -> None:
    text = rules('incident = [{ label = ["incident"], priority = ["P0", "P1"] }]')
    label, urgent = ("10:00", "label", "+incident", "ana"), ("11:00", "label", "+P1", "ana")
    history.ticket(1, "2026-11-02 09:00", label, urgent)
    history.ticket(2, "2026-11-02 09:00", label, ("10:30", "label", "-incident", "ana"), urgent)
    assert roles(open_store_of(history.records, text)) == [(1, "incident", "02 11:00", None)]


def test_any_one_of_several_marks_is_enough(history: History, open_store_of: Store) -> None:
    text = rules('incident = [{ label = ["incident"] }, { title = ["*is down*"] }]')
    history.ticket(1, "2026-11-02 09:00", ("12:00", "label", "+incident", "ana"), title="Mail is down again")
    assert roles(open_store_of(history.records, text)) == [(1, "incident", "02 09:00", None)]


def test_a_ticket_that_loses_its_mark_is_withdrawn_and_may_come_back(history: History, open_store_of: Store) -> None:
    turns = [(f"{10 + n}:00", "label", f"{sign}incident", "ana") for n, sign in enumerate("+-+-")]
    history.ticket(1, "2026-11-02 09:00", *turns)
    con = open_store_of(history.records, BY_LABEL)
    assert roles(con, utc("2026-11-02 11:30")) == [(1, "incident", "02 10:00", "02 11:00")]
    assert roles(con, utc("2026-11-02 12:30")) == [(1, "incident", "02 10:00", None)]
    assert roles(con) == [(1, "incident", "02 10:00", "02 13:00")]


def test_one_ticket_may_be_both_the_incident_and_its_post_mortem(history: History, open_store_of: Store) -> None:
    text = rules('incident = [{ label = ["incident"] }]\npostmortem = [{ label = ["post-mortem"] }]')
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+incident", "a"), ("11:00", "label", "+post-mortem", "a"))
    assert roles(open_store_of(history.records, text)) == [
        (1, "incident", "02 10:00", None),
        (1, "postmortem", "02 11:00", None),
    ]


def test_who_lost_the_mark_before_it_came_to_the_queue_never_was_an_incident(
    history: History, open_store_of: Store
) -> None:
    """The second loses it, and comes, in one second; the third comes first."""
    text = BY_LABEL.replace("[[incident]]", '[[incident]]\nqueues = ["infra"]')
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+incident", "a"), ("11:00", "label", "-incident", "a"),
                   ("12:00", "queue", "infra", "a"), queue="access")  # fmt: skip
    history.ticket(2, "2026-11-02 09:00", ("10:00", "label", "+incident", "a"), ("12:00", "label", "-incident", "a"),
                   ("12:00", "queue", "infra", "a"), queue="access")  # fmt: skip
    history.ticket(3, "2026-11-02 09:00", ("10:00", "label", "+incident", "a"), ("12:00", "queue", "infra", "a"),
                   ("12:01", "label", "-incident", "a"), queue="access")  # fmt: skip
    assert roles(open_store_of(history.records, text)) == [(3, "incident", "02 12:00", "02 12:01")]


def test_a_ticket_is_an_incident_only_in_the_queues_of_the_rule(history: History, open_store_of: Store) -> None:
    text = BY_LABEL.replace("[[incident]]", '[[incident]]\nqueues = ["infra"]')
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+incident", "a"), ("11:00", "queue", "access", "a"))
    history.ticket(2, "2026-11-02 09:00", ("10:00", "label", "+incident", "a"), queue="access")
    assert roles(open_store_of(history.records, text)) == [(1, "incident", "02 10:00", "02 11:00")]


def test_a_ticket_is_judged_by_the_rules_in_force_when_it_was_opened(history: History, open_store_of: Store) -> None:
    text = BY_LABEL + '[[incident]]\nvalid_from = 2026-11-04\nincident = [{ label = ["outage"] }]'
    for number, opened in ((1, "2026-11-03 23:59:59"), (2, "2026-11-04 00:00")):
        changes = [(f"2026-11-05 1{n}:00", "label", f"+{label}", "a") for n, label in enumerate(("incident", "outage"))]
        history.ticket(number, opened, *changes)
    con = open_store_of(history.records, text)
    assert roles(con) == [(1, "incident", "05 10:00", None), (2, "incident", "05 11:00", None)]
    versions = metrics.incident_tickets(con, as_of=AS_OF).project("version").fetchall()
    assert versions == [("incident 1@1-01-01T00:00",), ("incident 2@2026-11-04T00:00",)]


def test_what_is_gone_is_no_incident_any_more(history: History, open_store_of: Store) -> None:
    ticket = history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+incident", "ana"))
    history.records.append(Gone(ticket, utc("2026-11-03 00:00"), "deleted"))
    con = open_store_of(history.records, BY_LABEL)
    assert (len(roles(con, utc("2026-11-02 12:00"))), roles(con)) == (1, [])


def test_without_rules_nothing_is_an_incident(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+incident", "ana"))
    con = open_store_of(history.records, OFFICE)
    assert (roles(con), milestones(con), links(con)) == ([], {}, [])


# --- Links ------------------------------------------------------------------------------------------

LINKED = rules("""
incident = [{ label = ["incident"] }]
postmortem = [{ label = ["post-mortem"] }]
action = [{ link = ["child_of"] }]
""")


def incident(history: History, number: int = 1, label: str = "incident") -> None:
    history.ticket(number, "2026-11-02 09:00", ("10:00", "label", f"+{label}", "ana"))


def test_a_child_of_an_incident_is_an_action_item(history: History, open_store_of: Store) -> None:
    incident(history)
    history.ticket(2, "2026-11-03 09:00", ("10:00", "link", "+child_of test/infra#1", "ana"))
    history.ticket(3, "2026-11-03 09:00", ("10:00", "link", "+child_of test/infra#2", "ana"))
    history.ticket(4, "2026-11-03 09:00", ("10:00", "link", "+blocked_by test/infra#1", "ana"))
    con = open_store_of(history.records, LINKED)
    assert roles(con) == [(1, "incident", "02 10:00", None), (2, "action", "03 10:00", None)]
    assert links(con) == [("2", "action", "1", "child_of", None, "03 10:00", None)]


def test_a_link_counts_whichever_end_tells_of_it(history: History, open_store_of: Store) -> None:
    history.ticket(
        1, "2026-11-02 09:00", ("10:00", "label", "+incident", "a"), ("11:00", "link", "+parent_of test/infra#2", "a")
    )
    history.ticket(2, "2026-11-02 09:00")
    con = open_store_of(history.records, LINKED)
    assert roles(con)[1:] == [(2, "action", "02 11:00", None)]
    assert links(con) == [("2", "action", "1", "child_of", None, "02 11:00", None)]


def test_a_relation_is_known_however_a_tracker_words_it(history: History, open_store_of: Store) -> None:
    text = LINKED.replace('["child_of"]', '["is caused by"]')
    incident(history)
    history.ticket(2, "2026-11-03 09:00", ("10:00", "link", "+is_caused_by test/infra#1", "a"))
    history.ticket(3, "2026-11-03 09:00", ("10:00", "link", "+caused_by test/infra#1", "a"))
    assert [number for number, role, *_ in roles(open_store_of(history.records, text)) if role == "action"] == [2, 3]


def test_a_relation_is_no_label_and_no_title(history: History, open_store_of: Store) -> None:
    """The pattern of a title would match the relation as well; only 3 and 5 have both."""
    text = rules("""
incident = [{ label = ["incident"] }]
postmortem = [{ link = ["postmortem of"], title = ["postmortem*"] }]
action = [{ link = ["action of"], label = ["action*"] }]
""")
    about, todo = (("10:00", "link", f"+{relation}_of test/infra#1", "a") for relation in ("postmortem", "action"))
    incident(history)
    history.ticket(2, "2026-11-03 09:00", about)
    history.ticket(3, "2026-11-03 09:00", about, title="Postmortem of the outage")
    history.ticket(4, "2026-11-03 09:00", todo)
    history.ticket(5, "2026-11-03 09:00", todo, ("11:00", "label", "+action", "a"))
    assert roles(open_store_of(history.records, text))[1:] == [
        (3, "postmortem", "03 10:00", None),
        (5, "action", "03 11:00", None),
    ]


def test_words_that_read_like_a_link_link_and_unlink_nothing(history: History, open_store_of: Store) -> None:
    incident(history)
    linked, unsaid = (
        ("10:00", "link", "+child_of test/infra#1", "a"),
        ("11:00", "comment", "-child_of test/infra#1", "a"),
    )
    history.ticket(2, "2026-11-03 09:00", linked, unsaid)
    history.ticket(3, "2026-11-03 09:00", title="child_of test/infra#1")
    assert links(open_store_of(history.records, LINKED)) == [("2", "action", "1", "child_of", None, "03 10:00", None)]


def test_it_is_an_action_item_only_while_it_is_linked_to_an_incident(history: History, open_store_of: Store) -> None:
    linked = [("10:00", "link", "+child_of test/infra#1", "a"), ("12:00", "link", "-child_of test/infra#1", "a")]
    history.ticket(1, "2026-11-02 09:00", ("2026-11-03 11:00", "label", "+incident", "a"))
    history.ticket(2, "2026-11-03 09:00", *linked)
    con = open_store_of(history.records, LINKED)
    assert roles(con) == [(1, "incident", "03 11:00", None), (2, "action", "03 11:00", "03 12:00")]
    assert links(con) == [("2", "action", "1", "child_of", None, "03 10:00", "03 12:00")]


def test_an_action_item_belongs_to_the_incident_of_its_post_mortem(history: History, open_store_of: Store) -> None:
    incident(history)
    history.ticket(
        2, "2026-11-03 09:00", ("10:00", "label", "+post-mortem", "a"), ("11:00", "link", "+odd test/infra#1", "a")
    )
    history.ticket(3, "2026-11-04 09:00", ("10:00", "link", "+child_of test/infra#2", "a"))
    con = open_store_of(history.records, LINKED)
    assert [role for _, role, *_ in roles(con)] == ["incident", "postmortem", "action"]
    assert links(con) == [
        ("2", "postmortem", "1", "odd", None, "03 11:00", None),
        ("3", "action", "1", "child_of", "2", "04 10:00", None),
    ]


def test_a_link_of_which_only_the_incident_tells_in_its_own_words_has_no_name_from_here(
    history: History, open_store_of: Store
) -> None:
    history.ticket(
        1, "2026-11-02 09:00", ("10:00", "label", "+incident", "a"), ("11:00", "link", "+studied_in test/infra#2", "a")
    )
    history.ticket(2, "2026-11-02 12:00", ("12:30", "label", "+post-mortem", "a"))
    assert links(open_store_of(history.records, LINKED)) == [("2", "postmortem", "1", None, None, "02 11:00", None)]


# --- Milestones -------------------------------------------------------------------------------------

TOLD = rules("""
incident = [{ label = ["incident"] }]
[incident.milestones]
detected = [{ field = "opened" }, { field = "comment", key = "Detected" }]
acknowledged = [{ field = "comment" }, { field = "comment", key = "Acknowledged" }]
mitigated = [{ field = "comment", key = "Mitigated" }, { field = "note", key = "Mitigated" }]
resolved = [{ field = "closed" }, { field = "custom.restored", when = "value" }]
debrief_held = [{ field = "label", value = "debrief*" }]
postmortem_shared = [{ field = "status", value = "shared" }, { field = "column", value = "Shared" }]
customer_input_asked = [{ field = "custom.asked", value = "yes" }]
""")
LABEL = ("09:30", "label", "+incident", "pager[bot]")


def told(history: History, open_store_of: Store, *changes: tuple[str, str, str, str], as_of: datetime = AS_OF) -> Any:
    history.ticket(1, "2026-11-02 09:00", LABEL, *changes)
    return milestones(open_store_of(history.records, TOLD), as_of)


@pytest.mark.parametrize(
    ("milestone", "event"),
    {
        "the opening": ("detected", ("12:00", "comment", "+Nothing.", "pager[bot]")),
        "a comment": ("acknowledged", ("09:00", "comment", "+Looking.", "ana")),
        "a line of a comment": ("mitigated", ("09:00", "comment", "+Failed over.\nMitigated: yes", "ana")),
        "a line of an internal comment": ("mitigated", ("09:00", "note", "+mitigated:", "ana")),
        "the closing": ("resolved", ("09:00", "status", "closed", "ana")),
        "a label": ("debrief_held", ("09:00", "label", "+Debrief held", "ana")),
        "a status": ("postmortem_shared", ("09:00", "status", "Shared", "ana")),
        "a column": ("postmortem_shared", ("09:00", "column", "Shared", "ana")),
        "a value of a custom field": ("customer_input_asked", ("09:00", "custom.asked", "Yes", "ana")),
    }.values(),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_milestone_is_reached_by(
    milestone: str, event: tuple[str, str, str, str], history: History, open_store_of: Store
) -> None:
    """And counts from before the ticket bore the mark of an incident, too."""
    assert told(history, open_store_of, event)[milestone] == "02 09:00"


def test_what_nothing_tells_of_is_missing(history: History, open_store_of: Store) -> None:
    assert told(history, open_store_of) == {"detected": "02 09:00"}


@pytest.mark.parametrize(
    ("line", "instant"),
    [
        ("Mitigated: 2026-11-01T10:15Z", "01 10:15"),
        ("Mitigated: 2026-11-01 10:15:30 UTC, by failover", "01 10:15"),
        ("mitigated : 2026-11-01T10:15+02:00", "01 08:15"),
        ("MITIGATED: at 2026-11-01T10:15-0530 or so", "01 15:45"),
        ("- **Mitigated:** 2026-11-01T10:15Z", "01 10:15"),
        ("We failed over.\r\n*Mitigated*: 2026-11-01T10:15Z\r\nMore later.", "01 10:15"),
        ("Mitigated:", "02 12:00"),
        ("Mitigated: 2026-11-01 10:15", "02 12:00"),
        ("Mitigated: 2026-13-01T10:15Z", "02 12:00"),
        ("Mitigated:\n2026-11-01T10:15Z", "02 12:00"),
        ("> Mitigated: 2026-11-01T10:15Z", None),
        ("Not mitigated: 2026-11-01T10:15Z", None),
        ("Mitigated at 2026-11-01T10:15Z", None),
        ("Mitigated: 2026-12-24T10:15Z", None),
    ],
)
def test_a_line_of_a_comment_states_when(
    line: str, instant: str | None, history: History, open_store_of: Store
) -> None:
    """With a zone; else the comment's own instant counts. What is announced has not happened yet."""
    assert told(history, open_store_of, ("12:00", "comment", f"+{line}", "ana")).get("mitigated") == instant


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2026-11-01T10:15Z", "01 10:15"),
        ("2026-11-01T10:15:00.000+0100", "01 09:15"),
        ("2026-11-01 10:15:00", "01 10:15"),
        ("2026-11-01", "01 00:00"),
        ("1793528100", "01 10:15"),
        ("yesterday", None),
        ("12", None),
    ],
)
def test_the_value_of_a_field_may_be_the_instant(
    value: str, instant: str | None, history: History, open_store_of: Store
) -> None:
    assert told(history, open_store_of, ("12:00", "custom.restored", value, "ana")).get("resolved") == instant


def test_the_last_statement_corrects_those_before(history: History, open_store_of: Store) -> None:
    first = ("10:00", "comment", "+Mitigated: 2026-11-02T09:50Z", "ana")
    second = ("11:00", "comment", "+Mitigated: 2026-11-02T10:40Z", "ana")
    history.ticket(1, "2026-11-02 09:00", LABEL, first, second)
    con = open_store_of(history.records, TOLD)
    asked = {at: milestones(con, utc(f"2026-11-02 {at}")).get("mitigated") for at in ("09:55", "10:30", "11:30")}
    assert asked == {"09:55": None, "10:30": "02 09:50", "11:30": "02 10:40"}


def test_a_field_that_is_emptied_takes_back_what_it_said(history: History, open_store_of: Store) -> None:
    said, emptied = ("10:00", "custom.restored", "2026-11-01", "a"), ("11:00", "custom.restored", "-2026-11-01", "a")
    assert "resolved" not in told(history, open_store_of, said, emptied)


def test_of_several_ways_the_earliest_counts(history: History, open_store_of: Store) -> None:
    closed, stated = ("15:00", "status", "closed", "ana"), ("16:00", "custom.restored", "2026-11-02T11:00Z", "ana")
    assert told(history, open_store_of, closed, stated)["resolved"] == "02 11:00"


def test_bots_and_the_author_acknowledge_only_by_stating_it(history: History, open_store_of: Store) -> None:
    word, more = ("10:00", "comment", "+Beep.", "pager[bot]"), ("10:05", "comment", "+And it is slow.", "asker")
    history.ticket(1, "2026-11-02 09:00", LABEL, word, more, ("11:00", "comment", "+Looking.", "ana"))
    assert milestones(open_store_of(history.records, TOLD))["acknowledged"] == "02 11:00"
    history.records.clear()
    history._logins.clear()
    stated = ("10:00", "comment", "+Acknowledged: 2026-11-02T09:40Z", "pager[bot]")
    assert told(history, open_store_of, stated)["acknowledged"] == "02 09:40"


# --- The laws ---------------------------------------------------------------------------------------


def everything(con: duckdb.DuckDBPyConnection, as_of: datetime) -> list[list[Any]]:
    asked = (metrics.incident_tickets, metrics.incident_milestones, metrics.incident_links)
    return [ask(con, as_of=as_of).fetchall() for ask in asked]


@FEW_EXAMPLES
@given(history=incident_histories(), as_of=instants())
def test_later_events_change_nothing(opened: Opened, history: History, as_of: datetime) -> None:
    found = []
    for records, text in ((before(history.records, as_of), WORLD), (history.records, LATER)):
        with opened(records, text) as con:
            found.append(everything(con, as_of))
    assert found[0] == found[1]


@EXAMPLES
@given(history=incident_histories(), as_of=instants())
def test_incidents_agree_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    organisation = Organisation(SAID, {life.ticket.ticket_id: life for life in lives(SAID, history.records, as_of)})
    with opened(history.records, WORLD) as con:
        tickets = metrics.incident_tickets(con, as_of=as_of).project(
            "ticket_id, role, recognised_at, withdrawn_at, split_part(split_part(version, ' ', 2), '@', 1)::INTEGER - 1"
        )
        reached = metrics.incident_milestones(con, as_of=as_of).project("ticket_id, milestone, happened_at")
        linked = metrics.incident_links(con, as_of=as_of).project(
            "ticket_id, role, incident_id, via_id, linked_at, unlinked_at"
        )
        got = [tickets.fetchall(), reached.fetchall(), linked.fetchall()]
    wanted = [organisation.tickets(), organisation.milestones(), organisation.incident_links()]
    for ours, theirs in zip(got, wanted, strict=True):
        assert_same(history, as_of, ours, list(theirs))


def test_these_are_no_metrics_of_the_catalogue() -> None:
    """They are what the incident metrics are built of."""
    names = {metric.name for metric in metrics.catalogue() if isinstance(metric, Metric)}
    assert not names & {"incident_tickets", "incident_milestones", "incident_links"}
