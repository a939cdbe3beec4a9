"""The lists behind a week's figures: a name such as `opened@2026-W46` or `due:Triage:breached` is a list of rows.

Names travel in addresses, so they say only what a reader may ask for, and every figure of the page carries one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from metrics.weekly_facts import Facts
from metrics.weeks import Week
from metrics.wording import day

TICKET_COLUMNS = ("ticket_id", "key", "url", "title", "owner", "priority", "stage")
OUTCOMES = {"met": ("met",), "breached": ("breached-closed", "breached-open"), "running": ("running",)}
_NAME = re.compile(r"(?P<kind>[a-z]+)(:(?P<policy>.+?))?(:(?P<outcome>met|breached|running))?(@(?P<week>\d{4}-W\d\d))?")


@dataclass(frozen=True, eq=False)
class RowSet:
    """A list with its title; rows begin with TICKET_COLUMNS. `policy` is whose clock a ticket here opens into."""

    name: str
    title: str
    rows: pl.DataFrame
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    policy: str | None
    outcome: str | None
    week: Week
    since: datetime
    until: datetime

    def named(self, what: str, zone: str) -> str:
        return f"{what} in the week of {day(self.week.starts_at, zone)}"


def rows(facts: Facts, name: str) -> RowSet:
    """The list a name stands for. Raises ValueError for a name that no figure of this page carries."""
    found = _NAME.fullmatch(name)
    if found is None or found["kind"] not in _KINDS:
        raise ValueError(f"{name!r} names no list of this page")
    week = Week.parse(found["week"], facts.team.zone) if found["week"] else facts.week
    asked = _Asked(found["policy"], found["outcome"], week, *facts.bounds(week))
    title, frame = _KINDS[found["kind"]](facts, asked)
    ticketed = frame.join(facts.tickets.drop("key"), on="ticket_id", how="left", maintain_order="left")
    return RowSet(name, title, ticketed.select(*TICKET_COLUMNS, *_own(frame)), asked.policy)


def _own(frame: pl.DataFrame) -> list[str]:
    return [column for column in frame.columns if column not in TICKET_COLUMNS]


def _changed(facts: Facts, asked: _Asked, sign: int | None) -> pl.DataFrame:
    inside = pl.col("occurred_at").is_between(asked.since, asked.until, closed="left")
    kept = facts.changes.filter(inside if sign is None else inside & (pl.col("change") == sign))
    return kept.select("ticket_id", "key", "occurred_at", "reason")


def _opened(facts: Facts, asked: _Asked) -> tuple[str, pl.DataFrame]:
    return asked.named("Came in", facts.team.zone), _changed(facts, asked, 1)


def _closed(facts: Facts, asked: _Asked) -> tuple[str, pl.DataFrame]:
    return asked.named("Closed or left", facts.team.zone), _changed(facts, asked, -1)


def _changes(facts: Facts, asked: _Asked) -> tuple[str, pl.DataFrame]:
    return asked.named("Came in, closed or left", facts.team.zone), _changed(facts, asked, None)


def _open(facts: Facts, asked: _Asked) -> tuple[str, pl.DataFrame]:
    before = facts.changes.filter(pl.col("occurred_at") < asked.until)
    totals = before.group_by("ticket_id", "key", maintain_order=True).agg(pl.col("change").sum())
    still = totals.filter(pl.col("change") > 0).select("ticket_id", "key")
    opened = still.join(facts.tickets.select("ticket_id", "opened_at"), on="ticket_id", how="left").sort("opened_at")
    age = (asked.until - pl.col("opened_at")).dt.total_seconds() / 86400
    is_now = asked.until == facts.as_of
    title = "Open now" if is_now else f"Open when the week of {day(asked.week.starts_at, facts.team.zone)} ended"
    return title, opened.with_columns(age_days=age.floor().cast(pl.Int64))


def clocks(facts: Facts, column: str, since: datetime, until: datetime, policy: str | None = None) -> pl.DataFrame:
    """The clocks whose started_at or due_at lies in [since, until), of one policy or of all."""
    inside = facts.clocks.filter(pl.col(column).is_between(since, until, closed="left"))
    return inside if policy is None else inside.filter(policy=policy)


def _due(facts: Facts, asked: _Asked) -> tuple[str, pl.DataFrame]:
    return _judged(facts, asked, "due_at", f"{asked.policy or 'Promises'}: due")


def _started(facts: Facts, asked: _Asked) -> tuple[str, pl.DataFrame]:
    return _judged(facts, asked, "started_at", f"{asked.policy or 'Promises'}: begun")


def _judged(facts: Facts, asked: _Asked, column: str, what: str) -> tuple[str, pl.DataFrame]:
    kept = clocks(facts, column, asked.since, asked.until, asked.policy)
    if asked.outcome:
        kept = kept.filter(pl.col("verdict").is_in(OUTCOMES[asked.outcome]))
    outcome = f" and {asked.outcome.replace('breached', 'broken')}" if asked.outcome else ""
    return asked.named(f"{what}{outcome}", facts.team.zone), kept.select(*_CLOCK_COLUMNS)


_CLOCK_COLUMNS = (
    "ticket_id", "key", "policy", "verdict", "due_at", "late_working_seconds", "met_at", "started_at",
)  # fmt: skip


def _overdue(facts: Facts, asked: _Asked) -> tuple[str, pl.DataFrame]:
    kept = facts.clocks.filter(verdict="breached-open").sort("due_at")
    if asked.policy:
        kept = kept.filter(policy=asked.policy)
    return f"{asked.policy or 'Promises'}: broken and still open", kept.select(*_CLOCK_COLUMNS)


def _overspent(facts: Facts, _: _Asked) -> tuple[str, pl.DataFrame]:
    windows = facts.promises.filter(pl.col("budget_left") < 0).select("policy", "since", "until")
    late = facts.clocks.filter(pl.col("verdict").str.starts_with("breached")).join(windows, on="policy")
    inside = late.filter(pl.col("due_at") >= pl.col("since"), pl.col("due_at") < pl.col("until"))
    return "Late within an overspent error budget", inside.sort("policy", "due_at").select(*_CLOCK_COLUMNS)


def _answers(facts: Facts, asked: _Asked) -> tuple[str, pl.DataFrame]:
    kept = facts.answers.filter(pl.col("opened_at").is_between(asked.since, asked.until, closed="left"))
    columns = ("ticket_id", "key", "opened_at", "responded_at", "waited_working_seconds")
    return asked.named("Opened, and when first answered,", facts.team.zone), kept.select(*columns)


def _untriaged(facts: Facts, _: _Asked) -> tuple[str, pl.DataFrame]:
    waiting = facts.stays.filter(pl.col("is_open"), pl.col("triaged_at").is_null(), pl.col("left_at").is_null())
    if not facts.has_triage_rule:
        waiting = waiting.clear()
    due = facts.clocks.filter(clock="triage").group_by("ticket_id", "queue", "cycle").agg(pl.col("due_at").min())
    kept = waiting.join(due, on=["ticket_id", "queue", "cycle"], how="left", maintain_order="left")
    kept = kept.with_columns(is_past_due=pl.col("due_at") < facts.as_of).sort("entered_at")
    return "Not triaged yet", kept.select(
        "ticket_id", "key", "entered_at", "due_at", "is_past_due", "waited_working_seconds"
    )


_KINDS: dict[str, Callable[[Facts, _Asked], tuple[str, pl.DataFrame]]] = {
    "opened": _opened,
    "closed": _closed,
    "changes": _changes,
    "open": _open,
    "due": _due,
    "started": _started,
    "overdue": _overdue,
    "overspent": _overspent,
    "answers": _answers,
    "untriaged": _untriaged,
}
