"""Post-mortems: begun, debriefed and shared in time after each incident, and complete."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given

import metrics
import settings
from ingest.records import Gone, Ticket
from metrics.postmortems import VERDICTS, figure, sections, summary, weekly
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc
from tests.metrics import postmortem_oracle as oracle
from tests.metrics.conftest import Opened
from tests.metrics.incident_oracle import Organisation
from tests.metrics.oracle import EXAMPLES, FEW_EXAMPLES, assert_same, instants, lives

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-30 12:00")
TEXT = f"""{OFFICE}
[[incident]]
presets = ["labels"]
[incident.review]
start_days = 2
debrief_days = 7
sections = ["trigger", "root cause", "what did not*"]
"""
# Opened and recognised on Monday 2 November at 09:00, over at 12:00: to be started by Wednesday, debriefed by Monday 9.
INCIDENT = [("09:00", "label", "+incident", "ana"), ("12:00", "status", "closed", "ana")]
DRAFT = ("label", "+post-mortem", "ana")
LINK = ("link", "+postmortem_of test/infra#1", "ana")


def reviewed(history: History, *told: tuple[str, str, str, str], opened: str = "2026-11-03 09:00", **kept: Any) -> str:
    """Incident 1, and its post-mortem as ticket 2."""
    history.ticket(1, "2026-11-02 09:00", *INCIDENT)
    return history.ticket(2, opened, (opened, *DRAFT), (opened, *LINK), *told, **kept)


def row(con: duckdb.DuckDBPyConnection, as_of: datetime = AS_OF) -> dict[str, Any]:
    return next(iter(metrics.postmortems(con, as_of=as_of).pl().to_dicts()))


def answers(con: duckdb.DuckDBPyConnection, column: str, *clocks: str) -> list[Any]:
    return [row(con, utc(f"2026-11-{clock}"))[column] for clock in clocks]


def test_a_debrief_is_due_held_late_or_overdue(history: History, open_store_of: Store) -> None:
    """Due on Monday 9 November at 12:00; at that very second it is in time."""
    reviewed(history)
    held = {2: "2026-11-09 12:00:00", 3: "2026-11-09 12:00:01"}
    con = open_store_of(history.records, TEXT)
    assert answers(con, "verdict", "09 12:00:00", "09 12:00:01") == ["due", "overdue"]
    assert answers(con, "is_debrief_overdue", "09 12:00:00", "09 12:00:01") == [False, True]
    assert str(row(con)["debrief_due_at"]) == "2026-11-09 12:00:00"
    for number, at in held.items():
        told = History()
        reviewed(told, (at, "label", "+debrief held", "ana"))
        found = row(open_store_of(told.records, TEXT))
        wanted = ("held", False) if number == 2 else ("late", True)
        assert (found["verdict"], found["is_debrief_late"], found["is_debrief_overdue"]) == (*wanted, False)


@pytest.mark.parametrize(
    ("opened", "is_late"), [("2026-11-04 12:00:00", False), ("2026-11-04 12:00:01", True)], ids=["in time", "late"]
)
def test_it_is_started_when_its_ticket_is_there(
    history: History, open_store_of: Store, opened: str, is_late: bool
) -> None:
    reviewed(history, opened=opened)
    found = row(open_store_of(history.records, TEXT))
    assert (str(found["started_at"]), found["is_started_late"], found["is_start_overdue"]) == (opened, is_late, False)


def test_nobody_started_one(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", *INCIDENT)
    con = open_store_of(history.records, TEXT)
    assert answers(con, "is_start_overdue", "04 12:00:00", "04 12:00:01") == [False, True]
    found = row(con)
    assert (found["has_postmortem"], found["postmortem_ids"], found["started_at"]) == (False, "[]", None)
    assert (found["missing_sections"], found["aspirational_items"]) == (None, None)
    assert (found["is_started_late"], found["is_debrief_late"]) == (False, False)
    assert found["is_customer_input_before_debrief"] is None


def test_the_incident_may_be_its_own_post_mortem(history: History, open_store_of: Store) -> None:
    """By its label, by a word of a debrief, or by being shared: each is a sign that one was begun."""
    signs = {"post-mortem": "13:00", "debrief held": "14:00", "post-mortem shared": "15:00"}
    for number, (label, clock) in enumerate(signs.items(), start=1):
        history.ticket(number, "2026-11-02 09:00", *INCIDENT, (clock, "label", f"+{label}", "ana"))
    history.ticket(4, "2026-11-02 09:00", *INCIDENT, ("16:00", "label", "+customer input asked", "ana"))
    rows = metrics.postmortems(open_store_of(history.records, TEXT), as_of=AS_OF)
    found = {
        key: (keys, f"{at:%H:%M}" if at else None)
        for key, keys, at in rows.project("key, postmortem_keys, started_at").fetchall()
    }
    assert found == {f"infra#{n}": (f'["infra#{n}"]', clock) for n, clock in enumerate(signs.values(), start=1)} | {
        "infra#4": ("[]", None)
    }


def test_shared_before_the_debrief_is_a_fault(history: History, open_store_of: Store) -> None:
    shared, held = ("label", "+post-mortem shared", "ana"), ("2026-11-05 10:00", "label", "+debrief held", "ana")
    reviewed(history, ("2026-11-05 09:59:59", *shared), held)
    con = open_store_of(history.records, TEXT)
    column = "is_shared_before_debrief"
    assert answers(con, column, "05 09:00", "05 09:59:59.5", "30 12:00") == [None, True, True]
    at_once = History()
    reviewed(at_once, held, ("2026-11-05 10:00:00", *shared))
    assert row(open_store_of(at_once.records, TEXT))[column] is False


def test_customers_are_asked_before_the_debrief(history: History, open_store_of: Store) -> None:
    asked, held = ("label", "+customer input asked", "ana"), ("2026-11-05 10:00", "label", "+debrief held", "ana")
    reviewed(history, ("2026-11-05 09:59:59", *asked), held)
    column = "is_customer_input_before_debrief"
    con = open_store_of(history.records, TEXT)
    assert answers(con, column, "05 09:00", "05 09:59:59.5", "30 12:00") == [None, True, True]
    for told in ([held], [held, ("2026-11-05 10:00", *asked)]):
        other = History()
        reviewed(other, *told)
        assert row(open_store_of(other.records, TEXT))[column] is False


def test_mitigated_is_an_end_until_it_is_resolved(history: History, open_store_of: Store) -> None:
    changes = [INCIDENT[0], ("10:00", "label", "+mitigated", "ana"), ("2026-11-04 10:00", "status", "closed", "ana")]
    history.ticket(1, "2026-11-02 09:00", *changes)
    con = open_store_of(history.records, TEXT)
    assert metrics.postmortems(con, as_of=utc("2026-11-02 10:00")).fetchall() == []
    assert [f"{at:%d %H:%M}" for at in answers(con, "ended_at", "02 10:01", "30 12:00")] == ["02 10:00", "04 10:00"]


def test_only_the_priorities_of_the_review_need_one(history: History, open_store_of: Store) -> None:
    """As they stood when it had ended, or the first that was given later; and by the version of the opening."""
    text = TEXT.replace("start_days = 2", 'priorities = ["P0"]\nstart_days = 2')
    text += '[[incident]]\nvalid_from = 2026-11-05\npresets = ["labels"]\n[incident.review]\ndebrief_days = 1\n'
    raised = ("11:00", "label", "+P0", "ana")
    history.ticket(1, "2026-11-02 09:00", ("09:30", "label", "+P1", "ana"), raised, *INCIDENT)
    history.ticket(2, "2026-11-02 09:00", ("09:30", "label", "+P1", "ana"), *INCIDENT, ("13:00", "label", "+P0", "ana"))
    history.ticket(3, "2026-11-02 09:00", *INCIDENT, ("13:00", "label", "+P0", "ana"))
    history.ticket(4, "2026-11-02 09:00", *INCIDENT)
    history.ticket(5, "2026-11-05 09:00", *INCIDENT)
    found = metrics.postmortems(open_store_of(history.records, text), as_of=AS_OF)
    due = found.project("key, priority, strftime(debrief_due_at, '%d %H:%M')").fetchall()
    assert due == [("infra#5", None, "06 12:00"), ("infra#1", "P0", "09 12:00"), ("infra#3", "P0", "09 12:00")]


def test_what_was_held_before_the_incident_began_was_of_another(history: History, open_store_of: Store) -> None:
    """Ticket 2 is the post-mortem of October, to which the new incident is linked on the 3rd."""
    history.ticket(1, "2026-11-02 09:00", *INCIDENT)
    old = [
        ("2026-10-06 09:00", "label", "+debrief held", "a"),
        ("2026-10-07 09:00", "label", "+post-mortem shared", "a"),
    ]
    history.ticket(2, "2026-10-05 09:00", ("09:00", *DRAFT), *old, ("2026-11-03 10:00", *LINK))
    found = row(open_store_of(history.records, TEXT))
    assert (found["has_postmortem"], str(found["started_at"])) == (True, "2026-11-03 10:00:00")
    assert (found["debrief_held_at"], found["shared_at"], found["verdict"]) == (None, None, "overdue")


def test_a_link_taken_away_a_mark_lost_or_a_ticket_gone_is_no_post_mortem(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 09:00", *INCIDENT)
    lost = [
        ("2026-11-04 09:00", "link", "-postmortem_of test/infra#1", "a"),
        ("2026-11-04 09:00", "label", "-post-mortem", "a"),
    ]
    for number, change in enumerate(lost, start=2):
        history.ticket(number, "2026-11-03 09:00", ("09:00", *DRAFT), ("09:00", *LINK), change)
    gone = history.ticket(4, "2026-11-03 09:00", ("09:00", *DRAFT), ("09:00", *LINK))
    history.records.append(Gone(gone, utc("2026-11-04 09:00"), "deleted"))
    con = open_store_of(history.records, TEXT)
    assert len(json.loads(row(con, utc("2026-11-03 10:00"))["postmortem_ids"])) == 3
    assert row(con)["postmortem_ids"] == "[]"


SECTIONS = {
    "## Trigger\n## Root cause\n### What did not go well": [],
    "# 1. TRIGGER #\n## Root causes": ["what did not"],
    "= Trigger =\n== Root cause ==\nWhat did not": [],
    "h1. Trigger\nH3. Root cause": ["what did not"],
    "**Trigger**\n__Root cause__: the disk": ["what did not"],
    "Trigger: a deploy\nRoot cause analysis : see below": ["what did not"],
    "TRIGGER\r\n-------\r\nWhat did not go well\r\n": ["root cause"],
    "- Trigger: a deploy\n2) Root cause": ["what did not"],
    "Trigger was a deploy\nThe root cause is not known": ["trigger", "root cause", "what did not"],
    "> ## Trigger\nroot causes": ["trigger", "root cause", "what did not"],
    "## The trigger\nOur trigger: a deploy": ["trigger", "root cause", "what did not"],
    "": ["trigger", "root cause", "what did not"],
}


def test_sections_are_headings_of_any_tracker(history: History, open_store_of: Store) -> None:
    """A heading, or a word before a colon, begins with the section's words; a plain line is nothing but them."""
    for number, words in enumerate(SECTIONS, start=1):
        comment = ("13:00", "comment", f"+{words}", "a")
        history.ticket(number, "2026-11-02 09:00", *INCIDENT, ("12:30", *DRAFT), comment)
    rows = metrics.postmortems(open_store_of(history.records, TEXT), as_of=AS_OF).project("key, missing_sections")
    found = {int(key.removeprefix("infra#")): json.loads(missing) for key, missing in rows.fetchall()}
    assert {words: found[n] for n, words in enumerate(SECTIONS, start=1)} == SECTIONS


