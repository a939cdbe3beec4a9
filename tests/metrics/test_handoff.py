"""What is handed over, pinned on one small week; and the words for what is not configured."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import metrics
from metrics.handoff import Handoff, due_before, handoff, handoff_tickets
from metrics.weeks import Week
from tests.conftest import OFFICE, History, built, utc
from tests.metrics.handoff_world import UNTIL, WORLD, told

AS_OF = utc(UNTIL)


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.mktemp("handoff") / "store.duckdb"
    con = metrics.open_store(built(path, told(History()).records, WORLD, UNTIL))
    yield con
    con.close()


@pytest.fixture(scope="module")
def monday(con: duckdb.DuckDBPyConnection) -> Handoff:
    return handoff(con, as_of=AS_OF, team="infra")


def keys(found: Handoff, name: str) -> list[str]:
    return [key.removeprefix("infra#") for key in found.rows[name].rows["key"]]


def test_it_is_the_last_complete_week_and_who_changes(monday: Handoff) -> None:
    assert (monday.week.name, monday.queues, monday.due_day) == ("2026-W45", ("infra",), "Wed 11 Nov")
    assert monday.role is not None and monday.role.queues == ("access", "infra")
    assert monday.handover is not None
    assert (monday.handover.outgoing, monday.handover.incoming) == (("Ana",), ("Bo",))


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("due", ["1"]),
        ("late", ["5", "3", "6", "2"]),
        ("promised", ["3"]),
        ("waiting", ["4"]),
        ("answer", ["6"]),
        ("silent", ["2"]),
        ("dead", ["2"]),
        ("theirs", ["2"]),
        ("unowned", ["4", "5"]),
        ("open", ["2", "3", "4", "6", "5", "1"]),
        ("incidents", ["5"]),
        ("new", ["1", "6", "4"]),
    ],
)
def test_each_part_lists_what_it_says(monday: Handoff, name: str, listed: list[str]) -> None:
    assert keys(monday, name) == listed
    assert monday.parts[name].unconfigured is None and monday.rows[name].count == len(listed)


def test_rows_say_what_put_them_there(monday: Handoff) -> None:
    [due] = monday.rows["due"].rows.to_dicts()
    assert (due["policy"], due["due_at"], due["left_working_seconds"]) == (
        "Triage", utc("2026-11-09 12:00").replace(tzinfo=None), 3 * 3600,
    )  # fmt: skip
    [waits] = monday.rows["waiting"].rows.to_dicts()
    assert waits["waits_for"] == "asker" and waits["since_at"] == utc("2026-11-03 10:00").replace(tzinfo=None)
    [promised] = monday.rows["promised"].rows.to_dicts()
    assert promised["eta_at"] == utc("2026-11-13").replace(tzinfo=None) and not promised["is_past_due"]
    assert monday.rows["incidents"].rows["state"].to_list() == ["going on"]
    assert set(monday.rows["new"].rows["lacks"]) == {"priority"}


def test_tiles_stand_beside_the_week_before(monday: Handoff) -> None:
    told = {tile.name: (tile.shown, tile.shown_before, tile.target, tile.tone) for tile in monday.tiles}
    assert told == {
        "open": ("6", "1", None, "neutral"),
        "unowned": ("2", "0", "0", "bad"),
        "due": ("1", "0", None, "neutral"),
        "late": ("4", "1", "0", "bad"),
        "silent": ("1", "1", "0", "bad"),
        "promised": ("1", "0", None, "good"),
        "incidents": ("1", "0", None, "bad"),
        "new": ("50 % of 6", "–", "all", "bad"),
    }
    assert all(tile.n == monday.parts[tile.rows].total for tile in monday.tiles)


def test_what_was_warm_a_week_before_is_told_as_it_was_known_then(tmp_path: Path) -> None:
    """What turned out since to be no incident was one then."""
    history, mark = told(History()), ("10:00", "label", "+incident", "ana")
    history.ticket(20, "2026-10-05 09:00", mark, ("2026-11-05 09:00", "label", "-incident", "ana"))
    history.ticket(21, "2026-10-05 09:00", mark, ("2026-10-27 09:00", "status", "closed", "ana"))
    history.ticket(22, "2026-10-05 09:00", mark, ("2026-10-26 07:59", "status", "closed", "ana"))
    with metrics.open_store(built(tmp_path / "store.duckdb", history.records, WORLD, UNTIL)) as con:
        found = handoff(con, as_of=AS_OF, team="infra")
    assert (keys(found, "incidents"), found.incidents.before) == (["5"], 2)


def test_the_checklist_counts_every_check(monday: Handoff) -> None:
    new = monday.checklist
    assert [(check.name, check.kept, check.tickets) for check in new.checks] == [("title", 6, 6), ("priority", 3, 6)]
    assert (new.tickets, new.complete) == (6, 3)


def test_the_load_stands_beside_the_usual_and_the_share_expected(monday: Handoff) -> None:
    assert monday.load is not None
    [shift] = monday.load.shifts
    measures = {measure.name: (measure.value, measure.usual) for measure in shift.measures}
    assert (shift.person, shift.is_running) == ("Ana", False)
    assert measures["arrivals"] == (7, None), "of both queues; and one shift has no usual one"
    ana, bo = monday.load.shares
    assert (ana.person, ana.carried, ana.expected) == ("Ana", 1.0, 0.5)
    assert (bo.person, bo.carried, bo.expected) == ("Bo", 0.0, 0.5)


def test_the_whole_role_and_one_queue(con: duckdb.DuckDBPyConnection) -> None:
    assert handoff(con, as_of=AS_OF, team="infra", is_whole_role=True).queues == ("access", "infra")
    assert handoff(con, as_of=AS_OF, team="infra", queue="infra", is_whole_role=True).queues == ("infra",)


def test_more_rows_are_fetched_by_their_ids(con: duckdb.DuckDBPyConnection, monday: Handoff) -> None:
    ids = monday.ids("open", 2)
    tickets = handoff_tickets(con, as_of=AS_OF, ticket_ids=ids)
    assert monday.all_rows("open", tickets, 2).rows["ticket_id"].to_list() == list(ids)
    with pytest.raises(ValueError, match="names no list"):
        monday.ids("<b>", 1)


@pytest.mark.parametrize(("asked", "complaint"), [({"team": "x"}, "no team 'x'"), ({"role": "x"}, "no role 'x'")])
def test_what_is_not_known_is_refused(con: duckdb.DuckDBPyConnection, asked: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        handoff(con, as_of=AS_OF, **{"team": "infra", **asked})


def test_another_week_is_told_by_its_own_change(con: duckdb.DuckDBPyConnection) -> None:
    found = handoff(con, as_of=AS_OF, team="infra", week=Week.parse("2026-W46", "UTC"))
    assert found.handover is not None
    assert (found.handover.outgoing, found.handover.incoming) == (("Bo",), ())


@pytest.mark.parametrize(
    ("as_of", "zone", "ends"),
    [
        ("2026-11-09 08:00", "UTC", "2026-11-12 00:00"),
        ("2026-11-11 23:59", "UTC", "2026-11-12 00:00"),
        ("2026-11-12 00:00", "UTC", "2026-11-19 00:00"),
        ("2026-11-12 00:00", "America/Los_Angeles", "2026-11-12 08:00"),
    ],
)
def test_wednesday_ends_on_the_teams_clocks(as_of: str, zone: str, ends: str) -> None:
    assert due_before(utc(as_of), zone) == utc(ends)


def test_without_settings_everything_is_grey_and_says_what_to_write(
    history: History, store_of: Callable[..., Path]
) -> None:
    history.ticket(1, "2026-11-02 09:00")
    bare = OFFICE.replace('presets = ["github", "github-labels"]', 'status = { open = "new" }')
    con = metrics.open_store(store_of(history.records, bare, UNTIL))
    found = handoff(con, as_of=AS_OF, team="infra")
    con.close()
    assert (found.role, found.roles, found.handover, found.load) == (None, (), None, None)
    grey = {"due", "late", "silent", "dead", "promised", "waiting", "incidents", "new"}
    assert {name for name, part in found.parts.items() if part.unconfigured} == grey
    assert all(tile.tone == "unknown" and tile.shown == "–" for tile in found.tiles if tile.rows in grey)


@pytest.mark.parametrize(("as_of", "is_known"), [("2026-11-03 10:00", False), ("2026-11-03 10:01", True)])
def test_no_promised_dates_mean_something_once_a_ticket_that_was_there_had_one(
    history: History, store_of: Callable[..., Path], as_of: str, is_known: bool
) -> None:
    history.ticket(
        1, "2026-11-02 09:00", ("10:00", "queue", "access", "ana"), ("2026-11-03 10:00", "eta", "2026-11-20", "ana")
    )
    with metrics.open_store(store_of(history.records, OFFICE, UNTIL)) as con:
        found = handoff(con, as_of=utc(as_of), team="infra")
    assert (found.parts["promised"].unconfigured is None) is is_known


def test_what_happens_later_changes_nothing(con: duckdb.DuckDBPyConnection, monday: Handoff) -> None:
    early = handoff(con, as_of=utc("2026-11-04 00:00"), team="infra", week=monday.week)
    assert keys(early, "open") == ["2", "3", "4"] and keys(early, "answer") == []
