"""What the numbers stand on: gaps in the configuration, history that is missing or inferred, clocks that run backwards.

Counts: every status or column without a stage, queue without a team or calendar, account without a person, ticket gone,
field with inferred events, break in a ticket's history, rejected record, failed or lagging source.
Ignores: syncs that ended later; accounts of bots, and of those who only open tickets and comment; what an earlier run
rejected and a later one over the same scope did not.
Clock: none; a value is judged by the stage map, an entry into a queue by the calendar, in force at that time.
Undefined: the share of anything but inferred events; the lag of a source that no sync known by then has read.
"""

from datetime import datetime
from html import escape
from pathlib import Path

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures
from metrics.columns import ask
from metrics.freshness import LAGS_AFTER
from metrics.instants import parse_instant
from metrics.reviewed import ask_reviewed

_TOLD = f"({Path(__file__).with_name('told_by_field.sql').read_text(encoding='utf-8')})"
_FINDINGS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").replace("/* told */", _TOLD)

# The newest of what is known, source by source, beside what was found about it.
_SOURCES = f"""
WITH event AS (
    SELECT source, sum(events)::BIGINT AS events, max(newest_at) AS newest_record_at
    FROM {_TOLD} GROUP BY source
),
ticket AS (SELECT source, count(*) AS tickets FROM fact.ticket WHERE opened_at < $as_of GROUP BY source),
read AS (
    SELECT source, max(finished_at) FILTER (failure IS NULL) AS synced_at,
        max(data_until) FILTER (failure IS NULL) AS data_until_at, arg_max_null(failure, finished_at) AS failure
    FROM store.sync_run WHERE finished_at < $as_of AND source <> 'journal' GROUP BY source
),
found AS (
    SELECT source, sum(records) FILTER (finding = 'ticket gone') AS gone_tickets,
        sum(records) FILTER (finding = 'inferred events') AS inferred_events,
        sum(records) FILTER (finding = 'rejected record') AS rejected_records,
        sum(findings) FILTER (starts_with(finding, 'unmapped')) AS unmapped_values,
        sum(findings) FILTER (finding = 'account without person') AS unmapped_accounts, sum(findings) AS findings
    FROM finding_counts GROUP BY source
)
SELECT source, newest_record_at, synced_at, data_until_at,
    (epoch_us($as_of) - epoch_us(data_until_at)) / 1e6 AS lag_seconds,
    (coalesce(tickets, 0) - coalesce(gone_tickets, 0))::BIGINT AS tickets, coalesce(events, 0) AS events,
    coalesce(inferred_events, 0)::BIGINT AS inferred_events, coalesce(inferred_events, 0) / events AS inferred_share,
    coalesce(gone_tickets, 0)::BIGINT AS gone_tickets, coalesce(rejected_records, 0)::BIGINT AS rejected_records,
    coalesce(unmapped_values, 0)::BIGINT AS unmapped_values,
    coalesce(unmapped_accounts, 0)::BIGINT AS unmapped_accounts, coalesce(findings, 0)::BIGINT AS findings, failure
FROM event FULL JOIN ticket USING (source) FULL JOIN read USING (source) FULL JOIN found USING (source)
ORDER BY source
"""


def data_quality(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime) -> duckdb.DuckDBPyRelation:
    """One row per finding: source, finding, subject, field, ticket_id, reason, suggestion, tickets, records, share,
    first_seen_at, last_seen_at.

    finding is its kind, such as `unmapped status`; subject is the status, queue, login, key or place that it is about,
    and ticket_id the ticket, where it is about a single one. reason is a sentence: what is wrong, or what to do.
    suggestion is the person to whom an account without one seems to belong. records counts what was found (spells,
    stays, acts, events, records of the tracker) on so many tickets, first and last seen then; share is records over
    all events of the field.

    An account is looked for where it owns tickets, is on duty, or changes tickets of others by more than a comment or a
    link. Equal e-mail addresses suggest a person before equal names do, and names before equal logins elsewhere.
    """
    return ask_reviewed(con, _FINDINGS, as_of=parse_instant(as_of), lag_seconds=int(LAGS_AFTER.total_seconds()))


def summary(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime) -> pl.DataFrame:
    """One row per source: newest_record_at, synced_at (the last sync that succeeded), data_until_at, lag_seconds (from
    data_until_at to as_of), tickets, events, inferred_events, inferred_share, gone_tickets, rejected_records,
    unmapped_values, unmapped_accounts, findings, failure (why the last sync failed; null: it did not)."""
    found = data_quality(con, as_of=as_of)
    counts = found.aggregate("source, finding, count(*) AS findings, sum(records)::BIGINT AS records").pl()
    con.register("finding_counts", counts)
    try:
        return ask(con, _SOURCES, as_of=parse_instant(as_of)).pl()
    finally:
        con.unregister("finding_counts")


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """How often each kind of finding occurs, source by source."""
    counts = rows.aggregate("source, finding, count(*) AS findings").order("source, finding").pl()
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": escape(str(source), quote=False),
            "x": found["findings"].to_list(),
            "y": found["finding"].to_list(),
        }
        for (source,), found in counts.group_by("source", maintain_order=True)
    ]
    return figures.drawn(
        bars,
        question="Can I trust these numbers?",
        x="Findings (count)",
        y="Kind of finding",
        n=int(counts["findings"].sum()),
        counted="findings",
        layout={"barmode": "stack"},
    )
