"""`watchbill.toml` as frozen, validated settings.

`load(path)` reads the file; every complaint names the file, the key and what to write instead. Without a file,
`load` answers with `DEFAULT_TOML`: one team for every queue, Monday to Friday 09:00–17:00 UTC, and the reference
triage promise. Secrets are never settings: they come from the environment, by the names the sources document.

A bare date in `valid_from` means midnight UTC at its start. Times of day are local to the calendar's zone.
"""

import difflib
import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from settings.access import Access
from settings.base import EVER, QueuePolicy, Table, TrackerPolicy, Versioned
from settings.formats import Deadline, Intervals, Window, Zone
from settings.incidents import Incident, Mark, Milestone, Review
from settings.practices import Cadence, Intake, Ownership, Role, Wip
from settings.presets import DEFAULT_TOML
from settings.sources import GitHub, ICal, Jira, Phorge, RequestTracker, Source
from settings.toil import Category, Toil
from settings.words import Priorities, Stages, Triage

__all__ = [
    "ALWAYS",
    "DEFAULT_TOML",
    "EVER",
    "Access",
    "Cadence",
    "Calendar",
    "Category",
    "Clock",
    "Goal",
    "Incident",
    "Intake",
    "Mark",
    "Milestone",
    "Ownership",
    "Person",
    "Priorities",
    "Review",
    "Role",
    "Settings",
    "SettingsError",
    "Slo",
    "Source",
    "Stages",
    "Team",
    "Toil",
    "Triage",
    "Wip",
    "load",
    "parse",
]

Clock = Literal["triage", "first_response", "resolve", "update", "acknowledge", "debrief"]
ALWAYS = "always"  # the calendar that nobody has to write down


class SettingsError(Exception):
    """The settings cannot be used; the text says where, why and what to write instead."""


class Calendar(Versioned):
    """One version of a team's opening hours. Holidays of `country` are found by the holidays library."""

    name: str
    zone: Zone
    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], Intervals]
    country: str | None = None
    subdivision: str | None = None
    holidays: dict[str, date] = Field(default_factory=dict)  # the team's own closed days, by name
    special_days: dict[str, Intervals] = Field(default_factory=dict)  # ISO date to that day's hours: half days

    @model_validator(mode="after")
    def _days_are_dates(self) -> Self:
        for day in self.special_days:
            try:
                date.fromisoformat(day)
            except ValueError:
                raise ValueError(f'special_days: {day!r} is not a date; write it as "2026-12-24"') from None
        return self


class Team(Table):
    name: str
    calendar: str
    queues: list[str] = Field(min_length=1)


class Person(Table):
    name: str
    zone: Zone = "UTC"
    accounts: list[str] = Field(default_factory=list)  # such as github/mona
    joined: date | None = None
    left: date | None = None
    roles: list[str] = Field(default_factory=list)
    share: float = Field(default=1.0, gt=0, le=1)  # of full time
    country: str | None = None  # whose public holidays this person has
    subdivision: str | None = None


class Goal(Table):
    """A deadline for the tickets it matches: either one `within`, or one for each kind of arrival."""

    priority: list[str] = Field(default_factory=list)
    label: list[str] = Field(default_factory=list)
    type: list[str] = Field(default_factory=list)
    within: Deadline | None = None
    inside: Deadline | None = None
    outside: Deadline | None = None
    next_day: Literal["opening", "date"] = "opening"

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.within is None) == (self.inside is None and self.outside is None):
            raise ValueError("write either within, or both inside and outside")
        if self.within is None and (self.inside is None or self.outside is None):
            raise ValueError("inside and outside go together: one for arrivals in office hours, one for the rest")
        return self


class Slo(QueuePolicy):
    """A promise: which clock, for which tickets, how fast, and for what share of them over which window."""

    name: str
    clock: Clock
    objective: float = Field(gt=0, lt=1)
    window: Window = "28d"
    calendar: str | None = None  # the team's, unless named
    pauses: bool = False  # does the stage `waiting` stop the clock
    start: Milestone | None = None
    stop: Milestone | None = None
    goals: list[Goal] = Field(min_length=1)

    @model_validator(mode="after")
    def _milestones_fit_the_clock(self) -> Self:
        if self.clock in ("acknowledge", "debrief") and self.stop is None:
            raise ValueError(
                f"the clock {self.clock!r} needs stop = {{ field = ..., value = ... }}: the event that ends it"
            )
        if self.clock not in ("acknowledge", "debrief") and (self.start or self.stop):
            raise ValueError(f"start and stop belong to the clocks acknowledge and debrief, not to {self.clock!r}")
        return self


