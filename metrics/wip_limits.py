"""Who has more in work than was agreed, since when, and for how long.

A limit stands in one of the settings' [[wip]] tables and holds for the queues of that table together: a person's
tickets in all of them are counted against it. A queue's limit is for each queue by itself. At the limit is fine, above
is a breach. At every moment the version then in force decides, so a lower limit makes a breach of what was none before.
Where only some queues are asked about, people are still judged by all that the limit is for, but only while they have
something in work in one of those queues. Two people of one name are told apart by person_id, as in `wip`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import polars as pl

from metrics.columns import Queues, ask, queue_names, window
from metrics.instants import parse_instant
from metrics.limit_times import HOLDER, above, allowed, limits, times_above
from metrics.over_limit import over_limit
from metrics.policies import FOREVER
from metrics.week_bins import BEFORE, bin_sql, consecutive
from metrics.week_table import week_table
from metrics.weeks import Week

_LOOK_BACK = timedelta(weeks=10)  # to see since when somebody is above a limit; mostly it is less


def breaches(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None) -> pl.DataFrame:
    """One row per limit that is exceeded at as_of: person (null: it is a queue's), queue (null: it is a person's),
    scope (the queues the limit is for), tickets, allowed_tickets, above_since_at, person_id; the farthest above
    first."""
    of_late = parse_instant(as_of) - _LOOK_BACK
    lasts, is_older = pl.col("until_at").is_null(), pl.col("from_at") <= of_late
    now = above(con, as_of=as_of, queue=queue, since=of_late).filter(lasts)
    if not (longer := now.filter(is_older)).is_empty():
        whole = times_above(con, as_of=as_of, queue=queue, among=longer).filter(lasts)
        now = now.join(whole.select(*HOLDER, begun_at="from_at"), on=HOLDER, how="left", nulls_equal=True)
        now = now.with_columns(from_at=pl.coalesce("begun_at", "from_at"))
    excess = pl.col("tickets") - pl.col("allowed_tickets")
    ordered = now.sort(excess, "from_at", "person", "queue", descending=[True, False, False, False])
    since = pl.col("from_at").alias("above_since_at")
    return ordered.select("person", "queue", "scope", "tickets", "allowed_tickets", since, "person_id")


def time_above(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
) -> pl.DataFrame:
    """One row per limit exceeded within [since, until), up to as_of: person, queue, scope, above_seconds,
    most_tickets, person_id; the longest first."""
    asked, instant = window(since, until), parse_instant(as_of)
    end = instant if asked["until"] is None else min(asked["until"], instant)
    spells = _within(above(con, as_of=as_of, queue=queue), asked["since"], end)
    sums = spells.group_by(*HOLDER).agg(
        (pl.col("lasted").sum() / 1e6).alias("above_seconds"), pl.col("most_tickets").max()
    )
    ordered = sums.sort("above_seconds", "person", "queue", descending=[True, False, False])
    return ordered.select("person", "queue", "scope", "above_seconds", "most_tickets", "person_id")


def people_above(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, moments: Sequence[datetime], queue: Queues = None
) -> list[int | None]:
    """How many people were above a limit just before each moment, as_of at the latest; None where none was in force for
    people."""
    in_force = _spans_of(limits(con, queue), "person")
    then = [min(parse_instant(moment, "moment"), parse_instant(as_of)) for moment in moments]
    return [
        over_limit(con, as_of=moment.replace(tzinfo=UTC), queue=queue)["person_id"].n_unique()
        if any(begin < moment <= end for begin, end in in_force)
        else None
        for moment in then
    ]


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete; when the week ended, or at as_of: tickets in work,
    unowned_tickets, people_over_limit; within the week: person_above_seconds and queue_above_seconds, the time above
    each limit, added up. The last three are null where no such limit was in force."""
    instant, every_week = parse_instant(as_of), consecutive(weeks)
    table = week_table(every_week, as_of)
    spells = times_above(con, as_of=as_of, queue=queue, since=table["starts_at"].min())  # type: ignore[arg-type]
    told = table.with_columns(
        **_standing(con, every_week, as_of=instant, queues=queue_names(queue)),
        **_above(table, spells, limits(con, queue), instant),
    )
    return told.filter(pl.col("week").is_in([week.name for week in weeks]))


