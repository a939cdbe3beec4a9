"""Everything the page "How did our week go?" says, as numbers and words.

A week's window is [its Monday, its end or as_of, whichever comes first), in the team's zone, and everything in it is
judged by what was known at as_of. What is only counted is counted by the store; of every list, no more is fetched than
is shown at first: `metrics.weekly_rows.rows` fetches one when somebody opens it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl

from metrics import (
    weekly_breaches,
    weekly_practice_rows,
    weekly_practice_tiles,
    weekly_rows,
    weekly_series,
    weekly_tiles,
)
from metrics.instants import parse_instant
from metrics.side_by_side import side_by_side
from metrics.teams import Team, teams
from metrics.ticket_rows import described
from metrics.weekly_breaches import Breach
from metrics.weekly_changes import Clause, changes, overdue
from metrics.weekly_clock_rows import untriaged
from metrics.weekly_load import PersonLoad, WeekLoad, week_load
from metrics.weekly_question import Question, has_triage_rule
from metrics.weekly_rows import Found, RowSet
from metrics.weekly_series import FlowWeek, Limits, Promise, WaitWeek
from metrics.weekly_tile import Tile
from metrics.weekly_toil import Category, WeekToil, week_toil
from metrics.weeks import Week
from metrics.wording import day

FIRST_ROWS = 25
__all__ = [
    "Breach",
    "Category",
    "Clause",
    "FlowWeek",
    "Limits",
    "PersonLoad",
    "Promise",
    "Question",
    "RowSet",
    "Tile",
    "WaitWeek",
    "WeekLoad",
    "WeekToil",
    "WeeklyHealth",
    "asked",
    "broken_promises",
    "weekly_health",
    "weekly_list",
]


@dataclass(frozen=True, eq=False)
class WeeklyHealth:
    """One week of one team.

    changes is the paragraph; tiles the headlines; weeks twelve weeks of flow, the last one this week's, with the
    usual range of arrivals in limits (None: fewer than three complete weeks), triage the same of triage time; promises
    the same weeks per policy; load what duty cost whom; toil the kinds of work (None: no rules); breaches the first
    promises broken in the week with their reasons, of broken_count, carried_count those broken earlier and still open;
    untriaged, incidents and actions (carried over) the first rows of these lists.
    """

    question: Question
    is_one_queue: bool  # of the team's, because it was asked for
    changes: tuple[Clause, ...]
    tiles: tuple[Tile, ...]
    weeks: tuple[FlowWeek, ...]
    limits: Limits | None
    triage: tuple[WaitWeek, ...]
    triage_limits: Limits | None
    promises: tuple[Promise, ...]
    load: WeekLoad
    toil: WeekToil | None
    breaches: tuple[Breach, ...]
    broken_count: int
    carried_count: int
    untriaged: RowSet
    incidents: RowSet
    actions: RowSet
    has_triage_rule: bool

    @property
    def team(self) -> Team:
        return self.question.team

    @property
    def week(self) -> Week:
        return self.question.week

    @property
    def is_complete(self) -> bool:
        return self.question.is_complete

    @property
    def heading(self) -> str:
        """The week and its days, such as `2026-W46, Mon 9 Nov to Sun 15 Nov`."""
        last = self.week.monday + timedelta(days=6)
        days = f"{day(self.week.starts_at, self.week.zone)} to {last:%a} {last.day} {last:%b}"
        return f"{self.week.name}, {days}{'' if self.is_complete else ', unfinished'}"


def asked(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, week: Week, team: str, queue: str | None = None
) -> Question:
    """The week of a team, by its name, or of one of its queues. Raises ValueError for a team that is not known."""
    found = next((known for known in teams(con, as_of=as_of) if known.name == team), None)
    if found is None:
        raise ValueError(f"there is no team {team!r} in this store")
    if queue is not None:
        found = replace(found, queues=(queue,))
    return Question(found, week, parse_instant(as_of).replace(tzinfo=UTC))


def weekly_health(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, week: Week, team: str, queue: str | None = None
) -> WeeklyHealth:
    """The week of a team, by its name, or of one of its queues. Raises ValueError for a team that is not known."""
    question = asked(con, as_of=as_of, week=week, team=team, queue=queue)
    with side_by_side(con) as ask:
        found = ask(weekly_breaches.broken, question, is_carried_over=False, most=FIRST_ROWS)
        waiting, items = ask(untriaged, question), ask(weekly_practice_rows.items, question)
        incidents = ask(weekly_rows.find, question, "incidents", FIRST_ROWS)
        duty, kinds = ask(week_load, question), ask(week_toil, question)
        flow, triage = ask(weekly_series.flow_weeks, question), ask(weekly_series.triage_weeks, question)
        promised, late = ask(weekly_series.promises, question), ask(overdue, question)
        lists = _lists(question, waiting.result(), incidents.result(), items.result())
        broken, breaches_found = found.result()
        named = ask(_described, question, (broken, *(listed.own for listed in lists)))
        (weeks, usual), kept, load, toil = flow.result(), promised.result(), duty.result(), kinds.result()
        tiles = ask(weekly_tiles.tiles, question, weeks, usual, kept, waiting.result())
        practice = ask(weekly_practice_tiles.tiles, question, load, toil, items.result())
    shown = *tiles.result(), *practice.result()
    open_now, warm, actions = (listed.told(named.result()) for listed in lists)
    return WeeklyHealth(
        question,
        queue is not None,
        changes(weeks, usual, kept, shown, late.result()),
        shown,
        weeks,
        usual,
        *triage.result(),
        kept,
        load,
        toil,
        weekly_breaches.told(broken, named.result()),
        breaches_found,
        late.result().carried,
        open_now,
        warm,
        actions,
        has_triage_rule(con, question),
    )


def _lists(
    question: Question, waiting: pl.DataFrame, incidents: Found, items: pl.DataFrame
) -> tuple[Found, Found, Found]:
    """The lists that the page shows at first."""
    left = weekly_practice_rows.carried_over(items, question.bounds(question.week)[0])
    return (
        weekly_rows.fetched("untriaged", "Not triaged yet", waiting, FIRST_ROWS),
        incidents,
        weekly_rows.fetched("carried", weekly_practice_rows.CARRIED, left, FIRST_ROWS),
    )


def _described(con: duckdb.DuckDBPyConnection, question: Question, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The tickets of all lists at once: to look for some costs hardly more than for one."""
    return described(con, question.instant, weekly_rows.tickets_of(*frames))


def weekly_list(
    con: duckdb.DuckDBPyConnection, *, question: Question, name: str, most: int = weekly_rows.MOST
) -> RowSet:
    """The rows behind a figure of the page, by the name it carries; `@2026-W46` asks for another week shown.

    Raises ValueError for a name that no figure of the page carries.
    """
    return weekly_rows.rows(con, question, name, most)


def broken_promises(
    con: duckdb.DuckDBPyConnection, *, question: Question, is_carried_over: bool, most: int
) -> tuple[Breach, ...]:
    """More of the promises broken in the week, or earlier and still open."""
    return weekly_breaches.breaches(con, question, is_carried_over=is_carried_over, most=most)
