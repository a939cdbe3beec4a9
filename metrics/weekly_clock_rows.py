"""Lists of a week's page about clocks: what fell due, what is late, what waits to be triaged."""

from typing import TYPE_CHECKING

import duckdb
import polars as pl

from metrics.columns import quoted, relation
from metrics.slo import slo, verdicts
from metrics.slo_summary import slo_summary
from metrics.triage_latency import not_triaged, triage_latency
from metrics.weekly_question import Question, has_triage_rule

if TYPE_CHECKING:
    from metrics.weekly_rows import Wanted

Listed = tuple[str, duckdb.DuckDBPyRelation]
_COLUMNS = "ticket_id, key, policy, verdict, due_at, late_working_seconds, met_at, started_at"
_OUTCOMES = {"met": "= 'met'", "breached": "LIKE 'breached%'", "running": "= 'running'"}


def _judged(con: duckdb.DuckDBPyConnection, wanted: "Wanted", base: str, what: str) -> Listed:
    clocks = slo(con, since=wanted.since, until=wanted.until, policy=wanted.of, **wanted.question.asked)
    verdict = _OUTCOMES[wanted.outcome] if wanted.outcome else "IS NOT NULL"
    outcome = f" and {wanted.outcome.replace('breached', 'broken')}" if wanted.outcome else ""
    kept = clocks.filter(f"has_{base}_in_window AND verdict {verdict}").project(_COLUMNS)
    return wanted.in_the_week(f"{wanted.of or 'Promises'}: {what}{outcome}"), kept


def _due(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    return _judged(con, wanted, "due", "due")


def _started(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    return _judged(con, wanted, "started", "begun")


def overdue(con: duckdb.DuckDBPyConnection, question: Question, policy: str | None = None) -> duckdb.DuckDBPyRelation:
    """The clocks broken and still open at as_of, the longest due first."""
    clocks = verdicts(con, policy=policy, is_pending=True, **question.asked).filter("verdict = 'breached-open'")
    return clocks.order("due_at, policy_ordinal, ticket_id, cycle").project(_COLUMNS)


def _overdue(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    return f"{wanted.of or 'Promises'}: broken and still open", overdue(con, wanted.question, wanted.of)


def _overspent(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    spent = slo_summary(con, **wanted.question.asked).filter(pl.col("budget_left") < 0)
    windows = [
        f"(policy = {quoted(policy)} AND due_at >= TIMESTAMP '{since}' AND due_at < TIMESTAMP '{until}')"
        for policy, since, until in spent.select("policy", "since", "until").rows()
    ]
    late = verdicts(con, **wanted.question.asked)
    late = late.filter(f"verdict LIKE 'breached%' AND ({' OR '.join(windows) or 'false'})")
    return "Late within an overspent error budget", late.order("policy, due_at, ticket_id").project(_COLUMNS)


def untriaged(con: duckdb.DuckDBPyConnection, question: Question) -> pl.DataFrame:
    """The open tickets that wait to be triaged, the longest waiting first: ticket_id, key, entered_at, due_at (of the
    triage clock, if any), is_past_due, waited_working_seconds. None, where no rule says what triaged means."""
    waiting = not_triaged(con, **question.asked)
    if not has_triage_rule(con, question):
        waiting = waiting.limit(0)
    clocks = verdicts(con, is_pending=True, **question.asked).filter("clock = 'triage'")
    due = clocks.aggregate("ticket_id, queue, cycle, min(due_at) AS due_at").pl()
    kept = waiting.pl().join(due, on=["ticket_id", "queue", "cycle"], how="left", maintain_order="left")
    is_past_due = (pl.col("due_at") < question.instant).alias("is_past_due")
    columns = ("ticket_id", "key", "entered_at", "due_at", is_past_due, "waited_working_seconds")
    return kept.sort("entered_at", maintain_order=True).select(*columns)


def _untriaged(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    return "Not triaged yet", relation(con, untriaged(con, wanted.question))


def _triage(con: duckdb.DuckDBPyConnection, wanted: "Wanted") -> Listed:
    stays = triage_latency(con, since=wanted.since, until=wanted.until, **wanted.question.asked)
    columns = "ticket_id, key, entered_at, triaged_at, waited_working_seconds"
    return wanted.in_the_week("Came in, and when triaged,"), stays.project(columns)


KINDS = {
    "due": _due,
    "started": _started,
    "overdue": _overdue,
    "overspent": _overspent,
    "untriaged": _untriaged,
    "triage": _triage,
}
