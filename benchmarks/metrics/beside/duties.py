"""Every shift that has begun, with the person who holds it, as far as it is known.

In the made-up rota nobody stands in for anybody, and a shift has one entry in its calendar.
"""

import pandas as pd  # type: ignore[import-untyped] # it ships no types

from benchmarks.metrics.beside.plain import Tables

BURDEN = {"duty": 1.0, "incident commander": 0.5}
SHARE_LIMIT = 0.25
DUTY = """
duty AS (
    SELECT shift_id, role, person_id, starts_at, least(ends_at, $end) AS ends_at, ends_at > $end AS is_running,
        starts_at + (ends_at - starts_at) / 2 AS middle_at, if(role = 'duty', 1.0::DOUBLE, 0.5::DOUBLE) AS burden
    FROM shift JOIN account_setting USING (account_id) WHERE starts_at < $end
)"""


def duties(tables: Tables) -> pd.DataFrame:
    """shift_id, role, person_id, starts_at, ends_at, middle_at, is_running."""
    end, shift = tables.weeks[-1], tables.shift[tables.shift["starts_at"] < tables.weeks[-1]]
    middle = shift["starts_at"] + (shift["ends_at"] - shift["starts_at"]) / 2
    told = shift.assign(person_id=shift["account_id"].map(tables.persons), middle_at=middle)
    return told.assign(is_running=shift["ends_at"] > end, ends_at=shift["ends_at"].clip(upper=end))
