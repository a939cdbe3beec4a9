"""Who could we not do without?

Counts: of a window, who held each role (seconds on duty), who worked on each queue (distinct tickets acted on), and who
closed tickets (distinct tickets, all queues together).
Ignores: bots, and what nobody is named for; openings, the author's own comments and texts; tidying up (locking, hiding,
deleting comments); shifts planned for later. That an author closes their own ticket is counted.
Clock: the window [since, until); the 26 weeks before as_of unless asked otherwise. An act counts for the queue that the
ticket was in just before.
Undefined: nothing; a subject without work has no rows, and who is eligible is unknown where nobody is listed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import carried, figures
from metrics.columns import Queues, ask, queue_names, window
from metrics.ended_shifts import duty
from metrics.instants import parse_instant
from metrics.week_table import week_table
from metrics.weeks import Week

WINDOW = timedelta(weeks=26)
MANY_ROLES = 5  # in one week, nobody can do them justice
QUESTION = "Who could we not do without?"
_ROWS = Path(__file__).with_name("concentration.sql").read_text(encoding="utf-8")
_ELIGIBLE = """
SELECT role AS subject, count(DISTINCT person_id) FILTER (from_at <= $as_of AND until_at > $as_of) AS eligible_people
FROM member GROUP BY role
"""


def role_concentration(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per subject and person who did any of its work in [since, until).

    kind (role, queue, closed), subject (the role or the queue; all queues), person, amount (seconds on duty for a role,
    else distinct tickets), share (of the subject's amounts added up), rank (1 has most; equals share a rank). With
    `queue`, only those queues and the roles that answer for them.
    """
    instant, asked = parse_instant(as_of), window(since, until)
    until_at = min(asked["until"] or instant, instant)
    bounds = {"since": asked["since"] or until_at - WINDOW, "until": until_at}
    return ask(con, _ROWS, as_of=instant, queues=queue_names(queue), **bounds)


def concentration_summary(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> pl.DataFrame:
    """One row per subject: kind, subject, people (who did any of it), absence_factor (the fewest who carry half of it),
    top_person, top_share, eligible_people (on the role's list at as_of; null for queues, or without a list), and
    is_bus_factor_one: one person alone did it all, or is the only one who may."""
    rows = role_concentration(con, as_of=as_of, since=since, until=until, queue=queue).pl()
    # Half is judged in whole numbers; of equals, the fewest.
    so_far = pl.col("amount").cum_sum().over("kind", "subject")
    before = so_far - pl.col("amount")
    half = 2 * before < pl.col("amount").sum().over("kind", "subject")
    found = (
        rows.with_columns(is_needed=half)
        .group_by("kind", "subject", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("people"),
            pl.col("is_needed").sum().cast(pl.Int64).alias("absence_factor"),
            pl.col("person").first().alias("top_person"),
            pl.col("share").first().alias("top_share"),
        )
    )
    eligible = ask(con, _ELIGIBLE, as_of=parse_instant(as_of)).pl().with_columns(kind=pl.lit("role"))
    return found.join(eligible, on=["kind", "subject"], how="left", maintain_order="left").with_columns(
        is_bus_factor_one=(pl.col("people") == 1) | (pl.col("eligible_people") == 1).fill_null(value=False)
    )


def several_roles(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week and person who held two or more roles in it: week, person, roles (sorted), has_many (five or
    more). A shift belongs to the week that its middle lies in."""
    pieces = carried.answering(con, duty(con, parse_instant(as_of)), queue_names(queue))
    shifts = pieces.select("person_id", "person", "role", "middle_at").unique()
    return (
        _in_week(shifts, week_table(weeks, as_of))
        .group_by("week", "person_id", "person")
        .agg(pl.col("role").unique().sort().alias("roles"))
        .filter(pl.col("roles").list.len() >= 2)
        .with_columns(has_many=pl.col("roles").list.len() >= MANY_ROLES)
        .sort("week", "person", "person_id")
        .drop("person_id")
    )


def _in_week(shifts: pl.DataFrame, weeks: pl.DataFrame) -> pl.DataFrame:
    """The shifts whose middle lies in one of the weeks, with that week."""
    begun = shifts.sort("middle_at").join_asof(weeks.sort("starts_at"), left_on="middle_at", right_on="starts_at")
    return begun.filter(pl.col("middle_at") < pl.col("ends_at"))


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete, people_with_several_roles, most_roles (of one of them;
    0: nobody held two)."""
    found = several_roles(con, as_of=as_of, weeks=weeks, queue=queue).group_by("week")
    counts = found.agg(people_with_several_roles=pl.len(), most_roles=pl.col("roles").list.len().max())
    told = week_table(weeks, as_of).join(counts, on="week", how="left", maintain_order="left")
    return told.with_columns(pl.col("people_with_several_roles", "most_roles").cast(pl.Int64).fill_null(0))


_MOST_NAMED = 12  # people in the legend; beyond that it would leave no room for the figure


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """How the work of each subject is shared out, one segment per person."""
    shares = rows.order("rank, person").pl()
    bars = [
        {
            "type": "bar",
            "name": escape(str(person), quote=False),
            "x": figures.escaped(
                f"{kind}: {subject}" for kind, subject in theirs.select("kind", "subject").iter_rows()
            ),
            "y": (100 * theirs["share"]).to_list(),
        }
        for (person,), theirs in shares.group_by("person", maintain_order=True)
    ]
    return figures.drawn(
        bars,
        question=QUESTION,
        y="Share of the work (%)",
        n=shares.height,
        counted="shares",
        layout={"barmode": "stack", "showlegend": shares["person"].n_unique() <= _MOST_NAMED},
    )
