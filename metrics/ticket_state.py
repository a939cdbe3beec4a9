"""How every ticket stood at an instant, replayed from its events alone.

Counts: tickets opened before the instant and not gone by then.
Ignores: what a tracker shows today; pull requests, which are never stored.
Clock: none.
Undefined: the stage of a ticket whose status or column the stage map does not name; the queue of one that is in none.
"""

from datetime import datetime

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures
from metrics.columns import Queues, ask, queue_names
from metrics.instants import parse_instant

_ROWS = """
WITH held AS (
    SELECT ticket_id,
        coalesce(list(value ORDER BY value) FILTER (field = 'label'), []) AS labels,
        coalesce(list(coalesce(login, value) ORDER BY coalesce(login, value)) FILTER (field = 'owner'), []) AS owners
    FROM spell($as_of) LEFT JOIN actor ON field = 'owner' AND account_id = value
    WHERE field IN ('label', 'owner') AND until_at IS NULL GROUP BY ticket_id
)
SELECT ticket_id, key, queue, is_open, status, stage, priority, to_json(coalesce(held.owners, [])) AS owners,
    to_json(coalesce(held.labels, [])) AS labels, opened_at, closed_at
FROM (
    SELECT t.ticket_id, t.key, nullif(q.queue, '') AS queue, o.is_open, status.value AS status, s.stage, p.priority,
        t.opened_at, CASE WHEN NOT o.is_open THEN o.from_at END AS closed_at
    FROM live_ticket($as_of) AS t
    JOIN queue_of($as_of) AS q USING (ticket_id)
    LEFT JOIN (FROM spell($as_of) WHERE field = 'status' AND until_at IS NULL) AS status USING (ticket_id)
    LEFT JOIN (FROM open_spell($as_of) WHERE until_at IS NULL) AS o USING (ticket_id)
    LEFT JOIN (FROM stage_spell($as_of) WHERE until_at IS NULL) AS s USING (ticket_id)
    LEFT JOIN (FROM priority_spell($as_of) WHERE until_at IS NULL) AS p USING (ticket_id)
    WHERE $queues IS NULL OR list_contains($queues, q.queue)
) LEFT JOIN held USING (ticket_id)
ORDER BY opened_at, ticket_id
"""
# One fact tells queue and stage together; few tickets are open.
_COUNTS = """
SELECT nullif(s.queue, '') AS queue, nullif(s.stage, '') AS stage,
    count(*) AS tickets, count(o.ticket_id) AS open_tickets
FROM (SELECT ticket_id, queue, stage FROM stage_stay($as_of) WHERE until_at IS NULL) AS s
LEFT JOIN (SELECT ticket_id FROM open_spell($as_of) WHERE until_at IS NULL AND is_open) AS o USING (ticket_id)
WHERE $queues IS NULL OR list_contains($queues, s.queue)
GROUP BY ALL ORDER BY 1, 2
"""


def ticket_state(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None
) -> duckdb.DuckDBPyRelation:
    """One row per ticket that exists at as_of.

    ticket_id, key, queue, is_open, status, stage, priority, owners, labels, opened_at, closed_at; owners
    (logins) and labels are sorted JSON arrays.
    """
    return ask(con, _ROWS, as_of=parse_instant(as_of), queues=queue_names(queue))


def summary(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None) -> pl.DataFrame:
    """One row per queue and stage: tickets, open_tickets."""
    return ask(con, _COUNTS, as_of=parse_instant(as_of), queues=queue_names(queue)).pl()


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """How many tickets stand in each stage, open and closed."""
    columns = "coalesce(stage, 'not mapped') AS stage, coalesce(is_open, true) AS is_open, count(*) AS tickets"
    counts = rows.aggregate(columns).order("stage").pl()
    bars = [
        {
            "type": "bar",
            "name": name,
            "x": counts.filter(is_open=is_open)["stage"].to_list(),
            "y": counts.filter(is_open=is_open)["tickets"].to_list(),
            "texttemplate": "%{y}",
            "textposition": "outside",
            "cliponaxis": False,
        }
        for name, is_open in (("open", True), ("closed", False))
    ]
    return figures.drawn(
        bars,
        question="How did every ticket stand at an instant?",
        x="Stage",
        y="Tickets (count)",
        n=int(counts["tickets"].sum()),
        counted="tickets",
        layout={"barmode": "group", "xaxis": _IN_ORDER},
    )


_IN_ORDER = {"categoryorder": "array", "categoryarray": ["new", "triaged", "active", "waiting", "done", "not mapped"]}