def test_words_count_from_when_they_were_written(history: History, open_store_of: Store) -> None:
    """Comments and notes of any document by then; the description as it stood then, where the tracker tells."""
    second = ("2026-11-06 09:00", "note", "+## Root cause", "ana")
    written = [
        ("2026-11-05 09:00", "description", "## Trigger", "a"),
        ("2026-11-07 09:00", "description", "None.", "a"),
    ]
    reviewed(history, *written, second)
    con = open_store_of(history.records, TEXT)
    found = answers(con, "missing_sections", "05 09:00", "05 10:00", "06 10:00", "07 10:00")
    assert [json.loads(missing) for missing in found] == [
        ["trigger", "root cause", "what did not"],
        ["root cause", "what did not"],
        ["what did not"],
        ["trigger", "what did not"],
    ]


def test_a_description_is_as_last_seen_where_nothing_tells_how_it_was(history: History, open_store_of: Store) -> None:
    ticket = reviewed(history)
    history.records = [
        replace(record, description="Trigger: a deploy")
        if isinstance(record, Ticket) and record.ticket_id == ticket
        else record
        for record in history.records
    ]
    assert json.loads(row(open_store_of(history.records, TEXT))["missing_sections"]) == ["root cause", "what did not"]


def test_aspirational_items_are_counted_apart(history: History, open_store_of: Store) -> None:
    """Those of the list below such a heading, up to the next heading, and no others: a heading is no item, though a
    bullet stands before it."""
    words = """
## Action items
- Page two people.
## Stretch goals
Some day:
## Nice to have
- A second *site*.
* [ ] A drill a year.
1. Calm.
Not a list.
  - Hope.
**Aspirational**
+ Peace.
Next:
- Sleep.
- Stretch:
  - Love.
"""
    reviewed(history, ("10:00", "comment", f"+{words}", "ana"), ("11:00", "comment", "+- Another.", "ana"))
    assert row(open_store_of(history.records, TEXT))["aspirational_items"] == 6


