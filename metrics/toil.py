"""Which kinds of work tickets were, what they took, and how often the same came again.

Counts: tickets opened in the window, each in the category of the first rule that matches, or else unclassified.
Ignores: tickets gone by then; bots and the requester among the people; queues without rules.
Clock: recorded work where the source has any, otherwise working time in the stage active, for the whole life so far.
Undefined: the effort of a ticket without recorded work that never was active, or only in queues without a calendar.

Labels, projects, type, title and queue are those the ticket bore at the instant, so that what was put right while it
was worked on, or after it was closed, counts. The rules are those in force when it was opened. A description is known
as it was only where the tracker tells of its changes, and otherwise as last seen.
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures, outcomes, recent, toil_rules
from metrics.columns import Queues, ask, queue_names, relation, window, written
from metrics.distributions import median
from metrics.effort import hands, kinds_with_effort
from metrics.instants import parse_instant
from metrics.toil_rules import UNCLASSIFIED, Rule
from metrics.week_bins import bin_sql, consecutive, span
from metrics.week_table import week_table
from metrics.weeks import Week

COLUMNS = (
    "ticket_id",
    "key",
    "queue",
    "category",
    "version",
    "opened_at",
    "closed_at",
    "effort_seconds",
    "has_effort_recorded",
    "people",
    "names",
    "is_repeat",
    "pattern",
)
_JUDGED = """
WITH judged AS (FROM /* rows */ WHERE $until IS NULL OR opened_at < $until),
begun AS (
    SELECT category, pattern, min(opened_at) AS opened_at FROM judged WHERE pattern IS NOT NULL
    GROUP BY category, pattern
),
first AS (
    SELECT category, pattern, opened_at, min(ticket_id) AS ticket_id, arg_min(queue, ticket_id) AS queue
    FROM judged JOIN begun USING (category, pattern, opened_at) GROUP BY ALL
)
"""
_WANTED = """
($queues IS NULL OR list_contains($queues, queue)) AND ($since IS NULL OR opened_at >= $since)
"""
_ROWS = f"""{_JUDGED}
SELECT j.ticket_id, j.key, nullif(j.queue, '') AS queue, j.category, j.version, j.opened_at, j.closed_at,
    j.effort_seconds, coalesce(j.has_effort_recorded, false) AS has_effort_recorded, coalesce(j.people, 0) AS people,
    coalesce(j.names, '[]') AS names, coalesce(j.ticket_id <> f.ticket_id, false) AS is_repeat, j.pattern
FROM (FROM judged WHERE {_WANTED}) AS j LEFT JOIN first AS f ON f.category = j.category AND f.pattern = j.pattern
ORDER BY j.opened_at, j.ticket_id
"""
# Every ticket with a pattern is a repeat, but for the first with it.
_WEEKS = f"""{_JUDGED}
SELECT place, category, sum(tickets)::BIGINT AS tickets, sum(effort_seconds) AS effort_seconds,
    sum(effort_tickets)::BIGINT AS effort_tickets, sum(repeats)::BIGINT AS repeats
FROM (
    SELECT {{place}} AS place, category, count(*) AS tickets, sum(effort_seconds) AS effort_seconds,
        count(effort_seconds) AS effort_tickets, count(pattern) AS repeats
    FROM judged WHERE {_WANTED} GROUP BY ALL
    UNION ALL
    SELECT {{place}}, category, 0, NULL, 0, -count(*) FROM first WHERE {_WANTED} GROUP BY ALL
)
GROUP BY place, category
"""


def toil(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per ticket opened in [since, until); see COLUMNS.

    queue is the one it is in at as_of; people is how many had a hand in it, and names (a JSON array) who.
    has_effort_recorded tells recorded work from time in the stage active. pattern is the title with names, numbers and
    dates masked; is_repeat, that an earlier ticket of the category had the same.
    """
    return _judged(con, _ROWS, as_of=parse_instant(as_of), queues=queue_names(queue), **window(since, until))


