"""What tickets took: the work recorded on them, or else the working time for which they were active, and who was in it.

Time worked is recorded where anybody told of any and did not take all of it back. Otherwise it is the time in the stage
active, by the working hours of the team whose queue the ticket was in when it became active. Of a ticket that never was
active, nothing is known.
"""

from datetime import datetime

import duckdb
import polars as pl

from metrics import outcomes, policies, readings

_SO_FAR = """
SELECT o.* EXCLUDE (calendar, running_us)
    REPLACE (if(running_us IS NULL, effort_seconds, coalesce(effort_seconds, 0) + (open_us - running_us) / 1e6)
    AS effort_seconds)
FROM {rows} AS o LEFT JOIN {clocks} AS c USING (calendar)
"""


def kinds_with_effort(con: duckdb.DuckDBPyConnection, as_of: datetime, tickets: str = outcomes.EVERY) -> str:
    """The kinds of tickets and what each took so far, as a relation for SQL: at least of those that a query selects,
    see outcomes.told.

    Beside the columns of toil_kinds.sql: effort_seconds (null where nothing is known), has_effort_recorded, people,
    names (a sorted JSON array).
    """
    clocks = readings.shown(policies.calendars(con), as_of)
    return f"({_SO_FAR.format(rows=outcomes.told(con, 'toil', as_of, tickets), clocks=clocks)})"


def hands(frame: pl.DataFrame, by: str) -> pl.DataFrame:
    """How many had a hand in the tickets of each group, from their names: the group's column, people."""
    # The same few hands are in many tickets: their names are read once.
    listed = frame.select(pl.col("names").unique())
    each = listed.with_columns(name=pl.col("names").str.json_decode(pl.List(pl.String))).explode(
        "name", empty_as_null=True
    )
    each = each.with_columns(pl.col("name").rank("dense"))
    people = pl.col("name").drop_nulls().n_unique().cast(pl.Int64)
    return frame.select(by, "names").join(each, on="names", how="left").group_by(by).agg(people=people)
