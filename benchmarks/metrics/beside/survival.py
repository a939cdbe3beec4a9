"""By which duration so many had ended, what has not ended counted as lasting at least so long (Kaplan–Meier).

SURVIVAL stands on a relation `watched`: part (one curve each), entry (how long each had lasted when it was first
watched; below zero: from the beginning), duration, is_over. A curve begins where five are at risk.
"""

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

SURVIVAL = """
tick AS (
    SELECT part, age, sum(entered) AS entered, sum(is_left) AS is_left, sum(is_over) AS is_over FROM (
        SELECT part, entry AS age, 1 AS entered, 0 AS is_left, 0 AS is_over FROM watched WHERE entry < duration
        UNION ALL
        SELECT part, duration, 0, 1, is_over::INTEGER FROM watched WHERE entry < duration
    ) GROUP BY part, age
),
risk AS (
    SELECT *, sum(entered - is_left) OVER (
        PARTITION BY part ORDER BY age ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS at_risk
    FROM tick QUALIFY is_left > 0
),
begun AS (SELECT part, min(age) AS begins_at FROM risk WHERE at_risk >= 5 GROUP BY part),
curve AS (
    SELECT part, age, product(1 - is_over / at_risk) OVER (PARTITION BY part ORDER BY age) AS survival
    FROM risk JOIN begun USING (part) WHERE age >= begins_at
)"""


def survival_percentile(
    durations: pd.Series, is_over: pd.Series, percent: int, entries: pd.Series | None = None
) -> float | None:
    """The duration by which `percent` % had ended; none where nobody can say."""
    entry = np.full(len(durations), -1.0) if entries is None else entries.where(entries > 0, -1).to_numpy()
    duration = durations.to_numpy()
    is_watched = entry < duration
    ends, place = np.unique(duration[is_watched], return_inverse=True)
    over = np.bincount(place, weights=is_over.to_numpy()[is_watched], minlength=len(ends))
    came, went = (np.searchsorted(np.sort(moments[is_watched]), ends) for moments in (entry, duration))
    has_begun = np.maximum.accumulate(came - went >= 5)
    survival = np.cumprod(np.where(has_begun, 1 - over / (came - went), 1))
    found = ends[has_begun & (survival <= 1 - percent / 100 + 1e-12)]
    return float(found[0]) if len(found) else None
