"""Pairs of open tickets whose titles are near-identical: are they the same?

Counts: pairs of tickets open at the instant whose titles name the same things and are worded alike, in queues with a
checklist. Of tickets with one and the same wording, each is paired with the first of them only.
Ignores: case, punctuation, reply marks, and how much or when: times, dates and numbers below a thousand. Titles that
name different things (hosts, addresses, ids, versions) are different, however alike they are worded.
Clock: none.
Undefined: titles without a word.

Similarity is 2 × shared ÷ (one's + the other's) different words, all numbers being one: 1 for the same words. How alike
is too alike, the checklist says that decides for the later ticket's queue, in the version in force when it was opened.
"""

from datetime import datetime
from html import escape
from pathlib import Path

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures, wordings
from metrics.columns import Queues, queue_names, window
from metrics.instants import parse_instant
from metrics.recent import ask_open

_SQL = Path(__file__).with_name("duplicate_suspects.sql")


def duplicate_suspects(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
    is_within: bool = False,
) -> duckdb.DuckDBPyRelation:
    """One row per pair, the most alike first; the later one was opened in [since, until).

    ticket_id, key (the later one: the suspect), other_id, other_key (the earlier one), queue, other_queue, similarity,
    opened_at, other_opened_at, is_same_queue. `queue` asks for pairs with either of the two in it; with
    is_within, both are, and tickets elsewhere are not even looked at.
    """
    instant = parse_instant(as_of)
    sql = _SQL.read_text(encoding="utf-8").replace("/* wordings */", wordings.among(con, "waiting", instant))
    asked = {"queues": queue_names(queue), "is_within": is_within, **window(since, until)}
    return ask_open(con, sql, as_of=instant, **asked)


def summary(rows: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """One row per queue: suspected_tickets (each once), pairs, same_words_pairs."""
    counts = "count(DISTINCT ticket_id) AS suspected_tickets, count(*) AS pairs"
    return rows.aggregate(f"queue, {counts}, count(*) FILTER (similarity = 1) AS same_words_pairs").order("queue").pl()


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """How many open tickets of each queue may be another's."""
    counts = summary(rows)
    bars = {
        "type": "bar",
        "x": [escape(queue or "in no queue") for queue in counts["queue"]],
        "y": counts["suspected_tickets"].to_list(),
    }
    return figures.drawn(
        [bars],
        question="Which open tickets may be the same?",
        x="Queue",
        y="Suspected duplicates (tickets)",
        n=int(counts["pairs"].sum()),
        counted="pairs",
    )
