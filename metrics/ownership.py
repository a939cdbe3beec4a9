"""Who holds what, and whether it moves.

Counts: every open ticket; owners who are persons, one under several accounts as one; of several at once, the one who
has held it longest is the owner that hand-overs are counted by. A time without an owner in between changes nothing.
Ignores: owners that are bots; what was undone within the second; label-only changes and bots, which are no updates.
Clock: calendar time since the last human update (a comment, description, status, owner or ETA), or the opening.
Undefined: whether it is silent or dead where no [[ownership]] says when (null).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures, hand_overs
from metrics.columns import Queues, ask, queue_names, window
from metrics.instants import parse_instant
from metrics.recent import ask_open
from metrics.week_table import happened, standing, week_table
from metrics.weeks import Week

_OPEN = """
SELECT ticket_id FROM open_spell($as_of) JOIN queue_of($as_of) USING (ticket_id)
WHERE until_at IS NULL AND is_open AND ($queues IS NULL OR list_contains($queues, queue))
"""
_NOW = """
, present AS (
    SELECT t.ticket_id, t.source, t.key, t.opened_at, q.queue
    FROM live_ticket($as_of) AS t JOIN queue_of($as_of) AS q USING (ticket_id)
    JOIN (FROM open_spell($as_of) WHERE until_at IS NULL AND is_open) AS o USING (ticket_id)
    WHERE $queues IS NULL OR list_contains($queues, q.queue)
),
updated AS (
    SELECT ticket_id, max(occurred_at) AS updated_at FROM human_update($as_of) SEMI JOIN present USING (ticket_id)
    GROUP BY ticket_id
),
named AS (
    SELECT ticket_id, list(DISTINCT name ORDER BY name) AS owners FROM possession
    WHERE until_at = TIMESTAMP '9999-12-31' GROUP BY ticket_id
),
lasting AS (
    SELECT ticket_id, min(turned_at) AS since_at FROM (
        FROM holder QUALIFY sum((person IS NULL)::INTEGER) OVER (PARTITION BY ticket_id ORDER BY turned_at DESC) = 0
    ) GROUP BY ticket_id
),
state AS (
    SELECT p.*, s.stage, n.owners, l.since_at, u.updated_at, greatest(p.opened_at, u.updated_at) AS quiet_from,
        coalesce(s.stage IN ('triaged', 'active', 'waiting'), false) OR y.ticket_id IS NOT NULL AS is_beyond_triage
    FROM present AS p
    LEFT JOIN (FROM stage_spell($as_of) WHERE until_at IS NULL) AS s USING (ticket_id)
    LEFT JOIN (
        SELECT DISTINCT ticket_id FROM triage_stay($as_of) WHERE left_at IS NULL AND triaged_at IS NOT NULL
    ) AS y USING (ticket_id)
    LEFT JOIN named AS n USING (ticket_id) LEFT JOIN lasting AS l USING (ticket_id)
    LEFT JOIN updated AS u USING (ticket_id)
),
owned AS (
    SELECT s.ticket_id, s.key, nullif(s.queue, '') AS queue, s.stage, to_json(coalesce(s.owners, [])) AS owners,
        s.is_beyond_triage AND s.owners IS NULL AS is_unowned_beyond_triage, s.since_at AS owned_since_at,
        s.updated_at AS last_human_update_at, (epoch_us($as_of) - epoch_us(s.quiet_from)) / 1e6 AS silent_seconds,
        CASE WHEN r.silent_days IS NOT NULL THEN s.owners IS NOT NULL AND coalesce(s.stage = 'active', false)
            AND s.quiet_from + to_days(r.silent_days) <= $as_of END AS is_silent,
        s.quiet_from + to_days(r.dead_days) <= $as_of AS is_dead, s.opened_at
    FROM state AS s LEFT JOIN practice AS r ON r.source = s.source AND r.queue = s.queue
        AND s.quiet_from >= r.valid_from AND s.quiet_from < r.valid_until
)
"""
_ROWS = f"""{_NOW}, counted AS (
    SELECT ticket_id, count(*) FILTER (kind = 'owner') AS handovers, count(*) FILTER (is_return) AS returns
    FROM /* passed */ GROUP BY ticket_id
)
SELECT * EXCLUDE (opened_at, handovers, returns), coalesce(handovers, 0) AS handovers, coalesce(returns, 0) AS returns,
    coalesce(returns, 0) > 0 AS is_ping_pong, opened_at
FROM owned LEFT JOIN counted USING (ticket_id) ORDER BY opened_at, ticket_id
"""
_PAST = """
FROM /* passed */ AS h LEFT JOIN (FROM store.gone WHERE gone_at < $as_of) AS g USING (ticket_id)
WHERE ($queues IS NULL OR list_contains($queues, h.queue)) AND (g.gone_at IS NULL OR h.occurred_at < g.gone_at)
    AND ($since IS NULL OR h.occurred_at >= $since) AND ($until IS NULL OR h.occurred_at < $until)
