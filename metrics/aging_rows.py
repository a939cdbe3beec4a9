"""The lists behind the figures on open work, by names such as `stale`, `dot:calendar:active:stale:41` or `wip:Ana`.

Names travel in addresses, so they say only what a reader may ask for; a person's name stands last.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

import duckdb
import polars as pl

from metrics.age_expectation import expectation
from metrics.aging_dots import COLUMN, STEP
from metrics.columns import quoted
from metrics.instants import parse_instant
from metrics.open_work import MARKS, NOBODY, STALE_DAYS, open_work
from metrics.over_limit import over_limit
from metrics.stage_times import STAGES, stage_times
from metrics.ticket_rows import described
from metrics.weekly_health import RowSet
from metrics.weeks import Week
from metrics.wip import wip
from metrics.wording import counted, day

_COLUMNS = ("ticket_id", "key", "url", "title", "owner", "priority", "stage", "age_days", "stage_days", "updated_at")
_AT = re.compile(r"(?P<person>.+?)(@(?P<week>\d{4}-W\d\d))?")
Chosen = tuple[str, pl.Series]


def aging_rows(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    queues: Sequence[str],
    weeks: Sequence[Week],
    name: str,
    most: int,
) -> RowSet:
    """The first `most` rows of a list, the oldest first. Raises ValueError for a name that no figure carries."""
    kind, _, rest = name.partition(":")
    if kind in _OF_WORK:
        work = open_work(con, as_of=as_of, queues=queues)
        if kind == "older":
            rest = str(expectation(con, as_of=as_of, queues=queues).calendar or "")
        title, condition = _told(kind, rest, name)
        chosen = work.filter(condition)
        return _described(con, as_of, name, title, chosen, most)
    if kind in _OTHERS:
        title, tickets = _OTHERS[kind](con, as_of, queues, weeks, rest)
        return _described(con, as_of, name, title, pl.DataFrame({"ticket_id": tickets}), most)
    raise ValueError(f"{name!r} names no list of this page")


def _described(
    con: duckdb.DuckDBPyConnection, as_of: str | datetime, name: str, title: str, chosen: pl.DataFrame, most: int
) -> RowSet:
    shown = chosen.head(most)
    rows = described(con, parse_instant(as_of), shown["ticket_id"].to_list()).select(_COLUMNS)
    if "blocked_by" in shown.columns and shown["blocked_by"].count():
        rows = rows.join(shown.select("ticket_id", "blocked_by"), on="ticket_id", how="left", maintain_order="left")
    return RowSet(name, title, rows, None, total=len(chosen))


def _told(kind: str, rest: str, name: str) -> tuple[str, pl.Expr]:
    try:
        return _OF_WORK[kind](rest)
    except ValueError:
        raise ValueError(f"{name!r} names no list of this page") from None


def _everything(_: str) -> tuple[str, pl.Expr]:
    return "Open", pl.lit(value=True)


def _older(seconds: str) -> tuple[str, pl.Expr]:
    limit = float(seconds or "inf")
    return "Older than most are when they are done", pl.col("age_seconds") > limit


def _marked(mark: str) -> Callable[[str], tuple[str, pl.Expr]]:
    title = {"blocked": "Waiting or blocked", "stale": "Not updated for six days or more"}[mark]
    # What is blocked and silent as well is listed under both: the mark names only the first.
    condition = pl.col("mark") == mark if mark == "blocked" else pl.col("silent_seconds") >= STALE_DAYS * 86_400
    return lambda _: (title, condition)


def _dot(rest: str) -> tuple[str, pl.Expr]:
    clock, stage, mark, step = rest.split(":")
    if clock not in STEP or mark not in MARKS:
        raise ValueError(rest)
    unit = counted(int(step), "day") if clock == "calendar" else f"{int(step) * 8:,} working hours"
    steps = pl.col(COLUMN[clock]) // STEP[clock]
    return f"In {stage}, {unit} old, {mark}", (pl.col("stage") == stage) & (pl.col("mark") == mark) & (
        steps == int(step)
    )


def _silent(rest: str) -> tuple[str, pl.Expr]:
    silence, _, stage = rest.partition(":")
    condition = pl.col("silence") == silence
    title = f"Not updated, {silence}" if silence != "fresh" else "Updated within a day"
    return (f"{title}, in {stage}", condition & (pl.col("stage") == stage)) if stage else (title, condition)


def _held(rest: str) -> tuple[str, pl.Expr]:
    priority, _, person = rest.partition(":")
    return f"{person}: open, priority {priority}", _belongs(person) & (pl.col("priority") == priority)


def _holds(person: str) -> tuple[str, pl.Expr]:
    return f"{person}: open", _belongs(person)


def _belongs(person: str) -> pl.Expr:
    if person == NOBODY:
        return pl.col("people").is_null()
    return pl.col("people").list.contains(person).fill_null(value=False)


_OF_WORK: dict[str, Callable[[str], tuple[str, pl.Expr]]] = {
    "open": _everything,
    "older": _older,
    "blocked": _marked("blocked"),
    "stale": _marked("stale"),
    "dot": _dot,
    "silence": _silent,
    "held": _held,
    "holds": _holds,
}


def _in_work(
    con: duckdb.DuckDBPyConnection, as_of: str | datetime, _: Sequence[str], weeks: Sequence[Week], rest: str
) -> Chosen:
    """What a person had in work when a week ended, or has now: in every queue, for a limit is rarely for one."""
    found = _AT.fullmatch(rest)
    if found is None:
        raise ValueError(f"wip:{rest!r} names no list of this page")
    moment, when = parse_instant(as_of), "now"
    if found["week"]:
        week = Week.parse(found["week"], weeks[0].zone)
        moment = min(moment, parse_instant(week.ends_at))
        when = f"at the end of the week of {day(week.starts_at, week.zone)}" if moment < parse_instant(as_of) else when
    end = f"TIMESTAMP '{moment.isoformat(' ')}'"
    held = wip(con, as_of=as_of).filter(
        f"person = {quoted(found['person'])} AND from_at < {end} AND (until_at IS NULL OR until_at >= {end})"
    )
    rows = held.select("ticket_id").pl()
    return f"{found['person']}: in work {when}", rows["ticket_id"].unique(maintain_order=True)


def _over(
    con: duckdb.DuckDBPyConnection, as_of: str | datetime, queues: Sequence[str], _: Sequence[Week], __: str
) -> Chosen:
    people = over_limit(con, as_of=as_of, queue=list(queues))["person_id"].unique()
    rows = wip(con, as_of=as_of).filter("until_at IS NULL").pl().filter(pl.col("person_id").is_in(people.to_list()))
    return "In work with people above a limit", rows["ticket_id"].unique(maintain_order=True)


def _closed(
    con: duckdb.DuckDBPyConnection, as_of: str | datetime, queues: Sequence[str], weeks: Sequence[Week], stage: str
) -> Chosen:
    if stage not in STAGES:
        raise ValueError(f"'closed:{stage}' names no list of this page")
    since = parse_instant(weeks[0].starts_at).isoformat(" ")
    times = stage_times(con, as_of=as_of, queue=list(queues)).filter(
        f"is_finished AND last_done_at >= TIMESTAMP '{since}' AND {stage}_seconds > 0"
    )
    rows = times.order(f"{stage}_seconds DESC, ticket_id").select("ticket_id").pl()
    return f"Closed in the window, longest in {stage} first", rows["ticket_id"]


_OTHERS: dict[
    str, Callable[[duckdb.DuckDBPyConnection, str | datetime, Sequence[str], Sequence[Week], str], Chosen]
] = {"wip": _in_work, "over": _over, "closed": _closed}
