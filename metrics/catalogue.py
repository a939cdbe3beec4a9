"""Every metric, in reading order: what it answers, how it is defined, and how to ask it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import clock_trace, first_response, flow, reopen_cycles, slo, slo_summary, ticket_state, triage_latency

Rows = Callable[..., duckdb.DuckDBPyRelation]
Summary = Callable[..., pl.DataFrame]


def _summed(rows: Rows, summary: Callable[[duckdb.DuckDBPyRelation], pl.DataFrame]) -> Summary:
    """A summary of rows, asked the way the rows are asked."""
    return lambda con, **question: summary(rows(con, **question))


@dataclass(frozen=True, slots=True)
class Metric:
    """One entry of the catalogue.

    `rows` and `summary` take a connection, keyword-only as_of, and mostly since, until and queue. `weekly` takes a
    connection, as_of, weeks and queue, and answers with one row per week: week, starts_at, ends_at, is_complete, …
    `key` names the columns that rows begin with.
    """

    name: str
    question: str
    unit: str
    better: Literal["lower", "higher", "neither"]
    rows: Rows
    figure: Callable[[duckdb.DuckDBPyRelation], go.Figure]
    summary: Summary | None = None
    weekly: Summary | None = None
    key: tuple[str, ...] = ("ticket_id", "key")

    @property
    def definition(self) -> str:
        """The four lines of the metric's file: Counts, Ignores, Clock, Undefined."""
        text = sys.modules[self.rows.__module__].__doc__ or ""
        return text[text.index("Counts:") :].strip()


def catalogue() -> tuple[Metric, ...]:
    """Every metric, in reading order."""
    return _METRICS


_METRICS = (
    Metric(
        "ticket_state",
        "How did every ticket stand at an instant?",
        "tickets",
        "neither",
        ticket_state.ticket_state,
        ticket_state.figure,
        _summed(ticket_state.ticket_state, ticket_state.summary),
    ),
    Metric(
        "triage_latency",
        "How long did tickets wait to be triaged?",
        "working seconds",
        "lower",
        triage_latency.triage_latency,
        triage_latency.figure,
        _summed(triage_latency.triage_latency, triage_latency.summary),
    ),
    Metric(
        "first_response",
        "How long did requesters wait for a first word?",
        "working seconds",
        "lower",
        first_response.first_response,
        first_response.figure,
        _summed(first_response.first_response, first_response.summary),
    ),
    Metric("slo", "Do we keep our promises?", "clocks", "higher", slo.slo, slo.figure, slo_summary.slo_summary),
    Metric(
        "clock_trace",
        "Why is this ticket red?",
        "intervals",
        "neither",
        clock_trace.clock_trace,
        clock_trace.figure,
    ),
    Metric(
        "flow",
        "What came in, what was finished, what is open?",
        "changes",
        "neither",
        flow.flow,
        flow.figure,
        _summed(flow.flow, flow.summary),
    ),
    Metric(
        "reopen_cycles",
        "How long do tickets stay open, and how often do they come back?",
        "cycles",
        "lower",
        reopen_cycles.reopen_cycles,
        reopen_cycles.figure,
        _summed(reopen_cycles.reopen_cycles, reopen_cycles.summary),
    ),
)
