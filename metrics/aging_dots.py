"""Open tickets as dots: those of one stage, one mark and one step of age are one dot with a number.

A step is a day, or eight working hours. Where there are more dots than a page can draw, the oldest are all there, and
of the others every so many.
"""

from dataclasses import dataclass
from typing import Literal

import polars as pl

Clock = Literal["calendar", "working"]
STEP = {"calendar": 86_400, "working": 8 * 3_600}
COLUMN = {"calendar": "age_seconds", "working": "age_working_seconds"}
MOST = 2_000


@dataclass(frozen=True, eq=False)
class Dots:
    """rows has stage, mark, step, tickets and keys (some of them). `unknown` tickets have no age by this clock;
    `left_out` tickets are not drawn, each of them younger than `oldest_from` steps."""

    rows: pl.DataFrame
    tickets: int
    unknown: int
    left_out: int
    oldest_from: int | None


def dots(work: pl.DataFrame, clock: Clock, most: int = MOST) -> Dots:
    """The rows of `open_work` as at most so many dots."""
    known = work.drop_nulls(COLUMN[clock])
    step = (pl.col(COLUMN[clock]) // STEP[clock]).cast(pl.Int64).alias("step")
    grouped = known.group_by("stage", "mark", step).agg(
        pl.len().cast(pl.Int64).alias("tickets"), pl.col("key").sort().head(5).alias("keys")
    )
    rows = grouped.sort("step", "stage", "mark", descending=[True, False, False])
    drawn = _sampled(rows, most)
    left_out = int(rows["tickets"].sum()) - int(drawn["tickets"].sum())
    oldest_from = int(rows["step"][most // 2 - 1]) if left_out else None
    return Dots(drawn, len(known), len(work) - len(known), left_out, oldest_from)


def _sampled(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """Half of what may be drawn are the oldest; the rest is taken evenly from the others, oldest first."""
    if len(rows) <= most:
        return rows
    oldest, others = rows.head(most // 2), rows.slice(most // 2)
    every = -(-len(others) // (most - most // 2))
    return pl.concat([oldest, others.gather_every(every)])
