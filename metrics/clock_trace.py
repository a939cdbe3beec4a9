"""Why is this red? The intervals of one clock: when it ran, was paused, or stood outside hours, and what caused each.

Counts: the clock of one ticket under one policy, from its start until it was met, or until now.
Ignores: nothing; every human and bot event that changed how the clock ran is named.
Clock: working time of the policy's calendar; wall time stands beside it.
Undefined: the trace of a ticket that the policy does not cover (no rows).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import duckdb
import plotly.graph_objects as go
import polars as pl

from metrics import figures, house, policies, slo_clocks
from metrics.columns import ask, relation
from metrics.instants import parse_instant
from metrics.slo import slo
from metrics.worktime import Calendar

_SCHEMA: dict[str, Any] = {
    "ticket_id": pl.String,
    "key": pl.String,
    "policy": pl.String,
    "cycle": pl.Int64,
    "starts_at": pl.Datetime("us"),
    "ends_at": pl.Datetime("us"),
    "state": pl.String,
    "working_seconds": pl.Float64,
    "ran_working_seconds": pl.Float64,
    "cause": pl.String,
}

# Opening a ticket sets its first values; to say that it was opened is enough.
_EVENTS = """
SELECT e.occurred_at, e.field, coalesce(was.name, e.old), coalesce(now.name, e.new), coalesce(a.name, 'nobody named')
FROM known_event($as_of) AS e
JOIN store.ticket AS t USING (ticket_id)
LEFT JOIN actor AS a ON a.account_id = e.actor_id
LEFT JOIN actor AS was ON e.field = 'owner' AND was.account_id = e.old
LEFT JOIN actor AS now ON e.field = 'owner' AND now.account_id = e.new
WHERE e.ticket_id = $ticket_id AND (e.field = 'created' OR (e.occurred_at, e.seq) > (t.opened_at, 0))
ORDER BY e.occurred_at, e.seq, e.event_id
"""
_PRIORITIES = "SELECT from_at FROM priority_spell($as_of) WHERE ticket_id = $ticket_id"


def clock_trace(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, ticket_id: str, policy: str | None = None
) -> duckdb.DuckDBPyRelation:
    """One row per interval of the ticket's clocks, in order, and one of no length for how each ended.

    ticket_id, key, policy, cycle, starts_at, ends_at, state, working_seconds of the interval, ran_working_seconds on
    the clock at its end, cause. state is running, overdue (running past the deadline), paused or outside hours; the
    last row of a clock says met, closed, withdrawn (it left the queue, or another goal took over), or still waiting.
    """
    instant = parse_instant(as_of)
    clocks = slo(con, as_of=as_of, policy=policy, ticket_id=ticket_id).pl()
    calendars, waits = policies.calendars(con), slo_clocks.pauses(con, instant).filter(ticket_id=ticket_id)
    happened = _causes(ask(con, _EVENTS, as_of=instant, ticket_id=ticket_id).fetchall())
    prioritised = {moment for (moment,) in ask(con, _PRIORITIES, as_of=instant, ticket_id=ticket_id).fetchall()}
    rows: list[dict[str, Any]] = []
    for clock in clocks.filter(pl.col("calendar").is_not_null()).iter_rows(named=True):
        counted = (
            waits.filter(pl.col("from_at") < clock["due_at"]) if clock["paused_working_seconds"] else waits.clear()
        )
        pauses = list(counted.select("from_at", "until_at").iter_rows())
        rows += _Trace(clock, calendars[clock["calendar"]], pauses, happened, prioritised).rows()
    return relation(con, pl.DataFrame(rows, schema=_SCHEMA))


def _causes(events: list[Any]) -> dict[datetime, str]:
    """What was done to a ticket, in words, by instant."""
    said: dict[datetime, list[str]] = {}
    for occurred_at, field, old, new, actor in events:
        words = describe(field, old, new)
        if words:
            said.setdefault(occurred_at, []).append(f"{words} by {actor}")
    return {instant: ", ".join(dict.fromkeys(causes)) for instant, causes in said.items()}


def describe(field: str, old: str | None, new: str | None) -> str | None:
    """An event in words, without its actor; None for what changes no clock."""
    match field, old, new:
        case "created", _, _:
            return "opened"
        case "status", _, value:
            return f"status {value or 'left'}"
        case "comment", _, _:
            return "comment"
        case "note", _, _:
            return "internal comment"
        case "queue" | "column" as moved, _, value:
            return f"{moved} {value or 'left'}"
        case (("label" | "owner" | "priority" | "project"), _, str(value)):
            return f"{field} {value} set"
        case (("label" | "owner" | "priority" | "project"), value, None):
            return f"{field} {value} removed"
        case custom, _, value if custom.startswith("custom."):
            return f"{custom.removeprefix('custom.')} {value or 'emptied'}"
    return None


@dataclass(frozen=True, slots=True)
class _Trace:
    clock: dict[str, Any]
    calendar: Calendar
    pauses: list[tuple[datetime, datetime | None]]
    happened: dict[datetime, str]
    prioritised: set[datetime]  # when its priority changed, and with it perhaps the goal

    def rows(self) -> Iterator[dict[str, Any]]:
        ran, before = 0.0, None
        for start, end in pairwise(self._turns()):
            state = self._state(start)
            worked = self.calendar.working_time(_utc(start), _utc(end)).total_seconds()
            ran += 0.0 if state == "paused" else worked
            yield self._row(start, end, state, worked, ran, self._cause(start, state, before))
            before = state
        yield self._row(self._stopped, self._stopped, self._ending(), 0.0, ran, self._last_words())

    @property
    def _stopped(self) -> datetime:
        """Where the clock stood still: met, closed, withdrawn, or as far as it is known to have run."""
        stopped: datetime = self.clock["stopped_at"]
        return stopped

    def _turns(self) -> list[datetime]:
        """Every instant at which the clock may change how it runs, first to last."""
        start, stop = self.clock["started_at"], self._stopped
        spans = self.calendar.opening_spans(_utc(start), _utc(stop))
        turns = {start, stop, self.clock["due_at"]} | {moment.replace(tzinfo=None) for span in spans for moment in span}
        turns |= {moment for pause in self.pauses for moment in pause if moment is not None}
        turns |= self.prioritised
        return sorted(turn for turn in turns if start <= turn <= stop)

    def _state(self, moment: datetime) -> str:
        is_overdue = moment >= self.clock["due_at"]
        if any(since <= moment and (until is None or moment < until) for since, until in self.pauses):
            return "paused"
        if not self.calendar.is_open(_utc(moment)):
            return "outside hours"
        return "overdue" if is_overdue else "running"

    def _cause(self, moment: datetime, state: str, before: str | None) -> str:
        if moment == self.clock["due_at"] and before is not None:
            return "deadline passed"
        if moment in self.happened:
            return self.happened[moment]
        return "office closed" if state == "outside hours" else "office opened"

    def _ending(self) -> str:
        if self.clock["met_at"] is not None:
            return "met"
        if self.clock["withdrawn_at"] is not None:
            return "withdrawn"
        return "still waiting" if self.clock["is_open"] else "closed"

    def _last_words(self) -> str:
        return self.happened.get(self._stopped, "nothing yet")

    def _row(self, start: datetime, end: datetime, state: str, worked: float, ran: float, cause: str) -> dict[str, Any]:
        named = {key: self.clock[key] for key in ("ticket_id", "key", "policy", "cycle")}
        span = {"starts_at": start, "ends_at": end, "state": state}
        return {**named, **span, "working_seconds": worked, "ran_working_seconds": ran, "cause": cause}


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)


def figure(rows: duckdb.DuckDBPyRelation) -> go.Figure:
    """The intervals as bars along time, one lane per policy, in the colour of what the clock did."""
    spans = rows.filter("ends_at > starts_at").pl()
    bars = [_lane(spans.filter(state=state), state, colour) for state, colour in _COLOURS.items()]
    return figures.drawn(
        [bar for bar in bars if bar["y"]],
        question="Why is this ticket red?",
        x="Time (UTC)",
        y="Promise",
        n=len(spans),
        counted="intervals",
        layout={"barmode": "overlay", "xaxis": {"type": "date"}},
    )


_COLOURS = {
    "running": house.BLUE,
    "overdue": house.VERMILION,
    "paused": house.AMBER,
    "outside hours": house.GREY,
}


def _lane(spans: pl.DataFrame, state: str, colour: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": state,
        "marker": {"color": colour},
        "base": spans["starts_at"].to_list(),
        "x": (spans["ends_at"] - spans["starts_at"]).dt.total_milliseconds().to_list(),
        "y": figures.escaped(spans["policy"]),
        "hovertext": figures.escaped(spans["cause"]),
        "hovertemplate": "%{hovertext}<extra>%{fullData.name}</extra>",
    }
