"""One incident from its beginning on."""

from collections.abc import Iterator

import duckdb
import pytest

from metrics.incident_story import Story, incident_story
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened

AS_OF = utc("2026-11-30 12:00")
RULES = """
[[incident]]
presets = ["labels", "links"]
[incident.review]
priorities = ["P0"]
start_days = 2
debrief_days = 7
sections = ["trigger", "what did not*"]
[[priorities]]
label = { P0 = "P0" }
"""


@pytest.fixture(scope="module")
def con(opened: Opened) -> Iterator[duckdb.DuckDBPyConnection]:
    history = History()
    course = [
        ("09:10", "label", "+incident", "ana"), ("09:10", "label", "+P0", "ana"), ("09:20", "owner", "+ana", "ana"),
        ("10:00", "label", "+mitigated", "ana"), ("11:00", "comment", "All is well.", "bo"),
        ("12:00", "status", "closed", "ana"),
    ]  # fmt: skip
    history.ticket(1, "2026-11-02 09:00", *course, title="Mail is down")
    draft = (("10:00", "label", "+post-mortem", "ana"), ("10:00", "link", "+postmortem_of test/infra#1", "ana"))
    told = ("10:30", "comment", "+Trigger: a disk", "ana"), ("2026-11-05 10:00", "label", "+debrief held", "ana")
    history.ticket(2, "2026-11-03 09:00", *draft, *told)
    for number in (3, 4):
        closing = [("12:00", "status", "closed", "bo")] if number == 3 else []
        link = ("10:00", "link", "+action_of test/infra#1", "ana")
        history.ticket(number, "2026-11-06 09:00", link, *closing, title=f"Action {number}")
    history.ticket(5, "2026-11-02 09:00", title="No incident")
    history.ticket(6, "2026-11-28 09:00", ("09:10", "label", "+incident", "ana"))
    with opened(history.records, OFFICE.replace("[[priorities]]\n", "") + RULES) as con:
        yield con


def story(con: duckdb.DuckDBPyConnection, ticket: str = "infra#1", as_of: object = AS_OF) -> Story:
    found = incident_story(con, as_of=as_of, ticket=ticket)  # type: ignore[arg-type]
    assert found
    return found


def test_milestones_stand_in_order_with_the_deadlines_among_them(con: duckdb.DuckDBPyConnection) -> None:
    told = [(m.name, f"{m.happened_at:%d %H:%M}", m.is_deadline) for m in story(con).milestones]
    assert told == [
        ("opened", "02 09:00", False),
        ("detected", "02 09:00", False),
        ("acknowledged", "02 09:20", False),
        ("mitigated", "02 10:00", False),
        ("resolved", "02 12:00", False),
        ("postmortem_started", "03 10:00", False),
        ("start_due_at", "04 12:00", True),
        ("debrief_held", "05 10:00", False),
        ("debrief_due_at", "09 12:00", True),
    ]


def test_what_was_promised_and_what_became_of_it(con: duckdb.DuckDBPyConnection) -> None:
    told = story(con)
    assert told.review and told.review["verdict"] == "held" and told.review["missing_sections"] == '["what did not"]'
    assert told.sections == ("trigger", "what did not")
    assert told.items.select("key", "title", "verdict", "age_days").rows() == [
        ("infra#4", "Action 4", "open", pytest.approx(24 + 2 / 24)),
        ("infra#3", "Action 3", "done", pytest.approx(2 / 24)),
    ]
    assert told.deeds[0].actor == "asker" and told.deeds[-1].words == ("set status to closed",)


def test_it_is_found_by_its_id_and_by_its_key(con: duckdb.DuckDBPyConnection) -> None:
    assert story(con).ticket == story(con, "test/infra#1").ticket
    for name in ("infra#5", "infra#2", "nothing", "", "infra#1'; DROP TABLE ticket; --"):
        assert incident_story(con, as_of=AS_OF, ticket=name) is None


def test_what_comes_later_is_not_known_yet(con: duckdb.DuckDBPyConnection) -> None:
    """At half past ten it goes on, and nothing is due yet."""
    then = story(con, as_of=utc("2026-11-02 10:30"))
    assert then.course["is_ongoing"] and then.course["resolved_at"] is None
    names = ["opened", "detected", "acknowledged", "mitigated", "start_due_at", "debrief_due_at"]
    assert [milestone.name for milestone in then.milestones] == names
    assert then.items.is_empty()
    assert incident_story(con, as_of=utc("2026-11-02 09:05"), ticket="infra#1") is None


def test_an_incident_that_needs_no_review_has_none(con: duckdb.DuckDBPyConnection) -> None:
    told = story(con, "infra#6")
    assert told.review is None and told.course["is_ongoing"] and told.sections == ("trigger", "what did not")
