"""Verdicts added up per policy: compliance with its interval, and the error budget."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from metrics.columns import Queues, ask, queue_names, quoted, relation
from metrics.distributions import wilson_interval
from metrics.instants import parse_instant
from metrics.slo import verdicts
from metrics.slo_judgement import VERDICTS

_SCHEMA: dict[str, Any] = {
    "policy": pl.String,
    "objective": pl.Float64,
    "since": pl.Datetime("us"),
    "until": pl.Datetime("us"),
    **{
        f"{base}_{name}": kind
        for base in ("opened", "due")
        for name, kind in {
            "clocks": pl.Int64,
            "met": pl.Int64,
            "breached_closed": pl.Int64,
            "breached_open": pl.Int64,
            "running": pl.Int64,
            "compliance": pl.Float64,
            "compliance_low": pl.Float64,
            "compliance_high": pl.Float64,
        }.items()
    },
    "elapsed_share": pl.Float64,
    "budget_allowed": pl.Float64,
    "budget_used": pl.Int64,
    "budget_left": pl.Float64,
    "burn": pl.Float64,
}


def slo_summary(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    queue: Queues = None,
    clocks: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per policy in force at as_of, over [since, until) or else over the policy's own window.

    opened_* counts the clocks that started in the window, due_* those that fell due in it; clocks is met and breached
    together, running stands beside and is in neither share. compliance_low and _high bound it at 95 % (Wilson).

    `clocks` may hand in the rows of `slo`, of all time and the same question, where they have been asked already.

    The error budget is counted on what fell due. budget_allowed is (1 - objective) of the clocks the whole window will
    see at the pace so far, budget_used the breaches, and burn is the share of the budget used over the share of the
    window elapsed: above 1 the budget runs out early.
    """
    instant = parse_instant(as_of)
    promises = [
        (policy, objective, *_bounds(instant, window, zone, since, until))
        for policy, objective, window, zone in _policies(con, instant, queue_names(queue))
    ]
    if not promises:
        return pl.DataFrame(schema=_SCHEMA)
    told = _clocks(con, as_of, queue, promises) if clocks is None else relation(con, clocks)
    counts = told.query("clocks", _COUNTS.replace("{windows}", _windows(promises))).pl()
    rows = [_policy_row(counts.filter(policy=promise[0]), *promise, instant) for promise in promises]
    return pl.DataFrame(rows, schema=_SCHEMA)


def _clocks(
    con: duckdb.DuckDBPyConnection,
    as_of: str | datetime,
    queue: Queues,
    promises: Sequence[tuple[str, float, datetime, datetime]],
) -> duckdb.DuckDBPyRelation:
    """The clocks of all windows together, and no older ones."""
    bounds = [moment.replace(tzinfo=UTC) for _, _, *window in promises for moment in window]
    return verdicts(con, as_of=as_of, queue=queue, since=min(bounds), until=max(bounds))


_COUNTS = """
SELECT c.policy, c.verdict,
    count(*) FILTER (c.started_at >= w.since AND c.started_at < w.until) AS opened,
    count(*) FILTER (c.due_at >= w.since AND c.due_at < w.until) AS due
FROM clocks AS c JOIN (FROM (VALUES {windows}) AS w (policy, since, until)) AS w ON w.policy = c.policy
GROUP BY ALL
"""


def _windows(promises: Sequence[tuple[str, float, datetime, datetime]]) -> str:
    return ", ".join(
        f"({quoted(policy)}, TIMESTAMP '{since.isoformat(' ')}', TIMESTAMP '{until.isoformat(' ')}')"
        for policy, _, since, until in promises
    )


def _policies(
    con: duckdb.DuckDBPyConnection, as_of: datetime, queues: list[str] | None
) -> Iterable[tuple[str, float, str, str]]:
    """Policy, objective, window and zone of each policy in force that covers one of the queues."""
    return ask(con, _POLICIES, as_of=as_of, queues=queues).fetchall()


