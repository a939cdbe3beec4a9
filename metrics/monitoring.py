"""What a monitoring system is told of a snapshot: how things stand at an instant, in few figures, each with its unit.

What nothing is configured for, and what cannot be said yet, is absent: a missing figure is no zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import polars as pl

from metrics.columns import ask
from metrics.freshness import source_ages
from metrics.instants import parse_instant
from metrics.over_limit import over_limit
from metrics.slo import verdicts
from metrics.slo_summary import slo_summary
from metrics.ticket_state import summary as states

Sample = tuple[dict[str, str], float]

_HAS_LIMITS = """
SELECT count(*) FROM queue_practice WHERE kind = 'wip' AND valid_from <= $as_of AND valid_until > $as_of
"""
_OVERDUE = "policy, clock, coalesce(queue, '') AS queue, count(*) FILTER (verdict = 'breached-open') AS overdue"


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure. Its name ends in its unit; '' is none. samples are its values, by their labels."""

    name: str
    unit: str
    meaning: str
    samples: tuple[Sample, ...]


def gauges(con: duckdb.DuckDBPyConnection, *, as_of: str | datetime) -> tuple[Gauge, ...]:
    """Every figure that can be said at as_of, in a fixed order."""
    found = (*_sources(con), *_tickets(con, as_of), *_overdue(con, as_of), *_promises(con, as_of), *_wip(con, as_of))
    return tuple(gauge for gauge in found if gauge.samples)


def _sources(con: duckdb.DuckDBPyConnection) -> Iterator[Gauge]:
    ages = source_ages(con)
    yield Gauge(
        "watchbill_source_data_until_timestamp_seconds", "seconds",
        "Up to when the history of a source is complete.",
        tuple(({"source": age.source}, age.until.timestamp()) for age in ages if age.until),
    )  # fmt: skip
    yield Gauge(
        "watchbill_source_last_run_success", "",
        "1 where the last attempt to read a source succeeded, else 0.",
        tuple(({"source": age.source}, float(age.failure is None)) for age in ages),
    )  # fmt: skip


def _tickets(con: duckdb.DuckDBPyConnection, as_of: str | datetime) -> Iterator[Gauge]:
    counts = states(con, as_of=as_of).group_by(pl.col("queue").fill_null("")).agg(pl.sum("open_tickets"))
    yield Gauge(
        "watchbill_open_tickets", "tickets", "Tickets that are open, by queue.",
        tuple(({"queue": queue}, float(n)) for queue, n in counts.sort("queue").iter_rows()),
    )  # fmt: skip


def _overdue(con: duckdb.DuckDBPyConnection, as_of: str | datetime) -> Iterator[Gauge]:
    counts = verdicts(con, as_of=as_of).aggregate(_OVERDUE).order("policy, queue, clock").fetchall()
    yield Gauge(
        "watchbill_untriaged_past_deadline_tickets", "tickets",
        "Open tickets whose triage is past its deadline, by promise and queue.",
        tuple(({"policy": policy, "queue": name}, float(n)) for policy, clock, name, n in counts if clock == "triage"),
    )  # fmt: skip
    yield Gauge(
        "watchbill_overdue_clocks", "clocks",
        "Promises broken on tickets that are still open, by promise and queue.",
        tuple(({"policy": policy, "queue": queue}, float(n)) for policy, _, queue, n in counts),
    )  # fmt: skip


_PROMISES = (
    ("watchbill_slo_objective_ratio", "ratio", "objective", "The share of clocks that is to be in time."),
    ("watchbill_slo_compliance_ratio", "ratio", "due_compliance",
     "The share of clocks in time, of those that fell due in the promise's window."),
    ("watchbill_slo_budget_left_clocks", "clocks", "budget_left",
     "How many more clocks of the promise's window may be late before it is broken."),
    ("watchbill_slo_burn_ratio", "ratio", "burn",
     "The share of the error budget used over the share of the window gone by; above 1 it runs out early."),
)  # fmt: skip


def _promises(con: duckdb.DuckDBPyConnection, as_of: str | datetime) -> Iterator[Gauge]:
    told = slo_summary(con, as_of=as_of)
    for name, unit, column, meaning in _PROMISES:
        values = zip(told["policy"], told[column], strict=True)
        samples = tuple(({"policy": policy}, float(value)) for policy, value in values if value is not None)
        yield Gauge(name, unit, meaning, samples)


def _wip(con: duckdb.DuckDBPyConnection, as_of: str | datetime) -> Iterator[Gauge]:
    if ask(con, _HAS_LIMITS, as_of=parse_instant(as_of)).fetchall() == [(0,)]:
        return
    people = over_limit(con, as_of=as_of)["person_id"].n_unique()
    yield Gauge(
        "watchbill_over_wip_limit_people", "people", "People with more in work than was agreed.", (({}, float(people)),)
    )


def ages(gauges: tuple[Gauge, ...], now: datetime) -> Gauge:
    """How old the data of every source are by a clock, of the gauges that tell up to when they reach."""
    until = next((gauge.samples for gauge in gauges if gauge.name.startswith("watchbill_source_data_until")), ())
    read_at = now.astimezone(UTC).timestamp()
    return Gauge(
        "watchbill_source_data_age_seconds", "seconds", "How long ago the history of a source ends.",
        tuple((labels, read_at - value) for labels, value in until),
    )  # fmt: skip
