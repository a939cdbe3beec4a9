"""What new tickets of each week came with: how many keep the whole checklist, and the mean share of it that is kept.

Answered in time is within four working hours of the first queue's team where the priority then is P0 or P1, else within
16. Only Phorge has projects, an ETA once given stands, and no tracker here calls any ticket a duplicate.
"""

from collections.abc import Sequence

import duckdb
import pandas as pd  # type: ignore[import-untyped] # it ships no types
import polars as pl

from benchmarks.metrics.beside.deadlines import DUE, due
from benchmarks.metrics.beside.plain import BOTS, WEEK, Question, Tables, ordered, week_of, weekly_told
from benchmarks.metrics.beside.priority_turns import PRIORITY_TURNS, priority_turns
from benchmarks.metrics.beside.stage_spells import TURNS, turns
from metrics.weeks import Week

_SPOKEN = ("eta", "comment", "note")
_DIGITS = 9  # of a mean, whatever the order in which it was summed
_SQL = f"""
WITH {PRIORITY_TURNS}, {TURNS},
arrival AS (SELECT * FROM ticket ANTI JOIN gone USING (ticket_id) WHERE opened_at >= $first),
first_queue AS (
    SELECT ticket_id, arg_min(new, (occurred_at, seq)) AS queue FROM event SEMI JOIN arrival USING (ticket_id)
    WHERE field = 'queue' GROUP BY ticket_id
),
spoken AS (
    SELECT e.ticket_id, e.occurred_at, e.seq, e.field
    FROM event AS e JOIN arrival AS a USING (ticket_id)
    WHERE e.actor_id NOT IN ({BOTS})
        AND (e.field = 'eta' OR e.field IN ('comment', 'note') AND e.actor_id <> a.author_id)
),
answer AS (SELECT ticket_id, min(occurred_at) AS responded_at FROM spoken WHERE field = 'comment' GROUP BY ticket_id),
prioritised AS (
    SELECT ticket_id, arg_max(priority, (occurred_at, seq)) AS priority,
        arg_max(priority, (occurred_at, seq)) FILTER (occurred_at <= coalesce(responded_at, $end)) AS then_priority
    FROM priority_turn SEMI JOIN arrival USING (ticket_id) LEFT JOIN answer USING (ticket_id) GROUP BY ticket_id
),
promise AS (
    SELECT ticket_id, queue, opened_at AS began_at, if(coalesce(then_priority, 'none') IN ('P0', 'P1'), 4, 16) AS hours
    FROM arrival JOIN first_queue USING (ticket_id) LEFT JOIN prioritised USING (ticket_id)
),
{DUE},
history AS (
    SELECT ticket_id, occurred_at, seq, field, NULL AS stage FROM spoken
    UNION ALL
    SELECT ticket_id, occurred_at, seq, 'stage', stage FROM turn SEMI JOIN arrival USING (ticket_id)
),
moment AS (
    SELECT ticket_id, field, bool_or(field = 'eta') OVER so_far AS has_date,
        last_value(stage IGNORE NULLS) OVER so_far AS stage
    FROM history WINDOW so_far AS (PARTITION BY ticket_id ORDER BY occurred_at, seq)
),
informed AS (
    SELECT ticket_id, bool_or(has_date OR field IN ('comment', 'note')) AS has_eta
    FROM moment WHERE stage = 'active' GROUP BY ticket_id
),
described AS (
    SELECT ticket_id, bool_or(field = 'description') AS has_description, bool_or(field = 'project') AS has_project
    FROM event SEMI JOIN arrival USING (ticket_id) WHERE field IN ('description', 'project') AND new IS NOT NULL
    GROUP BY ticket_id
),
checked AS (
    SELECT {WEEK.format("a.opened_at")}, [
        len(string_split(trim(a.title), ' ')) >= 3,
        coalesce(t.has_description, false) OR coalesce(regexp_matches(a.description, '\\S'), false),
        CASE WHEN a.source = 'phorge' THEN coalesce(t.has_project, false) END,
        coalesce(p.priority, 'none') <> 'none',
        CASE WHEN w.responded_at IS NOT NULL THEN w.responded_at <= d.due_at WHEN d.due_at < $end THEN false END,
        i.has_eta,
        true
    ] AS checks
    FROM arrival AS a JOIN due AS d USING (ticket_id)
        LEFT JOIN described AS t USING (ticket_id) LEFT JOIN prioritised AS p USING (ticket_id)
        LEFT JOIN answer AS w USING (ticket_id) LEFT JOIN informed AS i USING (ticket_id)
),
scored AS (
    SELECT week, list_sum(list_transform(checks, lambda c: c::INTEGER)) / list_count(checks) AS score FROM checked
)
SELECT week, count(*) AS tickets, round(avg(score), {_DIGITS}) AS mean_score,
    count(*) FILTER (score = 1) AS complete_tickets, complete_tickets / tickets AS complete_share
FROM scored GROUP BY week ORDER BY week
"""
_weekly = weekly_told("intake")


