"""What a report is of, where only part of it is said: a store's first team, the last week that is over, its own end."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from desk.store import desk_file
from metrics.handoff import handoff as ask_handoff
from metrics.instants import parse_instant
from metrics.snapshot import data_until
from metrics.teams import Team, teams
from metrics.weekly_health import weekly_health
from metrics.weeks import Week
from reports import handoff as handoff_report
from reports import meeting as meeting_report
from reports import weekly as weekly_report
from reports.document import Document


@dataclass(frozen=True, slots=True)
class Asked:
    """The week of a team or of one of its queues, as known at as_of; the data reach until known_until."""

    team: Team
    queue: str | None
    week: Week
    as_of: datetime
    known_until: datetime


def asked(
    con: duckdb.DuckDBPyConnection, *, week: str | None, team: str | None, queue: str | None, as_of: str | None
) -> Asked:
    """The question with everything said. Raises ValueError for what the store does not know."""
    until = data_until(con)
    if until is None:
        raise ValueError("this store holds no history yet: run `watchbill sync` or `watchbill import` first")
    found = _team(teams(con, as_of=until), team)
    if queue is not None and queue not in found.queues:
        raise ValueError(f"{found.name} has no queue {queue!r}; there are {', '.join(found.queues) or 'none'}")
    instant = parse_instant(as_of).replace(tzinfo=UTC) if as_of else None
    shown = Week.parse(week, found.zone) if week else Week.containing(
        (instant or until) - timedelta(microseconds=1), found.zone
    ).shifted(0 if _ends(instant or until, found.zone) else -1)  # fmt: skip
    if shown.starts_at >= (instant or until):
        raise ValueError(f"the week {shown.name} begins after what the store knows, which ends {until:%Y-%m-%dT%H:%MZ}")
    newest = min(shown.ends_at, until) if week else until
    return Asked(found, queue, shown, instant or newest, until)


def _ends(instant: datetime, zone: str) -> bool:
    """Whether a week ends at that very instant."""
    return Week.containing(instant, zone).starts_at == instant


def _team(known: tuple[Team, ...], name: str | None) -> Team:
    if not known:
        raise ValueError("this store knows no team: describe one in watchbill.toml")
    if name is None:
        return next((team for team in known if team.tickets), known[0])
    found = next((team for team in known if team.name == name), None)
    if found is None:
        raise ValueError(f"there is no team {name!r} in this store; there are {', '.join(team.name for team in known)}")
    return found


def week(con: duckdb.DuckDBPyConnection, of: Asked) -> Document:
    """The report of the page "How did our week go?"."""
    health = weekly_health(con, as_of=of.as_of, week=of.week, team=of.team.name, queue=of.queue)
    return weekly_report.weekly(health, of.known_until)


def meeting(con: duckdb.DuckDBPyConnection, of: Asked, store: Path) -> Document:
    """The agenda of the meeting that goes on, or else what one would have to decide now."""
    team = replace(of.team, queues=(of.queue,)) if of.queue else of.team
    return meeting_report.meeting(con, team, of.as_of, of.known_until, desk_file(store))


def handoff(con: duckdb.DuckDBPyConnection, of: Asked, store: Path) -> Document:
    """The handoff at the end of the week, with the note that was left."""
    told = ask_handoff(con, as_of=of.as_of, team=of.team.name, week=of.week, queue=of.queue)
    return handoff_report.handoff(told, of.known_until, desk_file(store))
