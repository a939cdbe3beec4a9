"""The clocks of the promises, each with every version of the goal that may judge it.

Clocks of configured milestones are found here; the others are the relation `clock` of as_of.sql.
"""

from datetime import datetime

import duckdb
import polars as pl

from metrics import policies, recent
from metrics.columns import ask

_MILESTONES = """
WITH /* chosen */,
happened AS (
    SELECT *, $clock AS version FROM happening_in('chosen_ticket', 'chosen_event', 'chosen_open', $as_of)
),
told AS MATERIALIZED (FROM milestone_told('happened', $as_of))
SELECT $clock AS clock, t.ticket_id, s.queue, 1 AS cycle, begun.started_at, (
        SELECT min(d.happened_at) FROM told AS d
        WHERE d.ticket_id = t.ticket_id AND d.milestone = 'stop' AND d.happened_at >= begun.started_at
    ) AS met_at, NULL::TIMESTAMP AS withdrawn_at
FROM chosen_ticket AS t
JOIN first_stay($as_of) AS s USING (ticket_id)
JOIN (
    SELECT ticket_id, min(happened_at) AS started_at FROM told WHERE milestone = 'start' GROUP BY ticket_id
) AS begun USING (ticket_id)
WHERE t.opened_at < $as_of
"""

# Each clock once for every regime (policy and calendar version) from the one in force when it started on. The goal is
# the first that matches the ticket as it was when the clock was met, or is now: a change of priority carries the
# elapsed time over to the new goal. A clock that was withdrawn, and a gap between updates, is judged by the ticket as
# it was just before: what cut it short belongs to the next one.
_GOALS = """
WITH started AS MATERIALIZED (
    SELECT row_number() OVER () AS place,
        k.* REPLACE (r.kind AS clock), r.policy, r.version, r.pauses, r.ordinal AS policy_ordinal,
        r.calendar_version AS calendar, r.from_at AS regime_from_at, r.until_at AS regime_until_at,
        k.started_at >= r.from_at AS is_start,
        coalesce(k.met_at, k.withdrawn_at, $as_of) AS judged_at,
        CASE WHEN k.clock <> 'update' AND k.met_at IS NOT NULL THEN k.met_at
            ELSE greatest(k.started_at, coalesce(k.met_at, k.withdrawn_at, $as_of) - INTERVAL 1 microsecond)
        END AS described_at
    FROM clock_rows AS k
    JOIN slo_regime AS r ON r.clock = k.clock AND r.queue = k.queue
        AND k.started_at < r.until_at AND r.from_at <= $as_of
),
-- What a goal asks about is looked up for the place alone: with all that is known of a clock, its rows are long.
asked AS (SELECT place, ticket_id, version, described_at FROM started),
labelled AS (
    SELECT a.place, list(DISTINCT lower(l.value)) AS labels
    FROM asked AS a
    JOIN (FROM spell($as_of) {among} WHERE field = 'label' AND lower(value) IN (FROM goal_label)) AS l
        ON l.ticket_id = a.ticket_id AND l.from_at <= a.described_at
            AND (l.until_at IS NULL OR l.until_at > a.described_at)
    GROUP BY a.place
),
-- What lasts ends in the far future: an outer join that asks for either compares each with each.
ranked AS (
    SELECT ticket_id, priority, from_at, coalesce(until_at, TIMESTAMP '9999-12-31') AS until_at
    FROM priority_spell($as_of) {among}
),
-- The type as last seen only where the tracker tells of no change.
typed AS (
    SELECT ticket_id, occurred_at AS from_at, arg_max_null(new, seq) AS type,
        lead(occurred_at, 1, TIMESTAMP '9999-12-31') OVER (PARTITION BY ticket_id ORDER BY occurred_at) AS until_at
    FROM fact.event {among} WHERE field = 'type' AND occurred_at < $as_of GROUP BY ticket_id, occurred_at
),
described AS (
    SELECT a.place, a.version, coalesce(l.labels, []) AS labels, p.priority,
        CASE WHEN y.ticket_id IS NULL THEN t.type ELSE y.type END AS type
    FROM asked AS a
    JOIN fact.ticket AS t USING (ticket_id)
    LEFT JOIN labelled AS l USING (place)
    LEFT JOIN ranked AS p ON p.ticket_id = a.ticket_id AND a.described_at >= p.from_at AND a.described_at < p.until_at
    LEFT JOIN typed AS y ON y.ticket_id = a.ticket_id AND a.described_at >= y.from_at AND a.described_at < y.until_at
),
matched AS (
    SELECT d.place, any_value(d.priority) AS priority, min(g.ordinal) AS ordinal
    FROM described AS d
    JOIN slo_goal AS g ON g.version = d.version
        AND (len(g.priorities) = 0 OR list_contains(g.priorities, d.priority))
        AND (len(g.labels) = 0 OR list_has_any(list_transform(g.labels, lambda l: lower(l)), d.labels))
        AND (len(g.types) = 0 OR list_contains(g.types, d.type))
    GROUP BY d.place
)
SELECT s.* EXCLUDE (place), t.key, m.priority, g.within, g.inside, g.outside, g.next_day, o.is_open,
    CASE WHEN NOT o.is_open THEN o.from_at END AS closed_at, e.last_at
FROM started AS s
JOIN matched AS m USING (place)
JOIN slo_goal AS g ON g.version = s.version AND g.ordinal = m.ordinal
JOIN fact.ticket AS t USING (ticket_id)
LEFT JOIN (FROM open_spell($as_of) {among} WHERE until_at IS NULL) AS o USING (ticket_id)
JOIN fact.life AS e USING (ticket_id)
"""

