"""What came in, what was finished, and what it left open.

Counts: every change of whether a ticket is open in a queue: opened, reopened, moved in; closed, moved out, gone.
Ignores: a ticket closed while closed or reopened while open; moves of a closed ticket.
Clock: the instant of each change; a week is the team's, from Monday.
Undefined: nothing (a week without changes counts zero), but for control limits, which need three whole weeks.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics.columns import Queues, ask, queue_names, window
from metrics.snapshot import parse_instant
from metrics.weeks import Week

ARRIVALS = ("opened", "reopened", "moved in")
DEPARTURES = ("closed", "moved out", "gone")

_ROWS = """
WITH change AS (
    SELECT ticket_id, queue, from_at AS occurred_at, 1 AS change, arrival AS reason FROM presence($as_of)
    UNION ALL
    SELECT ticket_id, queue, until_at, -1, departure FROM presence($as_of) WHERE until_at IS NOT NULL
)
SELECT c.ticket_id, t.key, c.queue, c.occurred_at, c.change, c.reason
FROM change AS c JOIN store.ticket AS t USING (ticket_id)
WHERE ($queues IS NULL OR list_contains($queues, queue))
    AND ($since IS NULL OR occurred_at >= $since) AND ($until IS NULL OR occurred_at < $until)
ORDER BY c.occurred_at, c.ticket_id, c.change DESC
"""


def flow(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per change of what is open, in [since, until): ticket_id, key, queue, occurred_at, change, reason.

    change is +1 for opened, reopened, moved in and -1 for closed, moved out, gone: summed up to an instant, it is
    what was open then.
    """
    return ask(con, _ROWS, as_of=parse_instant(as_of), queues=queue_names(queue), **window(since, until))


def weekly(rows: duckdb.DuckDBPyRelation, weeks: Sequence[Week], as_of: str | datetime) -> pl.DataFrame:
    """One row per week from `flow` rows of all time.

    week, starts_at, ends_at, is_complete, opened, reopened, moved_in, closed, moved_out, gone, arrivals,
    completions (closed), net, open_tickets (when the week ended, or at as_of in the week that has not).
    """
    changes, instant = rows.pl(), parse_instant(as_of)
    return pl.DataFrame([_week(changes, week, instant) for week in weeks])


def _week(changes: pl.DataFrame, week: Week, as_of: datetime) -> dict[str, object]:
    start, end = (moment.astimezone(UTC).replace(tzinfo=None) for moment in (week.starts_at, week.ends_at))
    inside = changes.filter(pl.col("occurred_at") >= start, pl.col("occurred_at") < end)
    counts = {reason.replace(" ", "_"): inside.filter(reason=reason).height for reason in (*ARRIVALS, *DEPARTURES)}
    return {
        "week": week.name,
        "starts_at": start,
        "ends_at": end,
        "is_complete": end <= as_of,
        **counts,
        "arrivals": inside.filter(change=1).height,
        "completions": counts["closed"],
        "net": int(inside["change"].sum()),
        "open_tickets": int(changes.filter(pl.col("occurred_at") < end)["change"].sum()),
    }


def control_limits(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Lower limit, mean and upper limit of a process-behaviour chart: mean ± 2.66 × mean moving range, never below 0.

    None below three values.
    """
    if len(values) < 3:
        return None
    mean = sum(values) / len(values)
    ranges = [abs(after - before) for before, after in pairwise(values)]
    reach = 2.66 * sum(ranges) / len(ranges)
    return max(0.0, mean - reach), mean, mean + reach


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per queue: how often each reason occurred, and the net change."""
    counts = ", ".join(
        f"count(*) FILTER (reason = '{reason}') AS \"{reason.replace(' ', '_')}\"" for reason in _REASONS
    )
    return rows.aggregate(f"queue, {counts}, sum(change)::BIGINT AS net").order("queue").pl()


_REASONS = (*ARRIVALS, *DEPARTURES)


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """What was open after each change; of rows that begin in mid-history, by how much it changed."""
    steps = rows.select("occurred_at, sum(change) OVER (ORDER BY occurred_at ROWS UNBOUNDED PRECEDING) AS open").pl()
    line = {
        "type": "scatter",
        "line": {"shape": "hv"},
        "x": steps["occurred_at"].to_list(),
        "y": steps["open"].to_list(),
    }
    return go.Figure({"data": [line], "layout": {"yaxis": {"title": {"text": "Open tickets"}, "rangemode": "tozero"}}})
