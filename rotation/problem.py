"""What the planner is asked: a problem is checked at birth, frozen, and the same after a trip through JSON."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from rotation import consistency
from rotation.moments import Instant, Moment, Span, Zone, instant
from rotation.slots import Shift, shifts_between, week_spans
from rotation.team import Absence, PastShift, Person, Role, Table

Mode = Literal["rebalance", "minimal change"]


class Preference(Table):
    """A wish: to hold, or not to hold, the shifts that match everything named here.

    Avoiding costs the strength for each such shift held, wanting costs it where none is held.
    """

    person: str
    wish: Literal["wants", "avoids"]
    role: str | None = None
    shift: str | None = None
    since: Moment | None = None  # shifts that overlap the period; a day stands for its midnight in the person's zone
    until: Moment | None = None
    strength: int = Field(default=1, ge=1, le=3)


class Pin(Table):
    """An assignment that the plan must keep.

    A volunteer may hold this shift even as the third week in a row. A shadow looks on and covers nothing.
    """

    person: str
    shift: str
    reason: str = ""
    is_volunteer: bool = False
    is_shadow: bool = False


class Published(Table):
    """What was announced: this person on this shift."""

    person: str
    shift: str


class ExpectedLoad(Table):
    """How much a coming shift will weigh against an ordinary one of its role. It only tempers the burden: half to
    twice."""

    shift: str
    multiplier: float = Field(ge=0.5, le=2)


class History(Table):
    """How much of the past counts."""

    window_weeks: int = Field(default=26, ge=0, le=520)  # before the first day
    half_life_weeks: float | None = Field(default=None, gt=0)  # None: all of the window counts alike
    cap: float = Field(default=2.0, ge=0, le=100)  # duty-weeks of opening balance, either way
    prior_shifts: float = Field(default=1.0, ge=0, le=100)  # a measured load is mixed with so many ordinary ones


class Problem(Table):
    """Everything a plan depends on. Names are unique, and whatever is referred to exists."""

    zone: Zone = "UTC"  # of the team: its handovers and weeks
    first_day: date  # of the plan; its weeks begin on this weekday
    weeks: int = Field(ge=1, le=104)
    people: tuple[Person, ...] = Field(min_length=1)
    roles: tuple[Role, ...] = Field(min_length=1)
    exclusions: tuple[tuple[str, str], ...] = ()  # roles that nobody holds at once
    absences: tuple[Absence, ...] = ()
    preferences: tuple[Preference, ...] = ()
    pins: tuple[Pin, ...] = ()
    published: tuple[Published, ...] = ()  # those before and after the plan's weeks are passed over
    frozen_until: Instant | None = None  # published shifts that begin before it stay where they can
    history: tuple[PastShift, ...] = ()
    past: History = History()
    expected_loads: tuple[ExpectedLoad, ...] = ()
    holiday_weight: float = Field(default=1.5, ge=1, le=3)
    absence_owed: float = Field(default=0.0, ge=0, le=1)  # of the share of somebody absent; 0: nothing is owed

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        consistency.verify(self)
        return self

    @cached_property
    def shifts(self) -> tuple[Shift, ...]:
        """Those that begin in the plan's weeks, in order of time, then of the roles."""
        place = {role.name: n for n, role in enumerate(self.roles)}
        made = (shift for role in self.roles for shift in self._shifts_of(role))
        return tuple(sorted(made, key=lambda shift: (shift.since, place[shift.role])))

    def _shifts_of(self, role: Role) -> Iterable[Shift]:
        return shifts_between(role.name, role.people, role.handovers, self.zone, self.first_day, 7 * self.weeks)

    @cached_property
    def shift_by_id(self) -> dict[str, Shift]:
        return {shift.id: shift for shift in self.shifts}

    @cached_property
    def person_by_name(self) -> dict[str, Person]:
        return {person.name: person for person in self.people}

    @cached_property
    def role_by_name(self) -> dict[str, Role]:
        return {role.name: role for role in self.roles}

    @cached_property
    def announced(self) -> tuple[Published, ...]:
        """The published assignments of shifts in the plan's weeks."""
        return tuple(entry for entry in self.published if entry.shift in self.shift_by_id)

    @cached_property
    def span(self) -> Span:
        """From the first day's midnight to the last week's end, in UTC."""
        weeks = self.week_spans(range(self.weeks))
        return weeks[0][0], weeks[-1][1]

    def week_spans(self, weeks: range) -> list[Span]:
        """The plan's weeks in UTC; negative ones lie before the first day."""
        return week_spans(self.zone, self.first_day, weeks)

    def local(self, moment: date | datetime, person: str | None = None) -> datetime:
        """A moment in UTC; a day is read in the zone of the person, or else of the team."""
        return instant(moment, self.person_by_name[person].zone if person else self.zone)

    def day(self, moment: datetime) -> date:
        """The day of an instant in the team's zone."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def changed(self, **told: Any) -> Self:
        """The same problem but for these fields, checked anew."""
        return type(self)(**({name: getattr(self, name) for name in type(self).model_fields} | told))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002 - frozen values are shared
        """As `changed`: a plain copy would be unchecked and keep the shifts of the original."""
        return self.changed(**(update or {}))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON schema of a problem file."""
        return cls.model_json_schema()
