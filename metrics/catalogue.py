"""Every metric, in reading order: what it answers, how it is defined, and how to ask it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import (
    action_items,
    aging,
    aging_bands,
    automation_candidates,
    cadence,
    clock_trace,
    concentration,
    cumulative_flow,
    data_quality,
    duplicate_suspects,
    fairness,
    first_response,
    flow,
    incidents,
    intake,
    ownership,
    postmortems,
    reopen_cycles,
    rota_rules,
    shift_load,
    slo,
    slo_summary,
    slo_weekly,
    stage_times,
    ticket_state,
    toil,
    triage_latency,
    wip,
    wip_limits,
)

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
        ticket_state.summary,
    ),
    Metric(
        "triage_latency",
        "How long did tickets wait to be triaged?",
        "working seconds",
        "lower",
        triage_latency.triage_latency,
        triage_latency.figure,
        _summed(triage_latency.triage_latency, triage_latency.summary),
        triage_latency.weekly,
    ),
    Metric(
        "first_response",
        "How long did requesters wait for a first word?",
        "working seconds",
        "lower",
        first_response.first_response,
        first_response.figure,
        _summed(first_response.first_response, first_response.summary),
        first_response.weekly,
    ),
    Metric(
        "slo",
        "Do we keep our promises?",
        "clocks",
        "higher",
        slo.slo,
        slo.figure,
        slo_summary.slo_summary,
        slo_weekly.slo_weekly,
    ),
    Metric(
        "clock_trace",
        "Why is this ticket red?",
        "intervals",
        "neither",
        clock_trace.clock_trace,
        clock_trace.figure,
    ),
    Metric(
        "cadence",
        "Are urgent tickets kept moving?",
        "seconds owed",
        "higher",
        cadence.cadence,
        cadence.figure,
        _summed(cadence.cadence, cadence.summary),
        cadence.weekly,
    ),
    Metric(
        "flow",
        "What came in, what was finished, what is open?",
        "changes",
        "neither",
        flow.flow,
        flow.figure,
        _summed(flow.flow, flow.summary),
        flow.weekly_flow,
    ),
    Metric(
        "reopen_cycles",
        "How long do tickets stay open, and how often do they come back?",
        "cycles",
        "lower",
        reopen_cycles.reopen_cycles,
        reopen_cycles.figure,
        _summed(reopen_cycles.openings, reopen_cycles.summary),
    ),
    Metric(
        "stage_times",
        "Where do tickets wait?",
        "seconds",
        "lower",
        stage_times.stage_times,
        stage_times.figure,
        _summed(stage_times.stage_times, stage_times.summary),
        stage_times.weekly,
    ),
    Metric(
        "cumulative_flow",
        "What piles up where?",
        "tickets",
        "neither",
        cumulative_flow.cumulative_flow,
        cumulative_flow.figure,
        _summed(cumulative_flow.cumulative_flow, cumulative_flow.summary),
        cumulative_flow.weekly,
    ),
    Metric(
        "aging",
        "What is stuck, and for how long?",
        "seconds",
        "lower",
        aging.aging,
        aging.figure,
        aging.standing,
    ),
    Metric(
        "aging_bands",
        "How old are tickets when they leave each stage?",
        "seconds",
        "lower",
        aging_bands.aging_bands,
        aging_bands.figure,
        aging_bands.bands,
    ),
    Metric(
        "wip",
        "Who has too much open at once?",
        "tickets",
        "lower",
        wip.wip,
        wip.figure,
        _summed(wip.wip, wip.summary),
        wip_limits.weekly,
    ),
    Metric(
        "toil",
        "What keeps interrupting us?",
        "tickets",
        "lower",
        toil.toil,
        toil.figure,
        _summed(toil.toil, toil.summary),
        weekly=toil.weekly,
    ),
    Metric(
        "automation_candidates",
        "What should we automate first?",
        "tickets",
        "lower",
        automation_candidates.automation_candidates,
        automation_candidates.figure,
        automation_candidates.groups,
    ),
    Metric(
        "intake",
        "Do new tickets come with what we need?",
        "share of checks",
        "higher",
        intake.intake,
        intake.figure,
        _summed(intake.intake, intake.summary),
        weekly=intake.weekly,
    ),
    Metric(
        "duplicate_suspects",
        "Which open tickets may be the same?",
        "pairs",
        "lower",
        duplicate_suspects.duplicate_suspects,
        duplicate_suspects.figure,
        _summed(duplicate_suspects.duplicate_suspects, duplicate_suspects.summary),
    ),
    Metric(
        "ownership",
        "Who holds what, and does it move?",
        "tickets",
        "lower",
        ownership.ownership,
        ownership.figure,
        _summed(ownership.ownership, ownership.summary),
        ownership.weekly,
    ),
    Metric(
        "incidents",
        "How fast do we notice, tame and end an incident?",
        "seconds",
        "lower",
        incidents.incidents,
        incidents.figure,
        _summed(incidents.incidents, incidents.summary),
        incidents.weekly,
    ),
    Metric(
        "postmortems",
        "Did we learn from it, in time?",
        "incidents",
        "higher",
        postmortems.postmortems,
        postmortems.figure,
        _summed(postmortems.postmortems, postmortems.summary),
        postmortems.weekly,
    ),
    Metric(
        "action_items",
        "Do we do what we said we would?",
        "tickets",
        "lower",
        action_items.action_items,
        action_items.figure,
        _summed(action_items.action_items, action_items.summary),
        action_items.weekly,
    ),
    Metric(
        "shift_load",
        "What did each duty cost whoever held it?",
        "shifts",
        "neither",
        shift_load.shift_load,
        shift_load.figure,
        _summed(shift_load.shift_load, shift_load.summary),
        weekly=shift_load.weekly,
        key=("shift_id", "role", "person"),
    ),
    Metric(
        "rotation_fairness",
        "Who has carried what?",
        "duty-weeks",
        "lower",
        fairness.rotation_fairness,
        fairness.figure,
        _summed(fairness.rotation_fairness, fairness.summary),
        key=("role", "person"),
    ),
    Metric(
        "rota_rules",
        "Which rota rules were broken?",
        "breaches",
        "lower",
        rota_rules.rota_rules,
        rota_rules.figure,
        _summed(rota_rules.rota_rules, rota_rules.summary),
        key=("rule", "roles", "person"),
    ),
    Metric(
        "role_concentration",
        "Who could we not do without?",
        "shares",
        "neither",
        concentration.role_concentration,
        concentration.figure,
        concentration.concentration_summary,
        weekly=concentration.weekly,
        key=("kind", "subject", "person"),
    ),
    Metric(
        "data_quality",
        "Can I trust these numbers?",
        "findings",
        "lower",
        data_quality.data_quality,
        data_quality.figure,
        data_quality.summary,
        key=("source", "finding"),
    ),
)
