"""Of the incidents whose debrief was due in each week: how many have a post-mortem, and what became of the debrief.

An incident ends when it is resolved, or else mitigated, and its debrief is due seven days later. In the made-up
trackers nothing but a ticket that says it is the incident's child, and is marked as one, is its post-mortem.
"""

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.incident_courses import INCIDENTS, incidents, marked
from benchmarks.metrics.beside.plain import Question, Tables, per_week, weekly_told
from benchmarks.metrics.beside.weeks import EACH_WEEK

_VERDICTS = ("held", "late", "overdue", "due")
_COUNT = "count(*) FILTER (v.verdict = '{0}') AS debriefs_{0}"
_SQL = f"""
WITH {EACH_WEEK}, {INCIDENTS},
document AS (
    SELECT DISTINCT l.new[len('child_of ') + 1:] AS ticket_id, l.ticket_id AS document_id
    FROM event AS l SEMI JOIN (
        SELECT ticket_id FROM event
        WHERE field = 'label' AND new = 'post-mortem' OR field = 'type' AND new = 'Post-mortem'
    ) AS m USING (ticket_id) ANTI JOIN gone USING (ticket_id)
    WHERE l.field = 'link' AND starts_with(l.new, 'child_of ')
),
held AS (
    SELECT ticket_id, min(e.occurred_at) AS held_at
    FROM (FROM document UNION SELECT ticket_id, ticket_id FROM incident) AS d
    JOIN incident AS i USING (ticket_id) JOIN event AS e ON e.ticket_id = d.document_id
    WHERE e.field = 'label' AND e.new = 'debrief held' AND e.occurred_at >= i.opened_at GROUP BY ticket_id
),
review AS (
    SELECT ticket_id IN (SELECT ticket_id FROM document) AS has_postmortem, h.held_at,
        coalesce(i.resolved_at, i.mitigated_at) + INTERVAL 7 DAY AS due_at
    FROM incident AS i LEFT JOIN held AS h USING (ticket_id)
),
judged AS (
    SELECT *, CASE WHEN held_at > due_at THEN 'late' WHEN held_at IS NOT NULL THEN 'held'
        WHEN due_at < $end THEN 'overdue' ELSE 'due' END AS verdict
    FROM review
)
SELECT week, count(v.due_at) AS incidents, count(*) FILTER (v.has_postmortem) AS incidents_with_postmortem,
    {", ".join(map(_COUNT.format, _VERDICTS))}
FROM week LEFT JOIN judged AS v ON v.due_at >= week.starts_at AND v.due_at < week.ends_at
GROUP BY week ORDER BY week
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """What became of the debriefs that were due in each week."""
    found = incidents(tables).set_index("ticket_id")
    document = _documents(tables)
    held = _held(tables, found, document).reindex(found.index)
    due = found["resolved_at"].fillna(found["mitigated_at"]) + pd.Timedelta(days=7)
    is_known, is_past = held.notna(), due < tables.weeks[-1]
    verdict = np.select([held > due, is_known, is_past], ["late", "held", "overdue"], "due")
    told = {"incidents": due, "incidents_with_postmortem": due[found.index.isin(document["ticket_id"])]}
    told |= {f"debriefs_{name}": due[verdict == name] for name in _VERDICTS}
    return pd.DataFrame({name: per_week(tables, moments.dropna()) for name, moments in told.items()})


def _documents(tables: Tables) -> pd.DataFrame:
    """Which ticket is the post-mortem of which incident: document_id, ticket_id."""
    link = tables.event[(tables.event["field"] == "link") & tables.event["new"].str.startswith("child_of ")]
    link = link[link["ticket_id"].isin(marked(tables, "post-mortem", "Post-mortem").index)]
    parent = link["new"].str.removeprefix("child_of ")
    return pd.DataFrame({"document_id": link["ticket_id"], "ticket_id": parent}).drop_duplicates()


def _held(tables: Tables, found: pd.DataFrame, document: pd.DataFrame) -> pd.Series:
    """When the debrief of each incident was held, by its post-mortem's word or its own, since it began."""
    own = pd.DataFrame({"document_id": found.index, "ticket_id": found.index})
    label = tables.event[(tables.event["field"] == "label") & (tables.event["new"] == "debrief held")]
    label = label[["ticket_id", "occurred_at"]].rename(columns={"ticket_id": "document_id"})
    told = pd.concat([own, document]).merge(label, on="document_id")
    told = told[told["occurred_at"] >= told["ticket_id"].map(found["opened_at"])]
    return told.groupby("ticket_id")["occurred_at"].min()


QUESTION = Question(weekly_told("postmortems"), _in_pandas, _SQL)
