"""Issues of Jira Cloud (API v3) and Jira Data Center (API v2): their histories, comments and promises.

Which edition it is, the server says itself. A run asks for everything that was updated since a little before the last
run began: by milliseconds, which have no zone, in ascending order, with no upper bound (an issue that is touched
again and again would always be past it), each page beginning where the last one ended (`walk`).

- Identity is the issue's id; its key changes when it moves. Issues that moved to a project that is not configured,
  and deleted ones, leave nothing to be found: every seven days all ids are counted. A project that cannot be read,
  or shows no issue where it had some, may have been closed to this account only: that is Trouble, and nothing counts
  as deleted then.
- A project that is taken out of the settings is not counted any more: its tickets leave the numbers then.
- Deleted comments vanish without a trace; what they were when they were read stays.
- Names are those of today. When a status is renamed everything is read again, as when other custom fields are wanted.
"""

import base64
from collections.abc import Iterator
from datetime import datetime

from ingest.client import Client, ClientError, Wire
from ingest.jira import changes as jira_changes
from ingest.jira import issue as jira_issue
from ingest.jira import names as jira_names
from ingest.jira import people as jira_people
from ingest.jira.instance import Edition, Place, edition, look_around
from ingest.jira.instants import instant, millis
from ingest.jira.limits import told_to_wait
from ingest.jira.page import Pages, words
from ingest.jira.since import OVERLAP, Since
from ingest.jira.walk import Json, walk
from ingest.records import Census, Record, Rejected, UnreadableError
from ingest.source import Fetched, Trouble
from settings.sources import Jira

NAME = "jira"
is_known = jira_changes.is_known


def connect(site: Jira, secret: str | None, wire: Wire | None = None) -> Client:
    """With an e-mail address the secret is a Cloud API token, else a bearer token. Asks nothing. Raises ClientError."""
    if not secret:
        raise ClientError(f"{site.name}: there is no token; put one into the environment variable {site.variable}")
    pair = base64.b64encode(f"{site.email}:{secret}".encode()).decode()
    login = f"Basic {pair}" if site.email else f"Bearer {secret}"
    return Client(
        site.url, headers={"Authorization": login}, secrets=[secret, pair], told_to_wait=told_to_wait, wire=wire
    )


def fetch(client: Client, site: Jira, since: Json) -> Iterator[Fetched | Trouble]:
    """Everything that changed since `since`. Raises ClientError."""
    try:
        yield from _steps(client, site, since)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise ClientError(f"{site.url}: no answer of a Jira ({what}); is it the right address?") from error


def _steps(client: Client, site: Jira, since: Json) -> Iterator[Fetched | Trouble]:
    asked, server = edition(client)
    place = look_around(client, asked, server, site.projects, site.fields)
    yield from (Trouble("settings", complaint) for complaint in place.complaints)
    hidden = sorted(set(site.projects) - set(place.projects.values()))
    for project in hidden:
        yield Trouble(f"project {project}", "Jira shows no such project to this account; may it browse it?")
    if not place.projects:
        return
    yield from _Run(client, site, asked, place, since, is_all_there=not hidden).steps(since)


class _Run:
    """One run over the projects that can be read."""

    def __init__(
        self, client: Client, site: Jira, asked: Edition, place: Place, since: Json, *, is_all_there: bool
    ) -> None:
        assert client.began_at
        self._began_at, self._asked, self._place, self._is_all_there = client.began_at, asked, place, is_all_there
        self._fields = place.asked_fields(site.fields)
        self._pages = Pages(asked, place, site.fields)
        kept = dict(place.under(site.fields).ours)
        self._since = Since.of(since, site.projects, place.called(), kept)

    def steps(self, before: Json) -> Iterator[Fetched | Trouble]:
        if before.get("names") != self._since.names:
            catalogue = {"projects": self._place.projects, "statuses": self._place.names["status"]}
            yield Fetched(self._since.json(), {"catalogue": catalogue}, "statuses")
        visible = set(self._place.projects.values())
        for mark, projects in self._since.groups():
            yield from self._changed([project for project in projects if project in visible], mark)
        if self._is_all_there and self._since.is_census_due(self._began_at):
            yield from self._counted()
        yield Fetched(self._since.json(), until=self._began_at)

    def _changed(self, projects: list[str], mark: int) -> Iterator[Fetched]:
        """The issues of some projects that were updated since the mark."""
        if not projects:
            return
        settled = millis(self._began_at - OVERLAP)  # what a search shows of later instants may not be all yet
        read = walk(
            lambda since, token: self._asked.search(_jql(projects, "updated", since), self._fields, token),
            lambda issue: issue["fields"]["updated"],
            lambda issues: max(millis(instant(issue["fields"]["updated"])) for issue in issues),
            mark,
            f"issues of {', '.join(projects)}",
        )
        for issues, reached in read:
            self._since.read |= dict.fromkeys(projects, min(reached, settled))
            page = self._pages.page(issues) if issues else None
            yield Fetched(self._since.json(), page, _place(issues))
        self._since.read |= dict.fromkeys(projects, settled)

    def _counted(self) -> Iterator[Fetched | Trouble]:
        """All ids there are, project by project."""
        found = {project: list(self._ids(project)) for project in sorted(self._place.projects.values())}
        empty = [project for project, ids in found.items() if not ids and self._since.counts.get(project)]
        for project in empty:
            had = self._since.counts[project]
            reason = f"had {had} issues and shows none now; may this account still browse it? Nothing counts as deleted"
            yield Trouble(f"project {project}", reason)
        if empty:
            return
        self._since.counted_at, self._since.counts = self._began_at, {key: len(ids) for key, ids in found.items()}
        ids = sorted({known_as for several in found.values() for known_as in several}, key=int)
        census = {"ids": ids, "taken_at": (self._began_at - OVERLAP).isoformat()}
        yield Fetched(self._since.json(), {"census": census}, "census")

    def _ids(self, project: str) -> Iterator[str]:
        read = walk(
            lambda since, token: self._asked.ids(_jql([project], "created", since), token),
            lambda _: None,
            self._asked.created_after,
            0,
            f"ids of {project}",
        )
        for issues, _ in read:
            yield from (issue["id"] for issue in issues)


