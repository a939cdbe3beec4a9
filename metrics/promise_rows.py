"""The lists behind the figures on one promise: a name such as `due:breached@2026-W46~category=access` is a list.

    base[:outcome][@week][~cut=group]

base is due (what fell due in the window), opened (what began in it), budget (what was missed in the promise's own
window) or overdue (missed whenever, and still open). Names travel in addresses, so they say only what a reader may ask
for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import polars as pl

from metrics.broken_promises import reasons
from metrics.instants import parse_instant
from metrics.promise_clocks import promise_clocks
from metrics.promise_cuts import membership
from metrics.slo_summary import slo_summary
from metrics.ticket_rows import described
from metrics.weekly_health import RowSet
from metrics.weeks import Week
from metrics.wording import day

OUTCOMES = {
    "met": ("met",),
    "breached": ("breached-closed", "breached-open"),
    "closed": ("breached-closed",),
    "open": ("breached-open",),
    "running": ("running",),
}
_SAID = {"met": "met", "breached": "broken", "closed": "broken, closed by now", "open": "broken, still open",
         "running": "running"}  # fmt: skip
_BASES = {"due": "due", "opened": "begun", "budget": "broken in the budget's window", "overdue": "broken, still open"}
_TODAY = {"better": "broken, but met by today's version", "worse": "met, but broken by today's version",
          "uncovered": "covered by no version of today"}  # fmt: skip
_NAME = re.compile(
    r"(?P<base>due|opened|budget|overdue)(:(?P<outcome>met|breached|closed|open|running))?"
    r"(@(?P<week>\d{4}-W\d\d))?(~(?P<cut>[a-z]+)=(?P<group>.*))?"
)
_CLOCK_COLUMNS = ("ticket_id", "policy", "cycle", "verdict", "due_at", "late_working_seconds", "met_at", "started_at")
_TOLD = ("why", "late_working_seconds", "due_at", "verdict", "met_at", "started_at", "policy", "cycle")
_TICKET_COLUMNS = ("ticket_id", "key", "url", "title", "owner", "priority", "stage")
_EVER = datetime(1970, 1, 1)  # noqa: DTZ001 - instants in the store are UTC without a zone


@dataclass(frozen=True, slots=True)
class _Asked:
    base: str
    outcome: str | None
    week: Week | None
    cut: str | None
    group: str


def promise_rows(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    queues: Sequence[str],
    policy: str,
    weeks: Sequence[Week],
    name: str,
    most: int,
) -> RowSet:
    """The first `most` rows of a list, the latest due first; `why` says in words what was missed. Raises ValueError for
    a name that no figure of the page carries."""
    asked, instant = _asked(name, weeks[0].zone), parse_instant(as_of)
    since, until = _bounds(con, asked, weeks, instant, queues, policy)
    clocks = promise_clocks(con, as_of=as_of, queues=queues, policy=policy, since=since)
    column = "started_at" if asked.base == "opened" else "due_at"
    clocks = clocks.filter(pl.col(column) >= since, pl.col(column) < until).filter(_wanted(asked, instant))
    if asked.cut == "today":
        clocks = clocks.filter(_turned(asked.group))
    elif asked.cut:
        told = membership(con, clocks, asked.cut, as_of=as_of, queues=queues, zone=weeks[0].zone)
        clocks = told.filter(value=asked.group)
    chosen = clocks.sort("due_at", "ticket_id", descending=[True, False]).head(most)
    rows = _described(con, chosen.with_columns(policy=pl.lit(policy)), instant, weeks[0].zone)
    return RowSet(name, _title(asked, policy), rows, policy, total=len(clocks))


def _asked(name: str, zone: str) -> _Asked:
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} names no list of this page")
    week = Week.parse(found["week"], zone) if found["week"] else None
    if found["cut"] == "today" and found["group"] not in _TODAY:
        raise ValueError(f"{name!r} names no list of this page")
    return _Asked(found["base"], found["outcome"], week, found["cut"], found["group"] or "")


def _bounds(
    con: duckdb.DuckDBPyConnection,
    asked: _Asked,
    weeks: Sequence[Week],
    instant: datetime,
    queues: Sequence[str],
    policy: str,
) -> tuple[datetime, datetime]:
    """[since, until) of what is listed. Of a week, what will fall due in it is there while it runs."""
    if asked.base == "overdue":
        return _EVER, instant
    if asked.base == "budget":
        windows = (
            slo_summary(con, as_of=instant.replace(tzinfo=UTC), queue=list(queues))
            .filter(policy=policy)["since"]
            .to_list()
        )
        return (windows or [instant])[0], instant
    if asked.week:
        return parse_instant(asked.week.starts_at), parse_instant(asked.week.ends_at)
    return parse_instant(weeks[0].starts_at), instant


def _wanted(asked: _Asked, instant: datetime) -> pl.Expr:
    """What is due later is listed only as running: nobody has judged it yet."""
    if asked.base == "overdue":
        return pl.col("verdict") == "breached-open"
    if asked.base == "budget":
        return pl.col("verdict").is_in(OUTCOMES["breached"])
    is_told = (pl.col("due_at") < instant) | (pl.col("verdict") == "running") | pl.lit(asked.base == "opened")
    return is_told & pl.col("verdict").is_in(OUTCOMES[asked.outcome]) if asked.outcome else is_told


def _turned(group: str) -> pl.Expr:
    is_broken, is_broken_now = (pl.col(name).str.starts_with("breached") for name in ("verdict", "verdict_today"))
    is_met, is_met_now = (pl.col(name) == "met" for name in ("verdict", "verdict_today"))
    turns = {"better": is_broken & is_met_now, "worse": is_met & is_broken_now}
    return turns.get(group, pl.col("verdict_today").is_null())


def _title(asked: _Asked, policy: str) -> str:
    outcome = f" and {_SAID[asked.outcome]}" if asked.outcome else ""
    when = f" in the week of {day(asked.week.starts_at, asked.week.zone)}" if asked.week else ""
    which = _TODAY[asked.group] if asked.cut == "today" else f"{asked.cut} {asked.group}" if asked.cut else ""
    return f"{policy}: {_BASES[asked.base]}{outcome}{when}{', ' if which else ''}{which}"


def _described(con: duckdb.DuckDBPyConnection, chosen: pl.DataFrame, instant: datetime, zone: str) -> pl.DataFrame:
    broken = chosen.filter(pl.col("verdict").str.starts_with("breached"))
    told = reasons(con, broken, as_of=instant, zone=zone, near=instant)
    why = broken.select("ticket_id", "cycle", "started_at").with_columns(why=pl.Series(told, dtype=pl.String))
    rows = chosen.join(why, on=["ticket_id", "cycle", "started_at"], how="left", maintain_order="left")
    tickets = described(con, instant, chosen["ticket_id"].unique(maintain_order=True).to_list())
    joined = rows.select(*_CLOCK_COLUMNS, "why").join(
        tickets.select(_TICKET_COLUMNS), on="ticket_id", how="left", maintain_order="left"
    )
    return joined.select(*_TICKET_COLUMNS, *_TOLD)
