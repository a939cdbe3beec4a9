"""What tickets took, of a store that carries its facts."""

from pathlib import Path

import metrics
from metrics.effort import effort
from tests.conftest import History, utc
from tests.metrics.test_facts import told


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
