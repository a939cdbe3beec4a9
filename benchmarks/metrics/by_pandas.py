"""The same questions as an analyst would put them in pandas, to the same tables: plain, vectorised, no more than asked.

They know what they would know of their own trackers: which statuses are final, which words mean which stage, that a
ticket stays at its tracker. Times of day are of each queue's zone; 9 to 17 on working days.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it ships no types

FINAL = ("completed", "Done", "resolved")
STAGES = {
    "New": "new",
    "To Do": "new",
    "Triaged": "triaged",
    "Selected": "triaged",
    "In progress": "active",
    "In Progress": "active",
    "progress": "active",
    "Waiting": "waiting",
    "stalled": "waiting",
    "completed": "done",
    "Done": "done",
    "resolved": "done",
}
SINCE_SECOND_PROMISE = pd.Timestamp("2025-07-01")


@dataclass(frozen=True, slots=True)
class Tables:
    """The raw tables, and the weeks to tell about: their starts and the last one's end."""

    ticket: pd.DataFrame
    event: pd.DataFrame
    gone: pd.Series
    bots: set[str]
    closed_days: pd.DataFrame
    zones: pd.Series
    weeks: pd.DatetimeIndex


def read(store: Path, weeks: pd.DatetimeIndex) -> Tables:
    """Everything the questions need, in memory."""
    with duckdb.connect(str(store.resolve()), read_only=True) as con:
        con.execute("SET enable_progress_bar = false")  # it would stand among what others.py prints
        bots = con.execute(
            "SELECT account_id FROM account LEFT JOIN account_setting AS s USING (account_id)"
            " WHERE account.is_bot OR s.is_bot"
        ).fetchall()
        queues = con.execute("SELECT unnest(queues), c.zone FROM team JOIN calendar AS c USING (calendar)").fetchall()
        return Tables(
            con.execute("SELECT ticket_id, source, opened_at, author_id FROM ticket").df(),
            con.execute("SELECT ticket_id, occurred_at, seq, actor_id, field, old, new FROM event").df(),
            con.execute("SELECT ticket_id, gone_at FROM gone").df().set_index("ticket_id")["gone_at"],
            {bot for (bot,) in bots},
            con.execute("SELECT calendar AS zone, day FROM calendar_day").df(),
            pd.Series(dict(queues)),
            weeks,
        )


def _week_of(tables: Tables, moments: pd.Series) -> Any:
    """The number of the week of each instant: 0 is before the first, len(weeks) is after the last."""
    return tables.weeks.searchsorted(moments.to_numpy(), side="right")


def _per_week(tables: Tables, moments: pd.Series) -> Any:
    return np.bincount(_week_of(tables, moments), minlength=len(tables.weeks) + 1)[1 : len(tables.weeks)]


def _ordered(events: pd.DataFrame) -> pd.DataFrame:
    return events.sort_values(["ticket_id", "occurred_at", "seq"])


def _medians(tables: Tables, began: pd.Series, seconds: pd.Series) -> pd.DataFrame:
    """Nearest-rank medians by the week in which each began; none of fewer than five."""
    weeks = pd.DataFrame({"week": _week_of(tables, began), "seconds": seconds.to_numpy()}).dropna()
    found = weeks.groupby("week")["seconds"].agg(n="count", median=lambda s: s.quantile(0.5, interpolation="lower"))
    found = found.reindex(range(1, len(tables.weeks)), fill_value=np.nan)
    return found.assign(n=found["n"].fillna(0).astype(int), median=found["median"].where(found["n"] >= 5))


