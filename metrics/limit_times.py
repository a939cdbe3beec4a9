"""When who had more in work than a limit allows: what tickets in work are counted by, from one change to the next.

That somebody was above a limit at some time follows from what was in work until then. So the times of all queues
together are a fact of the store, cut at an instant when they are read.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from metrics import outcomes, policies
from metrics.columns import Queues, ask, queue_names
from metrics.instants import parse_instant
from metrics.policies import FOREVER, Version
from metrics.recent import ask_since

_SQL = Path(__file__).with_suffix(".sql")
CODE = (Path(__file__), _SQL)
_INSTANT = pl.Datetime("us")
_LIMIT: dict[str, Any] = {"source": pl.String, "queue": pl.String, "scope": pl.String, "version": pl.String}
_LIMIT |= {"definition": pl.String, "valid_from": _INSTANT, "valid_until": _INSTANT}
_ALLOWED = {"version": pl.String, "holder": pl.String, "person": pl.String, "allowed_tickets": pl.Int64}
_TIMES = _SQL.read_text(encoding="utf-8")
HOLDER = ["scope", "person_id", "person", "queue"]
NAME = "above_limit"
_KNOWN = f"""
SELECT scope, person_id, person, queue, from_at, known(until_at, $as_of) AS until_at
FROM fact.{NAME} WHERE from_at < $as_of
"""


def keep(con: duckdb.DuckDBPyConnection) -> None:
    """Write every time anybody was above a limit, as known in the end, into the attached store."""
    ever = above(con, as_of=outcomes.FOREVER.replace(tzinfo=UTC)).select(*HOLDER, "from_at", "until_at")
    con.register("ever_above", ever)
    con.execute(f"CREATE OR REPLACE TABLE store.fact.{NAME} AS FROM ever_above")
    con.unregister("ever_above")


def times_above(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    queue: Queues,
    since: datetime | None = None,
    among: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The rows of `above` without how many tickets there were, and more of them: of all queues together, every time
    is told."""
    if queue is None and outcomes.are_kept(con):
        return ask(con, _KNOWN, as_of=parse_instant(as_of)).pl()
    return above(con, as_of=as_of, queue=queue, since=since, among=among).select(*HOLDER, "from_at", "until_at")


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
    told = _joined(spells.sort(*HOLDER, "from_at"), HOLDER)
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
    return told.select(*HOLDER, "from_at", until, "tickets", "asked_tickets", "allowed_tickets")


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
    begun = limits(con).filter(pl.col("valid_from") < instant).join(limits(con, queue), on="version", how="semi")
    lasting = pl.when(pl.col("valid_until") < instant).then("valid_until").otherwise(pl.lit(FOREVER))
    holders = _holders(con, begun, instant, since)
    if among is not None:
        holders = holders.join(among, on=HOLDER, how="semi", nulls_equal=True)
    con.register("wip_limit", begun.with_columns(valid_until=lasting))
    con.register("wip_holder", holders)
    try:
        times = ask_since(con, since, _TIMES, as_of=instant, queues=queue_names(queue), since=since).pl()
    finally:
        con.unregister("wip_limit")
        con.unregister("wip_holder")
    limit = holders.select("number", "allowed_tickets")
    return _counted(times).join(limit, on="number", maintain_order="left"), holders


def limits(con: duckdb.DuckDBPyConnection, queue: Queues = None) -> pl.DataFrame:
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


def allowed(limited: pl.DataFrame) -> pl.DataFrame:
    """What each version allows: version, holder (person or queue), person (null: everybody not named),
    allowed_tickets."""
    told: list[tuple[str, str, str | None, int]] = []
    for version, text in limited.select("version", "definition").unique(maintain_order=True).rows():
        definition: dict[str, Any] = json.loads(text)
        told += [(version, "person", person, allowed) for person, allowed in definition["people"].items()]
        told += [(version, who, None, definition[who]) for who in ("person", "queue") if definition[who] is not None]
    return pl.DataFrame(told, schema=_ALLOWED, orient="row")


_WORKERS = """
SELECT DISTINCT person_id, person FROM work($as_of)
WHERE person_id IS NOT NULL AND ($since IS NULL OR until_at IS NULL OR until_at > $since)
"""


def _holders(
    con: duckdb.DuckDBPyConnection, limited: pl.DataFrame, instant: datetime, since: datetime | None
) -> pl.DataFrame:
    """Whom each version limits, of those who had anything in work since then, numbered: number, version, scope, holder,
    name (as times in work have it), person_id, person, queue, allowed_tickets."""
    known = ask_since(con, since, _WORKERS, as_of=instant, since=since)
    told, versions = allowed(limited), limited.select("version", "scope").unique(maintain_order=True)
    everybody = told.filter(pl.col("person").is_null()).drop("person")
    own = told.filter(holder="person").select("version", "person", own_tickets="allowed_tickets")
    people = versions.join(known.pl().sort("person_id"), how="cross").join(own, on=["version", "person"], how="left")
    people = people.join(everybody.filter(holder="person").drop("holder"), on="version", how="left")
    people = people.with_columns(allowed_tickets=pl.coalesce("own_tickets", "allowed_tickets")).drop("own_tickets")
    queues = limited.filter(pl.col("queue") != "").select("version", "scope", "queue").unique(maintain_order=True)
    queues = queues.join(everybody.filter(holder="queue").drop("holder"), on="version")
    holders = pl.concat(
        [
            people.with_columns(holder=pl.lit("person"), name="person_id"),
            queues.with_columns(holder=pl.lit("queue"), name="queue"),
        ],
        how="diagonal",
    )
    return holders.drop_nulls("allowed_tickets").with_row_index("number")


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