def _of_watchbill(con: duckdb.DuckDBPyConnection, as_of: str, weeks: Sequence[Week]) -> pl.DataFrame:
    return _weekly(con, as_of, weeks).with_columns(pl.col("mean_score").round(_DIGITS))


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """Tickets, their mean score, and those that keep everything, by the week of opening."""
    tickets = tables.ticket[~tables.ticket["ticket_id"].isin(tables.gone.index)].set_index("ticket_id")
    tickets = tickets[tickets["opened_at"] >= tables.weeks[0]]
    by_week = _checks(tables, tickets).mean(axis=1).groupby(week_of(tables, tickets["opened_at"]))
    told = pd.DataFrame({"tickets": by_week.size(), "mean_score": by_week.mean().round(_DIGITS)})
    told["complete_tickets"] = by_week.agg(lambda scores: (scores == 1).sum())
    return told.assign(complete_share=told["complete_tickets"] / told["tickets"])


def _checks(tables: Tables, tickets: pd.DataFrame) -> pd.DataFrame:
    """1 where a check is kept, 0 where it is not, nothing where it does not apply."""
    events = tables.event[tables.event["field"].isin([*_SPOKEN, "description", "project"])]
    events = events[events["ticket_id"].isin(tickets.index)]
    words, text = _words(tables, tickets, events), tables.text.loc[tickets.index]
    priority = priority_turns(tables)
    priority = priority[priority["ticket_id"].isin(tickets.index)]
    has_project = pd.Series(tickets.index.isin(_told(events, "project")), tickets.index)
    return pd.DataFrame({
        "title": text["title"].str.split().str.len() >= 3,
        "description": text["has_description"] | text.index.isin(_told(events, "description")),
        "project": has_project.where(tickets["source"] == "phorge"),
        "priority": _last(priority).reindex(tickets.index, fill_value="none") != "none",
        "acknowledged": _acknowledged(tables, tickets, words, priority),
        "eta": _informed(tables, words).reindex(tickets.index),
        "original": True,
    }).astype(float)  # fmt: skip


def _told(events: pd.DataFrame, field: str) -> pd.Series:
    return events.loc[(events["field"] == field) & events["new"].notna(), "ticket_id"]


def _words(tables: Tables, tickets: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Dates that people gave, and what they said on what others opened."""
    events = events[events["field"].isin(_SPOKEN) & ~events["actor_id"].isin(tables.bots)]
    is_own = events["actor_id"] == events["ticket_id"].map(tickets["author_id"])
    return events[(events["field"] == "eta") | ~is_own]


def _last(priorities: pd.DataFrame) -> pd.Series:
    return ordered(priorities).groupby("ticket_id")["priority"].last()


def _acknowledged(tables: Tables, tickets: pd.DataFrame, words: pd.DataFrame, priority: pd.DataFrame) -> pd.Series:
    """Whether each was answered in time; unknown while there is time."""
    answered = words[words["field"] == "comment"].groupby("ticket_id")["occurred_at"].min()
    then = _last(priority[~(priority["occurred_at"] > priority["ticket_id"].map(answered))])
    hours = then.isin(["P0", "P1"]).map({True: 4, False: 16}).reindex(tickets.index, fill_value=16)
    due_at = due(tables, tickets["opened_at"], _first_queue(tables, tickets), hours)
    answered = answered.reindex(tickets.index)
    return (answered <= due_at).astype(float).where(answered.notna() | (due_at < tables.weeks[-1]))


def _first_queue(tables: Tables, tickets: pd.DataFrame) -> pd.Series:
    queues = tables.event[tables.event["field"] == "queue"]
    queues = queues[queues["ticket_id"].isin(tickets.index)]
    return ordered(queues).groupby("ticket_id")["new"].first().reindex(tickets.index)


def _informed(tables: Tables, words: pd.DataFrame) -> pd.Series:
    """Whether, while each ticket was active, a date stood or somebody else spoke."""
    stage = turns(tables)
    history = ordered(pd.concat([words, stage[stage["ticket_id"].isin(words["ticket_id"])]]))
    is_active = history.groupby("ticket_id")["stage"].ffill() == "active"
    has_date = (history["field"] == "eta").groupby(history["ticket_id"]).cummax()
    is_told = (has_date | history["field"].isin(["comment", "note"]))[is_active]
    found = is_told.groupby(history["ticket_id"]).any()
    active = stage.loc[stage["stage"] == "active", "ticket_id"].unique()
    return found.reindex(pd.Index(active), fill_value=False)


QUESTION = Question(_of_watchbill, _in_pandas, _SQL)
