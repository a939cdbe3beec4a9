"""Lists of a week's page about tickets that came, went, stayed, and were answered."""

from typing import TYPE_CHECKING

import duckdb

from metrics.columns import ask
from metrics.first_response import first_response
from metrics.flow import flow
from metrics.instants import parse_instant
from metrics.wording import day

if TYPE_CHECKING:
    from metrics.weekly_rows import Wanted

Listed = tuple[str, duckdb.DuckDBPyRelation]
_OPEN = """
SELECT p.ticket_id, t.key, floor(epoch(CAST($until AS TIMESTAMP) - t.opened_at) / 86400)::BIGINT AS age_days
FROM (
    SELECT DISTINCT ticket_id FROM presence($as_of)
    WHERE from_at < $until AND (until_at IS NULL OR until_at >= $until) AND list_contains($queues, queue)
) AS p JOIN store.ticket AS t USING (ticket_id)
ORDER BY t.opened_at, t.ticket_id
"""


def _changed(con: duckdb.DuckDBPyConnection, wanted: "Wanted", change: str) -> duckdb.DuckDBPyRelation:
    found = flow(con, since=wanted.since, until=wanted.until, **wanted.question.asked)
    return found.filter(change).project("ticket_id, key, occurred_at, reason")


def _opened(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    return wanted.in_the_week("Came in"), _changed(con, wanted, "change = 1")


def _closed(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    return wanted.in_the_week("Closed or left"), _changed(con, wanted, "change = -1")


def _changes(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    return wanted.in_the_week("Came in, closed or left"), _changed(con, wanted, "true")


def _open(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    question = wanted.question
    is_now = wanted.until == question.as_of
    title = "Open now" if is_now else f"Open when the week of {day(wanted.week.starts_at, question.zone)} ended"
    return title, ask(con, _OPEN, as_of=question.instant, until=parse_instant(wanted.until), queues=question.queues)


def _answers(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    found = first_response(con, since=wanted.since, until=wanted.until, **wanted.question.asked)
    columns = "ticket_id, key, opened_at, responded_at, waited_working_seconds"
    return wanted.in_the_week("Opened, and when first answered,"), found.project(columns)


KINDS = {"opened": _opened, "closed": _closed, "changes": _changes, "open": _open, "answers": _answers}
