"""How many tickets of each category were opened in each week, what they took, and how many came again."""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.efforts import EFFORT, efforts
from benchmarks.metrics.beside.kinds_of_work import KINDS, UNCLASSIFIED, kinds
from benchmarks.metrics.beside.plain import Question, Tables, week_of, weekly_told
from benchmarks.metrics.beside.weeks import EACH_WEEK

_SQL = f"""
WITH {EACH_WEEK},
asked AS (SELECT ticket_id, opened_at FROM ticket ANTI JOIN gone USING (ticket_id)),
recent AS (FROM asked WHERE opened_at >= $first),
{KINDS}, {EFFORT},
repeated AS (
    SELECT *, row_number() OVER (PARTITION BY category, pattern ORDER BY opened_at, ticket_id) > 1 AS is_repeat
    FROM kind
),
counted AS (
    SELECT week, category, count(*) AS tickets, sum(seconds) AS effort_seconds, count(seconds) AS effort_tickets,
        count(*) FILTER (is_repeat) AS repeats
    FROM repeated AS r JOIN week AS w ON r.opened_at >= w.starts_at AND r.opened_at < w.ends_at
    LEFT JOIN effort USING (ticket_id) GROUP BY week, category
),
name AS (SELECT category FROM counted UNION SELECT '{UNCLASSIFIED}')
SELECT week, category, coalesce(tickets, 0) AS tickets,
    coalesce(tickets, 0) / nullif(sum(tickets) OVER (PARTITION BY week), 0) AS share,
    effort_seconds, coalesce(effort_tickets, 0) AS effort_tickets, coalesce(repeats, 0) AS repeats
FROM week CROSS JOIN name LEFT JOIN counted USING (week, category) ORDER BY week, category
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """One row per week and category."""
    kind = kinds(tables, tables.ticket[~tables.ticket["ticket_id"].isin(tables.gone.index)])
    ranked = kind.sort_values(["opened_at", "ticket_id"])
    kind = kind.assign(is_repeat=ranked.duplicated(["category", "pattern"]), week=week_of(tables, kind["opened_at"]))
    kind = kind[kind["week"] > 0]
    seconds = kind["ticket_id"].map(efforts(tables, kind["ticket_id"]))
    groups = kind.assign(seconds=seconds).groupby(["week", "category"])
    counted = pd.DataFrame(
        {"tickets": groups.size(), "effort_tickets": groups["seconds"].count(), "repeats": groups["is_repeat"].sum()}
    )
    every = pd.MultiIndex.from_product(
        [range(1, len(tables.weeks)), sorted({*kind["category"], UNCLASSIFIED})], names=["week", "category"]
    )
    told = counted.reindex(every, fill_value=0).assign(effort_seconds=groups["seconds"].sum(min_count=1))
    share = told["tickets"] / told.groupby("week")["tickets"].transform("sum")
    return told.assign(share=share).reset_index()


QUESTION = Question(weekly_told("toil"), _in_pandas, _SQL)
