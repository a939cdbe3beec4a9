"""How many people held several roles in each week, and the most roles that one of them held."""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.duties import DUTY, duties
from benchmarks.metrics.beside.plain import Question, Tables, week_of, weekly_told
from benchmarks.metrics.beside.weeks import EACH_WEEK

_SQL = f"""
WITH {EACH_WEEK}, {DUTY},
several AS (
    SELECT week, person_id, count(DISTINCT role) AS roles
    FROM week AS w JOIN duty AS d ON d.middle_at >= w.starts_at AND d.middle_at < w.ends_at
    GROUP BY week, person_id HAVING roles > 1
)
SELECT week, count(person_id) AS people_with_several_roles, coalesce(max(roles), 0) AS most_roles
FROM week LEFT JOIN several USING (week) GROUP BY week ORDER BY week
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """People with several roles in each week, and how many the one with most had."""
    duty = duties(tables)
    roles = duty.groupby([week_of(tables, duty["middle_at"]), "person_id"])["role"].nunique()
    several = roles[roles > 1].groupby(level=0).agg(people_with_several_roles="size", most_roles="max")
    return several.reindex(range(1, len(tables.weeks)), fill_value=0)


QUESTION = Question(weekly_told("role_concentration"), _in_pandas, _SQL)
