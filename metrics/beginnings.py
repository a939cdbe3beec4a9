"""Before which instant nothing can have happened to some tickets: told that, DuckDB leaves out what came before.

What happens to a ticket happens from its opening on, but for a few (`fact.early`) whose tracker tells of something
earlier: where one of those is asked about, nothing can be left out. The store and its facts lie in the order of time.
"""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from metrics.recent import ask_about

_ALWAYS = datetime(1, 1, 1)  # noqa: DTZ001 - instants in the store are UTC without a zone
_FIRST = """
SELECT CASE WHEN EXISTS (FROM fact.early WHERE list_contains($tickets, ticket_id)) THEN NULL ELSE min(t.opened_at) END
FROM fact.ticket AS t SEMI JOIN (SELECT unnest($tickets) AS ticket_id) USING (ticket_id)
"""


def first_of(con: duckdb.DuckDBPyConnection, tickets: Sequence[str]) -> datetime:
    """Before this, nothing happened to any of these tickets."""
    [(first,)] = ask_about(con, tickets, _FIRST).fetchall()
    return first or _ALWAYS
