"""Which action items are outstanding, by who has them and how long they have been: a load, and no ranking."""

import polars as pl

DAY = 86400
AGES = (("under_30_days", 0, 30), ("days_30_to_90", 30, 90), ("days_90_to_180", 90, 180), ("over_180_days", 180, None))


def outstanding(items: pl.DataFrame) -> pl.DataFrame:
    """Rows of `action_items`, one row per owner in the order of the alphabet, and one for what nobody owns, the last.

    owner (null: nobody), open_items, overdue_items, and the open ones by age since they were recognised: under_30_days,
    days_30_to_90, days_90_to_180, over_180_days (a bound belongs to the older). An item of two owners stands with each.
    """
    names = pl.col("owners").str.json_decode(pl.List(pl.String))
    nobody = pl.lit([None], dtype=pl.List(pl.String))
    still = items.filter("is_open").with_columns(owner=pl.when(names.list.len() > 0).then(names).otherwise(nobody))
    counted = still.explode("owner").group_by("owner")
    age = pl.col("age_seconds") / DAY
    found = counted.agg(
        open_items=pl.len().cast(pl.Int64),
        overdue_items=pl.col("is_overdue").sum().cast(pl.Int64),
        **{name: ((age >= low) & (age < (high or float("inf")))).sum().cast(pl.Int64) for name, low, high in AGES},
    )
    return found.sort("owner", nulls_last=True)
