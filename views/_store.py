"""What pages ask of a store: cached answers, keyed by the immutable snapshot behind its name and by the question.

A newly published snapshot has another name, so the next rerun asks it. Answers are frozen and shared, never copied:
nothing on a page changes them.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl
import streamlit as st

import metrics
from metrics import house
from metrics.freshness import SourceAge
from metrics.freshness import source_ages as ask_source_ages
from metrics.recent import read_ahead
from metrics.snapshot import snapshot_file
from metrics.teams import Team
from metrics.teams import teams as ask_teams
from metrics.weekly_health import WeeklyHealth
from metrics.weekly_health import weekly_health as ask_weekly_health
from metrics.weeks import Week
from views._drawing import Drawn
from views._turns import worked_out_once


def snapshot() -> str:
    """The newest snapshot of the store that WATCHBILL_STORE names. Raises StoreError where there is none."""
    return str(snapshot_file(os.environ.get("WATCHBILL_STORE", "watchbill.duckdb")))


@st.cache_resource(max_entries=2, show_spinner=False, on_release=lambda con: con.close())
def _opened(snapshot: str) -> duckdb.DuckDBPyConnection:
    return metrics.open_store(snapshot)


def open_early() -> None:
    """Open the newest snapshot, if there is one, and read what of it nearly everybody asks for, before anybody does."""
    with suppress(metrics.StoreError):
        read_ahead(_cursor(snapshot()))


def _cursor(snapshot: str) -> duckdb.DuckDBPyConnection:
    """A cursor for one call: threads that share a connection read each other's rows."""
    return _opened(snapshot).cursor()


@worked_out_once(8)
def data_until(snapshot: str) -> datetime | None:
    return metrics.data_until(_cursor(snapshot))


@worked_out_once(8)
def source_ages(snapshot: str) -> tuple[SourceAge, ...]:
    return ask_source_ages(_cursor(snapshot))


@worked_out_once(8)
def is_demo(snapshot: str) -> bool:
    return _cursor(snapshot).execute("SELECT is_demo FROM store.store_meta").fetchall() == [(True,)]


@worked_out_once(16)
def teams(snapshot: str, as_of: datetime) -> tuple[Team, ...]:
    return ask_teams(_cursor(snapshot), as_of=as_of)


@worked_out_once(32, "Reading the week …")
def weekly_health(snapshot: str, team: str, week: Week, as_of: datetime, queue: str | None = None) -> WeeklyHealth:
    return ask_weekly_health(_cursor(snapshot), as_of=as_of, week=week, team=team, queue=queue)


Ask = str | Callable[..., Any]
ANSWERS_KEPT = 128


def answer(snapshot: str, ask: Ask, **question: Any) -> Any:
    """The answer to a question, asked once per snapshot and question: rows come as a Polars frame.

    `ask` is a metric of the catalogue ("slo", "slo.summary", "slo.weekly") or a function at the top of a module in
    metrics/ that takes a connection first. Whatever is asked for is kept: ask for the rows and columns that are shown.
    The values of `question` are plain, or frozen dataclasses. Nobody changes an answer: it is everybody's.
    """
    name, asked = (ask, _of_the_catalogue(ask)) if isinstance(ask, str) else (_name_of(ask), ask)
    return _answer(snapshot, name, question, asked)


@worked_out_once(ANSWERS_KEPT, "Asking the store …")
def _answer(
    snapshot: str,
    name: str,  # noqa: ARG001 - with the question, what an answer is kept under
    question: dict[str, Any],
    _ask: Callable[..., Any],
) -> Any:
    found = _ask(_cursor(snapshot), **question)
    return found.pl() if isinstance(found, duckdb.DuckDBPyRelation) else found


def _name_of(ask: Callable[..., Any]) -> str:
    if "<" in ask.__qualname__:
        raise ValueError(f"{ask.__qualname__} has no name of its own to keep its answers under")
    return f"{ask.__module__}.{ask.__qualname__}"


def _of_the_catalogue(name: str) -> Callable[..., Any]:
    metric_name, _, part = name.partition(".")
    metric = next(metric for metric in metrics.catalogue() if metric.name == metric_name)
    asked = {"": metric.rows, "summary": metric.summary, "weekly": metric.weekly}[part]
    if asked is None:
        raise ValueError(f"{metric_name} has no {part}")
    return asked


@worked_out_once(32, "Drawing …")
def _figure(snapshot: str, name: str, template: str, question: dict[str, Any]) -> go.Figure:
    metric = next(metric for metric in metrics.catalogue() if metric.name == name)
    figure = metric.figure(metric.rows(_cursor(snapshot), **question))
    return Drawn(figure.update_layout(template=template))


def figure(snapshot: str, name: str, is_dark: bool, **question: Any) -> go.Figure:
    """A metric's own figure over its rows, for light or dark paper."""
    return _figure(snapshot, name, house.DARK if is_dark else house.LIGHT, question)


@worked_out_once(64, "Tracing the clock …")
def clock_trace(snapshot: str, ticket_id: str, as_of: datetime) -> pl.DataFrame:
    """The rows of metrics.clock_trace for every promise on a ticket; empty for a ticket that has none."""
    return metrics.clock_trace(_cursor(snapshot), as_of=as_of, ticket_id=ticket_id).pl()
