"""What a team has agreed on how it works: updates, limits, ownership, the new-task checklist, and roles of the rota."""

from typing import Any, Literal

from pydantic import Field

from settings.base import TrackerPolicy, Versioned
from settings.formats import Intervals, Rhythm

Check = Literal["title", "description", "project", "priority", "acknowledged", "eta", "original"]
CHECKS: tuple[Check, ...] = ("title", "description", "project", "priority", "acknowledged", "eta", "original")


class Cadence(TrackerPolicy):
    """How often an open ticket of each priority is owed an update."""

    every: dict[str, Rhythm] = Field(default_factory=lambda: {"P0": "24h", "P1": "168h"})
    calendar: str = "always"  # round the clock; a calendar's name, or "team" for the hours of the queue's team

    def definition(self) -> dict[str, Any]:
        return {"every": self.every, "calendar": self.calendar}


class Wip(TrackerPolicy):
    """How many tickets may be in the active stage at once: at the limit is fine, above is a breach."""

    person: int | None = Field(default=None, ge=0)  # for everybody who is not named in people
    people: dict[str, int] = Field(default_factory=dict)  # person to limit
    queue: int | None = Field(default=None, ge=0)  # for each queue by itself

    def definition(self) -> dict[str, Any]:
        return {"person": self.person, "people": self.people, "queue": self.queue}


class Ownership(TrackerPolicy):
    """When an owned, active ticket counts as silent, and when any open ticket counts as dead; calendar days."""

    silent_days: int = Field(default=5, ge=1)
    dead_days: int = Field(default=45, ge=1)

    def definition(self) -> dict[str, Any]:
        return {"silent_days": self.silent_days, "dead_days": self.dead_days}


class Intake(TrackerPolicy):
    """What a new ticket should have, and which priorities a queue is for."""

    checks: list[Check] = Field(default_factory=lambda: list(CHECKS), min_length=1)
    title_words: int = Field(default=3, ge=1)
    promise: str | None = None  # the SLO whose first-response clock says "acknowledged"; left out: any such promise
    only: list[str] = Field(default_factory=list)  # the priorities this queue is for; none named: all
    alike: float = Field(default=0.9, gt=0.5, le=1)  # titles at least this similar are suspected duplicates

    def definition(self) -> dict[str, Any]:
        return {
            "checks": self.checks,
            "title_words": self.title_words,
            "promise": self.promise,
            "only": self.only,
            "alike": self.alike,
        }


class Role(Versioned):
    """A role of the rota, and what is agreed on those who hold it."""

    name: str
    queues: list[str] = Field(default_factory=lambda: ["*"], min_length=1)  # those it answers for
    burden: float = Field(default=1.0, ge=0)  # duty-weeks that a week in this role counts for; 0: looking on
    people: int = Field(default=1, ge=1)  # how many hold it at once
    calendar: str = "always"  # when somebody must hold it: round the clock, or in the hours of a calendar
    excludes: list[str] = Field(default_factory=list)  # roles that nobody may hold at the same time
    rest_days: int = Field(default=0, ge=0)  # free of duty after a shift in it
    share_limit: float = Field(default=0.25, gt=0, le=1)  # of a person's time
    business: Intervals = Field(default_factory=lambda: ["09:00-17:00"])  # Monday to Friday, in each person's zone
    sleep: Intervals = Field(default_factory=lambda: ["00:00-07:00", "23:00-24:00"])  # every day, likewise

    def definition(self) -> dict[str, Any]:
        return self.model_dump(exclude={"name", "valid_from"})
