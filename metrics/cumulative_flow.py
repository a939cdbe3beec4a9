"""How many tickets stood in each stage, day by day: what piles up where.

Counts: every entry of a ticket into a stage of a queue and every exit from it: opened, moved between stages or queues,
reopened, gone. Done is a stage too, and tickets stay in it.
Ignores: nothing; gone tickets keep the history they had until then.
Clock: the instant of each change; a day is the team's, and its number is what stood when it ended.
Undefined: the stage (null) where the map names none for what the ticket holds; the queue (null) of a ticket in none.
"""

from collections.abc import Sequence
from datetime import datetime

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures
from metrics.columns import Queues, ask, queue_names, window
from metrics.instants import parse_instant
from metrics.periods import day_table, totals
from metrics.policy_rows import EVER
from metrics.week_bins import bin_sql, consecutive
from metrics.week_table import week_table
from metrics.weekly_totals import running_totals
from metrics.weeks import Week

STAGES = ("done", "waiting", "active", "triaged", "new")  # from the bottom of the figure up

_ROWS = """
WITH step AS (
    SELECT ticket_id, queue, from_at AS occurred_at, from_seq AS seq, stage, 1 AS change FROM stage_stay($as_of)
    UNION ALL
    SELECT ticket_id, queue, until_at, until_seq, stage, -1 FROM stage_stay($as_of) WHERE until_at IS NOT NULL
)
SELECT s.ticket_id, t.key, nullif(s.queue, '') AS queue, s.occurred_at, nullif(s.stage, '') AS stage, s.change
FROM step AS s JOIN store.ticket AS t USING (ticket_id)
WHERE ($queues IS NULL OR list_contains($queues, s.queue))
    AND ($since IS NULL OR s.occurred_at >= $since) AND ($until IS NULL OR s.occurred_at < $until)
ORDER BY s.occurred_at, s.ticket_id, s.seq, s.change
"""


def cumulative_flow(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per entry into a stage and exit from it, in [since, until): ticket_id, key, queue, occurred_at, stage,
    change (+1 or -1).

    Summed up to an instant, change is how many tickets stood in a stage of a queue then.
    """
    return ask(con, _ROWS, as_of=parse_instant(as_of), queues=queue_names(queue), **window(since, until))


def daily(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    zone: str = "UTC",
    queue: Queues = None,
) -> pl.DataFrame:
    """One row per day of the zone in [since, until) and stage: day, starts_at, ends_at, is_complete, stage, tickets,
    arrivals, departures.

    tickets is what stood in the stage when the day ended, or at as_of in the day that has not; arrivals and departures
    are the entries into the stage and the exits from it within the day. A move from one of the queues asked about to
    another of them is neither. Without since, days begin with the first change. The five stages are always there, null
    only where a ticket has ever stood unmapped.
    """
    instant, asked = parse_instant(as_of), window(since, until)
    changes = _by_stage(cumulative_flow(con, as_of=as_of, queue=queue))
    first: datetime | None = asked["since"] or changes["occurred_at"].min()  # type: ignore[assignment]
    days = day_table(zone, first, asked["until"], instant)
    return _ordered(totals(_with_all_stages(changes), days, ["stage"]))


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete, and the tickets that stood in each stage when it ended
    (or at as_of): new_tickets, triaged_tickets, active_tickets, waiting_tickets, done_tickets, unmapped_tickets."""
    table = week_table(weeks, as_of)
    begun, ended = (bin_sql(moment, consecutive(weeks), has_before=True) for moment in ("from_at", "until_at"))
    sql = _SUMS.format(begun=begun, ended=ended)
    sums = ask(con, sql, as_of=parse_instant(as_of), queues=queue_names(queue)).pl().drop_nulls("place")
    counts = running_totals(sums, weeks, "stage")
    for stage in (*reversed(STAGES), None):
        standing = counts.filter(pl.col("stage").eq_missing(pl.lit(stage, pl.String)))
        named = standing.select("week", pl.col("standing").alias(f"{stage or 'unmapped'}_tickets"))
        table = table.join(named, on="week", how="left", maintain_order="left")
    return table.with_columns(pl.col("^.*_tickets$").fill_null(0))


# Stays are many, and pairs of weeks in which they begin and end are few: each stay is looked at once. A condition on
# the place would be asked of each stay beforehand, and cost as much again.
_SUMS = """
WITH stay AS MATERIALIZED (
    SELECT stage, {begun} AS begun, CASE WHEN until_at IS NOT NULL THEN {ended} END AS ended, count(*) AS tickets
    FROM stage_stay($as_of) WHERE $queues IS NULL OR list_contains($queues, queue) GROUP BY ALL
)
SELECT nullif(stage, '') AS stage, place, sum(gained - lost)::BIGINT AS net, sum(gained)::BIGINT AS gained,
    sum(lost)::BIGINT AS lost
FROM (
    SELECT stage, begun AS place, tickets AS gained, 0 AS lost FROM stay
    UNION ALL SELECT stage, ended, 0, tickets FROM stay
)
GROUP BY ALL
"""


def _by_stage(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """Changes of a ticket's stage, whatever its queue: occurred_at, stage, change."""
    net = rows.aggregate("ticket_id, occurred_at, stage, sum(change)::BIGINT AS change").filter("change <> 0")
    return net.select("occurred_at, stage, change").pl()


def _with_all_stages(changes: pl.DataFrame) -> pl.DataFrame:
    """With changes of nothing, so that every stage is counted."""
    known = pl.DataFrame({"occurred_at": EVER, "stage": STAGES, "change": 0}, schema=changes.schema)
    return pl.concat([known, changes])


def _ordered(long: pl.DataFrame) -> pl.DataFrame:
    names = {"standing": "tickets", "gained": "arrivals", "lost": "departures"}
    order = pl.col("stage").replace_strict(list(STAGES), range(len(STAGES)), default=None, return_dtype=pl.Int8)
    columns = ["day", "starts_at", "ends_at", "is_complete", "stage", *names]
    return long.sort("starts_at", order, nulls_last=True).select(columns).rename(names)


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per queue and stage: entries, exits, net (what stands in it, of rows of all time)."""
    counts = (
        "count(*) FILTER (change > 0) AS entries, count(*) FILTER (change < 0) AS exits, sum(change)::BIGINT AS net"
    )
    return rows.aggregate(f"queue, stage, {counts}").order("queue, stage").pl()


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Tickets in each stage at the end of each day (UTC), stacked; of rows from mid-history, the change since."""
    steps = rows.aggregate("date_trunc('day', occurred_at)::DATE AS day, stage, sum(change)::BIGINT AS change").pl()
    days = steps["day"].unique().sort()
    stages = [*STAGES, *([None] if steps["stage"].has_nulls() else [])]
    [(tickets,)] = rows.aggregate("count(DISTINCT ticket_id)").fetchall()
    return figures.drawn(
        [_band(steps, days, stage) for stage in stages],
        question="What piles up where?",
        y="Tickets (count at the end of the day)",
        n=tickets,
        counted="tickets",
    )


def _band(steps: pl.DataFrame, days: pl.Series, stage: str | None) -> dict[str, object]:
    own = steps.filter(pl.col("stage").eq_missing(pl.lit(stage, pl.String))).select("day", "change")
    line = days.to_frame().join(own, on="day", how="left", maintain_order="left")["change"].fill_null(0).cum_sum()
    band = {"type": "scatter", "mode": "lines", "name": stage or "not mapped", "stackgroup": "stages"}
    return band | {"line": {"shape": "hv"}, "x": days.to_list(), "y": line.to_list()}
