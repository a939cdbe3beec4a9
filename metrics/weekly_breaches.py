"""The promises broken in a week, each with the reason in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
import polars as pl

from metrics.broken_promises import reasons
from metrics.weekly_facts import Facts, naive
from metrics.wording import span


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken promise. is_carried_over: it fell due before the week and is still open; late is working time."""

    ticket_id: str
    key: str
    url: str | None
    title: str
    owner: str | None
    priority: str | None
    policy: str
    cycle: int
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    is_open: bool
    is_carried_over: bool
    late_working_seconds: float
    late: str
    reason: str


def breaches(con: duckdb.DuckDBPyConnection, facts: Facts) -> tuple[Breach, ...]:
    """Clocks that fell due in the week and were broken, then those still open from before; the latest first."""
    chosen = _chosen(facts).join(facts.tickets.drop("key", "priority", "is_open"), on="ticket_id", how="left")
    near = naive(facts.week.starts_at) + timedelta(days=3.5)
    told = reasons(con, chosen, as_of=facts.as_of, zone=facts.team.zone, near=near, calendars=facts.calendars)
    return tuple(_breach(row, why) for row, why in zip(chosen.iter_rows(named=True), told, strict=True))


def _breach(row: dict[str, Any], why: str) -> Breach:
    shown = {name: row[name] for name in Breach.__dataclass_fields__ if name not in ("late", "is_open", "reason")}
    is_waiting: bool = row["is_waiting"]
    return Breach(**shown, is_open=is_waiting, late=span(row["late_working_seconds"]), reason=why)


def _chosen(facts: Facts) -> pl.DataFrame:
    since, until = facts.bounds(facts.week)
    broken = facts.clocks.filter(pl.col("verdict").str.starts_with("breached"))
    is_carried_over = pl.col("due_at") < since
    broken = broken.with_columns(
        is_carried_over=is_carried_over, is_waiting=pl.col("verdict") == "breached-open"
    ).filter(pl.col("due_at") < until, ~is_carried_over | pl.col("is_waiting"))
    return broken.sort(
        "is_carried_over", "is_waiting", "late_working_seconds", descending=[False, True, True], maintain_order=True
    )
