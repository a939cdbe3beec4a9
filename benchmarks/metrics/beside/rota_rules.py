"""How often each rule of the rota was broken, by how many people, and for how many hours.

Shifts follow in a row where less than four days lie between; in the made-up rota those are shifts without a gap.
"""

from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.duties import DUTY, SHARE_LIMIT, duties
from benchmarks.metrics.beside.plain import Question, Tables, summary_told

_REST = {"duty": pd.Timedelta(days=7), "incident commander": pd.Timedelta(0)}
_DAY, _WEEK, _HOUR = pd.Timedelta(days=1), pd.Timedelta(weeks=1), pd.Timedelta(hours=1)
_SQL = f"""
WITH {DUTY},
turn AS (
    SELECT *, coalesce(
        starts_at - max(ends_at) OVER (by_person ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) >= INTERVAL 4 DAY,
        true
    ) AS is_first
    FROM duty WINDOW by_person AS (PARTITION BY person_id ORDER BY starts_at, ends_at, shift_id)
),
numbered AS (
    SELECT *, sum(is_first::INTEGER) OVER (PARTITION BY person_id ORDER BY starts_at, ends_at, shift_id) AS run
    FROM turn
),
run AS (
    SELECT person_id, min(starts_at) AS from_at, max(ends_at) AS until_at,
        greatest(1, ceil(epoch(until_at - from_at - INTERVAL 1 DAY) / 604800)) AS weeks
    FROM numbered GROUP BY person_id, run
),
vacancy AS (
    SELECT max(ends_at) OVER (PARTITION BY role ORDER BY starts_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        AS from_at, starts_at AS until_at
    FROM duty QUALIFY from_at < until_at
),
conflict AS (
    SELECT person_id, greatest(a.starts_at, b.starts_at) AS from_at, least(a.ends_at, b.ends_at) AS until_at
    FROM duty AS a JOIN duty AS b USING (person_id)
    WHERE a.role < b.role AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
),
rest AS (
    SELECT person_id, s.ends_at AS from_at, greatest(min(n.starts_at), s.ends_at) AS until_at
    FROM duty AS s JOIN duty AS n USING (person_id)
    WHERE NOT s.is_running AND n.shift_id <> s.shift_id AND n.ends_at > s.ends_at
        AND n.starts_at < s.ends_at + if(s.role = 'duty', INTERVAL 7 DAY, INTERVAL 0 DAY)
    GROUP BY person_id, s.shift_id, s.ends_at
),
begun AS (SELECT role, min(starts_at) AS from_at FROM duty GROUP BY role),
carried AS (
    SELECT role, person_id, sum(epoch(ends_at - starts_at)) AS held, any_value(from_at) AS from_at
    FROM duty JOIN begun USING (role) GROUP BY role, person_id
),
breach AS (
    SELECT if(weeks = 2, 2, 1) AS n, person_id, from_at, until_at FROM run WHERE weeks >= 2
    UNION ALL SELECT 3, NULL, * FROM vacancy
    UNION ALL SELECT 4, * FROM conflict
    UNION ALL SELECT 5, * FROM rest
    UNION ALL SELECT 6, person_id, from_at, $end FROM carried
        WHERE held / epoch($end - from_at) > {SHARE_LIMIT}
)
SELECT rule, count(from_at) AS breaches, count(DISTINCT person_id) AS people,
    coalesce(sum(epoch(until_at - from_at)) / 3600, 0) AS hours
FROM (VALUES (1, 'three weeks in a row'), (2, 'two weeks in a row'), (3, 'vacant'), (4, 'conflicting roles at once'),
    (5, 'too little rest'), (6, 'over the share limit')) AS rules(n, rule)
LEFT JOIN breach USING (n) GROUP BY n, rule ORDER BY n
"""


def _in_pandas(tables: Tables) -> pd.DataFrame:
    """rule, breaches, people, hours."""
    duty = duties(tables)
    run = _runs(duty)
    broken = {
        "three weeks in a row": run[run["weeks"] >= 3],
        "two weeks in a row": run[run["weeks"] == 2],
        "vacant": _vacancies(duty),
        "conflicting roles at once": _conflicts(duty),
        "too little rest": _rests(duty),
        "over the share limit": _over_limit(duty, tables.weeks[-1]),
    }
    return pd.DataFrame([_summed(rule, breaches) for rule, breaches in broken.items()])


def _summed(rule: str, breaches: pd.DataFrame) -> dict[str, Any]:
    hours = (breaches["until_at"] - breaches["from_at"]).sum() / _HOUR
    return {"rule": rule, "breaches": len(breaches), "people": breaches["person_id"].nunique(), "hours": hours}


def _runs(duty: pd.DataFrame) -> pd.DataFrame:
    turn = duty.sort_values(["person_id", "starts_at", "ends_at", "shift_id"])
    free = turn.groupby("person_id")["ends_at"].cummax().groupby(turn["person_id"]).shift()
    is_first = free.isna() | (turn["starts_at"] - free >= pd.Timedelta(days=4))
    runs = turn.groupby(["person_id", is_first.cumsum().rename("run")])
    run = runs.agg(from_at=("starts_at", "min"), until_at=("ends_at", "max")).reset_index()
    return run.assign(weeks=np.ceil((run["until_at"] - run["from_at"] - _DAY) / _WEEK).clip(lower=1))


def _vacancies(duty: pd.DataFrame) -> pd.DataFrame:
    turn = duty.sort_values(["role", "starts_at"])
    before = turn.groupby("role")["ends_at"].cummax().groupby(turn["role"]).shift()
    gap = pd.DataFrame({"person_id": None, "from_at": before, "until_at": turn["starts_at"]})
    return gap[gap["from_at"] < gap["until_at"]]


def _conflicts(duty: pd.DataFrame) -> pd.DataFrame:
    pair = duty.merge(duty, on="person_id", suffixes=("", "_other"))
    from_at, until_at = (
        np.maximum(pair["starts_at"], pair["starts_at_other"]),
        np.minimum(pair["ends_at"], pair["ends_at_other"]),
    )
    told = pd.DataFrame({"person_id": pair["person_id"], "from_at": from_at, "until_at": until_at})
    return told[(pair["role"] < pair["role_other"]) & (from_at < until_at)]


def _rests(duty: pd.DataFrame) -> pd.DataFrame:
    pair = duty[~duty["is_running"]].merge(duty, on="person_id", suffixes=("", "_next"))
    is_later = (pair["ends_at_next"] > pair["ends_at"]) & (pair["shift_id"] != pair["shift_id_next"])
    is_early = pair["starts_at_next"] < pair["ends_at"] + pair["role"].map(_REST)
    following = pair[is_later & is_early].groupby(["person_id", "shift_id"])
    rest = following.agg(from_at=("ends_at", "first"), until_at=("starts_at_next", "min")).reset_index()
    return rest.assign(until_at=np.maximum(rest["from_at"], rest["until_at"]))


def _over_limit(duty: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    held = (
        (duty["ends_at"] - duty["starts_at"]).groupby([duty["role"], duty["person_id"]]).sum().reset_index(name="held")
    )
    begun = held["role"].map(duty.groupby("role")["starts_at"].min())
    return held.assign(from_at=begun, until_at=end)[held["held"] / (end - begun) > SHARE_LIMIT]


QUESTION = Question(summary_told("rota_rules"), _in_pandas, _SQL)
