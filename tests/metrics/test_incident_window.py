"""What the incidents page shows, of a store that can be counted by hand."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from metrics.incident_window import IncidentWindow, incident_list, incident_window
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-18 12:00")  # Wednesday of the third week shown
WEEKS = tuple(Week.parse("2026-W47", "UTC").through(3))  # from Monday 2 November; before: from 12 October
RULES = """
[[incident]]
presets = ["labels", "links"]
[incident.review]
debrief_days = 7
action_days = 5
sections = ["trigger", "root cause"]
"""


def incident(history: History, number: int, opened: str, took: str, lasted: str | None = None) -> str:
    day = opened[:10]
    closing = [(f"{day} {lasted}", "status", "closed", "ana")] if lasted else []
    told = (opened, "label", "+incident", "ana"), (f"{day} {took}", "owner", "+ana", "ana")
    return history.ticket(number, opened, *told, *closing)


@pytest.fixture(scope="module")
def con(opened: Opened) -> Iterator[duckdb.DuckDBPyConnection]:
    """Incident 1 in the window before, 2 to 6 in it, 7 goes on; 8 is the document of 2, 9 and 10 are its actions."""
    history = History()
    incident(history, 1, "2026-10-13 09:00", "09:10", "10:00")
    for number in range(2, 7):
        incident(history, number, f"2026-11-0{number} 09:00", f"09:0{number}", f"1{number}:00")
    incident(history, 7, "2026-11-16 09:00", "09:07")
    draft = ("label", "+post-mortem", "ana"), ("link", "+postmortem_of test/infra#2", "ana")
    words, held = ("comment", "+# Trigger", "ana"), ("2026-11-09 11:00", "label", "+debrief held", "ana")
    history.ticket(8, "2026-11-03 09:00", *(("10:00", *told) for told in (*draft, words)), held)
    for number, owner in ((9, "ana"), (10, "bo")):
        link = (("10:00", "link", "+action_of test/infra#2", "ana"), ("10:00", "owner", f"+{owner}", "ana"))
        closing = [("2026-11-11 10:00", "status", "closed", "bo")] if number == 10 else []
        history.ticket(number, "2026-11-09 09:00", *link, *closing)
    with opened(history.records, OFFICE + RULES) as con:
        yield con


@pytest.fixture(scope="module")
def told(con: duckdb.DuckDBPyConnection) -> IncidentWindow:
    return window(con)


def window(con: duckdb.DuckDBPyConnection, **asked: Any) -> IncidentWindow:
    return incident_window(con, **{"as_of": AS_OF, "weeks": WEEKS, "queues": ("infra",)} | asked)


def test_figures_stand_beside_those_before(told: IncidentWindow) -> None:
    """The debrief of 1 fell due in the window before, on 20 October; those of 2 to 6 from 9 to 13 November."""
    tiles = {tile.name: (tile.shown, tile.shown_before, tile.n, tile.tone) for tile in told.tiles}
    assert tiles == {
        "incidents": ("6", "1", 6, "neutral"),
        "ongoing": ("1", "0", 1, "bad"),
        "debriefs": ("1 of 5", "0 of 1", 5, "neutral"),
        "overdue": ("5", "1", 5, "bad"),
        "open_items": ("1", "0", 1, "neutral"),
        "overdue_items": ("1", "0", 1, "bad"),
    }


def test_what_stood_when_the_window_began_is_told_as_it_was_known_then(history: History, open_store_of: Store) -> None:
    """On 2 November: 1 had ended, and came back later; of 2 a debrief was owed, until it turned out to be no incident;
    3 went on, and so it did until it turned out to be none."""
    back, none = ("2026-11-10 09:00", "status", "open", "ana"), ("2026-11-10 09:00", "label", "-incident", "ana")
    mark, closed = ("09:00", "label", "+incident", "ana"), ("2026-10-13 10:00", "status", "closed", "ana")
    history.ticket(1, "2026-10-13 09:00", mark, closed, back)
    history.ticket(2, "2026-10-13 09:00", mark, closed, none)
    history.ticket(3, "2026-10-13 09:00", mark, none)
    tiles = {tile.name: tile.shown_before for tile in window(open_store_of(history.records, OFFICE + RULES)).tiles}
    assert (tiles["ongoing"], tiles["overdue"]) == ("1", "2")


def test_distributions_have_percentiles_from_five_on(con: duckdb.DuckDBPyConnection, told: IncidentWindow) -> None:
    spreads = {spread.column: spread for spread in told.spreads}
    looked = spreads["to_acknowledge_seconds"]
    assert looked.seconds == (120.0, 180.0, 240.0, 300.0, 360.0, 420.0)
    assert (looked.median, looked.p85, looked.keys[0]) == (240.0, 420.0, "infra#2")
    assert spreads["to_mitigate_seconds"].seconds == () and spreads["to_mitigate_seconds"].median is None
    over = spreads["to_resolve_seconds"]
    assert (len(over.seconds), over.median, over.p85) == (5, 5 * 3600.0, 7 * 3600.0)
    few = window(con, weeks=WEEKS[1:])
    assert [(len(spread.seconds), spread.median) for spread in few.spreads] == [(1, None), (0, None), (0, None)]


def test_what_goes_on_is_shown_whenever_it_began(con: duckdb.DuckDBPyConnection) -> None:
    later = window(con, as_of=utc("2026-11-27 12:00"), weeks=tuple(Week.parse("2026-W48", "UTC").through(1)))
    assert later.incidents["key"].to_list() == ["infra#7"] and later.tiles[0].shown == "0"


def test_debriefs_of_the_window_and_every_one_outstanding(told: IncidentWindow) -> None:
    assert dict(told.debriefs.select("key", "verdict").rows()) == {
        "infra#1": "overdue", "infra#2": "held", **{f"infra#{n}": "overdue" for n in range(3, 7)},
    }  # fmt: skip
    assert told.missing.rows() == [("root cause", 1)]
    assert told.debrief_weeks["debriefs_overdue"].to_list() == [0, 4, 0]


def test_action_items_come_and_go(told: IncidentWindow) -> None:
    assert told.item_weeks.select("week", "opened", "closed", "open_items").rows() == [
        ("2026-W45", 0, 0, 0), ("2026-W46", 2, 1, 1), ("2026-W47", 0, 0, 1),
    ]  # fmt: skip
    assert told.owners.rows() == [("ana", 1, 1, 1, 0, 0, 0)]


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("incidents", [7, 6, 5, 4, 3, 2]),
        ("incidents@2026-W47", [7]),
        ("ongoing", [7]),
        ("debriefs", [2, 3, 4, 5, 6]),
        ("debriefs:held@2026-W46", [2]),
        ("debriefs:overdue@2026-W45", []),
        ("debriefs:outstanding", [1, 3, 4, 5, 6]),
        ("missing:root cause", [2]),
        ("missing:trigger", []),
        ("items:open", [9]),
        ("items:overdue", [9]),
        ("items:new@2026-W46", [9, 10]),
        ("items:closed@2026-W46", [10]),
        ("all", [7, 6, 5, 4, 3, 2]),
        ("reviewed", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_list_has_what_its_figure_counts(
    con: duckdb.DuckDBPyConnection, told: IncidentWindow, name: str, numbers: list[int]
) -> None:
    title, rows = told.chosen(name)
    listed = incident_list(con, as_of=AS_OF, name=name, title=title, rows=rows)
    assert listed.rows["key"].to_list() == [f"infra#{n}" for n in numbers]
    assert title and not any(column.endswith("_seconds") for column in listed.rows.columns)


def test_times_are_in_minutes_and_ages_in_days(con: duckdb.DuckDBPyConnection, told: IncidentWindow) -> None:
    [first] = incident_list(con, as_of=AS_OF, name="", title="", rows=told.incidents.tail(1)).rows.to_dicts()
    assert (first["to_acknowledge_minutes"], first["to_resolve_minutes"]) == (2.0, 180.0)
    [item] = incident_list(con, as_of=AS_OF, name="", title="", rows=told.chosen("items:open")[1]).rows.to_dicts()
    assert item["age_days"] == pytest.approx(9 + 2 / 24) and item["incident_keys"] == "infra#2"


@pytest.mark.parametrize("name", ["", "secrets", "incidents@soon", "../x"])
def test_a_name_that_no_figure_carries_is_refused(told: IncidentWindow, name: str) -> None:
    with pytest.raises(ValueError, match="names no list"):
        told.chosen(name)


def test_without_rules_nothing_is_an_incident(history: History, open_store_of: Store) -> None:
    incident(history, 1, "2026-11-03 09:00", "09:10")
    told = window(open_store_of(history.records, OFFICE))
    assert not told.has_rules and told.incidents.is_empty() and [tile.n for tile in told.tiles] == [0] * 6