_IN_WORK = """
WITH held AS (
    SELECT 'tickets' AS name, queue, from_at, until_at FROM stage_stay($as_of)
    WHERE stage = 'active' AND until_at IS DISTINCT FROM from_at
    UNION ALL
    SELECT 'unowned_tickets', queue, from_at, until_at FROM work($as_of) WHERE person_id IS NULL
)
SELECT name, {begun} AS begun, CASE WHEN until_at IS NOT NULL THEN {over} END AS over, count(*) AS tickets FROM held
WHERE $queues IS NULL OR list_contains($queues, queue) GROUP BY ALL
"""


def _standing(con: duckdb.DuckDBPyConnection, weeks: Sequence[Week], **asked: Any) -> dict[str, pl.Series]:
    """tickets and unowned_tickets in work when each of consecutive weeks ended, or now."""
    places = {name: bin_sql(f"{column}_at", weeks, has_before=True) for name, column in _ENDS.items()}
    found = ask(con, _IN_WORK.format(**places), **asked).pl()
    begun = found.select("name", place="begun", change="tickets")
    over = found.select("name", place="over", change=-pl.col("tickets"))
    grid = pl.DataFrame({"place": range(BEFORE, len(weeks))}, schema={"place": pl.Int32})
    changes = pl.concat([begun, over]).group_by("name", "place").agg(pl.col("change").sum())
    return {
        name: grid.join(changes.filter(name=name), on="place", how="left", maintain_order="left")["change"]
        .fill_null(0)
        .cum_sum()[1:]
        for name in ("tickets", "unowned_tickets")
    }


_ENDS = {"begun": "from", "over": "until"}


def _above(table: pl.DataFrame, spells: pl.DataFrame, limited: pl.DataFrame, instant: datetime) -> dict[str, pl.Series]:
    """The last three columns of `weekly`."""
    weeks = table.select("week", "starts_at", end=pl.min_horizontal("ends_at", pl.lit(instant, pl.Datetime("us"))))
    weeks = weeks.with_columns(begin=pl.min_horizontal("starts_at", "end"))
    ended = spells.with_columns(pl.col("until_at").fill_null(pl.lit(FOREVER)))
    met = weeks.join_where(ended, pl.col("from_at") < pl.col("end"), pl.col("until_at") >= pl.col("begin"))
    lasted = pl.min_horizontal("until_at", "end") - pl.max_horizontal("from_at", "starts_at")
    sums = (
        met.with_columns(lasted=lasted.dt.total_microseconds().clip(0))
        .group_by("week")
        .agg(
            people_over_limit=pl.col("person_id").filter(pl.col("until_at") >= pl.col("end")).drop_nulls().n_unique(),
            person_above_seconds=pl.col("lasted").filter(pl.col("person").is_not_null()).sum() / 1e6,
            queue_above_seconds=pl.col("lasted").filter(pl.col("queue").is_not_null()).sum() / 1e6,
        )
    )
    told = weeks.join(sums.cast(_WEEK), on="week", how="left", maintain_order="left").fill_null(0)
    people, queues = (_spans_of(limited, holder) for holder in ("person", "queue"))
    spans = weeks.select("starts_at", "end").rows()
    is_limited = {
        "people_over_limit": [any(begin < end <= until for begin, until in people) for _, end in spans],
        "person_above_seconds": [any(begin < end and until > start for begin, until in people) for start, end in spans],
        "queue_above_seconds": [any(begin < end and until > start for begin, until in queues) for start, end in spans],
    }
    return {name: told[name].set(~pl.Series(limits, dtype=pl.Boolean), None) for name, limits in is_limited.items()}


_WEEK: dict[Any, Any] = {
    "people_over_limit": pl.Int64,
    "person_above_seconds": pl.Float64,
    "queue_above_seconds": pl.Float64,
}


def _spans_of(limited: pl.DataFrame, holder: str) -> list[tuple[datetime, datetime]]:
    """While any limit was in force for people, or for queues."""
    versions = allowed(limited).filter(holder=holder)
    return limited.join(versions, on="version", how="semi").select("valid_from", "valid_until").unique().rows()


def _within(spells: pl.DataFrame, start: datetime | None, end: datetime) -> pl.DataFrame:
    """The part of each time above that lies in [start, end), with how long it lasted in microseconds."""
    begun = pl.col("from_at") if start is None else pl.max_horizontal("from_at", pl.lit(start, pl.Datetime("us")))
    ended = pl.min_horizontal("until_at", pl.lit(end, pl.Datetime("us")))
    return spells.with_columns(lasted=(ended - begun).dt.total_microseconds()).filter(pl.col("lasted") > 0)