def flow(tables: Tables) -> pd.DataFrame:
    """opened, reopened, closed and what is open at the end of each week."""
    status = _ordered(tables.event[tables.event["field"] == "status"])
    is_final = status["new"].isin(FINAL)
    was_final = is_final.groupby(status["ticket_id"]).shift()
    at = status["occurred_at"]
    last = status.assign(is_final=is_final).groupby("ticket_id")["is_final"].last()
    lost = tables.gone[~last.reindex(tables.gone.index).to_numpy()]
    moments = {"opened": at[was_final.isna()], "reopened": at[~is_final & (was_final == True)]}  # noqa: E712
    moments["closed"] = at[is_final & (was_final == False)]  # noqa: E712
    weekly = pd.DataFrame({name: _per_week(tables, moment) for name, moment in moments.items()})
    before = {name: (moment < tables.weeks[0]).sum() for name, moment in {**moments, "gone": lost}.items()}
    change = weekly["opened"] + weekly["reopened"] - weekly["closed"] - _per_week(tables, lost)
    return weekly.assign(
        open_tickets=change.cumsum() + before["opened"] + before["reopened"] - before["closed"] - before["gone"]
    )


def first_response(tables: Tables) -> pd.DataFrame:
    """n and median seconds to the first word of somebody else, by the week of opening."""
    tickets = tables.ticket[~tables.ticket["ticket_id"].isin(tables.gone.index)]
    comments = tables.event[tables.event["field"] == "comment"].merge(tickets, on="ticket_id")
    comments = comments[~comments["actor_id"].isin(tables.bots) & (comments["actor_id"] != comments["author_id"])]
    first = tickets["ticket_id"].map(comments.groupby("ticket_id")["occurred_at"].min())
    return _medians(tables, tickets["opened_at"], (first - tickets["opened_at"]).dt.total_seconds())


def stays(tables: Tables) -> pd.DataFrame:
    """Every stay in a queue with when it was triaged, by the rule of its tracker."""
    queue = _ordered(tables.event[tables.event["field"] == "queue"])
    queue = queue[~queue["ticket_id"].isin(tables.gone.index)]
    left = queue.groupby("ticket_id")["occurred_at"].shift(-1)
    triaged = np.maximum(queue["ticket_id"].map(_holds_since(tables)), queue["occurred_at"])
    columns = {"ticket_id": queue["ticket_id"], "queue": queue["new"], "entered_at": queue["occurred_at"]}
    return pd.DataFrame({**columns, "left_at": left, "triaged_at": triaged.where(left.isna() | (triaged < left))})


def _holds_since(tables: Tables) -> pd.Series:
    """When each ticket's triage rule first held: at Phorge all of priority, project and a deed; else the board's."""
    first = _first_times(tables)
    by_source = tables.ticket.set_index("ticket_id")["source"].to_numpy()
    deed = first[["owner", "closed", "word"]].min(axis=1).rename("deed")
    duty = _once_all(pd.concat([first[["priority", "project"]], deed], axis=1))
    board = pd.concat([first["left_new"], _once_all(first[["priority", "owner"]])], axis=1).min(axis=1)
    return duty.where(by_source == "phorge", board)


def _once_all(moments: pd.DataFrame) -> pd.Series:
    return moments.max(axis=1).where(moments.notna().all(axis=1))


def _first_times(tables: Tables) -> pd.DataFrame:
    """One row per ticket: when a human first did each of the things that triage is about."""
    events = tables.event.merge(tables.ticket, on="ticket_id")
    events = events[~events["actor_id"].isin(tables.bots)]
    field, new = events["field"], events["new"]
    is_label, is_status = field == "label", field == "status"
    done = {
        "left_new": ((field == "column") & (new != "New")) | (is_status & ~new.isin(["open", "To Do"])),
        "priority": (is_label & new.isin(["P0", "P1", "P2", "P3"])) | ((field == "priority") & (new != "Needs Triage")),
        "owner": (field == "owner") & new.notna(),
        "project": field == "project",
        "closed": is_status & new.isin(FINAL),
        "word": field.isin(["comment", "note"]) & (events["actor_id"] != events["author_id"]),
    }
    first = {name: events[which].groupby("ticket_id")["occurred_at"].min() for name, which in done.items()}
    return pd.DataFrame(first, index=tables.ticket["ticket_id"])


def triage_latency(tables: Tables) -> pd.DataFrame:
    """n and median seconds of the triaged stays, by the week of entering."""
    stay = stays(tables)
    return _medians(tables, stay["entered_at"], (stay["triaged_at"] - stay["entered_at"]).dt.total_seconds())