class Settings(Table):
    source: list[Source] = Field(default_factory=list)
    calendar: list[Calendar] = Field(default_factory=list)
    team: list[Team] = Field(default_factory=list)
    person: list[Person] = Field(default_factory=list)
    bots: list[str] = Field(default_factory=list)
    stages: list[Stages] = Field(default_factory=list)
    priorities: list[Priorities] = Field(default_factory=list)
    triage: list[Triage] = Field(default_factory=list)
    slo: list[Slo] = Field(default_factory=list)
    incident: list[Incident] = Field(default_factory=list)
    cadence: list[Cadence] = Field(default_factory=list)
    wip: list[Wip] = Field(default_factory=list)
    ownership: list[Ownership] = Field(default_factory=list)
    intake: list[Intake] = Field(default_factory=list)
    toil: list[Toil] = Field(default_factory=list)
    role: list[Role] = Field(default_factory=list)
    access: Access = Field(default_factory=Access)

    @model_validator(mode="after")
    def _names_resolve(self) -> Self:
        known = {calendar.name for calendar in self.calendar} | {ALWAYS}
        wanted = [(f"team {t.name!r}", t.calendar) for t in self.team]
        wanted += [(f"slo {s.name!r}", s.calendar) for s in self.slo if s.calendar]
        wanted += [("cadence", c.calendar) for c in self.cadence if c.calendar != "team"]
        wanted += [(f"role {r.name!r}", r.calendar) for r in self.role]
        for who, name in wanted:
            if name not in known:
                raise ValueError(f"{who}: calendar {name!r} is not defined; known are {', '.join(sorted(known))}")
        return self

    @model_validator(mode="after")
    def _checklists_name_an_answer(self) -> Self:
        answering = list(dict.fromkeys(slo.name for slo in self.slo if slo.clock == "first_response"))
        for name in (intake.promise for intake in self.intake):
            if name is not None and name not in answering:
                such = ", ".join(map(repr, answering)) or "none yet"
                raise ValueError(
                    f"intake: promise {name!r} is no [[slo]] with clock = 'first_response'; such are {such}"
                )
        return self

    @model_validator(mode="after")
    def _nothing_is_said_twice(self) -> Self:
        if any(calendar.name == ALWAYS for calendar in self.calendar):
            raise ValueError(f"calendar {ALWAYS!r} exists without being written down; give yours another name")
        accounts = [account for person in self.person for account in person.accounts]
        named = {
            "source": [s.name for s in self.source],
            "team": [t.name for t in self.team],
            "person": [p.name for p in self.person],
        }
        for what, names in named.items():
            if twice := _repeated(names):
                raise ValueError(f"{what} {twice!r} stands there twice; give one of them another name")
        if twice := _repeated(accounts):
            raise ValueError(f"account {twice!r} belongs to two persons; leave it with one of them")
        return self

    @model_validator(mode="after")
    def _versions_follow_each_other(self) -> Self:
        versions: dict[str, list[tuple[object, datetime]]] = {
            "calendar": [(repr(c.name), c.valid_from) for c in self.calendar],
            "slo": [(repr(s.name), s.valid_from) for s in self.slo],
            "role": [(repr(r.name), r.valid_from) for r in self.role],
        }
        maps: dict[str, Sequence[TrackerPolicy]] = {
            "stages": self.stages,
            "priorities": self.priorities,
            "triage": self.triage,
            "incident": self.incident,
            "cadence": self.cadence,
            "wip": self.wip,
            "ownership": self.ownership,
            "intake": self.intake,
            "toil": self.toil,
        }
        versions |= {what: [(_scope(policy), policy.valid_from) for policy in found] for what, found in maps.items()}
        for what, found in versions.items():
            if twice := _repeated(found):
                remedy = ", or rename one promise" if what == "slo" else ""
                raise ValueError(
                    f"{what} {twice[0]} is defined twice from the same instant; "
                    f"give the later version another valid_from{remedy}"
                )
        return self


def _scope(policy: TrackerPolicy) -> str:
    """Which tickets a policy is for, in words."""
    return f"{policy.queues}" + (f" of {policy.sources}" if policy.sources != ["*"] else "")


def _repeated(items: list[Any]) -> Any:
    """The first item that comes twice; None where none does."""
    return next((item for n, item in enumerate(items) if item in items[:n]), None)


def load(path: Path) -> Settings:
    """Read settings from `path`; the defaults where there is no such file. Raises SettingsError."""
    if not path.exists():
        return parse(DEFAULT_TOML, "the built-in settings")
    try:
        return parse(path.read_text(encoding="utf-8-sig"), str(path))
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}); name a file with --settings") from None


def parse(text: str, place: str) -> Settings:
    """Settings from TOML text; `place` is how complaints call it. Raises SettingsError."""
    try:
        return Settings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{place}: not valid TOML: {error}") from None
    except ValidationError as error:
        raise SettingsError("\n".join(_complaint(place, problem) for problem in error.errors())) from None


def _complaint(place: str, problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"]) or "the file as a whole"
    if problem["type"] == "extra_forbidden":
        return f"{place}: {key}: there is no such setting{_nearest(str(problem['loc'][-1]))}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{place}: {key}: {message}"


def _nearest(key: str) -> str:
    models: tuple[type[Table], ...] = (Settings, Calendar, Team, Person, Stages, Priorities, Triage, Slo, Goal)
    models += (Milestone, Incident, Mark, Review, Phorge, GitHub, Jira, RequestTracker, ICal)
    models += (Cadence, Wip, Ownership, Intake, Toil, Category, Role, Access)
    known = sorted({name for model in models for name in model.model_fields})
    if key in known:
        return "; other tables have one of that name, see watchbill.example.toml"
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else "; see watchbill.example.toml for all of them"
