"""The address of a page: who, which queue, which weeks, as of when, and what is opened. A copied address shows the
same page.

An address that cannot be read never breaks the page: what is wrong is said in a sentence, and the default is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from metrics.teams import Team
from metrics.weeks import Week
from metrics.wording import moment

WEEKLY = ("team", "queue", "week", "as_of")  # what a page about one week asks of its reader
TREND = ("team", "queue", "weeks", "as_of")  # ... a page about the last weeks
STANDING = ("team", "queue", "as_of")  # ... a page about how things stand
SHARED = ("team", "queue", "week", "weeks", "as_of")  # what goes along from page to page
OPENED = ("rows", "ticket", "policy", "cycle")  # what a reader opened on top of the page
WEEKS_BACK, MOST_WEEKS = 12, 104


@dataclass(frozen=True, slots=True)
class Address:
    """What a page shows. `asks` names the parameters that this page has; complaints are sentences about values that
    could not be used. Without a week of its own, a page ends with the week of as_of."""

    team: Team
    week: Week
    as_of: datetime
    promise: str | None = None
    complaints: tuple[str, ...] = ()
    queue: str | None = None
    weeks: int = WEEKS_BACK
    asks: tuple[str, ...] = WEEKLY

    @property
    def parameters(self) -> dict[str, str]:
        """The part of the address that says which page this is, spelled out in full."""
        told = {"team": self.team.name, "queue": self.queue, "week": self.week.name, "weeks": str(self.weeks),
                "as_of": instant_text(self.as_of)}  # fmt: skip
        named = {name: text for name in self.asks if (text := told[name])}
        return named | ({"promise": self.promise} if self.promise else {})

    @property
    def queues(self) -> list[str]:
        """The queues the page is about: the one chosen, or all of the team's."""
        return [self.queue] if self.queue else list(self.team.queues)

    @property
    def shown_weeks(self) -> list[Week]:
        """The weeks a trend is drawn over, oldest first; the last one may be unfinished."""
        return self.week.through(self.weeks)

    @property
    def since(self) -> datetime:
        """Where the first of shown_weeks begins; the window is [since, as_of)."""
        return self.shown_weeks[0].starts_at


def read(
    parameters: Mapping[str, str], teams: Sequence[Team], data_until: datetime, asks: tuple[str, ...] = WEEKLY
) -> Address:
    """The page that an address asks for. `teams` is not empty."""
    complaints: list[str] = []
    asked = {name: text for name, text in parameters.items() if name in asks}
    team = _team(asked.get("team"), teams, complaints)
    week, as_of = _span(asked, asks, team, data_until, complaints)
    if as_of > data_until:
        complaints.append(
            f"This page is asked as of {moment(as_of, team.zone)}, but the data end {moment(data_until, team.zone)}: "
            "what happened in between is missing."
        )
    queue, weeks = _queue(asked.get("queue"), team, complaints), _weeks(asked.get("weeks"), complaints)
    return Address(team, week, as_of, parameters.get("promise"), tuple(complaints), queue, weeks, asks)


def _span(
    asked: Mapping[str, str], asks: tuple[str, ...], team: Team, data_until: datetime, complaints: list[str]
) -> tuple[Week, datetime]:
    """The week and the instant: a past week is shown as of its own end, anything else as of the newest data."""
    as_of = _instant(asked.get("as_of"), complaints)
    if "week" not in asks:
        as_of = as_of or data_until
        return Week.containing(as_of - timedelta(microseconds=1), team.zone), as_of
    week = _week(asked.get("week"), team, as_of or data_until, complaints)
    if as_of is None:
        as_of = min(week.ends_at, data_until) if asked.get("week") == week.name else data_until
    return week, as_of


def _team(name: str | None, teams: Sequence[Team], complaints: list[str]) -> Team:
    default = next((team for team in teams if team.tickets), teams[0])
    if name is None:
        return default
    found = next((team for team in teams if team.name == name), None)
    if found is None:
        known = ", ".join(team.name for team in teams)
        complaints.append(f"There is no team “{name}” in this store (known: {known}); this is {default.name}.")
    return found or default


def _queue(name: str | None, team: Team, complaints: list[str]) -> str | None:
    if name is None or name in team.queues:
        return name
    known = ", ".join(team.queues) or "none"
    complaints.append(f"{team.name} has no queue “{name}” (its queues: {known}); shown are all of them.")
    return None


def _weeks(text: str | None, complaints: list[str]) -> int:
    if text is None:
        return WEEKS_BACK
    if text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_WEEKS:
        return int(text)
    complaints.append(f"weeks=“{text}” is not a number from 1 to {MOST_WEEKS}. Shown are {WEEKS_BACK}.")
    return WEEKS_BACK


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
