"""Shifts of one person that follow each other without a break: less than four days lie between, or less than a week in
which nobody else held the role, such as one weekend and the next."""

from datetime import timedelta

import polars as pl

_BREAK, _LONG_BREAK = timedelta(days=4), timedelta(days=7)
_US_PER_DAY, _US_PER_WEEK = 86_400_000_000, 604_800_000_000
_ORDER = ("from_at", "until_at", "shift_id")
Frame = pl.DataFrame


def held_shifts(pieces: Frame) -> Frame:
    """Each shift from the first to the last moment in which its holder did the duty."""
    ends = pl.min("from_at"), pl.max("until_at")
    return pieces.group_by(pl.all().exclude("from_at", "until_at")).agg(ends)


def in_a_row(shifts: Frame, *runs_of: str) -> Frame:
    """The shifts with free_at, when the ones before were over, and run, the number of one run of those who are alike in
    the columns `runs_of`, a person or a person and role."""
    free_at = pl.col("until_at").cum_max().shift().over(runs_of)
    ordered = shifts.sort(*runs_of, *_ORDER).with_columns(free_at=free_at)
    gap = pl.col("from_at") - pl.col("free_at")
    was_taken = pl.col("shift_id").is_in(_taken(ordered.filter(gap >= _BREAK), shifts).to_list())
    is_first = gap.is_null() | (gap >= _LONG_BREAK) | was_taken
    return ordered.with_columns(run=is_first.cast(pl.Int64).cum_sum())


def _taken(followers: Frame, shifts: Frame) -> pl.Series:
    """The shifts before which somebody held the role after the ones before, who is somebody else therefore."""
    others = shifts.select("role", other_from_at="from_at", other_until_at="until_at")
    is_between = (pl.col("other_from_at") < pl.col("from_at")) & (pl.col("other_until_at") > pl.col("free_at"))
    return followers.join(others, on="role").filter(is_between)["shift_id"]


def weeks() -> pl.Expr:
    """The weeks that a run counts for: eight days are still one week, for handovers overlap and clocks go back."""
    lasted = (pl.max("until_at") - pl.min("from_at")).dt.total_microseconds()
    return pl.max_horizontal(-((_US_PER_DAY - lasted) // _US_PER_WEEK), 1)
