"""The address of a page: who, which week, as of when, and what is opened. A copied address shows the same page.

An address that cannot be read never breaks the page: what is wrong is said in a sentence, and the default is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from metrics.teams import Team
from metrics.weeks import Week
from metrics.wording import moment

OPENED = ("rows", "ticket", "policy", "cycle")  # what a reader opened on top of the page


@dataclass(frozen=True, slots=True)
class Address:
    """What a page shows. complaints are sentences about values that could not be used."""

    team: Team
    week: Week
    as_of: datetime
    promise: str | None = None
    complaints: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, str]:
        """The part of the address that says which page this is, spelled out in full."""
        named = {"team": self.team.name, "week": self.week.name, "as_of": instant_text(self.as_of)}
        return named | ({"promise": self.promise} if self.promise else {})


def read(parameters: Mapping[str, str], teams: Sequence[Team], data_until: datetime) -> Address:
    """The page that an address asks for. `teams` is not empty."""
    complaints: list[str] = []
    team = _team(parameters.get("team"), teams, complaints)
    as_of = _instant(parameters.get("as_of"), complaints)
    week = _week(parameters.get("week"), team, as_of or data_until, complaints)
    if as_of is None:
        as_of = min(week.ends_at, data_until) if parameters.get("week") == week.name else data_until
    if as_of > data_until:
        complaints.append(
            f"This page is asked as of {moment(as_of, team.zone)}, but the data end {moment(data_until, team.zone)}: "
            "what happened in between is missing."
        )
    return Address(team, week, as_of, parameters.get("promise"), tuple(complaints))


def _team(name: str | None, teams: Sequence[Team], complaints: list[str]) -> Team:
    default = next((team for team in teams if team.tickets), teams[0])
    if name is None:
        return default
    found = next((team for team in teams if team.name == name), None)
    if found is None:
        known = ", ".join(team.name for team in teams)
        complaints.append(f"There is no team “{name}” in this store (known: {known}); this is {default.name}.")
    return found or default


def _instant(text: str | None, complaints: list[str]) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise ValueError("no zone")
        return _reasonable(instant.astimezone(UTC))
    except (ValueError, OverflowError):
        complaints.append(f"as_of=“{text}” is not an instant; write it as 2026-11-16T16:30Z. Shown is the newest.")
        return None


def _reasonable(instant: datetime) -> datetime:
    """Calendars reach from 1970 on for a century and a bit; beyond, working time has no meaning here."""
    if not 1971 <= instant.year <= 2100:
        raise ValueError("out of range")
    return instant


def _week(name: str | None, team: Team, newest: datetime, complaints: list[str]) -> Week:
    """The week asked for, or the last complete one; a week that begins after everything known has nothing to show."""
    current = Week.containing(newest, team.zone)
    default = current.shifted(-1)
    if name is None:
        return default
    try:
        week = Week.parse(name, team.zone)
        if not 1971 <= week.monday.year <= 2100:
            raise ValueError("out of range")
    except (ValueError, OverflowError):
        complaints.append(f"week=“{name}” is not a week; write it as 2026-W47. Shown is {default.name}.")
        return default
    if week.starts_at >= newest:
        complaints.append(f"The week {name} begins after {moment(newest, team.zone)}. Shown is {default.name}.")
        return default
    return week


def instant_text(instant: datetime) -> str:
    """As the address spells an instant: 2026-11-16T16:30Z, with seconds only where there are any.

    >>> instant_text(datetime(2026, 11, 16, 16, 30, tzinfo=UTC))
    '2026-11-16T16:30Z'
    """
    plain = instant.astimezone(UTC).replace(tzinfo=None)
    timespec = "auto" if plain.microsecond else "seconds" if plain.second else "minutes"
    return f"{plain.isoformat(timespec=timespec)}Z"
