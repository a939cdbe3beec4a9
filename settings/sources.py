"""Which trackers and calendars to read: one `[[source]]` table each.

Secrets never stand in the settings. A source's secret comes from the environment: from the variable that `token`
names, or else from WATCHBILL_<NAME>_TOKEN, such as WATCHBILL_PHORGE_TOKEN.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from settings.base import Table
from settings.formats import Zone

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@]+$")]
# webcal is what calendar programs write for https; an @ behind the host is no password but a calendar's name.
CalendarUrl = Annotated[str, StringConstraints(pattern=r"^(https?|webcals?)://[^\s@/?#]+([/?#]\S*)?$")]


class Site(Table):
    """One tracker or calendar. `name` begins the ids of all its tickets and accounts, so it should never change."""

    name: Name
    url: Url
    token: str | None = None  # the environment variable that holds the secret

    @property
    def variable(self) -> str:
        """The environment variable that holds this source's secret."""
        return self.token or f"WATCHBILL_{self.name.upper().replace('-', '_')}_TOKEN"

    def secret(self, environment: Mapping[str, str]) -> str | None:
        """The secret, or None where the environment has none."""
        return environment.get(self.variable, "").strip() or None


class Duty(Table):
    """Which events of a calendar are shifts of a role, and which are absences."""

    role: str | None = None  # None: the events are absences
    title: str = "*"  # a pattern with * and ?, held against the event's name


class Phorge(Site):
    """Tasks of a Phorge or Phabricator, and its Calendar."""

    kind: Literal["phorge"]
    name: Name = "phorge"
    queues: list[str] = Field(default_factory=list)  # projects that are queues; the first a task has names its queue
    calendar: list[Duty] = Field(default_factory=list)  # rules for Calendar events, first match wins; none: not read
    eta: str | None = None  # the custom field that says when a task is expected to be done, such as acme.eta


class GitHub(Site):
    """Issues of GitHub repositories, and boards (Projects v2). `url` is the API's; GitHub Enterprise has its own."""

    kind: Literal["github"]
    name: Name = "github"
    url: Url = "https://api.github.com"
    repositories: list[Annotated[str, StringConstraints(pattern=r"^[^/\s]+/[^/\s]+$")]] = Field(min_length=1)
    boards: list[Annotated[str, StringConstraints(pattern=r"^[^/\s]+/\d+$")]] = Field(default_factory=list)
    api: Literal["graphql", "rest"] = "graphql"


class Jira(Site):
    """Issues of Jira Cloud or Data Center. With `email` the secret is an API token (Cloud), else a bearer token."""

    kind: Literal["jira"]
    name: Name = "jira"
    projects: list[str] = Field(min_length=1)  # project keys; each is a queue
    email: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)  # custom fields to keep: our name to Jira's name or id


class RequestTracker(Site):
    """Tickets of Request Tracker 5, through REST2. The account that reads should have the time zone UTC."""

    kind: Literal["rt"]
    name: Name = "rt"
    queues: list[str] = Field(default_factory=list)  # none: every queue that the account may see
    labels: str = "Tags"  # the custom field whose values are labels: RT itself has none


class ICal(Site):
    """Shifts and absences from an iCalendar file or address. An address that is itself a secret comes from `token`.

    Recurring events are told from two years back until thirteen months ahead.
    """

    kind: Literal["ical"]
    name: Name
    url: CalendarUrl | None = None  # type: ignore[assignment]
    file: str | None = None
    zone: Zone | None = None  # for whole days and times that name no zone; none: the calendar's own, else UTC
    duties: list[Duty] = Field(min_length=1)  # rules for events, first match wins
    person: Literal["attendee", "organizer", "title"] = "attendee"  # who the event is about
    title: str | None = None  # where the person stands in the title, such as "Duty: {person}"

    @model_validator(mode="after")
    def _somewhere_to_read(self) -> Self:
        if sum(place is not None for place in (self.url, self.file, self.token)) != 1:
            raise ValueError("write one of url, file, or token (the environment variable that holds a secret address)")
        return self

    @model_validator(mode="after")
    def _somebody_to_find(self) -> Self:
        if self.person == "title" and (self.title or "").count("{person}") != 1:
            raise ValueError("say in title where the person stands, such as 'Duty: {person}'")
        if self.person != "title" and self.title is not None:
            raise ValueError("title says where a person stands in it; add person = 'title'")
        return self


Source = Annotated[Phorge | GitHub | Jira | RequestTracker | ICal, Field(discriminator="kind")]