_POLICIES = """
SELECT p.policy, any_value(p.objective), any_value(p.window), coalesce(min(v.zone), 'UTC')
FROM slo_policy AS p
LEFT JOIN queue_calendar AS c ON c.queue = p.queue
LEFT JOIN calendar_version AS v ON v.calendar = c.calendar AND $as_of >= v.valid_from AND $as_of < v.valid_until
WHERE $as_of >= p.valid_from AND $as_of < p.valid_until
    AND p.queue IN (SELECT queue FROM queue_span($as_of))
    AND ($queues IS NULL OR list_contains($queues, p.queue))
GROUP BY p.policy ORDER BY min(p.ordinal)
"""


def _bounds(
    as_of: datetime, window: str, zone: str, since: str | datetime | None, until: str | datetime | None
) -> tuple[datetime, datetime]:
    """[since, until) in UTC: as asked, or the policy's window that holds as_of (a rolling one ends there)."""
    start, end = _window_of(as_of, window, zone)
    return (
        parse_instant(since, "since") if since is not None else start,
        parse_instant(until, "until") if until is not None else end,
    )


def _window_of(as_of: datetime, window: str, zone: str) -> tuple[datetime, datetime]:
    if window.endswith("d"):
        return as_of - timedelta(days=int(window[:-1])), as_of
    # The last known instant lies just before as_of: at the stroke of a new month the old one is the whole window.
    local = (as_of.replace(tzinfo=UTC) - timedelta(microseconds=1)).astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if window == "week":
        start = midnight - timedelta(days=midnight.weekday())
        end = start + timedelta(days=7)
    else:
        length = {"month": 1, "quarter": 3}[window]
        start = midnight.replace(day=1, month=(midnight.month - 1) // length * length + 1)
        end = (start + timedelta(days=31 * length)).replace(day=1)
    return _naive_utc(start), _naive_utc(end)


def _naive_utc(local: datetime) -> datetime:
    return local.astimezone(UTC).replace(tzinfo=None)


def _policy_row(
    counts: pl.DataFrame, policy: str, objective: float, since: datetime, until: datetime, as_of: datetime
) -> dict[str, object]:
    due = _shares(counts, "due")
    elapsed = min(1.0, max(0.0, (as_of - since) / (until - since)))
    return {
        "policy": policy,
        "objective": objective,
        "since": since,
        "until": until,
        **_shares(counts, "opened"),
        **due,
        "elapsed_share": elapsed,
        **error_budget(objective, int(due["due_clocks"] or 0), int(due["due_met"] or 0), elapsed),
    }


def _shares(counts: pl.DataFrame, base: str) -> dict[str, float | int | None]:
    told = dict(counts.select("verdict", base).drop_nulls().iter_rows())
    found = {verdict.replace("-", "_"): told.get(verdict, 0) for verdict in VERDICTS}
    judged = sum(found.values()) - found["running"]
    low, high = wilson_interval(found["met"], judged) or (None, None)
    shares = {
        "clocks": judged,
        **found,
        "compliance": found["met"] / judged if judged else None,
        "compliance_low": low,
        "compliance_high": high,
    }
    return {f"{base}_{name}": value for name, value in shares.items()}


def error_budget(objective: float, judged: int, met: int, elapsed_share: float) -> dict[str, float | int | None]:
    """Breaches allowed in the whole window at the pace so far, used, left; burn is null where nothing fell due."""
    used = judged - met
    if not judged or not elapsed_share:
        return {"budget_allowed": None, "budget_used": used, "budget_left": None, "burn": None}
    allowed = round((1 - objective) * judged / elapsed_share, 9)  # a tenth of forty is four, and not a little less
    return {
        "budget_allowed": allowed,
        "budget_used": used,
        "budget_left": allowed - used,
        "burn": used / allowed / elapsed_share,
    }
