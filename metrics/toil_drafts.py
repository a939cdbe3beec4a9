"""Rules for kinds of work as a draft: those in force to begin with, and what others would change of some tickets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics import policies
from metrics.columns import ask
from metrics.instants import parse_instant
from metrics.ticket_rows import described
from metrics.toil import changes, preview
from metrics.toil_rules import UNCLASSIFIED

JUDGED_AT_MOST = 20_000  # tickets of a preview, the newest of its window
_NEWEST = f"""
SELECT ticket_id FROM fact.queue_span
WHERE opened_at < $as_of AND from_at < $as_of AND (until_at IS NULL OR until_at >= $as_of)
    AND list_contains($queues, queue)
    AND ($since IS NULL OR opened_at >= $since) AND ($until IS NULL OR opened_at < $until)
ORDER BY opened_at DESC, ticket_id LIMIT {JUDGED_AT_MOST}
"""
_IN_FORCE = """
SELECT version, list(DISTINCT queue ORDER BY queue) FROM queue_practice
WHERE kind = 'toil' AND list_contains($queues, queue) AND valid_from < $as_of AND valid_until >= $as_of
GROUP BY version ORDER BY version
"""


@dataclass(frozen=True, eq=False)
class RulesInForce:
    """One version of the rules: the patterns it is for, the queues asked about for which it decides, and its rules in
    order, presets spelled out."""

    version: str
    queues: tuple[str, ...]
    sources: tuple[str, ...]
    decides_for: tuple[str, ...]
    rules: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, eq=False)
class Preview:
    """What a draft would change. `tickets` were judged, `changed` of them would be of another category.

    moves: category (null: no rules were in force), proposed_category, tickets. rules: rule (its place, from 1),
    category, tickets (for which it decides); unclassified ones are the last row, without a place. rows: the newest
    changed tickets, described, with category and proposed_category.
    """

    tickets: int
    changed: int
    moves: pl.DataFrame
    rules: pl.DataFrame
    rows: pl.DataFrame


def rules_in_force(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, queues: tuple[str, ...]
) -> tuple[RulesInForce, ...]:
    """The versions that decide for any of the queues at as_of; none: nothing is configured."""
    found = ask(con, _IN_FORCE, as_of=parse_instant(as_of), queues=list(queues)).fetchall()
    known = {version.key: version for group in policies.versions(con, "toil") for version in group}
    return tuple(
        RulesInForce(key, said.queues, said.sources, tuple(decides), tuple(said.definition["categories"]))
        for key, decides in found
        for said in [known[key]]
    )


def toil_draft(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: datetime,
    until: datetime,
    queues: tuple[str, ...],
    rules: Sequence[Mapping[str, Any]],
    most: int = 25,
) -> Preview:
    """What `rules`, in order, would say of the newest tickets opened in [since, until) and now in these queues.

    Raises ValueError for a rule that cannot be understood.
    """
    places = [{**rule, "name": str(n) if rule.get("name") else ""} for n, rule in enumerate(rules, start=1)]
    judged = preview(con, places, as_of=as_of, since=since, until=until, queue=queues, concerned=_NEWEST).pl()
    names = {place["name"]: rule["name"] for place, rule in zip(places, rules, strict=True)}
    named = judged.rename({"proposed_category": "rule"}).with_columns(
        proposed_category=pl.col("rule").replace_strict(names | {UNCLASSIFIED: UNCLASSIFIED}, return_dtype=pl.String)
    )
    named = named.with_columns(is_changed=pl.col("category").ne_missing(pl.col("proposed_category")))
    moved = named.filter("is_changed").sort("opened_at", "ticket_id", descending=True)
    moves = changes(con.from_arrow(named.to_arrow()))
    return Preview(len(named), len(moved), moves, _by_rule(named, rules), _first(con, as_of, moved.head(most)))


def _by_rule(named: pl.DataFrame, rules: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    counts = dict(named.group_by("rule").len().rows())
    told = [(n, rule["name"], counts.get(str(n), 0)) for n, rule in enumerate(rules, start=1)]
    schema = {"rule": pl.Int64, "category": pl.String, "tickets": pl.Int64}
    return pl.DataFrame([*told, (None, UNCLASSIFIED, counts.get(UNCLASSIFIED, 0))], schema=schema, orient="row")


def _first(con: duckdb.DuckDBPyConnection, as_of: str | datetime, moved: pl.DataFrame) -> pl.DataFrame:
    shown = described(con, parse_instant(as_of), moved["ticket_id"].to_list())
    told = moved.select("ticket_id", "category", "proposed_category")
    return shown.select("ticket_id", "key", "url", "title", "opened_at").join(
        told, on="ticket_id", how="left", maintain_order="left"
    )
