"""How many incidents each week told of, how many of them are over, and the median seconds to each milestone."""

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.incident_courses import INCIDENTS, incidents
from benchmarks.metrics.beside.plain import Question, Tables, week_of, weekly_told
from benchmarks.metrics.beside.weeks import EACH_WEEK

_MILESTONES = ("acknowledge", "mitigate", "resolve")
_MEDIAN = "CASE WHEN count({0}) >= 5 THEN quantile_disc({0}, 0.5) END AS median_to_{0}_seconds"
_SQL = f"""
WITH {EACH_WEEK}, {INCIDENTS},
lasted AS (
    SELECT recognised_at, resolved_at, epoch(acknowledged_at - opened_at) AS acknowledge,
        epoch(mitigated_at - opened_at) AS mitigate, epoch(resolved_at - opened_at) AS resolve
    FROM incident
)
SELECT week, count(l.recognised_at) AS incidents, count(l.resolved_at) AS resolved_incidents,
    incidents - resolved_incidents AS ongoing_incidents,
    {", ".join(map(_MEDIAN.format, _MILESTONES))}
FROM week LEFT JOIN lasted AS l ON l.recognised_at >= week.starts_at AND l.recognised_at < week.ends_at
GROUP BY week ORDER BY week
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """Incidents by the week they were recognised in, and how long each milestone took in the median."""
    found = incidents(tables)
    times = {"acknowledge": "acknowledged_at", "mitigate": "mitigated_at", "resolve": "resolved_at"}
    lasted = pd.DataFrame({verb: (found[at] - found["opened_at"]).dt.total_seconds() for verb, at in times.items()})
    weeks = lasted.groupby(week_of(tables, found["recognised_at"]))
    every_week = range(1, len(tables.weeks))
    counts = pd.DataFrame({"incidents": weeks.size(), "resolved_incidents": weeks["resolve"].count()})
    counts = counts.reindex(every_week, fill_value=0)
    medians = (
        weeks.quantile(0.5, interpolation="lower").where(weeks.count() >= 5).reindex(every_week, fill_value=np.nan)
    )
    told = counts.assign(ongoing_incidents=counts["incidents"] - counts["resolved_incidents"])
    return told.join(medians.add_prefix("median_to_").add_suffix("_seconds"))


QUESTION = Question(weekly_told("incidents"), _in_pandas, _SQL)
