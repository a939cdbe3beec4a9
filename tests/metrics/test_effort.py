"""What tickets took, of a store that carries its facts."""

from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given

import metrics
from metrics.effort import effort
from tests.conftest import History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, WORLD, histories, instants, naive
from tests.metrics.test_facts import told
from tests.metrics.wip_oracle import ACTIONS


def test_a_ticket_is_told_of_once_and_only_if_it_was_opened_in_the_window(history: History, tmp_path: Path) -> None:
    """Asked in the very second of its last event, and just after it."""
    for number, opened in enumerate(("08:59:59", "09:00", "09:59:59", "10:00")):
        history.ticket(number, f"2026-11-02 {opened}", ("12:00", "effort", "30", "ana"))
    con = metrics.open_store(told(tmp_path / "settled.duckdb", history.records))
    since, until = (utc(f"2026-11-02 {clock}").replace(tzinfo=None) for clock in ("09:00", "10:00"))
    for second, taken in ((0, []), (1, [("test/infra#1", 1800.0), ("test/infra#2", 1800.0)])):
        rows = effort(con, utc(f"2026-11-02 12:00:0{second}").replace(tzinfo=None), since, until)
        assert sorted(rows.select("ticket_id", "effort_seconds").rows()) == taken
    con.close()


@EXAMPLES
@given(history=histories(actions=ACTIONS), as_of=instants(), since=instants())
def test_a_window_tells_of_its_tickets_what_all_time_does(
    opened: Opened, history: History, as_of: datetime, since: datetime
) -> None:
    begin, end = naive(since), naive(since + timedelta(days=3))
    with opened(history.records, WORLD) as con:
        every = effort(con, naive(as_of), None, None)
        windowed = effort(con, naive(as_of), begin, end)
        within = "SELECT ticket_id FROM store.ticket WHERE opened_at >= $begin AND opened_at < $end"
        inside = {ticket for (ticket,) in con.execute(within, {"begin": begin, "end": end}).fetchall()}
    wanted = [row for row in every.rows() if row[0] in inside]
    assert sorted(windowed.rows(), key=str) == sorted(wanted, key=str)
