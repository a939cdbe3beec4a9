"""What is open, for how long, and since when nothing has happened to it.

Counts: every open ticket: since it was opened, since it was first active after it was last opened or reopened, since it
entered the stage it is in, and since a human last updated it. Opening a ticket is a human's first update of it; updates
are otherwise those of the update cadence.
Ignores: closed and gone tickets; what bots do; stages and values held for no time at all, as in one second's changes.
Clock: calendar time, and working time of the queue's team by the calendar in force when each age began.
Undefined: the age of what was never active, or of a stage that the stage map does not name; working time without a
calendar. A ticket that no human ever updated is silent since its opening.
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import aging_bands, figures, policies
from metrics.columns import Queues, queue_names, relation
from metrics.instants import parse_instant
from metrics.recent import ask_open
from metrics.worktime import working_seconds_by

AGES = {"age": "opened_at", "active_age": "active_at", "stage_age": "stage_entered_at", "silent": "silent_since_at"}
SILENCES = {0: "fresh", 1: "1 to 5 days", 6: "6 to 10 days", 11: "11 to 30 days", 31: "over 30 days"}  # by fewest days
_DAY = 24 * 3600

COLUMNS = (
    "ticket_id",
    "key",
    "queue",
    "stage",
    "priority",
    "owners",
    "opened_at",
    "active_at",
    "stage_entered_at",
    "last_human_update_at",
    *(f"{age}_{unit}" for age in AGES for unit in ("seconds", "working_seconds")),
    "silence",
)

_WORK = """
WITH opened AS (FROM open_spell($as_of) WHERE is_open AND until_at IS NULL),
work AS MATERIALIZED (
    SELECT t.ticket_id, t.key, t.author_id, t.opened_at, q.queue, o.from_at AS last_opened_at
    FROM live_ticket($as_of) AS t JOIN opened AS o USING (ticket_id) JOIN queue_of($as_of) AS q USING (ticket_id)
    WHERE $queues IS NULL OR list_contains($queues, q.queue)
),
stage AS MATERIALIZED (
    FROM stage_spell($as_of) SEMI JOIN work USING (ticket_id) WHERE until_at IS DISTINCT FROM from_at
),
entry AS (
    SELECT ticket_id, stage, from_at FROM stage
    WINDOW by_stage AS (PARTITION BY ticket_id ORDER BY from_at)
    QUALIFY row_number() OVER by_stage = 1 OR stage IS DISTINCT FROM lag(stage) OVER by_stage
),
standing AS (
    SELECT ticket_id, arg_max_null(stage, from_at) AS stage, max(from_at) AS stage_entered_at FROM entry GROUP BY ALL
),
active AS (
    SELECT ticket_id, min(greatest(s.from_at, w.last_opened_at)) AS active_at
    FROM work AS w JOIN stage AS s USING (ticket_id)
    WHERE s.stage = 'active' AND (s.until_at IS NULL OR s.until_at > w.last_opened_at) GROUP BY ticket_id
),
held AS (
    SELECT ticket_id, list(coalesce(login, value) ORDER BY coalesce(login, value)) AS owners
    FROM spell($as_of) SEMI JOIN work USING (ticket_id) LEFT JOIN actor ON account_id = value
    WHERE field = 'owner' AND until_at IS NULL GROUP BY ticket_id
),
word AS (
    SELECT ticket_id, max(occurred_at) AS updated_at FROM human_update($as_of) SEMI JOIN work USING (ticket_id)
    GROUP BY ticket_id
),
said AS (
    SELECT ticket_id, greatest(word.updated_at,
            CASE WHEN t.author_id IS NOT NULL AND NOT coalesce(author.is_bot, false) THEN t.opened_at END
        ) AS last_human_update_at,
        coalesce(last_human_update_at, t.opened_at) AS silent_since_at
    FROM work AS t LEFT JOIN word USING (ticket_id) LEFT JOIN actor AS author ON author.account_id = t.author_id
)
"""
_ROWS = f"""{_WORK}
SELECT t.ticket_id, t.key, nullif(t.queue, '') AS queue, standing.stage, p.priority,
    to_json(coalesce(held.owners, [])) AS owners, t.opened_at, active.active_at,
    CASE WHEN standing.stage IS NOT NULL THEN standing.stage_entered_at END AS stage_entered_at,
    said.last_human_update_at, said.silent_since_at, c.calendar