def test_the_settings_name_the_sections_and_what_is_aspirational() -> None:
    review = settings.Review()
    assert len(review.sections) == 9
    assert "what did not*" in review.sections
    assert review.aspirational == ["aspirational*", "nice to have*", "stretch*"]


@pytest.fixture
def seven(history: History, open_store_of: Store) -> duckdb.DuckDBPyConnection:
    """Ended on 2 November at 12:00: held, held late, not held; on the 23rd and the 29th: not begun, to begin."""
    for number, held in enumerate(("2026-11-05 09:00", "2026-11-11 09:00", None), start=1):
        told = [("13:00", *DRAFT), ("13:00", "comment", "+## Trigger", "a")]
        told += [(held, "label", "+debrief held", "a"), (held, "label", "+post-mortem shared", "a")] if held else []
        history.ticket(number, "2026-11-02 09:00", *INCIDENT, *told)
    history.ticket(4, "2026-11-23 09:00", *INCIDENT)
    history.ticket(5, "2026-11-29 09:00", *INCIDENT)
    history.ticket(6, "2026-11-02 09:00", *INCIDENT, ("2026-11-10 09:00", *DRAFT), queue="access")
    history.ticket(7, "2026-11-02 09:00", INCIDENT[0])
    return open_store_of(history.records, TEXT)


