"""Everything the page "What am I taking over?" says, for whoever comes on duty.

Tickets are those of the team's queues, or of all the queues that the role answers for. What counts as soon to break
falls due before the next Wednesday has ended on the team's clocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from metrics import handoff_tiles
from metrics.handoff_checklist import Checklist, checklist
from metrics.handoff_incidents import Warm, warm_incidents
from metrics.handoff_load import Load, load
from metrics.handoff_parts import Part, counts, parts
from metrics.handover import Handover, Role, handover, roles
from metrics.instants import parse_instant
from metrics.side_by_side import side_by_side
from metrics.teams import Team, teams
from metrics.ticket_rows import described
from metrics.weekly_rows import RowSet
from metrics.weekly_tile import Tile
from metrics.weeks import Week
from metrics.wording import day

FIRST_ROWS = 25
_WEDNESDAY = 2


@dataclass(frozen=True, eq=False)
class Handoff:
    """One handoff of one team and role.

    week is the one that ends with it; role is None where no role of the rota answers for the queues, and `roles` are
    those that do. handover says who comes and goes (None without a role). parts are the lists in reading order, by
    name, with the rows of `tickets` (of the first of each part). load is None without a role.
    """

    team: Team
    roles: tuple[Role, ...]
    role: Role | None
    queues: tuple[str, ...]
    week: Week
    as_of: datetime
    due_before: datetime
    handover: Handover | None
    tiles: tuple[Tile, ...]
    parts: dict[str, Part]
    incidents: Warm
    checklist: Checklist
    load: Load | None
    tickets: pl.DataFrame

    @property
    def due_day(self) -> str:
        """The last day before `due_before`, such as `Wed 18 Nov`."""
        return day(self.due_before - timedelta(microseconds=1), self.week.zone)

    @cached_property
    def rows(self) -> dict[str, RowSet]:
        """The first 25 rows of each part."""
        return {name: self._listed(name, self.tickets, FIRST_ROWS) for name in self.parts}

    def all_rows(self, name: str, tickets: pl.DataFrame, most: int) -> RowSet:
        """The first `most` rows, with `tickets` as `handoff_tickets` tells of `ids(name, most)`."""
        return self._listed(name, tickets, most)

    def ids(self, name: str, most: int) -> tuple[str, ...]:
        """Which tickets the first `most` rows of a part are about."""
        return tuple(self._part(name).listed["ticket_id"].head(most).unique(maintain_order=True))

    def _part(self, name: str) -> Part:
        if name not in self.parts:
            raise ValueError(f"{name!r} names no list of this page")
        return self.parts[name]

    def _listed(self, name: str, tickets: pl.DataFrame, most: int) -> RowSet:
        part = self._part(name)
        return RowSet(name, part.told.title, part.shown(tickets, most), total=part.total)


def handoff(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: str | datetime,
    team: str,
    role: str | None = None,
    week: Week | None = None,
    queue: str | None = None,
    is_whole_role: bool = False,
) -> Handoff:
    """The handoff at the end of a week: the last complete one, unless another is asked for.

    Without a role, the first that answers for the team's queues. `queue` narrows to one queue of the team,
    is_whole_role widens to all queues of the role. Raises ValueError for a team or a role that is not known.
    """
    instant = parse_instant(as_of).replace(tzinfo=UTC)
    found = _team(con, instant, team)
    shown = week or Week.containing(instant - timedelta(microseconds=1), found.zone).shifted(-1)
    known = roles(con, as_of=instant, queue=list(found.queues))
    chosen = _role(known, role)
    queues = _queues(found, chosen, queue, is_whole_role)
    change = handover(con, role=chosen.name, week=shown) if chosen else None
    bare = _Asked(con, instant, found, shown, queues, change)
    return _told(bare, known, chosen)


@dataclass(frozen=True, slots=True)
class _Asked:
    con: duckdb.DuckDBPyConnection
    as_of: datetime
    team: Team
    week: Week
    queues: tuple[str, ...]
    change: Handover | None

    @property
    def outgoing(self) -> tuple[str, ...]:
        return self.change.outgoing if self.change else ()

    @property
    def people(self) -> tuple[str, ...]:
        """Who goes, stays or comes."""
        return (*self.outgoing, *self.change.staying, *self.change.incoming) if self.change else ()


def _told(asked: _Asked, known: tuple[Role, ...], role: Role | None) -> Handoff:
    con, as_of, queues, zone = asked.con, asked.as_of, asked.queues, asked.team.zone
    until, week = due_before(as_of, zone), timedelta(days=7)
    with side_by_side(con) as ask:
        told = ask(_parts, asked, as_of, until)
        earlier = ask(counts, as_of=as_of - week, queues=queues, zone=zone, until=until - week)
        reviewed = ask(warm_incidents, as_of=as_of, queues=queues)
        checked = ask(checklist, as_of=as_of, queues=queues, since=asked.week.starts_at)
        duty = ask(load, as_of=as_of, role=role.name, week=asked.week, people=asked.people) if role else None
    listed, before, warm, new = told.result(), earlier.result(), reviewed.result(), checked.result()
    listed |= {"incidents": warm.part, "new": new.part}
    first = list(dict.fromkeys(
        ticket for part in listed.values() for ticket in part.listed["ticket_id"].head(FIRST_ROWS)
    ))  # fmt: skip
    return Handoff(
        team=asked.team,
        roles=known,
        role=role,
        queues=queues,
        week=asked.week,
        as_of=as_of,
        due_before=until,
        handover=asked.change,
        tiles=handoff_tiles.tiles(listed, before, warm, new),
        parts=listed,
        incidents=warm,
        checklist=new,
        load=duty.result() if duty else None,
        tickets=handoff_tickets(con, as_of=as_of, ticket_ids=first),
    )


def _parts(con: duckdb.DuckDBPyConnection, asked: _Asked, as_of: datetime, until: datetime) -> dict[str, Part]:
    zone = asked.team.zone
    return parts(
        con, as_of=as_of, queues=asked.queues, zone=zone, until=until, outgoing=asked.outgoing,
        until_words=f"the end of {day(until - timedelta(microseconds=1), zone)}",
    )  # fmt: skip


def handoff_tickets(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, ticket_ids: Sequence[str]
) -> pl.DataFrame:
    """How tickets stood, as the rows of metrics.ticket_rows."""
    return described(con, parse_instant(as_of), list(ticket_ids))


def due_before(as_of: datetime, zone: str) -> datetime:
    """When the next Wednesday ends in a zone; on a Wednesday, that one."""
    today = as_of.astimezone(ZoneInfo(zone)).date()
    wednesday = today + timedelta(days=(_WEDNESDAY - today.weekday()) % 7)
    return datetime.combine(wednesday + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def _team(con: duckdb.DuckDBPyConnection, as_of: datetime, name: str) -> Team:
    found = next((known for known in teams(con, as_of=as_of) if known.name == name), None)
    if found is None:
        raise ValueError(f"there is no team {name!r} in this store")
    return found


def _role(known: tuple[Role, ...], name: str | None) -> Role | None:
    if name is None:
        return next(iter(known), None)
    found = next((role for role in known if role.name == name), None)
    if found is None:
        raise ValueError(f"there is no role {name!r} that answers for these queues")
    return found


def _queues(team: Team, role: Role | None, queue: str | None, is_whole_role: bool) -> tuple[str, ...]:
    if queue is not None:
        return (queue,)
    if role is None:
        return team.queues
    return role.queues if is_whole_role else tuple(name for name in team.queues if name in role.queues)