def _jql(projects: list[str], field: str, mark: int) -> str:
    """Milliseconds without quotes are an instant; a quoted date would be read in the zone of the account's profile."""
    keys = ", ".join(f'"{project}"' for project in projects)
    bound = f" AND {field} >= {mark}" if mark else ""
    return f"project in ({keys}){bound} ORDER BY {field} ASC, key ASC"


def _place(issues: list[Json]) -> str:
    return f"issues {issues[0]['key']} to {issues[-1]['key']}" if issues else ""


def parse(page: Json, site: Jira, scope: str = "") -> Iterator[Record]:  # noqa: ARG001
    """The records of one page; an issue that cannot be read is rejected alone. Raises UnreadableError."""
    try:
        if "catalogue" in page:
            told = page["catalogue"]
            yield from jira_names.stages(site.name, told["statuses"], told["projects"])
        elif "census" in page:
            told = page["census"]
            ids = tuple(f"{site.name}/{known_as}" for known_as in told["ids"])
            yield Census("ticket", f"{site.name}/", ids, datetime.fromisoformat(told["taken_at"]))
        else:
            yield from _issues(page, site)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError(f"not a page of Jira: {type(error).__name__}: {error}") from error


def _issues(page: Json, site: Jira) -> Iterator[Record]:
    meaning = words(page, site.name, site.fields)
    readable: list[tuple[Json, list[Record]]] = []
    for issue in page["issues"]:
        try:
            _require_whole(issue)
            readable.append((issue, list(jira_issue.records(issue, meaning, page["home"]))))
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
            said = str(error) if isinstance(error, UnreadableError) else f"{type(error).__name__}: {error}"
            yield Rejected(str(issue.get("key") or issue.get("id")), said)
    yield from jira_people.accounts(site.name, [issue for issue, _ in readable], page["people"])
    for _, told in readable:
        yield from told


def _require_whole(issue: Json) -> None:
    if "histories_in_all" in issue:
        told, there = len(issue["histories"]), issue["histories_in_all"]
        raise UnreadableError(
            f"Jira tells {told} of its {there} changes and has no way to ask for the others; it is left out"
        )


def examine(client: Client, site: Jira) -> Iterator[tuple[bool, str]]:
    """Is the server there, the token valid, each project readable, are the fields there, is the clock right?"""
    asked, server = edition(client)
    yield True, f"{server.get('serverTitle', 'Jira')} {server['version']} ({server.get('deploymentType', 'Server')})"
    me = client.get(f"{asked.root}/myself").json()
    yield True, f"the token is {me.get('displayName') or 'somebody'}'s"
    place = look_around(client, asked, server, site.projects, site.fields)
    for project in site.projects:
        is_there = project in place.projects.values()
        yield is_there, f"project {project} " + ("can be read" if is_there else "is not there, or not for this account")
    yield from ((False, complaint) for complaint in place.complaints)
    yield from _clock(client, server)
    zone = me.get("timeZone") or "a zone it does not tell"
    yield True, f"the account's zone is {zone}; questions are asked in milliseconds, which have none"


def _clock(client: Client, server: Json) -> Iterator[tuple[bool, str]]:
    """Where a run ends is read off the Date of its first answer, and held against what Jira says of its issues."""
    if server.get("serverTime") and client.began_at:
        apart = abs((instant(server["serverTime"]) - client.began_at).total_seconds())
        is_close = apart < OVERLAP.total_seconds() / 2
        yield is_close, f"Jira's clock and that of what lies before it are {apart:.0f} s apart"