def test_the_summary_leaves_what_is_still_to_come_out_of_the_shares(seven: duckdb.DuckDBPyConnection) -> None:
    """Infra: three of the four that are due have one; three started in time, one never; one of three held in time."""
    access, infra = summary(metrics.postmortems(seven, as_of=AS_OF)).to_dicts()
    counts = ("incidents", "incidents_with_postmortem", "incidents_to_start", "coverage")
    assert [infra[name] for name in counts] == [5, 3, 1, 0.75]
    starts = ("starts_in_time", "starts_late", "starts_overdue", "start_share")
    assert [infra[name] for name in starts] == [3, 0, 1, 0.75]
    assert [infra[f"debriefs_{verdict}"] for verdict in VERDICTS] == [1, 1, 1, 2]
    assert infra["debrief_share"] == pytest.approx(1 / 3)
    assert (infra["debrief_low"], infra["debrief_high"]) == pytest.approx((0.0615, 0.7923), abs=1e-4)
    assert infra["coverage_low"] == infra["start_low"]
    assert (infra["shared_before_debrief"], infra["incomplete_postmortems"]) == (0, 3)
    assert infra["most_missed_section"] == "root cause"
    assert [access[name] for name in (*counts, *starts)] == [1, 1, 0, 1.0, 0, 1, 0, 0.0]
    assert access["most_missed_section"] == "root cause"


