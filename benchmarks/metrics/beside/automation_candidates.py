"""Which titles came three times or more in the last 180 days, how many people they took, and how much of their time.

Those are ranked first that would free most: so many tickets at their median effort, or what is known where fewer than
five are. Whoever did or said anything about a ticket, and is neither its author nor a bot, had a hand in it.
"""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.efforts import EFFORT, efforts
from benchmarks.metrics.beside.kinds_of_work import KINDS, kinds
from benchmarks.metrics.beside.plain import BOTS, Question, Tables, summary_told

_DEEDS = (
    *("comment", "note", "description", "title", "status", "column", "priority", "owner", "project", "label"),
    *("queue", "type", "eta", "effort"),
)
_SQL = f"""
WITH asked AS (
    SELECT ticket_id, opened_at, author_id FROM ticket ANTI JOIN gone USING (ticket_id)
    WHERE opened_at >= $end - INTERVAL 180 DAY
),
recent AS (FROM asked),
{KINDS}, {EFFORT},
hand AS (
    SELECT k.pattern, count(DISTINCT coalesce(s.person_id, e.actor_id)) AS people
    FROM event AS e JOIN asked AS t USING (ticket_id) JOIN kind AS k USING (ticket_id)
    LEFT JOIN account_setting AS s ON s.account_id = e.actor_id
    LEFT JOIN account_setting AS author ON author.account_id = t.author_id
    WHERE e.field IN {_DEEDS} AND e.actor_id NOT IN ({BOTS})
        AND coalesce(s.person_id, e.actor_id) <> coalesce(author.person_id, t.author_id)
    GROUP BY k.pattern
),
common AS (
    SELECT pattern, category FROM kind GROUP BY pattern, category
    QUALIFY row_number() OVER (PARTITION BY pattern ORDER BY count(*) DESC, category) = 1
),
alike AS (
    SELECT pattern, count(*) AS tickets, count(seconds) AS effort_tickets, sum(seconds) AS effort_seconds,
        CASE WHEN effort_tickets >= 5 THEN quantile_disc(seconds, 0.5) END AS median_effort_seconds,
        min(opened_at) AS first_opened_at, max(opened_at) AS last_opened_at
    FROM kind LEFT JOIN effort USING (ticket_id) GROUP BY pattern HAVING tickets >= 3
)
SELECT *, coalesce(tickets * median_effort_seconds, effort_seconds) AS weight_seconds
FROM alike JOIN common USING (pattern) LEFT JOIN hand USING (pattern)
ORDER BY weight_seconds DESC NULLS LAST, tickets DESC, pattern
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """One row per masked title, the one that would free most first."""
    since = tables.weeks[-1] - pd.Timedelta(days=180)
    asked = tables.ticket[(tables.ticket["opened_at"] >= since) & ~tables.ticket["ticket_id"].isin(tables.gone.index)]
    kind = kinds(tables, asked)
    kind = kind.assign(seconds=kind["ticket_id"].map(efforts(tables, kind["ticket_id"])))
    groups = kind.groupby("pattern")
    effort = groups["seconds"]
    told = groups.agg(
        tickets=("ticket_id", "size"), first_opened_at=("opened_at", "min"), last_opened_at=("opened_at", "max")
    )
    median = effort.quantile(0.5, interpolation="lower").where(effort.count() >= 5)
    told = told.assign(
        effort_tickets=effort.count(), effort_seconds=effort.sum(min_count=1), median_effort_seconds=median
    )
    told["weight_seconds"] = (told["tickets"] * median).fillna(told["effort_seconds"])
    told["category"] = groups["category"].agg(lambda names: names.mode()[0])
    told = told[told["tickets"] >= 3].assign(people=_hands(tables, asked, kind)).reset_index()
    return told.sort_values(["weight_seconds", "tickets", "pattern"], ascending=[False, False, True])


def _hands(tables: Tables, asked: pd.DataFrame, kind: pd.DataFrame) -> pd.Series:
    """How many people had a hand in the tickets of each masked title."""
    event = tables.event[tables.event["field"].isin(_DEEDS) & ~tables.event["actor_id"].isin(tables.bots)]
    deed = event[["ticket_id", "actor_id"]].merge(asked[["ticket_id", "author_id"]], on="ticket_id")
    person, author = (deed[name].map(tables.persons).fillna(deed[name]) for name in ("actor_id", "author_id"))
    pattern = deed["ticket_id"].map(kind.set_index("ticket_id")["pattern"])
    return person[person != author].groupby(pattern).nunique()


QUESTION = Question(summary_told("automation_candidates"), _in_pandas, _SQL)
