"""Who has carried what?

Counts: per role and person, the duty held in the window, in duty-weeks (weeks × the role's burden), beside the expected
share: every moment of duty is owed by those who may hold the role, have joined, have not left and are not away, in
proportion to their share of full time.
Ignores: shifts planned for later; time that nobody covered, which nobody owes; duty held before someone joined, which
a newcomer need not catch up with.
Clock: the window, up to as_of; a cover counts for who did it; holidays and weekends are those of the person.
Undefined: the expected share where nobody is listed for the role; loads of a role that the settings do not describe;
the ratio where nothing was expected. Members, absences and shifts have no history: they count as they stand now.
"""

from datetime import datetime

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import carried, duty_hours, figures
from metrics.columns import Queues, queue_names, relation, window
from metrics.ended_shifts import duty
from metrics.instants import parse_instant
from metrics.interruptions import counted
from metrics.runs import held_shifts, in_a_row, weeks

COLUMNS = (
    *(
        "role",
        "person",
        "shifts",
        "held_weeks",
        "duty_weeks",
        "expected_duty_weeks",
        "balance_duty_weeks",
        "load_ratio",
    ),
    *("is_listed", "weekend_days", "holiday_days", "interruptions", "member_weeks", "share_of_time", "share_limit"),
    *("is_over_limit", "longest_run_weeks", "shortest_gap_days"),
)
QUESTION = "Who has carried more or less than their share?"


def rotation_fairness(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> duckdb.DuckDBPyRelation:
    """One row per role held in [since, until) and person who held it, or was on its list.

    role, person, shifts, held_weeks, duty_weeks, expected_duty_weeks, balance_duty_weeks (more than expected is
    positive), load_ratio, is_listed, weekend_days, holiday_days (time within them, in days of 24 hours), interruptions
    (clock hours), member_weeks (of the window; without `since` it begins with the role's first shift), share_of_time
    (held of member weeks), share_limit, is_over_limit, longest_run_weeks, shortest_gap_days (between two shifts). With
    `queue`, only the roles that answer for it.
    """
    instant, queues, asked = parse_instant(as_of), queue_names(queue), window(since, until)
    begun, ended = asked["since"], min(asked["until"] or instant, instant)
    pieces = carried.answering(con, duty(con, instant), queues)
    inside = carried.within(pieces, begun, ended)
    rows = carried.shares(con, inside, begun, ended)
    interruptions = counted(con, instant, queues, begun, ended, *carried.KEY)
    for told in (_days(con, inside), _runs(pieces, begun, ended), interruptions):
        rows = rows.join(told, on=carried.KEY, how="left")
    return relation(con, _completed(rows).sort("role", "person", "person_id").select(*COLUMNS))


def shares(
    con: duckdb.DuckDBPyConnection, as_of: datetime, since: datetime | None, until: datetime, queues: list[str] | None
) -> pl.DataFrame:
    """What the rows of `rotation_fairness` say of weeks and shares, with person_id."""
    pieces = duty(con, as_of)
    held = carried.answering(con, carried.within(pieces, since, until), queues)
    return carried.shares(con, held, since, until)


def _days(con: duckdb.DuckDBPyConnection, pieces: pl.DataFrame) -> pl.DataFrame:
    known = (
        pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)
        for name in ("weekend_days", "holiday_days")
    )
    return duty_hours.with_days(con, pieces).group_by(carried.KEY).agg(known)


def _runs(pieces: pl.DataFrame, since: datetime | None, until: datetime) -> pl.DataFrame:
    """Runs and gaps of whole shifts: a window cuts none of them."""
    shifts = held_shifts(pieces).filter(pl.col("from_at") < until)
    if since is not None:
        shifts = shifts.filter(pl.col("until_at") > since)
    free = (pl.col("from_at") - pl.col("free_at")).dt.total_microseconds()
    runs = (
        in_a_row(shifts, *carried.KEY)
        .group_by(*carried.KEY, "run")
        .agg(weeks().alias("weeks"), gap_days=free.clip(lower_bound=0).min() / 86_400e6)
    )
    return runs.group_by(carried.KEY).agg(longest_run_weeks=pl.max("weeks"), shortest_gap_days=pl.min("gap_days"))


def _completed(rows: pl.DataFrame) -> pl.DataFrame:
    """Somebody on the list who held nothing had none of its days; interruptions are known where the load is."""
    nothing = pl.when(pl.col("shifts") == 0).then(0.0)
    return rows.with_columns(
        nothing.otherwise("weekend_days").alias("weekend_days"),
        nothing.otherwise("holiday_days").alias("holiday_days"),
        pl.col("longest_run_weeks").fill_null(0),
        pl.when(pl.col("duty_weeks").is_not_null()).then(pl.col("interruptions").fill_null(0)),
    )


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per role: role, people, spread_duty_weeks (largest balance − smallest: the headline),
    largest_deviation_duty_weeks, jain (of the load ratios, 1 is even; 1/n: one has all), gini (of the same, 0 is even),
    people_over_limit.

    Who is not on the list, or was expected to carry nothing, is in neither index: being helpful is no unfairness. All
    are null where no shares are known.
    """
    return summed(rows.pl())


def summed(people: pl.DataFrame) -> pl.DataFrame:
    """The summary of rows that are at hand already."""
    roles = people.group_by("role", maintain_order=True)
    return pl.DataFrame([_fairness(str(role), theirs) for (role,), theirs in roles], schema=_SUMMARY)


_SUMMARY = {
    "role": pl.String,
    "people": pl.Int64,
    "spread_duty_weeks": pl.Float64,
    "largest_deviation_duty_weeks": pl.Float64,
    "jain": pl.Float64,
    "gini": pl.Float64,
    "people_over_limit": pl.Int64,
}


def _fairness(role: str, people: pl.DataFrame) -> dict[str, object]:
    owing = people.filter(pl.col("is_listed") & pl.col("load_ratio").is_not_null())
    balances, ratios = owing["balance_duty_weeks"].to_list(), owing["load_ratio"].to_list()
    return {
        "role": role,
        "people": people.height,
        "spread_duty_weeks": max(balances) - min(balances) if balances else None,
        "largest_deviation_duty_weeks": max(map(abs, balances), default=None),
        "jain": jain(ratios),
        "gini": gini(ratios),
        "people_over_limit": int(people["is_over_limit"].sum()) if people["share_limit"].count() else None,
    }


def jain(shares: list[float]) -> float | None:
    """Jain's index, (Σx)² ÷ (n Σx²): 1 where all are equal, 1/n where one has all; None without anything to share."""
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else None


def gini(shares: list[float]) -> float | None:
    """Gini's coefficient: 0 where all are equal, (n − 1)/n where one has all; None without anything to share."""
    total, n = sum(shares), len(shares)
    if not total:
        return None
    return sum((2 * place - n - 1) * share for place, share in enumerate(sorted(shares), start=1)) / (n * total)


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """Each person's balance in each role: above zero is more than expected."""
    people = rows.filter("balance_duty_weeks IS NOT NULL").order("role, person").pl()
    bars = [
        {
            "type": "bar",
            "orientation": "h",
            "name": str(role),
            "y": shares["person"].to_list(),
            "x": shares["balance_duty_weeks"].to_list(),
        }
        for (role,), shares in people.group_by("role", maintain_order=True)
    ]
    axis = {"title": {"text": "Carried − expected (duty-weeks)"}, "zeroline": True}
    return figures.drawn(
        bars, question=QUESTION, y="Person", n=people.height, counted="shares of a role", layout={"xaxis": axis}
    )