def _due(tables: Tables, stay: pd.DataFrame) -> pd.Series:
    """Since July 2025 four working hours, or the end of the next working day; before, eight hours."""
    due = pd.Series(pd.NaT, index=stay.index, dtype="datetime64[us]")
    zones = stay["queue"].map(tables.zones)
    for zone, which in zones.groupby(zones).groups.items():
        closed = tables.closed_days.loc[tables.closed_days["zone"] == zone, "day"].to_numpy().astype("datetime64[D]")
        local = stay.loc[which, "entered_at"].dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
        day = local.to_numpy().astype("datetime64[D]")
        since_nine = local.to_numpy() - day.astype("datetime64[us]") - np.timedelta64(9, "h")
        is_inside = (
            np.is_busday(day, holidays=closed)
            & (since_nine >= np.timedelta64(0))
            & (since_nine < np.timedelta64(8, "h"))
        )
        next_day = np.where(
            np.is_busday(day, holidays=closed) & (since_nine < np.timedelta64(0)),
            day,
            np.busday_offset(np.busday_offset(day, 0, "backward", holidays=closed), 1, holidays=closed),
        )
        left = np.where(stay.loc[which, "entered_at"] >= SINCE_SECOND_PROMISE, 4, 8) * np.timedelta64(1, "h")
        today = is_inside & (since_nine + left <= np.timedelta64(8, "h"))
        rest = np.where(is_inside, since_nine + left - np.timedelta64(8, "h"), np.timedelta64(8, "h"))
        end = np.where(today, day, next_day).astype("datetime64[us]") + np.where(today, since_nine + left, rest)
        moment = pd.Series(end + np.timedelta64(9, "h"), index=which)
        due.loc[which] = moment.dt.tz_localize(zone).dt.tz_convert("UTC").dt.tz_localize(None)
    return due


def slo(tables: Tables) -> pd.DataFrame:
    """Verdicts on triage by the week of entering: met, breached."""
    stay = stays(tables)
    stay = stay.assign(due_at=_due(tables, stay))
    is_met = stay["triaged_at"] <= stay["due_at"]
    is_withdrawn = stay["triaged_at"].isna() & (stay["left_at"] <= stay["due_at"])
    is_running = stay["triaged_at"].isna() & (stay["due_at"] >= tables.weeks[-1])
    breached = stay.loc[~is_met & ~is_withdrawn & ~is_running, "entered_at"]
    return pd.DataFrame(
        {"met": _per_week(tables, stay.loc[is_met, "entered_at"]), "breached": _per_week(tables, breached)}
    )


def cumulative_flow(tables: Tables) -> pd.DataFrame:
    """Tickets in each stage at the end of each week."""
    events = _ordered(tables.event[tables.event["field"].isin(["status", "column"])])
    events = events.assign(stage=events["new"].map(STAGES))
    is_phorge = events["ticket_id"].str.startswith("phorge/")
    events["stage"] = events["stage"].mask(is_phorge & (events["new"] == "open"), "new")
    events = events.dropna(subset="stage")
    events = events[events["stage"] != events.groupby("ticket_id")["stage"].shift()]
    before = events.groupby("ticket_id")["stage"].shift()
    last = events.groupby("ticket_id")["stage"].last().reindex(tables.gone.index)
    found = {}
    for stage in ("new", "triaged", "active", "waiting", "done"):
        gained = np.sort(events.loc[events["stage"] == stage, "occurred_at"].to_numpy())
        left = events.loc[before == stage, "occurred_at"].to_numpy()
        lost = np.sort(np.concatenate([left, tables.gone[(last == stage).to_numpy()].to_numpy()]))
        ends = tables.weeks[1:].to_numpy()
        found[f"{stage}_tickets"] = np.searchsorted(gained, ends) - np.searchsorted(lost, ends)
    return pd.DataFrame(found)


QUESTIONS: dict[str, Callable[[Tables], pd.DataFrame]] = {
    "triage_latency": triage_latency,
    "first_response": first_response,
    "slo": slo,
    "flow": flow,
    "cumulative_flow": cumulative_flow,
}
