"""A made-up store of any size, straight into the tables: what the benchmarks of the metrics ask.

Eight queues in three trackers, answered by five teams in three zones, over the three years until END. Some thirteen
events a ticket: opened, triaged, owned, worked on, waited for, moved, closed, reopened, gone; one ticket of five
hundred is an incident, followed by its post-mortem and action items. The same size and seed make the same rows.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

import settings
from benchmarks.synthetic.events import events_of
from benchmarks.synthetic.lives import lives, tickets_of
from benchmarks.synthetic.organisation import SETTINGS, people_rows
from ingest import policies
from ingest.store import writing

END = datetime.fromisoformat("2026-11-16")  # UTC without a zone, as in the store
BEGIN = END - timedelta(days=3 * 365)
CHUNK = 100_000  # tickets made at once


def build(path: Path, tickets: int = 1_000_000, seed: int = 2026, **publishing: Any) -> None:
    """A store of so many tickets at `path`, where there is none yet; `publishing` goes to ingest.store.writing."""
    with writing(path, **publishing) as con:
        policies.apply(con, settings.parse(SETTINGS, "the made-up organisation"))
        for table, rows in people_rows(BEGIN, END).items():
            _insert(con, table, rows)
        for first in range(0, tickets, CHUNK):
            numbers = np.arange(first, min(first + CHUNK, tickets))
            made_up = lives(numbers, tickets, BEGIN, END, np.random.default_rng([seed, first]))
            _insert(con, "ticket", tickets_of(made_up))
            gone = made_up.filter(pl.col("gone") < END).select("ticket_id", gone_at="gone", reason=pl.lit("deleted"))
            _insert(con, "gone", gone)
            _insert(con, "event", events_of(made_up, END))


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    con.register("made_up_rows", rows)
    con.execute(f"INSERT INTO {table} BY NAME FROM made_up_rows")
    con.unregister("made_up_rows")
