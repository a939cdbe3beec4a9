"""Who has more in work than was agreed, since when, and for how long.

A limit stands in one of the settings' [[wip]] tables and holds for the queues of that table together: a person's
tickets in all of them are counted against it. A queue's limit is for each queue by itself. At the limit is fine, above
is a breach. At every moment the version then in force decides, so a lower limit makes a breach of what was none before.
Where only some queues are asked about, people are still judged by all that the limit is for, but only while they have
something in work in one of those queues. Two people of one name are told apart by person_id, as in `wip`.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from metrics import policies
from metrics.columns import Queues, queue_names, window
from metrics.instants import parse_instant
from metrics.over_limit import over_limit
from metrics.policies import FOREVER, Version
from metrics.recent import ask_since
from metrics.week_table import standing, week_table
from metrics.weeks import Week
from metrics.wip import tickets_in_work, wip

_INSTANT = pl.Datetime("us")
_LOOK_BACK = timedelta(weeks=10)  # to see since when somebody is above a limit; mostly it is less
_LIMIT: dict[str, Any] = {"source": pl.String, "queue": pl.String, "scope": pl.String, "version": pl.String}
_LIMIT |= {"definition": pl.String, "valid_from": _INSTANT, "valid_until": _INSTANT}
_ALLOWED = {"version": pl.String, "holder": pl.String, "person": pl.String, "allowed_tickets": pl.Int64}
_TIMES = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
_HOLDER = ["scope", "person_id", "person", "queue"]


def breaches(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None) -> pl.DataFrame:
    """One row per limit that is exceeded at as_of: person (null: it is a queue's), queue (null: it is a person's),
    scope (the queues the limit is for), tickets, allowed_tickets, above_since_at, person_id; the farthest above
    first."""
    of_late = parse_instant(as_of) - _LOOK_BACK
    lasts, is_older = pl.col("until_at").is_null(), pl.col("from_at") <= of_late
    now = above(con, as_of=as_of, queue=queue, since=of_late).filter(lasts)
    if not (longer := now.filter(is_older)).is_empty():
        whole = above(con, as_of=as_of, queue=queue, among=longer).filter(lasts)
        now = pl.concat([now.filter(~is_older), whole])
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
    sums = spells.group_by(*_HOLDER).agg(_seconds().alias("above_seconds"), pl.col("most_tickets").max())
    ordered = sums.sort("above_seconds", "person", "queue", descending=[True, False, False])
    return ordered.select("person", "queue", "scope", "above_seconds", "most_tickets", "person_id")


def people_above(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, moments: Sequence[datetime], queue: Queues = None
) -> list[int | None]:
    """How many people were above a limit just before each moment, as_of at the latest; None where none was in force for
    people."""
    limits = _limits(con, queue)
    then = [min(parse_instant(moment, "moment"), parse_instant(as_of)) for moment in moments]
    return [
        over_limit(con, as_of=moment.replace(tzinfo=UTC), queue=queue)["person_id"].n_unique()
        if _limits_people(limits, moment)
        else None
        for moment in then
    ]


def _limits_people(limits: pl.DataFrame, moment: datetime) -> bool:
    in_force = _allowed(limits.filter(pl.col("valid_from") < moment, pl.col("valid_until") >= moment))
    return "person" in in_force["holder"]


def _people_at(spells: pl.DataFrame, limits: pl.DataFrame, moment: datetime) -> int | None:
    if not _limits_people(limits, moment):
        return None
    then = spells.filter(pl.col("from_at") < moment, pl.col("until_at").fill_null(FOREVER) >= moment)
    return then["person_id"].drop_nulls().n_unique()


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete; when the week ended, or at as_of: tickets in work,
    unowned_tickets, people_over_limit; within the week: person_above_seconds and queue_above_seconds, the time above
    each limit, added up. The last three are null where no such limit was in force."""
    table, instant = week_table(weeks, as_of), parse_instant(as_of)
    work = tickets_in_work(con, as_of=as_of, queue=queue).select("from_at, until_at").pl()
    unowned = wip(con, as_of=as_of, queue=queue).filter("person_id IS NULL").select("from_at, until_at").pl()
    spells = above(con, as_of=as_of, queue=queue)
    limits = _limits(con, queue)
    spans = [(start, min(end, instant)) for start, end in table.select("starts_at", "ends_at").rows()]
    table = table.with_columns(
        tickets=standing(table, work["from_at"], work["until_at"], as_of),
        unowned_tickets=standing(table, unowned["from_at"], unowned["until_at"], as_of),
    )
    judged = pl.DataFrame([_week(spells, limits, *span) for span in spans], schema=_WEEK)
    return pl.concat([table, judged], how="horizontal")


