"""A second opinion on agendas: plain Python over the rows of other metrics, each of which has an oracle of its own."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
from hypothesis import strategies as st

import metrics
from ingest.records import Event, Record
from metrics import wip_limits
from metrics.cadence import overdue
from tests.conftest import History
from tests.metrics import oracle

AGENDA_WORLD = f"""{oracle.WORLD}
[[cadence]]
every = {{ P0 = "24h", P1 = "72h" }}

[[wip]]
person = 1

[[ownership]]
silent_days = 2
dead_days = 9

[[intake]]
"""
_DATES = [("eta", value) for value in ("2026-10-30", "2026-11-04", "2026-11-20", "-2026-11-04")]
_WORDS = [("comment", "+Looking."), ("note", "+Asked."), ("column", "In progress"), ("label", "+in progress")]
_LATE = ("triage", "breached-open")


def agenda_histories() -> st.SearchStrategy[History]:
    """Histories in which dates are promised, and much is in work."""
    return oracle.histories(actions=[*oracle._ACTIONS, *_DATES, *_WORDS])


def expected(
    con: duckdb.DuckDBPyConnection, records: list[Record], as_of: datetime, queues: list[str], next_at: datetime
) -> dict[str, set[str]]:
    """By section, the tickets that it claims, whatever others do."""
    asked: dict[str, Any] = {"as_of": as_of, "queue": queues}
    owned = {row["ticket_id"]: row for row in metrics.ownership(con, **asked).pl().to_dicts() if row["queue"] in queues}
    states = {row["ticket_id"]: row for row in metrics.ticket_state(con, **asked).pl().to_dicts()}
    clocks = metrics.slo(con, **asked).pl().to_dicts()
    now, until = (instant.replace(tzinfo=None) for instant in (as_of, next_at))
    etas, day = {ticket: _eta(records, ticket, now) for ticket in owned}, as_of.date()
    urgent = {ticket for ticket, row in states.items() if row["priority"] in ("P0", "P1")}
    return {
        "untriaged": {row["ticket_id"] for row in clocks if (row["clock"], row["verdict"]) == _LATE},
        "due": {row["ticket_id"] for row in clocks if row["verdict"] == "running" and row["due_at"] < until}
        | {ticket for ticket, eta in etas.items() if eta and day <= eta < next_at.date()},
        "cadence": set(overdue(metrics.cadence(con, **asked))["ticket_id"]),
        "old": {ticket for ticket in urgent if now - states[ticket]["opened_at"] > timedelta(days=30)},
        "unowned": {ticket for ticket, row in owned.items() if row["is_unowned_beyond_triage"]},
        "over_limit": set(_over_limit(con, as_of, queues)),
        "silent": {ticket for ticket, row in owned.items() if row["is_silent"] and not row["is_dead"]},
        "dead": {ticket for ticket, row in owned.items() if row["is_dead"]},
        "reopened": {
            row["ticket_id"]
            for row in metrics.reopen_cycles(con, **asked).pl().to_dicts()
            if row["cycle"] > 1 and row["closed_at"] is None and now - row["started_at"] <= timedelta(days=28)
        },
        "postponed": {ticket for ticket, eta in etas.items() if eta and eta < day},
    }  # fmt: skip


def _eta(records: list[Record], ticket: str, now: datetime) -> Any:
    said = [
        (one.occurred_at.astimezone(UTC).replace(tzinfo=None), one.seq, one.new)
        for one in records
        if isinstance(one, Event) and one.ticket_id == ticket and one.field == "eta"
    ]
    known = sorted((moment, seq, new or "") for moment, seq, new in said if moment < now)
    try:
        return datetime.fromisoformat(known[-1][2]).date() if known else None
    except ValueError:
        return None


def _over_limit(con: duckdb.DuckDBPyConnection, as_of: datetime, queues: list[str]) -> Iterator[str]:
    people = {
        row["person_id"] for row in wip_limits.breaches(con, as_of=as_of, queue=queues).to_dicts() if row["person"]
    }
    for row in metrics.wip(con, as_of=as_of, queue=queues).pl().to_dicts():
        if row["until_at"] is None and row["person_id"] in people:
            yield row["ticket_id"]


def open_tickets(con: duckdb.DuckDBPyConnection, as_of: datetime, queues: list[str]) -> set[str]:
    rows = metrics.ticket_state(con, as_of=as_of, queue=queues).pl().to_dicts()
    assert all(json.loads(row["owners"]) is not None for row in rows)
    return {row["ticket_id"] for row in rows if row["is_open"]}
