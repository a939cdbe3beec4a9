"""The statistics that metrics share: percentiles by nearest rank and by Kaplan–Meier, Wilson intervals."""

from collections.abc import Sequence
from math import ceil, sqrt

import polars as pl

FEWEST = 5  # below this many values no percentile is shown
_EARLIER = -1.0  # what was watched from zero on is at risk of a duration of zero, too: it entered before
_HALF = 0.5 + 1e-12
_Z95 = 1.959963984540054  # the normal quantile of a two-sided 95 % interval


def nearest_rank(values: pl.Series, percent: int) -> float | None:
    """The smallest value v such that at least `percent` % of the values are ≤ v; None below five values.

    Nulls are left out. Integer arithmetic picks the rank, so that 95 % of 20 is exactly the 19th.
    """
    count = values.count()
    if count < FEWEST:
        return None
    place = max(-(-percent * count // 100), 1) - 1
    return _at(place, values)


def _at(place: int, values: pl.Series) -> float:
    """What stands at a place of the sorted values, counted from 0; of two or more values."""
    # By the middle of the place: the share of it that Polars asks for is not exact.
    return float(values.quantile(min((place + 0.5) / (values.count() - 1), 1.0), "lower"))  # type: ignore[arg-type]


def median(column: str) -> pl.Expr:
    """The nearest-rank median of a group's values as an aggregate; null below five values, nulls left out."""
    values = pl.col(column).drop_nulls().sort()
    return pl.when(values.len() >= FEWEST).then(values.get((values.len() - 1) // 2, null_on_oob=True))


def kaplan_meier_median(durations: pl.Series, is_finished: pl.Series) -> float | None:
    """The duration by which half are finished, open items counted as lasting at least as long as they have.

    `durations` are seconds until the finish, or until now for what is not finished; nulls are left out. None below
    five items, or when fewer than half can be said to have finished.
    """
    watched = durations > _EARLIER
    over, lasting = (durations.filter(watched & share) for share in (is_finished, ~is_finished))
    at_risk = len(over) + len(lasting)
    if at_risk < FEWEST:
        return None
    if 2 * len(over) >= at_risk:  # half of all have finished by then: what lasted longer need not be sorted
        last = _at((at_risk - 1) // 2, over)
        over, lasting = (some.filter(some <= last) for some in (over, lasting))
    ends = over.sort().to_numpy()
    survival, ended = 1.0, 0
    # From one item that was seen no longer to the next, survival falls as the number of those at risk does.
    for until in (*ends.searchsorted(lasting.sort().to_numpy(), side="right").tolist(), len(ends)):
        left = at_risk - (until - ended)
        if until > ended and survival * left / at_risk <= _HALF:
            missing = max(ceil(at_risk * (1 - _HALF / survival)), 1)
            return float(ends[ended + missing - 1])
        survival *= left / at_risk if at_risk else 1.0
        at_risk, ended = left - 1, until
    return None


def kaplan_meier_percentiles(
    durations: pl.Series, is_finished: pl.Series, percents: Sequence[int], entries: pl.Series | None = None
) -> list[float | None]:
    """The durations by which so many percent are finished, open items counted as lasting at least as long as they have.

    `durations` are as for the median. An item whose duration was not watched from zero on has its age when the watch
    began in `entries` (delayed entry): it is at risk of finishing only after that. One that was not watched at all is
    left out, and the curve starts at the first duration that at least five were at risk to end at: before, one early
    finish among two would halve it. None below five items, or when fewer than `percent` % can be said to have finished.
    """
    start = pl.lit(_EARLIER) if entries is None else pl.when(pl.lit(entries) > 0).then(entries).otherwise(_EARLIER)
    columns = {"duration": durations.cast(pl.Float64), "done": is_finished}
    watched = pl.DataFrame(columns).with_columns(entry=start.cast(pl.Float64))
    watched = watched.filter(pl.col("entry") < pl.col("duration"))
    if len(watched) < FEWEST:
        return [None] * len(percents)
    # One after the other, also of those that end at once: n items at risk of which two finish are left to
    # (n - 1) / n * (n - 2) / (n - 1). Whoever was seen no longer by then was at risk until the last of them.
    in_order = watched.select("duration", lasts=~pl.col("done")).sort("duration", "lasts").with_row_index("left")
    entered = watched["entry"].sort().search_sorted(in_order["duration"], side="left")
    steps = (
        in_order.with_columns(at_risk=pl.lit(entered).cast(pl.Int64) - pl.col("left"))
        .filter((pl.col("at_risk") >= FEWEST).cast(pl.Int8).cum_max() == 1, ~pl.col("lasts"))
        .with_columns(survival=(1 - 1 / pl.col("at_risk")).cum_prod())
    )
    reached = (steps.filter(pl.col("survival") <= 1 - percent / 100 + 1e-12)["duration"] for percent in percents)
    return [None if durations.is_empty() else float(durations[0]) for durations in reached]


def wilson_interval(kept: int, n: int) -> tuple[float, float] | None:
    """The 95 % interval of a share, by Wilson's score; None where there is nothing to share."""
    if n == 0:
        return None
    share, z2 = kept / n, _Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = _Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # Both ends are exact where all or nothing was kept: rounding must not turn 100 % into a little less.
    return 0.0 if kept == 0 else centre - reach, 1.0 if kept == n else centre + reach