_WEEK = {"people_over_limit": pl.Int64, "person_above_seconds": pl.Float64, "queue_above_seconds": pl.Float64}


def _week(spells: pl.DataFrame, limits: pl.DataFrame, start: datetime, end: datetime) -> dict[str, float | None]:
    """One week up to its end, or up to as_of; null where nothing was limited."""
    told: dict[str, float | None] = dict.fromkeys(_WEEK)
    within = _allowed(limits.filter(pl.col("valid_from") < end, pl.col("valid_until") > start))
    for holder in ("person", "queue"):
        if holder in within["holder"]:
            theirs = _within(spells.filter(pl.col(holder).is_not_null()), start, end)
            told[f"{holder}_above_seconds"] = theirs.select(_seconds()).item()
    return told | {"people_over_limit": _people_at(spells, limits, end)}


def _within(spells: pl.DataFrame, start: datetime | None, end: datetime) -> pl.DataFrame:
    """The part of each time above that lies in [start, end), with how long it lasted in microseconds."""
    begun = pl.col("from_at") if start is None else pl.max_horizontal("from_at", pl.lit(start, _INSTANT))
    ended = pl.min_horizontal("until_at", pl.lit(end, _INSTANT))
    return spells.with_columns(lasted=(ended - begun).dt.total_microseconds()).filter(pl.col("lasted") > 0)


def _seconds() -> pl.Expr:
    return pl.col("lasted").sum() / 1e6


