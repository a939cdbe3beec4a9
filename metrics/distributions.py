"""The statistics that metrics share: nearest-rank percentiles, Kaplan–Meier medians, Wilson intervals."""

from math import sqrt

import polars as pl

FEWEST = 5  # below this many values no percentile is shown
_Z95 = 1.959963984540054  # the normal quantile of a two-sided 95 % interval


def nearest_rank(values: pl.Series, percent: int) -> float | None:
    """The smallest value v such that at least `percent` % of the values are ≤ v; None below five values.

    Nulls are left out. Integer arithmetic picks the rank, so that 95 % of 20 is exactly the 19th.
    """
    known = values.drop_nulls().sort()
    if len(known) < FEWEST:
        return None
    rank = -(-percent * len(known) // 100)
    return float(known[max(rank, 1) - 1])


def kaplan_meier_median(durations: pl.Series, is_finished: pl.Series) -> float | None:
    """The duration by which half are finished, open items counted as lasting at least as long as they have.

    `durations` are seconds until the finish, or until now for what is not finished; nulls are left out. None below
    five items, or when fewer than half can be said to have finished.
    """
    known = pl.DataFrame({"duration": durations, "finished": is_finished}).drop_nulls("duration")
    if len(known) < FEWEST:
        return None
    steps = (
        known.group_by("duration")
        .agg(pl.len().alias("leaving"), pl.col("finished").sum().alias("finishing"))
        .sort("duration")
        .with_columns(at_risk=pl.col("leaving").sum() - pl.col("leaving").cum_sum() + pl.col("leaving"))
        .with_columns(survival=(1 - pl.col("finishing") / pl.col("at_risk")).cum_prod())
        .filter(pl.col("survival") <= 0.5 + 1e-12)
    )
    return None if steps.is_empty() else float(steps["duration"][0])


def wilson_interval(kept: int, n: int) -> tuple[float, float] | None:
    """The 95 % interval of a share, by Wilson's score; None where there is nothing to share."""
    if n == 0:
        return None
    share, z2 = kept / n, _Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = _Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # Both ends are exact where all or nothing was kept: rounding must not turn 100 % into a little less.
    return 0.0 if kept == 0 else centre - reach, 1.0 if kept == n else centre + reach
