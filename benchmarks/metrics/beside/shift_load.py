"""What the shifts of each week met with: tickets arriving, urgent ones, what whoever was on duty triaged and finished,
and the hours in which they were interrupted, by kind."""

from dataclasses import replace

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.duties import BURDEN
from benchmarks.metrics.beside.interruptions import INTERRUPTED, Seen, interrupted, on_duty, seen
from benchmarks.metrics.beside.plain import Question, Tables, week_of, weekly_told
from benchmarks.metrics.beside.triage_stays import STAYS, stays
from benchmarks.metrics.beside.weeks import EACH_WEEK

_KINDS = ("business", "off", "sleep")
_EVERY_STAY = STAYS.replace("ANTI JOIN gone USING (ticket_id)", "")  # what was triaged stays so, though the ticket goes
_SQL = f"""
WITH {EACH_WEEK}, {INTERRUPTED}, {_EVERY_STAY},
arrived AS (
    SELECT p.ticket_id, p.queue, p.from_at AS moment_at,
        min(greatest(u.from_at, p.from_at)) FILTER (u.level IS NOT NULL) AS urgent_at
    FROM present AS p
    LEFT JOIN urgency AS u
        ON u.ticket_id = p.ticket_id AND u.level < 2 AND u.from_at < p.until_at AND u.until_at > p.from_at
    GROUP BY ALL
),
met AS (
    SELECT shift_id, count(*) AS arrivals, count(*) FILTER (urgent_at < ends_at) AS urgent_arrivals
    FROM arrived JOIN duty AS d ON moment_at >= d.starts_at AND moment_at < d.ends_at GROUP BY shift_id
),
done AS (
    SELECT shift_id, count(DISTINCT ticket_id) FILTER (what = 'triaged') AS triaged_tickets,
        count(DISTINCT ticket_id) FILTER (what = 'finished') AS finished_tickets
    FROM own JOIN (
        SELECT 'triaged' AS what, ticket_id, triaged_at AS moment_at FROM stay WHERE triaged_at IS NOT NULL
        UNION ALL
        SELECT 'finished', ticket_id, until_at FROM present WHERE is_closed
    ) AS d USING (ticket_id, moment_at)
    GROUP BY shift_id
),
lost AS (
    SELECT shift_id, count(*) AS interruptions,
        {", ".join(f"count(*) FILTER (kind = '{kind}') AS {kind}_interruptions" for kind in _KINDS)}
    FROM interrupted GROUP BY shift_id
)
SELECT week, count(shift_id) AS shifts, count(DISTINCT person_id) AS people,
    sum(burden * epoch(d.ends_at - d.starts_at) / 604800) AS duty_weeks,
    sum(arrivals)::BIGINT AS arrivals, sum(urgent_arrivals)::BIGINT AS urgent_arrivals,
    coalesce(sum(triaged_tickets), 0)::BIGINT AS triaged_tickets,
    coalesce(sum(finished_tickets), 0)::BIGINT AS finished_tickets, sum(interruptions)::BIGINT AS interruptions,
    {", ".join(f"sum({kind}_interruptions)::BIGINT AS {kind}_interruptions" for kind in _KINDS)}
FROM week AS w JOIN duty AS d ON d.middle_at >= w.starts_at AND d.middle_at < w.ends_at
LEFT JOIN met USING (shift_id) LEFT JOIN done USING (shift_id) LEFT JOIN lost USING (shift_id)
GROUP BY week ORDER BY week
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """The sums over the shifts of each week."""
    happened = seen(tables)
    duty = happened.duty
    held = (duty["ends_at"] - duty["starts_at"]) / pd.Timedelta(weeks=1)
    shift = duty.assign(duty_weeks=duty["role"].map(BURDEN) * held).set_index("shift_id")
    counts = pd.concat([_met(happened), _done(tables, happened), _lost(tables, happened)], axis=1)
    shift = shift.join(counts.reindex(shift.index).fillna(0))
    weeks = shift.groupby(week_of(tables, shift["middle_at"]))
    told = weeks[["duty_weeks", *counts.columns]].sum()
    told = told.assign(shifts=weeks.size(), people=weeks["person_id"].nunique())
    return told.reindex(range(1, len(tables.weeks)), fill_value=0)


def _met(happened: Seen) -> pd.DataFrame:
    """arrivals and urgent_arrivals of each shift."""
    arrived = _arrived(happened).rename(columns={"from_at": "moment_at"})
    met = on_duty(arrived, happened.duty)
    arrivals, urgent = met.groupby("shift_id").size(), met[met["urgent_at"] < met["ends_at"]].groupby("shift_id").size()
    return pd.DataFrame({"arrivals": arrivals, "urgent_arrivals": urgent})


def _arrived(happened: Seen) -> pd.DataFrame:
    """Every presence with when it was first urgent."""
    present, urgency = happened.present, happened.urgency
    urgent = urgency.loc[urgency["level"] < 2, ["ticket_id", "from_at", "until_at"]]
    pair = present.reset_index().merge(urgent, on="ticket_id", suffixes=("", "_urgent"))
    begins = pair["until_at"].isna() | (pair["from_at_urgent"] < pair["until_at"])
    lasts = pair["until_at_urgent"].isna() | (pair["until_at_urgent"] > pair["from_at"])
    first = np.maximum(pair["from_at"], pair["from_at_urgent"])[begins & lasts]
    return present.assign(urgent_at=first.groupby(pair["index"]).min())


def _done(tables: Tables, happened: Seen) -> pd.DataFrame:
    """triaged_tickets and finished_tickets of each shift, by whoever held it."""
    present = happened.present
    triaged = stays(replace(tables, gone=tables.gone[:0])).dropna(subset="triaged_at")
    moments = {
        "triaged_tickets": triaged[["ticket_id", "triaged_at"]],
        "finished_tickets": present.loc[present["is_closed"], ["ticket_id", "until_at"]],
    }
    counts = {}
    for name, moment in moments.items():
        theirs = happened.own.merge(moment.set_axis(["ticket_id", "moment_at"], axis=1), on=["ticket_id", "moment_at"])
        counts[name] = theirs.groupby("shift_id")["ticket_id"].nunique()
    return pd.DataFrame(counts)


def _lost(tables: Tables, happened: Seen) -> pd.DataFrame:
    """Interrupted hours of each shift, by kind."""
    hours = interrupted(tables, happened)
    kinds = hours.groupby(["shift_id", "kind"]).size().unstack(fill_value=0).reindex(columns=_KINDS, fill_value=0)
    return kinds.add_suffix("_interruptions").assign(interruptions=kinds.sum(axis=1))


QUESTION = Question(weekly_told("shift_load"), _in_pandas, _SQL)
