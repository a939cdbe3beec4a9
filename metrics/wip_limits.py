"""Who has more in work than was agreed, since when, and for how long.

A limit stands in one of the settings' [[wip]] tables and holds for the queues of that table together: a person's
tickets in all of them are counted against it. A queue's limit is for each queue by itself. At the limit is fine, above
is a breach. At every moment the version then in force decides, so a lower limit makes a breach of what was none before.
Where only some queues are asked about, people are still judged by all that the limit is for, but only while they have
something in work in one of those queues. Two people of one name are told apart by person_id, as in `wip`.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics import policies
from metrics.columns import Queues, queue_names, window
from metrics.policies import FOREVER, Version
from metrics.snapshot import parse_instant
from metrics.week_table import standing, week_table
from metrics.weeks import Week
from metrics.wip import tickets_in_work, wip

_INSTANT = pl.Datetime("us")
_LIMIT: dict[str, Any] = {"source": pl.String, "queue": pl.String, "scope": pl.String, "version": pl.String}
_LIMIT |= {"definition": pl.String, "valid_from": _INSTANT, "valid_until": _INSTANT}
_ALLOWED = {"version": pl.String, "holder": pl.String, "person": pl.String, "allowed_tickets": pl.Int64}
_HOLDER = ["scope", "person_id", "person", "queue"]


def breaches(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None) -> pl.DataFrame:
    """One row per limit that is exceeded at as_of: person (null: it is a queue's), queue (null: it is a person's),
    scope (the queues the limit is for), tickets, allowed_tickets, above_since_at, person_id; the farthest above
    first."""
    now = above(con, as_of=as_of, queue=queue).filter(pl.col("until_at").is_null())
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


def weekly(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, weeks: Sequence[Week], queue: Queues = None
) -> pl.DataFrame:
    """One row per week: week, starts_at, ends_at, is_complete; when the week ended, or at as_of: tickets in work,
    unowned_tickets, people_over_limit; within the week: person_above_seconds and queue_above_seconds, the time above
    each limit, added up. The last three are null where no such limit was in force."""
    everything, table, instant = wip(con, as_of=as_of).pl(), week_table(weeks, as_of), parse_instant(as_of)
    rows, spells = everything.filter(_is_asked(queue)), _above(con, everything, instant, queue)
    work, unowned = tickets_in_work(rows), rows.filter(pl.col("person_id").is_null())
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
    at_end = _allowed(limits.filter(pl.col("valid_from") < end, pl.col("valid_until") >= end))
    if "person" in at_end["holder"]:
        now = spells.filter(pl.col("from_at") < end, pl.col("until_at").fill_null(FOREVER) >= end)
        told["people_over_limit"] = now["person_id"].drop_nulls().n_unique()
    return told


def _within(spells: pl.DataFrame, start: datetime | None, end: datetime) -> pl.DataFrame:
    """The part of each time above that lies in [start, end), with how long it lasted in microseconds."""
    begun = pl.col("from_at") if start is None else pl.max_horizontal("from_at", pl.lit(start, _INSTANT))
    ended = pl.min_horizontal("until_at", pl.lit(end, _INSTANT))
    return spells.with_columns(lasted=(ended - begun).dt.total_microseconds()).filter(pl.col("lasted") > 0)


def _seconds() -> pl.Expr:
    return pl.col("lasted").sum() / 1e6


def above(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queue: Queues = None) -> pl.DataFrame:
    """One row per maximal time a person or a queue was above a limit: scope, person_id, person, queue, from_at,
    until_at (null: it lasts), tickets and allowed_tickets (when it ended, or now), most_tickets."""
    return _above(con, wip(con, as_of=as_of).pl(), parse_instant(as_of), queue)


def _above(con: duckdb.DuckDBPyConnection, rows: pl.DataFrame, instant: datetime, queue: Queues) -> pl.DataFrame:
    begun = _limits(con).filter(pl.col("valid_from") < instant)
    lasting = pl.when(pl.col("valid_until") < instant).then("valid_until").otherwise(pl.lit(FOREVER))
    limits = begun.with_columns(valid_until=lasting)
    held, work = (times.with_columns(is_asked=_is_asked(queue)) for times in (rows, tickets_in_work(rows)))
    people, queues = (
        _people(_governed(held, limits), _allowed(limits)),
        _queues(_governed(work, limits), _allowed(limits)),
    )
    return _joined(pl.concat([people, queues.select(people.columns)]))


def _is_asked(queue: Queues) -> pl.Expr:
    names = queue_names(queue)
    return pl.lit(value=True) if names is None else pl.col("queue").is_in(names).fill_null(value=False)


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


def _governed(rows: pl.DataFrame, limits: pl.DataFrame) -> pl.DataFrame:
    """Times in work, cut where another version begins to decide; what lasts ends never."""
    places = limits.rename({"queue": "place"})
    return (
        rows.with_columns(place=pl.col("queue").fill_null(""), until_at=pl.col("until_at").fill_null(FOREVER))
        .join(places, on=["source", "place"])
        .with_columns(
            from_at=pl.max_horizontal("from_at", "valid_from"), until_at=pl.min_horizontal("until_at", "valid_until")
        )
        .filter(pl.col("from_at") < pl.col("until_at"))
    )


def _people(held: pl.DataFrame, allowed: pl.DataFrame) -> pl.DataFrame:
    """Times within which nothing changed for a person who was above a limit."""
    own = held.filter(pl.col("person_id").is_not_null()).with_columns(queue=pl.lit(None, pl.String))
    limits = allowed.filter(holder="person").select("version", "person", "allowed_tickets")
    named = limits.filter(pl.col("person").is_not_null())
    others = limits.filter(pl.col("person").is_null()).select("version", everybody="allowed_tickets")
    counted = _counted(own).join(named, on=["version", "person"], how="left").join(others, on="version", how="left")
    counted = counted.with_columns(allowed_tickets=pl.coalesce("allowed_tickets", "everybody")).drop("everybody")
    return counted.filter(pl.col("tickets") > pl.col("allowed_tickets"), pl.col("asked_tickets") > 0)


def _queues(work: pl.DataFrame, allowed: pl.DataFrame) -> pl.DataFrame:
    """Times within which nothing changed for a queue that was above its limit."""
    nobody = {name: pl.lit(None, pl.String) for name in ("person_id", "person")}
    own = work.filter(pl.col("queue").is_not_null()).with_columns(**nobody)
    limits = allowed.filter(holder="queue").select("version", "allowed_tickets")
    counted = _counted(own).join(limits, on="version")
    return counted.filter(pl.col("tickets") > pl.col("allowed_tickets"), pl.col("asked_tickets") > 0)


def _counted(pieces: pl.DataFrame) -> pl.DataFrame:
    """How many tickets each holder had from one change to the next, under each version by itself."""
    key = [*_HOLDER, "version"]
    asked = pl.col("is_asked").cast(pl.Int64)
    begun = pieces.select(*key, from_at="from_at", tickets=pl.lit(1, pl.Int64), asked_tickets=asked)
    ended = pieces.filter(pl.col("until_at") < FOREVER)
    ended = ended.select(*key, from_at="until_at", tickets=pl.lit(-1, pl.Int64), asked_tickets=-asked)
    steps = pl.concat([begun, ended]).group_by(*key, "from_at").agg(pl.col("tickets", "asked_tickets").sum())
    return steps.sort(*key, "from_at").with_columns(
        pl.col("tickets", "asked_tickets").cum_sum().over(key),
        until_at=pl.col("from_at").shift(-1).over(key).fill_null(FOREVER),
    )


def _joined(steps: pl.DataFrame) -> pl.DataFrame:
    """Steps that follow each other as one time, whatever version they fell under; what ends never has no end."""
    ordered = steps.sort(*_HOLDER, "from_at")
    is_start = (pl.col("from_at") != pl.col("until_at").shift(1).over(_HOLDER)).fill_null(value=True)
    times = ordered.with_columns(turn=is_start.cum_sum().over(_HOLDER)).group_by(*_HOLDER, "turn", maintain_order=True)
    told = times.agg(
        pl.col("from_at").first(),
        pl.col("until_at").last(),
        pl.col("tickets", "allowed_tickets").last(),
        most_tickets=pl.col("tickets").max(),
    )
    return told.drop("turn").with_columns(until_at=pl.when(pl.col("until_at") < FOREVER).then("until_at"))