def _judged(con: duckdb.DuckDBPyConnection, sql: str, *, as_of: datetime, **asked: Any) -> duckdb.DuckDBPyRelation:
    return ask(con, sql.replace("/* rows */", kinds_with_effort(con, as_of)), as_of=as_of, **asked)


_OPENED = """
SELECT ticket_id FROM store.ticket
WHERE ($since IS NULL OR opened_at >= $since) AND ($until IS NULL OR opened_at < $until)
"""
_ALONE = """
SELECT /* columns */ FROM (
    SELECT * REPLACE (nullif(queue, '') AS queue, coalesce(has_effort_recorded, false) AS has_effort_recorded,
        coalesce(people, 0) AS people, coalesce(names, '[]') AS names)
    FROM /* rows */
    WHERE ($queues IS NULL OR list_contains($queues, queue)) AND ($since IS NULL OR opened_at >= $since)
        AND ($until IS NULL OR opened_at < $until)
)
"""


def alone(
    con: duckdb.DuckDBPyConnection,
    columns: Sequence[str],
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> pl.DataFrame:
    """These columns of the tickets of `toil`, in no order; not is_repeat, for which all others are looked at."""
    instant, asked = parse_instant(as_of), window(since, until)
    sql = _ALONE.replace("/* columns */", ", ".join(columns))
    sql = sql.replace("/* rows */", kinds_with_effort(con, instant, _OPENED))
    return ask(con, sql, as_of=instant, queues=queue_names(queue), **asked).pl()


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per category, the most frequent first.

    category, tickets, share (of all tickets), effort_seconds (all that is known, null where nothing is), effort_tickets
    (of which it is known), recorded_tickets (of which it was recorded), median_effort_seconds, people (who had a hand
    in any), repeats, repeat_share.
    """
    return by_category(rows.pl())


def by_category(frame: pl.DataFrame) -> pl.DataFrame:
    """`summary` of rows that are there already."""
    counted = _counted(frame, ["category"]).join(
        hands(frame, "category"), on="category", how="left", maintain_order="left"
    )
    share = counted["tickets"] / pl.Series([frame.height] * counted.height, dtype=pl.Int64)
    counted = counted.with_columns(share=share, people=pl.col("people").fill_null(0))
    return counted.select(*_SUMMARY).sort("tickets", "category", descending=[True, False])


_SUMMARY = (
    *("category", "tickets", "share", "effort_seconds", "effort_tickets", "recorded_tickets"),
    *("median_effort_seconds", "people", "repeats", "repeat_share"),
)


def _counted(frame: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    known = pl.col("effort_seconds").is_not_null()
    return (
        frame.group_by(by)
        .agg(
            tickets=pl.len().cast(pl.Int64),
            effort_seconds=pl.when(known.any()).then(pl.col("effort_seconds").sum()),
            effort_tickets=known.sum().cast(pl.Int64),
            recorded_tickets=pl.col("has_effort_recorded").sum().cast(pl.Int64),
            median_effort_seconds=median("effort_seconds"),
            repeats=pl.col("is_repeat").sum().cast(pl.Int64),
        )
        .with_columns(repeat_share=pl.col("repeats") / pl.col("tickets"))
    )


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week and category, by when tickets were opened: week, starts_at, ends_at, is_complete, category,
    tickets, share, effort_seconds, effort_tickets, repeats, repeat_share.

    Every category of any of the weeks stands in each of them, and so does unclassified; the shares of a week without
    tickets are null. effort_seconds is all that the week's tickets took, whenever they took it.
    """
    all_weeks = consecutive(weeks)
    sql = _WEEKS.format(place=bin_sql("opened_at", all_weeks))
    counted = _judged(con, sql, as_of=parse_instant(as_of), queues=queue_names(queue), **window(**span(weeks))).pl()
    table = _placed(week_table(all_weeks, as_of)).filter(pl.col("week").is_in([week.name for week in weeks]))
    return _laid_out(counted.join(table, on="place", how="semi"), table)


def by_week(rows: pl.DataFrame, weeks: Sequence[Week], as_of: str | datetime) -> pl.DataFrame:
    """`weekly` of rows that are there already, all of them opened in these weeks."""
    table = week_table(weeks, as_of)
    place = table["starts_at"].search_sorted(rows["opened_at"], side="right").cast(pl.Int32) - 1
    return _laid_out(_counted(rows.with_columns(place=place), ["place", "category"]), _placed(table))


def _placed(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_row_index("place").cast({"place": pl.Int32})


def _laid_out(counted: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    names = pl.DataFrame({"category": sorted({*counted["category"], UNCLASSIFIED})}, schema={"category": pl.String})
    shown = table.join(names, how="cross").join(counted, on=["place", "category"], how="left", maintain_order="left")
    counts = ("tickets", "effort_tickets", "repeats")
    shown = shown.with_columns(pl.col(name).fill_null(0) for name in counts)
    everything = pl.col("tickets").sum().over("place")
    share = pl.when(everything > 0).then(pl.col("tickets") / everything)
    repeat_share = pl.col("repeats") / pl.when(pl.col("tickets") > 0).then("tickets")
    return shown.with_columns(share=share, repeat_share=repeat_share).select(*_WEEKLY)


_WEEKLY = (
    *("week", "starts_at", "ends_at", "is_complete", "category", "tickets", "share"),
    *("effort_seconds", "effort_tickets", "repeats", "repeat_share"),
)


_WINDOW = """
SELECT ticket_id FROM store.ticket
WHERE opened_at < $as_of AND ($since IS NULL OR opened_at >= $since) AND ($until IS NULL OR opened_at < $until)
"""


def preview(
    con: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
    concerned: str = _WINDOW,
) -> duckdb.DuckDBPyRelation:
    """What other rules would say of the tickets opened in [since, until): ticket_id, key, queue, opened_at, category,
    proposed_category, is_changed.

    `rules` stand in order, each as in the settings: name and label, type, project, queue, title or text. category is
    null where no rules are in force. `concerned` is a query for the tickets to judge, by default those of the window.
    Raises ValueError for a rule that cannot be understood.
    """
    instant = parse_instant(as_of)
    asked: dict[str, Any] = {"as_of": instant, "queues": queue_names(queue), **window(since, until)}
    tickets = written(concerned, **asked)
    proposed = recent.about(con, tickets, outcomes.proposed_kinds(toil_rules.proposed(con, rules), tickets))
    found = ask(con, _PROPOSED.replace("/* rows */", proposed), **asked).pl()
    kinds = outcomes.told(con, "kind", instant, tickets)
    judged = f"SELECT ticket_id, category FROM {kinds} SEMI JOIN ({tickets}) USING (ticket_id)"
    now = ask(con, judged, as_of=instant).pl()
    rows = found.rename({"category": "proposed_category"}).join(now, on="ticket_id", how="left", maintain_order="left")
    is_changed = pl.col("category").ne_missing(pl.col("proposed_category"))
    return relation(con, rows.with_columns(is_changed=is_changed).select(*_PREVIEW))


_PROPOSED = f"""
SELECT ticket_id, key, nullif(queue, '') AS queue, opened_at, category
FROM /* rows */ WHERE ($until IS NULL OR opened_at < $until) AND {_WANTED} ORDER BY opened_at, ticket_id
"""
_PREVIEW = ("ticket_id", "key", "queue", "opened_at", "category", "proposed_category", "is_changed")


def changes(previewed: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """What a preview would change: category, proposed_category, tickets; the most frequent change first."""
    moved = previewed.filter("is_changed").aggregate("category, proposed_category, count(*) AS tickets")
    return moved.order("tickets DESC, category, proposed_category").pl()


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """How many tickets were of which category."""
    counts = rows.aggregate("category, count(*) AS tickets").order("tickets DESC, category").pl()
    total = int(counts["tickets"].sum())
    bars = {
        "type": "bar",
        "x": [escape(name) for name in counts["category"]],
        "y": counts["tickets"].to_list(),
        "text": [f"{tickets / total:.0%}" for tickets in counts["tickets"]],
    }
    return figures.drawn(
        [bars], question="What keeps interrupting us?", y="Tickets opened (count)", n=total, counted="tickets"
    )
