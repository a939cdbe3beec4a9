"""Who handed tickets over to whom, and from which queue to which they moved: a fact of the store.

Whether somebody, or a queue, had a ticket before is told by what came before; so the history at an instant is the
beginning of the whole.
"""

from pathlib import Path

import duckdb

from metrics import outcomes
from metrics.columns import written

_FILES = [Path(__file__).with_name(name) for name in ("ownership.sql", "hand_overs.sql")]
CODE = (Path(__file__), *_FILES)
HELD, _PASSED = (file.read_text(encoding="utf-8") for file in _FILES)
# With one owner, in one queue, nothing was ever handed over.
_SEVERAL = """
SELECT ticket_id FROM spell($as_of) WHERE field = 'owner' GROUP BY ticket_id HAVING count(*) > 1
UNION ALL
SELECT ticket_id FROM queue_span($as_of) WHERE queue <> '' GROUP BY ticket_id HAVING count(*) > 1
"""
_KNOWN = "(FROM fact.hand_over ANTI JOIN unborn($as_of) USING (ticket_id) WHERE occurred_at < $as_of)"


def keep(con: duckdb.DuckDBPyConnection) -> None:
    """Make the fact of the tickets in `fact.subject`, as a table of this connection."""
    rows = written(held(_SEVERAL) + _PASSED, as_of=outcomes.FOREVER)
    con.execute(f"CREATE OR REPLACE TABLE fact.hand_over AS {rows}")


def told(con: duckdb.DuckDBPyConnection) -> str:
    """What was handed over before as_of, as a relation for SQL: ticket_id, kind (owner, or queue for a move), queue (it
    was in afterwards), occurred_at, from_name, to_name, is_return."""
    return _KNOWN if outcomes.are_kept(con) else f"({held(_SEVERAL)}{_PASSED})"


def held(tickets: str) -> str:
    """Who held these tickets when, as the beginning of a query."""
    return HELD.replace("/* concerned */", tickets)
