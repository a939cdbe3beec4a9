"""Action items of incidents that were opened, reopened, closed and lost in each week, and that stood open and overdue.

An item is due thirty days after it was known as one, or at the end of the day that its tracker expects it, in the zone
of its queue; none of the made-up ones loses its mark, or bears a label that says it is aspirational.
"""

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import FINAL, Question, Tables, ordered, per_week, weekly_told
from benchmarks.metrics.beside.weeks import EACH_WEEK, standing

_ALLOWED = pd.Timedelta(days=30)
_SQL = f"""
WITH {EACH_WEEK},
item AS (
    SELECT ticket_id, min(occurred_at) AS recognised_at FROM event
    WHERE field = 'label' AND new = 'action-item' OR field = 'type' AND new = 'Action item' GROUP BY ticket_id
),
placed AS (
    SELECT i.*, c.zone
    FROM item AS i
    JOIN (
        SELECT ticket_id, arg_min(new, (occurred_at, seq)) AS queue FROM event WHERE field = 'queue' GROUP BY ticket_id
    ) AS q USING (ticket_id)
    JOIN (SELECT unnest(queues) AS queue, calendar FROM team) AS t USING (queue)
    JOIN calendar AS c USING (calendar)
),
turn AS (
    SELECT i.*, e.occurred_at AS from_at, e.seq,
        lead(e.occurred_at, 1, coalesce(g.gone_at, TIMESTAMP 'infinity')) OVER by_event AS until_at,
        last_value(CASE WHEN e.field = 'status' THEN e.new NOT IN ('completed', 'Done', 'resolved') END IGNORE NULLS)
            OVER by_event AS is_open,
        last_value(CASE WHEN e.field = 'eta' THEN e.new END IGNORE NULLS) OVER by_event AS eta,
        lead(1) OVER by_event IS NULL AND g.gone_at IS NOT NULL AS is_lost
    FROM placed AS i JOIN event AS e USING (ticket_id) LEFT JOIN gone AS g USING (ticket_id)
    WHERE e.field IN ('status', 'eta')
    WINDOW by_event AS (PARTITION BY i.ticket_id ORDER BY e.occurred_at, e.seq)
),
stretch AS (
    SELECT *, lag(is_open) OVER (PARTITION BY ticket_id ORDER BY from_at, seq) AS was_open,
        greatest(from_at, coalesce(
            timezone('UTC', timezone(zone, (eta::DATE + 1)::TIMESTAMP)), recognised_at + INTERVAL 30 DAY
        )) AS overdue_at
    FROM turn
)
SELECT week, count(*) FILTER (s.was_open IS NULL AND is_inside) AS opened,
    count(*) FILTER (s.is_open AND NOT s.was_open AND is_inside) AS reopened,
    count(*) FILTER (NOT s.is_open AND s.was_open AND is_inside) AS closed,
    count(*) FILTER (s.is_open AND s.is_lost AND s.until_at >= w.starts_at AND s.until_at < w.ends_at) AS withdrawn,
    count(*) FILTER (s.is_open AND s.from_at < w.ends_at AND s.until_at >= w.ends_at) AS open_items,
    count(*) FILTER (s.is_open AND s.overdue_at < w.ends_at AND s.until_at >= w.ends_at) AS overdue_items
FROM week AS w CROSS JOIN (FROM stretch) AS s,
    LATERAL (SELECT s.from_at >= w.starts_at AND s.from_at < w.ends_at AS is_inside)
GROUP BY week ORDER BY week
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """What became of action items in each week, and how many stood open and overdue at its end."""
    turn = _turns(tables)
    was_open = turn.groupby("ticket_id")["is_open"].shift()
    still_open = turn[turn["is_open"]]
    is_reopened, is_closed = turn["is_open"] & (was_open == False), ~turn["is_open"] & (was_open == True)  # noqa: E712
    late = still_open[still_open["until_at"].isna() | (still_open["overdue_at"] < still_open["until_at"])]
    return pd.DataFrame(
        {
            "opened": per_week(tables, turn.loc[was_open.isna(), "from_at"]),
            "reopened": per_week(tables, turn.loc[is_reopened, "from_at"]),
            "closed": per_week(tables, turn.loc[is_closed, "from_at"]),
            "withdrawn": per_week(tables, still_open.loc[still_open["is_lost"], "until_at"]),
            "open_items": standing(tables, still_open["from_at"], still_open["until_at"]),
            "overdue_items": standing(tables, late["overdue_at"], late["until_at"]),
        }
    )


def _turns(tables: Tables) -> pd.DataFrame:
    """From one change of status or expected day to the next: whether the item was open, and when it was overdue."""
    event = tables.event
    is_item = ((event["field"] == "label") & (event["new"] == "action-item")) | (
        (event["field"] == "type") & (event["new"] == "Action item")
    )
    recognised = event[is_item].groupby("ticket_id")["occurred_at"].min()
    theirs = ordered(event[event["ticket_id"].isin(recognised.index)])
    queue = theirs[theirs["field"] == "queue"].groupby("ticket_id")["new"].first()
    turn = theirs[theirs["field"].isin(["status", "eta"])]
    by_ticket = turn["ticket_id"]
    is_open = (~turn["new"].isin(FINAL)).where(turn["field"] == "status").groupby(by_ticket).ffill().astype(bool)
    eta = turn["new"].where(turn["field"] == "eta").groupby(by_ticket).ffill()
    following, gone = turn.groupby("ticket_id")["occurred_at"].shift(-1), by_ticket.map(tables.gone)
    due = _ends(eta, by_ticket.map(queue).map(tables.zones)).fillna(by_ticket.map(recognised) + _ALLOWED)
    columns = {"ticket_id": by_ticket, "from_at": turn["occurred_at"], "until_at": following.fillna(gone)}
    is_lost = following.isna() & gone.notna()
    return pd.DataFrame({**columns, "is_open": is_open, "is_lost": is_lost}).assign(
        overdue_at=np.maximum(turn["occurred_at"], due)
    )


def _ends(days: pd.Series, zones: pd.Series) -> pd.Series:
    """When each day ends in its zone."""
    ends = pd.Series(pd.NaT, index=days.index, dtype="datetime64[us]")
    for zone, which in zones[days.notna()].groupby(zones).groups.items():
        midnight = (pd.to_datetime(days[which]) + pd.Timedelta(days=1)).dt.tz_localize(zone)
        ends[which] = midnight.dt.tz_convert("UTC").dt.tz_localize(None)
    return ends


QUESTION = Question(weekly_told("action_items"), _in_pandas, _SQL)