# What clocks are found in: `chosen_ticket`, `chosen_event` and `chosen_open`.
_CHOSEN = ", ".join(
    f"chosen_{name} AS (FROM fact.{table} {{among}})"
    for name, table in {"ticket": "ticket", "event": "event", "open": "open_spell"}.items()
)
_PAUSES = """
SELECT ticket_id, from_at, until_at FROM stage_spell($as_of) {among}
WHERE stage = 'waiting' AND until_at IS DISTINCT FROM from_at
ORDER BY ticket_id, from_at
"""
_CLOCKS = "FROM clock($as_of) {among} WHERE clock IN (SELECT clock FROM slo_policy)"


def goals(
    con: duckdb.DuckDBPyConnection, clock_rows: pl.DataFrame, as_of: datetime, tickets: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One row per clock, promise that covers it, and regime (policy and calendar version) from its start on."""
    con.register("clock_rows", clock_rows)
    try:
        return _among(con, tickets, _GOALS, as_of=as_of)
    finally:
        con.unregister("clock_rows")


def clocks(con: duckdb.DuckDBPyConnection, as_of: datetime, tickets: pl.DataFrame | None = None) -> pl.DataFrame:
    """Every clock that any promise may speak of: clock, ticket_id, queue, cycle, started_at, met_at, withdrawn_at.

    Of these `tickets` (a column ticket_id), or of all.
    """
    configured = [
        _among(con, tickets, _MILESTONES.replace("/* chosen */", _CHOSEN), as_of=as_of, clock=version.key)
        for group in policies.versions(con, "slo", by_name=True)
        for version in group
        if version.definition["stop"]
    ]
    return pl.concat([_among(con, tickets, _CLOCKS, as_of=as_of), *configured], how="vertical_relaxed")


def pauses(con: duckdb.DuckDBPyConnection, as_of: datetime, tickets: pl.DataFrame | None = None) -> pl.DataFrame:
    """When each ticket waited: ticket_id, from_at, until_at (null while it does)."""
    return _among(con, tickets, _PAUSES, as_of=as_of)


def _among(con: duckdb.DuckDBPyConnection, tickets: pl.DataFrame | None, sql: str, **values: object) -> pl.DataFrame:
    """What a query says of these tickets, or of all."""
    if tickets is None:
        return ask(con, sql.replace("{among}", ""), **values).pl()
    con.register("chosen", tickets)
    try:
        narrowed = recent.about(con, "SELECT ticket_id FROM chosen", sql)
        return ask(con, narrowed.replace("{among}", "SEMI JOIN chosen USING (ticket_id)"), **values).pl()
    finally:
        con.unregister("chosen")
