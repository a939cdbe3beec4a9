"""Tickets in work and nobody's at the end of each week, people above their limit, and the seconds above the limits."""

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Question, Tables, weekly_told
from benchmarks.metrics.beside.weeks import EACH_WEEK, standing
from benchmarks.metrics.beside.work_stretches import WORK, work

_PERSON_LIMIT, _QUEUE_LIMIT = 5, 60
_SQL = f"""
WITH {EACH_WEEK}, {WORK},
held AS (
    SELECT 'person' AS what, person_id AS holder, {_PERSON_LIMIT} AS allowed, from_at, until_at FROM work
    WHERE person_id IS NOT NULL
    UNION ALL
    SELECT 'queue', queue, {_QUEUE_LIMIT}, from_at, until_at FROM work
),
step AS (
    SELECT what, holder, allowed, from_at, 1 AS change FROM held
    UNION ALL
    SELECT what, holder, allowed, until_at, -1 FROM held
),
level AS (
    SELECT what, from_at, lead(from_at) OVER by_step AS until_at, sum(sum(change)) OVER by_step > allowed AS is_above
    FROM step GROUP BY what, holder, allowed, from_at WINDOW by_step AS (PARTITION BY what, holder ORDER BY from_at)
),
piece AS (
    SELECT what, from_at, until_at, unnest(range(
        greatest(floor(epoch(from_at - $first) / 604800), 0)::BIGINT,
        ceil(epoch(least(until_at, $end) - $first) / 604800)::BIGINT
    )) AS week
    FROM level WHERE is_above
),
above AS (
    SELECT week, count(*) FILTER (p.what = 'person' AND p.until_at >= w.ends_at) AS people_over_limit,
        coalesce(sum(lasted) FILTER (p.what = 'person'), 0) AS person_above_seconds,
        coalesce(sum(lasted) FILTER (p.what = 'queue'), 0) AS queue_above_seconds
    FROM week AS w LEFT JOIN piece AS p USING (week),
        LATERAL (SELECT epoch(least(p.until_at, w.ends_at) - greatest(p.from_at, w.starts_at)) AS lasted)
    GROUP BY week
),
stood AS (
    SELECT week, count(*) AS tickets, count(*) FILTER (k.person_id IS NULL) AS unowned_tickets
    FROM week AS w JOIN work AS k ON k.from_at < w.ends_at AND k.until_at >= w.ends_at GROUP BY week
)
SELECT * FROM stood JOIN above USING (week) ORDER BY week
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """What was in work when each week ended, and how long too much was."""
    stretch = work(tables)
    unowned = stretch[stretch["person_id"].isna()]
    people, queues = _above(stretch, "person_id", _PERSON_LIMIT), _above(stretch, "queue", _QUEUE_LIMIT)
    return pd.DataFrame(
        {
            "tickets": standing(tables, stretch["from_at"], stretch["until_at"]),
            "unowned_tickets": standing(tables, unowned["from_at"], unowned["until_at"]),
            "people_over_limit": standing(tables, people["from_at"], people["until_at"]),
            "person_above_seconds": _seconds(tables, people),
            "queue_above_seconds": _seconds(tables, queues),
        }
    )


def _above(stretch: pd.DataFrame, holder: str, allowed: int) -> pd.DataFrame:
    """The times in which a holder had more than allowed, from one change to the next."""
    held = stretch.dropna(subset=holder)
    begun = pd.DataFrame({"holder": held[holder], "from_at": held["from_at"], "change": 1})
    over = pd.DataFrame({"holder": held[holder], "from_at": held["until_at"], "change": -1}).dropna()
    level = pd.concat([begun, over]).groupby(["holder", "from_at"])["change"].sum().reset_index()
    by_holder = level.groupby("holder")
    level = level.assign(tickets=by_holder["change"].cumsum(), until_at=by_holder["from_at"].shift(-1))
    return level[level["tickets"] > allowed]


def _seconds(tables: Tables, above: pd.DataFrame) -> list[float]:
    """How long of each week, all holders added up."""
    from_at, until_at = above["from_at"].to_numpy(), above["until_at"].fillna(tables.weeks[-1]).to_numpy()
    bounds = tables.weeks.to_numpy().astype(from_at.dtype)
    so_far = [np.maximum(np.minimum(until_at, bound) - from_at, np.timedelta64(0)).sum() for bound in bounds]
    return [lasted / np.timedelta64(1, "s") for lasted in np.diff(so_far)]


QUESTION = Question(weekly_told("wip"), _in_pandas, _SQL)