def above(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    queue: Queues = None,
    since: datetime | None = None,
    among: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per maximal time a person or a queue was above a limit: scope, person_id, person, queue, from_at,
    until_at (null: it lasts), tickets and allowed_tickets (when it ended, or now), most_tickets. Of what was before
    `since` only that it was is told rightly; `among` are rows of those whose times are asked for."""
    counted, holders = _counted_times(con, as_of, queue, since, among)
    exceeded = counted.filter(pl.col("tickets") > pl.col("allowed_tickets"), pl.col("asked_tickets") > 0)
    spells = _joined(exceeded, ["number"]).join(holders.drop("allowed_tickets"), on="number")
    told = _joined(spells.sort(*_HOLDER, "from_at"), _HOLDER)
    return told.with_columns(until_at=pl.when(pl.col("until_at") < FOREVER).then("until_at"))


def loads(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, since: datetime, queue: Queues = None
) -> pl.DataFrame:
    """What everybody who is limited had in work since then: one row per time in which nothing changes about it. scope,
    person_id, person, queue, from_at, until_at (null: it lasts), tickets (in all queues that the limit is for),
    asked_tickets (in those asked about), allowed_tickets."""
    counted, holders = _counted_times(con, as_of, queue, since)
    counted = counted.filter(pl.col("until_at") > since).with_columns(pl.max_horizontal("from_at", pl.lit(since)))
    told = counted.join(holders.drop("allowed_tickets"), on="number", maintain_order="left")
    until = pl.when(pl.col("until_at") < FOREVER).then("until_at").alias("until_at")
    return told.select(*_HOLDER, "from_at", until, "tickets", "asked_tickets", "allowed_tickets")


def _counted_times(
    con: duckdb.DuckDBPyConnection,
    as_of: str | datetime,
    queue: Queues,
    since: datetime | None = None,
    among: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The times of each holder by number, with what it is allowed, and the holders: of limits for any queue asked
    about. Before `since` they are not all counted."""
    instant = parse_instant(as_of)
    begun = _limits(con).filter(pl.col("valid_from") < instant).join(_limits(con, queue), on="version", how="semi")
    lasting = pl.when(pl.col("valid_until") < instant).then("valid_until").otherwise(pl.lit(FOREVER))
    holders = _holders(con, begun, instant, since)
    if among is not None:
        holders = holders.join(among, on=_HOLDER, how="semi", nulls_equal=True)
    con.register("wip_limit", begun.with_columns(valid_until=lasting))
    con.register("wip_holder", holders)
    try:
        times = ask_since(con, since, _TIMES, as_of=instant, queues=queue_names(queue), since=since).pl()
    finally:
        con.unregister("wip_limit")
        con.unregister("wip_holder")
    allowed = holders.select("number", "allowed_tickets")
    return _counted(times).join(allowed, on="number", maintain_order="left"), holders


def _limits(con: duckdb.DuckDBPyConnection, queue: Queues = None) -> pl.DataFrame:
    """The [[wip]] table that decides for each queue of each source, while it does."""
    scopes = {version.key: _scope(version) for group in policies.versions(con, "wip") for version in group}
    rows = con.execute(
        "SELECT source, queue, version, definition, valid_from, valid_until FROM queue_practice WHERE kind = 'wip'"
        " ORDER BY ALL"
    ).fetchall()
    asked = queue_names(queue)
    told = [(row[0], row[1], scopes[row[2]], *row[2:]) for row in rows if asked is None or row[1] in asked]
    return pl.DataFrame(told, schema=_LIMIT, orient="row")


def _scope(version: Version) -> str:
    """The queues it is for, as they are written, and of which sources where not of all."""
    sources = "" if version.sources == ("*",) else f" of {', '.join(version.sources)}"
    return ", ".join(version.queues) + sources


def _allowed(limits: pl.DataFrame) -> pl.DataFrame:
    """What each version allows: version, holder (person or queue), person (null: everybody not named),
    allowed_tickets."""
    told: list[tuple[str, str, str | None, int]] = []
    for version, text in limits.select("version", "definition").unique(maintain_order=True).rows():
        definition: dict[str, Any] = json.loads(text)
        told += [(version, "person", person, allowed) for person, allowed in definition["people"].items()]
        told += [(version, who, None, definition[who]) for who in ("person", "queue") if definition[who] is not None]
    return pl.DataFrame(told, schema=_ALLOWED, orient="row")


_WORKERS = """
SELECT DISTINCT person_id, person FROM work($as_of)
WHERE person_id IS NOT NULL AND ($since IS NULL OR until_at IS NULL OR until_at > $since)
"""


def _holders(
    con: duckdb.DuckDBPyConnection, limits: pl.DataFrame, instant: datetime, since: datetime | None
) -> pl.DataFrame:
    """Whom each version limits, of those who had anything in work since then, numbered: number, version, scope, holder,
    name (as times in work have it), person_id, person, queue, allowed_tickets."""
    known = ask_since(con, since, _WORKERS, as_of=instant, since=since)
    allowed, versions = _allowed(limits), limits.select("version", "scope").unique(maintain_order=True)
    everybody = allowed.filter(pl.col("person").is_null()).drop("person")
    own = allowed.filter(holder="person").select("version", "person", own_tickets="allowed_tickets")
    people = versions.join(known.pl().sort("person_id"), how="cross").join(own, on=["version", "person"], how="left")
    people = people.join(everybody.filter(holder="person").drop("holder"), on="version", how="left")
    people = people.with_columns(allowed_tickets=pl.coalesce("own_tickets", "allowed_tickets")).drop("own_tickets")
    queues = limits.filter(pl.col("queue") != "").select("version", "scope", "queue").unique(maintain_order=True)
    queues = queues.join(everybody.filter(holder="queue").drop("holder"), on="version")
    told = pl.concat(
        [
            people.with_columns(holder=pl.lit("person"), name="person_id"),
            queues.with_columns(holder=pl.lit("queue"), name="queue"),
        ],
        how="diagonal",
    )
    return told.drop_nulls("allowed_tickets").with_row_index("number")


def _counted(times: pl.DataFrame) -> pl.DataFrame:
    """How many tickets each holder had from one change to the next: number, from_at, until_at, tickets,
    asked_tickets."""
    asked = pl.col("is_asked").cast(pl.Int64)
    begun = times.select("number", "from_at", tickets=pl.lit(1, pl.Int64), asked_tickets=asked)
    ended = times.filter(pl.col("until_at") < FOREVER)
    ended = ended.select("number", from_at="until_at", tickets=pl.lit(-1, pl.Int64), asked_tickets=-asked)
    # By one column after the other, which takes a third of the time that by both at once takes.
    steps = pl.concat([begun, ended]).sort("from_at").sort("number", maintain_order=True)
    counted = steps.with_columns(pl.col("tickets", "asked_tickets").cum_sum().over("number"))
    is_same = (pl.col("number") == pl.col("number").shift(-1)) & (pl.col("from_at") == pl.col("from_at").shift(-1))
    counted = counted.filter(~is_same.fill_null(value=False))
    is_last = pl.col("number") != pl.col("number").shift(-1)
    following = pl.when(is_last).then(pl.lit(FOREVER)).otherwise(pl.col("from_at").shift(-1))
    return counted.with_columns(until_at=following.fill_null(pl.lit(FOREVER)))


def _joined(steps: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Steps of one holder that follow each other, as one time. They are in order; versions may change between them."""
    is_other = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in by)
    is_start = is_other | pl.col("from_at").ne_missing(pl.col("until_at").shift(1))
    most = "most_tickets" if "most_tickets" in steps.columns else "tickets"
    times = steps.with_columns(turn=is_start.cum_sum()).group_by("turn", maintain_order=True)
    told = times.agg(
        pl.col(*by, "from_at").first(),
        pl.col("until_at", "tickets", "allowed_tickets").last(),
        most_tickets=pl.col(most).max(),
    )
    return told.drop("turn")
