"""What tickets took, of a store that carries its facts."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given

import metrics
import settings
from metrics.toil import toil
from tests.conftest import History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, WORLD, histories, instants, naive
from tests.metrics.test_facts import PRACTICES, told
from tests.metrics.wip_oracle import ACTIONS

_TAKEN = "ticket_id, effort_seconds, has_effort_recorded, people, names"


def test_a_ticket_is_told_of_once_and_only_if_it_was_opened_in_the_window(history: History, tmp_path: Path) -> None:
    """Asked in the very second of its last event, and just after it."""
    for number, opened in enumerate(("08:59:59", "09:00", "09:59:59", "10:00")):
        history.ticket(number, f"2026-11-02 {opened}", ("12:00", "effort", "30", "ana"))
    con = metrics.open_store(told(tmp_path / "settled.duckdb", history.records))
    window = {"since": utc("2026-11-02 09:00"), "until": utc("2026-11-02 10:00")}
    for second, taken in ((0, None), (1, 1800.0)):
        rows = toil(con, as_of=utc(f"2026-11-02 12:00:0{second}"), **window)
        assert sorted(rows.project("ticket_id, effort_seconds").fetchall()) == [
            ("test/infra#1", taken),
            ("test/infra#2", taken),
        ]
    con.close()


@pytest.mark.parametrize("rule", ['title = "full"', 'text = "full"'])
def test_of_a_ticket_that_is_active_still_the_instant_tells_how_long(
    history: History, tmp_path: Path, rule: str
) -> None:
    """Nothing has happened to it since: what it took grows by the working time that passes, after the spell before;
    not so where work is recorded. By rules that read descriptions, kinds are no facts, and what tickets took is."""
    said = settings.parse(WORLD + PRACTICES.replace('title = "full"', rule), "the world")
    begun = [("10:00", "column", "In progress", "ana")]
    again = [*begun, ("11:00", "column", "Waiting", "ana"), ("12:00", "column", "In progress", "ana")]
    history.ticket(1, "2026-10-28 09:00", *begun)
    history.ticket(2, "2026-10-28 09:00", *again)
    history.ticket(3, "2026-10-28 09:00", *again, ("12:30", "effort", "30", "ana"))
    con = metrics.open_store(told(tmp_path / "settled.duckdb", history.records, said))
    for clock, hours in (("13:00", (3.0, 2.0, 0.5)), ("14:00", (4.0, 3.0, 0.5))):
        rows = toil(con, as_of=utc(f"2026-10-28 {clock}")).project("ticket_id, effort_seconds / 3600").fetchall()
        assert [taken for _, taken in sorted(rows)] == list(hours)
    con.close()


@EXAMPLES
@given(history=histories(actions=ACTIONS), as_of=instants(), since=instants())
def test_a_window_tells_of_its_tickets_what_all_time_does(
    opened: Opened, history: History, as_of: datetime, since: datetime
) -> None:
    begin, end = naive(since), naive(since + timedelta(days=3))
    with opened(history.records, WORLD + PRACTICES) as con:
        every = toil(con, as_of=as_of).project(f"{_TAKEN}, opened_at").fetchall()
        windowed = toil(con, as_of=as_of, since=since, until=since + timedelta(days=3)).project(_TAKEN).fetchall()
    wanted = [row[:-1] for row in every if begin <= row[-1] < end]
    assert sorted(windowed, key=str) == sorted(wanted, key=str)
