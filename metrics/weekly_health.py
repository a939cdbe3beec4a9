"""Everything the page "How did our week go?" says, as numbers and words.

A week's window is [its Monday, its end or as_of, whichever comes first), in the team's zone, and everything in it is
judged by what was known at as_of. Each metric's rows are asked once; figures, lists and words all come from them.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import duckdb

from metrics import weekly_rows, weekly_series, weekly_tiles
from metrics.instants import parse_instant
from metrics.teams import Team, teams
from metrics.weekly_breaches import Breach, breaches
from metrics.weekly_changes import Clause, changes
from metrics.weekly_facts import Facts, gather
from metrics.weekly_rows import RowSet
from metrics.weekly_series import FlowWeek, Limits, Promise
from metrics.weekly_tiles import Tile
from metrics.weeks import Week
from metrics.wording import day

__all__ = ["Breach", "Clause", "FlowWeek", "Limits", "Promise", "RowSet", "Tile", "WeeklyHealth", "weekly_health"]


@dataclass(frozen=True, eq=False)
class WeeklyHealth:
    """One week of one team.

    changes is the paragraph; tiles the headlines; weeks twelve weeks of flow, the last one this week's, with the
    usual range of arrivals in limits (None: fewer than three complete weeks); promises the same weeks per policy;
    breaches the broken promises with their reasons; oldest_untriaged open tickets whose triage clock has not been met.
    """

    team: Team
    week: Week
    as_of: datetime
    is_complete: bool
    changes: tuple[Clause, ...]
    tiles: tuple[Tile, ...]
    weeks: tuple[FlowWeek, ...]
    limits: Limits | None
    promises: tuple[Promise, ...]
    breaches: tuple[Breach, ...]
    oldest_untriaged: RowSet
    facts: Facts

    @property
    def heading(self) -> str:
        """The week and its days, such as `2026-W46, Mon 9 Nov to Sun 15 Nov`."""
        last = self.week.monday + timedelta(days=6)
        days = f"{day(self.week.starts_at, self.week.zone)} to {last:%a} {last.day} {last:%b}"
        return f"{self.week.name}, {days}{'' if self.is_complete else ', unfinished'}"

    def rows(self, name: str) -> RowSet:
        """The exact rows behind a figure, by the name it carries; `@2026-W46` asks for another week shown.

        Raises ValueError for a name that no figure of the page carries.
        """
        return weekly_rows.rows(self.facts, name)


def weekly_health(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, week: Week, team: str, queue: str | None = None
) -> WeeklyHealth:
    """The week of a team, by its name, or of one of its queues. Raises ValueError for a team that is not known."""
    found = next((known for known in teams(con, as_of=as_of) if known.name == team), None)
    if found is None:
        raise ValueError(f"there is no team {team!r} in this store")
    if queue is not None:
        found = replace(found, queues=(queue,))
    facts = gather(con, as_of=as_of, week=week, team=found)
    weeks, usual, kept = weekly_series.flow_weeks(facts), weekly_series.limits(facts), weekly_series.promises(facts)
    tiles, overdue = weekly_tiles.tiles(facts, weeks, usual, kept), weekly_rows.rows(facts, "overdue").rows
    return WeeklyHealth(
        team=found,
        week=week,
        as_of=parse_instant(as_of).replace(tzinfo=UTC),
        is_complete=facts.is_complete,
        changes=changes(weeks, usual, kept, tiles, overdue),
        tiles=tiles,
        weeks=weeks,
        limits=usual,
        promises=kept,
        breaches=breaches(con, facts),
        oldest_untriaged=weekly_rows.rows(facts, "untriaged"),
        facts=facts,
    )