def test_sections_missing_most_often_come_first(seven: duckdb.DuckDBPyConnection) -> None:
    missed = sections(metrics.postmortems(seven, as_of=AS_OF).pl())
    assert missed.rows() == [("root cause", 4), ("what did not", 4), ("trigger", 1)]


def test_a_window_is_of_debriefs_due(seven: duckdb.DuckDBPyConnection) -> None:
    due = {"since": utc("2026-11-09 12:00"), "until": utc("2026-11-30 12:00")}
    assert len(metrics.postmortems(seven, as_of=AS_OF, **due).fetchall()) == 4
    assert len(metrics.postmortems(seven, as_of=AS_OF, queue="access", **due).fetchall()) == 1
    due = {"since": utc("2026-11-09 12:00:01"), "until": utc("2026-11-30 12:00:01")}
    assert metrics.postmortems(seven, as_of=AS_OF, **due).pl()["key"].to_list() == ["infra#4"]


def test_the_weeks_are_those_of_the_debrief(seven: duckdb.DuckDBPyConnection) -> None:
    table = weekly(seven, as_of=AS_OF, weeks=Week.parse("2026-W49", "UTC").through(4))
    names = ("incidents", "incidents_with_postmortem", *(f"debriefs_{verdict}" for verdict in VERDICTS))
    assert table.select("week", *names).rows() == [
        ("2026-W46", 4, 4, 1, 1, 2, 0),
        ("2026-W47", 0, 0, 0, 0, 0, 0),
        ("2026-W48", 0, 0, 0, 0, 0, 0),
        ("2026-W49", 2, 0, 0, 0, 0, 2),
    ]
    assert weekly(seven, as_of=AS_OF, weeks=[Week.parse("2026-W46", "UTC")], queue="infra")["incidents"].to_list() == [
        3
    ]


def test_the_figure_counts_verdicts(seven: duckdb.DuckDBPyConnection) -> None:
    drawn = figure(metrics.postmortems(seven, as_of=AS_OF))
    assert dict(zip(drawn.data[0].x, drawn.data[0].y, strict=True)) == {"held": 1, "late": 1, "overdue": 2, "due": 2}
    assert "n = 6 incidents" in drawn.layout.annotations[0].text


COLUMNS = (
    "ticket_id, priority, ended_at, postmortem_ids, start_due_at, started_at, debrief_due_at, debrief_held_at,"
    " shared_at, customer_input_at, missing_sections, aspirational_items"
)


@EXAMPLES
@given(history=oracle.reviewed_histories(), as_of=instants())
def test_postmortems_agree_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    told = {life.ticket.ticket_id: life for life in lives(oracle.SAID, history.records, as_of)}
    with opened(history.records, oracle.TEXT) as con:
        rows = metrics.postmortems(con, as_of=as_of).project(COLUMNS).fetchall()
    got = [(*r[:3], json.loads(r[3]), *r[4:-2], r[-2] and json.loads(r[-2]), r[-1]) for r in rows]
    assert_same(history, as_of, got, list(oracle.postmortems(Organisation(oracle.SAID, told))))


@FEW_EXAMPLES
@given(history=oracle.reviewed_histories(), as_of=instants())
def test_verdicts_follow_from_the_instants_and_add_up(opened: Opened, history: History, as_of: datetime) -> None:
    with opened(history.records, oracle.TEXT) as con:
        rows = metrics.postmortems(con, as_of=as_of)
        found, summed = rows.pl(), summary(rows)
        weeks = Week.containing(as_of, "UTC").shifted(3).through(12)
        by_week = weekly(con, as_of=as_of, weeks=weeks)
    instant = as_of.replace(tzinfo=None)
    for told in found.to_dicts():
        held, due = told["debrief_held_at"], told["debrief_due_at"]
        verdict = ("late" if held > due else "held") if held else "overdue" if due < instant else "due"
        assert told["verdict"] == verdict
        assert told["is_debrief_late"] is (verdict == "late")
        assert told["is_debrief_overdue"] is (verdict == "overdue")
    for verdict in VERDICTS:
        name = f"debriefs_{verdict}"
        assert summed[name].sum() == by_week[name].sum() == found.filter(verdict=verdict).height
