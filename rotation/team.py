"""Who there is and what they do: people and roles, checked where they are read."""

from datetime import date, time
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rotation.moments import Moment, Zone
from rotation.slots import WEEKDAYS, Handover, Weekday


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Person(Table):
    """Somebody who may hold roles."""

    name: str = Field(min_length=1)
    zone: Zone = "UTC"
    country: str | None = None  # labels for people; `holidays` has the days
    subdivision: str | None = None
    holidays: tuple[date, ...] = ()  # this person's public holidays, whole days in their zone
    joined: date | None = None  # the first day with them; None: always been here
    left: date | None = None  # the first day without them
    share: float = Field(default=1.0, gt=0, le=1)  # of full time
    roles: tuple[str, ...] = ()  # those they may hold
    trains_for: tuple[str, ...] = ()  # those they may shadow and never cover
    opening_balance: float | None = Field(default=None, ge=-1000, le=1000)  # duty-weeks; None: what history says

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.joined and self.left and self.left <= self.joined:
            raise ValueError(f"{self.name} leaves on {self.left}, no later than they join, on {self.joined}")
        if both := set(self.roles) & set(self.trains_for):
            raise ValueError(f"{self.name} both holds and trains for {', '.join(sorted(both))}: name it in one list")
        return self


class Role(Table):
    """A role, when it changes hands, and what is agreed on those who hold it."""

    name: str = Field(min_length=1)
    pattern: Literal["weekly", "daily", "weekday/weekend"] = "weekly"
    starts_on: Weekday = "mon"  # of the week; a daily role changes hands every day
    starts_at: time = time()  # on the wall of the team's zone
    weekend_on: Weekday = "sat"  # where the weekend has a shift of its own
    weekend_at: time = time()
    people: int = Field(default=1, ge=1, le=20)  # how many hold it at once
    burden: float = Field(default=1.0, ge=0, le=10)  # duty-weeks that a week in it counts for; 0: no duty
    rest_days: int = Field(default=0, ge=0, le=60)  # free of duty after a shift in it
    may_miss: float = Field(default=0.0, ge=0, lt=1)  # the part of a shift that its holder may be away
    shadow_weight: float = Field(default=0.0, ge=0, le=1)  # of a shift's load, for whoever shadows it

    @model_validator(mode="after")
    def _changes_hands_once_a_day(self) -> Self:
        if self.pattern == "weekday/weekend" and self.weekend_on == self.starts_on:
            raise ValueError(
                f"the weekend of {self.name} starts on {self.weekend_on}, as its week does: use another day"
            )
        if self.starts_at.tzinfo or self.weekend_at.tzinfo:
            raise ValueError(f"{self.name} starts at a time on the wall of the team's zone: leave the offset out")
        return self

    @property
    def handovers(self) -> list[Handover]:
        """The weekdays, Monday being 0, and times at which the role changes hands."""
        start = (WEEKDAYS.index(self.starts_on), self.starts_at)
        if self.pattern == "daily":
            return [(weekday, self.starts_at) for weekday in range(7)]
        return [start] if self.pattern == "weekly" else [start, (WEEKDAYS.index(self.weekend_on), self.weekend_at)]


class Absence(Table):
    """Time a person cannot be on duty. A day stands for its midnight in the person's zone."""

    person: str
    since: Moment
    until: Moment  # the first day, or instant, back
    note: str = ""


class PastShift(Table):
    """A shift that was held, by whoever did it: a cover counts for who covered."""

    person: str
    role: str
    since: Moment  # a day stands for its midnight in the team's zone
    until: Moment
    measured: float | None = Field(default=None, ge=0)  # such as its interruptions; the unit cancels out