FROM work AS t
JOIN said USING (ticket_id)
LEFT JOIN standing USING (ticket_id)
LEFT JOIN active USING (ticket_id)
LEFT JOIN held USING (ticket_id)
LEFT JOIN (FROM priority_spell($as_of) WHERE until_at IS NULL) AS p USING (ticket_id)
LEFT JOIN queue_calendar AS c ON c.queue = t.queue
ORDER BY t.opened_at, t.ticket_id
"""
_SILENCE = f"{_WORK} SELECT stage, silent_since_at FROM said LEFT JOIN standing USING (ticket_id)"


def aging(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None) -> duckdb.DuckDBPyRelation:
    """One row per open ticket; see COLUMNS.

    Each age in seconds up to as_of: age (since opened_at), active_age (active_at), stage_age (stage_entered_at) and
    silent (last_human_update_at, or the opening where there is none). silence puts the whole days of silent_seconds
    into one of SILENCES: 5 days and 23 hours are 5 days. owners is a sorted JSON array of logins.
    """
    instant = parse_instant(as_of)
    tickets = ask_open(con, _ROWS, as_of=instant, queues=queue_names(queue)).pl()
    now = pl.lit(instant, pl.Datetime("us"))
    # Polars divides by a constant by way of its reciprocal, which is off by one bit.
    microseconds = pl.repeat(1_000_000, pl.len(), dtype=pl.Int64)
    since = {
        f"{age}_seconds": (now - pl.col(start)).dt.total_microseconds() / microseconds for age, start in AGES.items()
    }
    tickets = tickets.with_columns(**since).with_columns(*_working_ages(con, tickets, instant), _silence(instant))
    return relation(con, tickets.select(*COLUMNS))


def standing(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None) -> pl.DataFrame:
    """The `summary` of these rows, without looking for what it does not tell: owners, priorities, working time."""
    instant = parse_instant(as_of)
    tickets = ask_open(con, _SILENCE, as_of=instant, queues=queue_names(queue)).pl()
    return summary(relation(con, tickets.select("stage", _silence(instant))))


def _silence(instant: datetime) -> pl.Expr:
    days = (pl.lit(instant, pl.Datetime("us")) - pl.col("silent_since_at")).dt.total_days()
    within = (pl.when(days >= fewest).then(pl.lit(SILENCES[fewest])) for fewest in sorted(SILENCES)[::-1])
    return pl.coalesce(within).alias("silence")


def _working_ages(con: duckdb.DuckDBPyConnection, tickets: pl.DataFrame, as_of: datetime) -> list[pl.Series]:
    calendars = policies.calendars(con)
    versions = con.sql("SELECT calendar, version, valid_from FROM calendar_version").pl()
    now = pl.repeat(as_of, tickets.height, dtype=pl.Datetime("us"), eager=True)
    return [
        working_seconds_by(calendars, _in_force(versions, tickets, start), tickets[start], now).alias(
            f"{age}_working_seconds"
        )
        for age, start in AGES.items()
    ]


def _in_force(versions: pl.DataFrame, tickets: pl.DataFrame, start: str) -> pl.Series:
    """The version of each ticket's calendar that was in force at its `start`; null where there was none."""
    asked = tickets.select("calendar", start).with_row_index("row")
    known = asked.drop_nulls(start).sort(start)
    found = known.join_asof(
        versions.sort("valid_from"), left_on=start, right_on="valid_from", by="calendar", check_sortedness=False
    )
    return asked.join(found.select("row", "version"), on="row", how="left", maintain_order="left")["version"]


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per stage and silence: tickets; stages in their order, the fresh first."""
    counts = rows.aggregate("stage, silence, count(*) AS tickets")
    stages, silences = list(aging_bands.STAGES), list(SILENCES.values())
    return counts.order(f"list_position({stages}, stage) NULLS LAST, list_position({silences}, silence)").pl()


def figure(rows: duckdb.DuckDBPyRelation, bands: pl.DataFrame | None = None) -> go.Figure:
    """Each open ticket a dot: its stage across, its age up, over the bands of `aging_bands.summary` where given.

    Tickets of one stage and the same whole day of age are one dot with their number beside it.
    """
    dots = rows.aggregate(
        f"coalesce(stage, 'not mapped') AS stage, floor(age_seconds / {_DAY}) AS days, count(*) AS tickets,"
        " list(key ORDER BY key) AS keys"
    ).order("stage, days")
    [(tickets,)] = rows.aggregate("count(*)").fetchall()
    return figures.drawn(
        [*(aging_bands.traces(bands) if bands is not None else []), _dots(dots.pl())],
        question="What is stuck, and for how long?",
        y="Age since opening (days)",
        n=tickets,
        counted="open tickets",
        layout={"xaxis": {"categoryorder": "array", "categoryarray": [*aging_bands.STAGES, "not mapped"]}},
    )


def _dots(dots: pl.DataFrame) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": "open tickets",
        "x": dots["stage"].to_list(),
        "y": dots["days"].to_list(),
        "text": [str(n) if n > 1 else "" for n in dots["tickets"]],
        "textposition": "middle right",
        "hovertext": [_named(keys) for keys in dots["keys"]],
    }


def _named(keys: Sequence[str], most: int = 10) -> str:
    more = f" and {len(keys) - most} more" if len(keys) > most else ""
    return escape(", ".join(keys[:most])) + more