"""
_HISTORY = f"""
SELECT h.ticket_id, t.key, h.queue, h.occurred_at, h.kind, h.from_name, h.to_name, h.is_return
FROM (SELECT h.* {_PAST}) AS h JOIN store.ticket AS t USING (ticket_id)
ORDER BY h.occurred_at, h.ticket_id, h.kind
"""
_SILENCES = """
SELECT from_at, until_at FROM silence($as_of) WHERE $queues IS NULL OR list_contains($queues, queue)
"""


def ownership(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None
) -> duckdb.DuckDBPyRelation:
    """One row per ticket that is open at as_of.

    ticket_id, key, queue, stage, owners (a JSON array of names), is_unowned_beyond_triage (triaged where it is, or in a
    stage beyond new, and nobody's), owned_since_at (without a break), last_human_update_at, silent_seconds (since then,
    or since the opening), is_silent (owned, active, and no human update for that many days of 24 hours: after exactly
    so many it is), is_dead (likewise, whoever's and in whatever stage), handovers (from one person to another, ever),
    returns (to a person, a queue or a team that had it before), is_ping_pong, opened_at. How many days is for the
    version to say that was in force at the last update.
    """
    return ask_open(
        con, hand_overs.held(_OPEN) + _passed(con, _ROWS), as_of=parse_instant(as_of), queues=queue_names(queue)
    )


def owned_now(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None
) -> duckdb.DuckDBPyRelation:
    """The rows of `ownership` without what was before: handovers, returns and is_ping_pong. Sooner told."""
    sql = f"{hand_overs.held(_OPEN)}{_NOW}FROM owned ORDER BY opened_at, ticket_id"
    return ask_open(con, sql, as_of=parse_instant(as_of), queues=queue_names(queue))


def _passed(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    return sql.replace("/* passed */", hand_overs.told(con))


def ownership_history(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per hand-over of any ticket, closed and later gone ones too, in [since, until).

    ticket_id, key, queue (it was in afterwards), occurred_at, kind (owner, or queue for a move), from_name, to_name,
    is_return (to an owner, a queue or a team that had it before).
    """
    asked = {"as_of": parse_instant(as_of), "queues": queue_names(queue), **window(since, until)}
    return ask(con, _passed(con, _HISTORY), **asked)


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per queue: queue, open_tickets, unowned_tickets (beyond triage), silent_tickets, dead_tickets (null where
    nothing says when), handed_over_tickets, ping_pong_tickets."""
    counts = (
        "queue, count(*) AS open_tickets, count(*) FILTER (is_unowned_beyond_triage) AS unowned_tickets,"
        " CASE WHEN count(is_silent) > 0 THEN count(*) FILTER (is_silent) END AS silent_tickets,"
        " CASE WHEN count(is_dead) > 0 THEN count(*) FILTER (is_dead) END AS dead_tickets,"
        " count(*) FILTER (handovers > 0) AS handed_over_tickets, count(*) FILTER (is_ping_pong) AS ping_pong_tickets"
    )
    return rows.aggregate(counts).order("queue").pl()


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete, handovers and ping_pongs (returns) in it, and
    silent_tickets when it ended, or at as_of in the week that has not; null where no [[ownership]] says when.

    Every stretch in which an owned, active ticket was silent is found once, from one update to the next; a week's end
    then counts the stretches that had begun less those that were over.
    """
    table = week_table(weeks, as_of)
    asked: dict[str, Any] = {"as_of": parse_instant(as_of), "queues": queue_names(queue)}
    past = _passed(con, f"SELECT kind, occurred_at, is_return {_PAST}")
    history = ask(con, past, **asked, **window(None, None)).pl()
    silences = ask(con, _SILENCES, **asked).pl()
    silent = standing(table, silences["from_at"], silences["until_at"], as_of)
    [(is_said,)] = con.execute("SELECT count(*) > 0 FROM queue_practice WHERE kind = 'ownership'").fetchall()
    return table.with_columns(
        happened(table, history.filter(kind="owner")["occurred_at"]).alias("handovers"),
        happened(table, history.filter("is_return")["occurred_at"]).alias("ping_pongs"),
        (silent if is_said else pl.repeat(None, len(table), dtype=pl.Int64, eager=True)).alias("silent_tickets"),
    )


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Open tickets that are unowned beyond triage, silent, dead, or went back and forth; one may be several."""
    names = {
        "is_unowned_beyond_triage": "unowned",
        "is_silent": "silent",
        "is_dead": "dead",
        "is_ping_pong": "ping-pong",
    }
    counts = ", ".join(f"count(*) FILTER ({column})" for column in names)
    [(n, *found)] = rows.aggregate(f"count(*), {counts}").fetchall()
    bars: dict[str, Any] = {"type": "bar", "x": list(names.values()), "y": found}
    return figures.drawn(
        [bars], question="Who holds what, and does it move?", y="Open tickets (tickets)", n=n, counted="tickets"
    )
