"""The clocks of the promises, each with the goal that judges it: the rows `metrics.slo` gives a verdict on.

Clocks of configured milestones are found here; the others are the relation `clock` of clocks.sql.
"""

from datetime import datetime
from typing import Literal

import duckdb
import polars as pl

from metrics import policies
from metrics.columns import ask

_MILESTONES = """
WITH happened AS (SELECT *, $clock AS version FROM happening($as_of)),
told AS MATERIALIZED (FROM milestone_told('happened', $as_of))
SELECT $clock AS clock, t.ticket_id, s.queue, 1 AS cycle, begun.started_at, (
        SELECT min(d.happened_at) FROM told AS d
        WHERE d.ticket_id = t.ticket_id AND d.milestone = 'stop' AND d.happened_at >= begun.started_at
    ) AS met_at, NULL::TIMESTAMP AS withdrawn_at
FROM live_ticket($as_of) AS t
JOIN first_stay($as_of) AS s USING (ticket_id)
JOIN (
    SELECT ticket_id, min(happened_at) AS started_at FROM told WHERE milestone = 'start' GROUP BY ticket_id
) AS begun USING (ticket_id)
"""

# The version is the one in force when the clock started, or the one in force at $as_of, as $version_of says. The goal
# is the first that matches the ticket as it was when the clock was met, or is now: a change of priority carries the
# elapsed time over to the new goal. A clock that was withdrawn, and a gap between updates, is judged by the ticket as
# it was just before: what cut it short belongs to the next one.
_GOALS = """
WITH started AS (
    SELECT k.* REPLACE (p.kind AS clock), p.policy, p.version, p.pauses, p.objective, p.ordinal AS policy_ordinal,
        v.version AS calendar, coalesce(k.met_at, k.withdrawn_at, $as_of) AS judged_at,
        CASE WHEN k.clock <> 'update' AND k.met_at IS NOT NULL THEN k.met_at
            ELSE greatest(k.started_at, coalesce(k.met_at, k.withdrawn_at, $as_of) - INTERVAL 1 microsecond)
        END AS described_at
    FROM clock_rows AS k
    JOIN slo_policy AS p ON p.clock = k.clock AND p.queue = k.queue
        AND CASE $version_of WHEN 'start' THEN k.started_at ELSE $as_of END >= p.valid_from
        AND CASE $version_of WHEN 'start' THEN k.started_at ELSE $as_of END < p.valid_until
    LEFT JOIN queue_calendar AS c ON c.queue = k.queue
    LEFT JOIN calendar_version AS v ON v.calendar = coalesce(p.calendar, c.calendar)
        AND CASE $version_of WHEN 'start' THEN k.started_at ELSE $as_of END >= v.valid_from
        AND CASE $version_of WHEN 'start' THEN k.started_at ELSE $as_of END < v.valid_until
),
labelled AS (
    SELECT s.ticket_id, s.clock, s.policy, s.cycle, s.queue, list(DISTINCT lower(l.value)) AS labels
    FROM started AS s
    JOIN spell($as_of) AS l ON l.ticket_id = s.ticket_id AND l.field = 'label'
        AND l.from_at <= s.described_at AND (l.until_at IS NULL OR l.until_at > s.described_at)
    GROUP BY ALL
),
-- The type as last seen only where the tracker tells of no change.
typed AS (
    SELECT ticket_id, occurred_at AS from_at, arg_max_null(new, seq) AS type
    FROM known_event($as_of) WHERE field = 'type' GROUP BY ticket_id, occurred_at
),
described AS (
    SELECT s.*, coalesce(l.labels, []) AS labels, t.key, p.priority,
        CASE WHEN y.ticket_id IS NULL THEN t.type ELSE y.type END AS type
    FROM started AS s
    JOIN live_ticket($as_of) AS t USING (ticket_id)
    LEFT JOIN labelled AS l USING (ticket_id, clock, policy, cycle, queue)
    ASOF LEFT JOIN (FROM priority_spell($as_of) WHERE until_at IS DISTINCT FROM from_at) AS p
        ON p.ticket_id = s.ticket_id AND s.described_at >= p.from_at
    ASOF LEFT JOIN typed AS y ON y.ticket_id = s.ticket_id AND s.described_at >= y.from_at
)
SELECT d.* EXCLUDE (labels), g.within, g.inside, g.outside, g.next_day, o.is_open,
    CASE WHEN NOT o.is_open THEN o.from_at END AS closed_at
FROM described AS d
JOIN slo_goal AS g ON g.version = d.version
    AND (len(g.priorities) = 0 OR list_contains(g.priorities, d.priority))
    AND (len(g.labels) = 0 OR list_has_any(list_transform(g.labels, lambda l: lower(l)), d.labels))
    AND (len(g.types) = 0 OR list_contains(g.types, d.type))
LEFT JOIN (FROM open_spell($as_of) WHERE until_at IS NULL) AS o ON o.ticket_id = d.ticket_id
WHERE $queues IS NULL OR list_contains($queues, d.queue)
QUALIFY row_number() OVER (PARTITION BY d.ticket_id, d.policy, d.clock, d.queue, d.cycle ORDER BY g.ordinal) = 1
ORDER BY d.policy_ordinal, d.started_at, d.ticket_id, d.cycle
"""

_PAUSES = """
SELECT ticket_id, from_at, until_at FROM stage_spell($as_of)
WHERE stage = 'waiting' AND until_at IS DISTINCT FROM from_at
ORDER BY ticket_id, from_at
"""


def goals(
    con: duckdb.DuckDBPyConnection,
    clock_rows: pl.DataFrame,
    as_of: datetime,
    queues: list[str] | None,
    version_of: Literal["start", "as_of"],
) -> pl.DataFrame:
    """One row per clock that a promise covers: the clock, its policy version, its goal and its calendar."""
    con.register("clock_rows", clock_rows)
    try:
        return ask(con, _GOALS, as_of=as_of, queues=queues, version_of=version_of).pl()
    finally:
        con.unregister("clock_rows")


def clocks(con: duckdb.DuckDBPyConnection, as_of: datetime) -> pl.DataFrame:
    """Every clock that any promise may speak of: clock, ticket_id, queue, cycle, started_at, met_at, withdrawn_at."""
    configured = [
        ask(con, _MILESTONES, as_of=as_of, clock=version.key).pl()
        for group in policies.versions(con, "slo", by_name=True)
        for version in group
        if version.definition["stop"]
    ]
    return pl.concat([ask(con, "FROM clock($as_of)", as_of=as_of).pl(), *configured], how="vertical_relaxed")


def pauses(con: duckdb.DuckDBPyConnection, as_of: datetime) -> pl.DataFrame:
    """When each ticket waited: ticket_id, from_at, until_at (null while it does)."""
    return ask(con, _PAUSES, as_of=as_of).pl()
