"""One GitHub issue with its timeline, in the words of the REST API, into records.

What the timeline does not say, and what is made of it:

- REST names a label as it was called then; the issue lists labels as they are called now. GitHub's labels are equal
  regardless of case, so a label that differs in case only takes today's spelling. Where exactly one label vanished
  and exactly one appeared without an event, the label was renamed. GraphQL's events carry the label itself, under its
  id and today's name: there is nothing to guess.
- Labels, owners, type and issue fields that an issue holds without any event (a transfer carries them in) were there
  from the opening; those it lost without an event are gone by the issue's last update. Both are `inferred`.
- Conversion to a discussion closes an issue and writes no closed event: the conversion is the closing.
- A deleted account is null on events and `ghost` on comments: one account, `github/ghost`.
- Every repository that an issue passed through left a transfer behind; the last one brought it here.
- An event's id is its kind and database number. (The node id of one event differs between old and new replies.)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ingest.github.changes import GHOST, NAME, Change, Json, Setting, account_id, changes, custom_field, source
from ingest.label_names import held, with_current_label_names
from ingest.records import Account, Event, Record, Ticket, UnreadableError


@dataclass(frozen=True, slots=True)
class Home:
    """Where an issue belongs: the source's name, the queue if the settings name one, the boards whose columns count."""

    name: str = NAME
    queue: str = ""
    boards: Sequence[str] = ()


def records(issue: Json, timeline: Sequence[Json], home: Home) -> Iterator[Record]:
    """The records of one issue. Raises UnreadableError."""
    try:
        yield from _records(issue, timeline, home)
    except UnreadableError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise UnreadableError(f"not an issue with its timeline: {type(error).__name__}: {error}") from error


def instant(text: str) -> datetime:
    """An instant as GitHub writes it. Raises UnreadableError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or not 1970 < found.year < 3000:
        raise UnreadableError(f"{text!r} is no instant of an issue: it has no time zone, or a year out of reach")
    return found.astimezone(UTC)


def ticket_id_of(issue: Json, name: str) -> str:
    owner, repository = _repository(issue)
    return f"{name}/{owner}/{repository}#{_number(issue)}"


def _records(issue: Json, timeline: Sequence[Json], home: Home) -> Iterator[Record]:
    _, repository = _repository(issue)
    ticket_id = ticket_id_of(issue, home.name)
    yield Ticket(
        ticket_id=ticket_id,
        source=home.name,
        key=f"{repository}#{_number(issue)}",
        url=issue.get("html_url"),
        title=issue["title"],
        opened_at=instant(issue["created_at"]),
        author_id=account_id(issue.get("user"), home.name),
        type=(issue.get("type") or {}).get("name"),
        description=issue.get("body"),
    )
    assigned = [event.get("assignee") for event in timeline if "assignee" in event]
    people = [issue.get("user"), *(issue.get("assignees") or []), *assigned, *map(_actor, timeline)]
    yield from _accounts(people, home.name)
    yield from _events(ticket_id, issue, timeline, home, home.queue or repository)


def _repository(issue: Json) -> tuple[str, str]:
    url = issue.get("repository_url") or issue["url"].rsplit("/issues/", 1)[0]
    owner, repository = url.rstrip("/").rsplit("/", 2)[-2:]
    return owner, repository


def _number(issue: Json) -> int:
    number = issue["number"]
    if not isinstance(number, int) or number < 1:
        raise UnreadableError(f"{number!r} is not the number of an issue")
    return number


def _actor(event: Json) -> Json | None:
    return event.get("actor") or event.get("user")


def _accounts(users: list[Json | None], name: str) -> Iterator[Account]:
    seen = {account_id(user, name): user or {"login": GHOST} for user in users}
    for known_as, user in seen.items():
        is_bot = user.get("type") == "Bot" or user["login"].endswith("[bot]")
        yield Account(known_as, name, user["login"], user.get("name"), is_bot)


def _events(ticket_id: str, issue: Json, timeline: Sequence[Json], home: Home, queue: str) -> Iterator[Event]:
    author, opened_at = account_id(issue.get("user"), home.name), instant(issue["created_at"])
    recorded = list(_recorded(ticket_id, issue, timeline, home, queue))
    if not _tells_labels_themselves(timeline):
        recorded = with_current_label_names(recorded, _labels(issue))
    was_transferred = any(event.field == "queue" for event in recorded)
    opening: list[Change] = [
        ("created", None, None),
        ("status", None, "open"),
        ("title", None, _first_title(issue, recorded)),
    ]
    if not was_transferred:
        opening.append(("queue", None, queue))
    for field, old, new in opening:
        yield Event(ticket_id, f"opened/{field}", opened_at, 0, author, field, old, new)
    yield from recorded
    yield from _inferred(ticket_id, issue, recorded, len(timeline) + 1, home.name)


def _tells_labels_themselves(timeline: Sequence[Json]) -> bool:
    """GraphQL gives the label, REST its name of that day."""
    return any("id" in (event.get("label") or {}) for event in timeline)


def _labels(issue: Json) -> set[str]:
    """By name; the API's description allows a label to be nothing but its name."""
    return {label if isinstance(label, str) else label["name"] for label in issue.get("labels") or []}


def _inferred(ticket_id: str, issue: Json, recorded: list[Event], seq: int, name: str) -> Iterator[Event]:
    """What the issue says of itself now and its timeline does not account for.

    An inference is named after the event that it follows: a later one about the same value is another.
    """
    opened_at, seen_at = instant(issue["created_at"]), instant(issue["updated_at"])
    owners = {account_id(user, name) for user in issue.get("assignees") or []}
    for field, current in (("label", _labels(issue)), ("owner", owners)):
        replayed = held(recorded, field)
        for value in sorted(current - replayed):
            lost = _last_about(recorded, field, value)
            if lost is None:
                yield _guess(ticket_id, f"gained/{field}/{value}", opened_at, 0, field, None, value)
            else:
                regained_at = max(seen_at, lost.occurred_at)
                yield _guess(ticket_id, f"gained/{field}/{value}/{lost.event_id}", regained_at, seq, field, None, value)
        for value in sorted(replayed - current):
            gained = _last_about(recorded, field, value)
            lost_at, after = (max(seen_at, gained.occurred_at), gained.event_id) if gained else (seen_at, "")
            yield _guess(ticket_id, f"lost/{field}/{value}/{after}", lost_at, seq, field, value, None)
    yield from _inferred_status(ticket_id, issue, recorded, seq)
    yield from _inferred_values(ticket_id, issue, recorded, seq)


def _inferred_status(ticket_id: str, issue: Json, recorded: list[Event], seq: int) -> Iterator[Event]:
    last = _last_about(recorded, "status")
    status, name, since = (last.new, last.event_id, last.occurred_at) if last else ("open", "opening", None)
    if issue["state"] == "closed" and status == "open":
        closed_at = instant(issue.get("closed_at") or issue["updated_at"])
        reason = issue.get("state_reason") or "closed"
        yield _guess(ticket_id, f"closed/{name}", max(closed_at, since or closed_at), seq, "status", None, reason)
    if issue["state"] == "open" and status != "open":
        seen_at = instant(issue["updated_at"])
        yield _guess(ticket_id, f"reopened/{name}", max(seen_at, since or seen_at), seq, "status", None, "open")


def _inferred_values(ticket_id: str, issue: Json, recorded: list[Event], seq: int) -> Iterator[Event]:
    """Type and issue fields, where the issue tells them and the timeline ends elsewhere.

    Where events of a kind are told without their fields, nothing is known of the values between.
    """
    opened_at, seen_at = instant(issue["created_at"]), instant(issue["updated_at"])
    for field, value in _values(issue):
        last = _last_about(recorded, field)
        if (last.new if last else None) == value:
            continue
        if last is None:
            yield _guess(ticket_id, f"gained/{field}/{value}", opened_at, 0, field, None, value)
        else:
            changed_at, after = max(seen_at, last.occurred_at), f"{value}/{last.event_id}"
            yield _guess(ticket_id, f"changed/{field}/{after}", changed_at, seq, field, last.new, value)


def _values(issue: Json) -> Iterator[tuple[str, str | None]]:
    if "type" in issue:
        yield "type", (issue["type"] or {}).get("name")
    for name, value in (issue.get("field_values") or {}).items():
        yield custom_field(name), value


def _last_about(recorded: list[Event], field: str, value: str | None = None) -> Event | None:
    """The last event of a field; of a field with many values, the last that concerns this one."""
    about = (event for event in reversed(recorded) if event.field == field)
    return next((event for event in about if value is None or value in (event.old, event.new)), None)


def _guess(
    ticket_id: str,
    event_id: str,
    occurred_at: datetime,
    seq: int,
    field: str,
    old: str | None,
    new: str | None,
) -> Event:
    return Event(ticket_id, f"inferred/{event_id}", occurred_at, seq, None, field, old, new, "inferred")


def _first_title(issue: Json, recorded: list[Event]) -> str:
    return next((event.old for event in recorded if event.field == "title" and event.old), issue["title"])


def _recorded(ticket_id: str, issue: Json, timeline: Sequence[Json], home: Home, queue: str) -> Iterator[Event]:
    last_closing, last_transfer = _last(timeline, "closed"), _last(timeline, "transferred")
    for n, event in enumerate(timeline):
        if not event.get("created_at"):  # commits of a linked branch carry no instant, and change no issue
            continue
        setting = Setting(
            home.name,
            home.boards,
            reason=issue.get("state_reason") if n == last_closing and issue["state"] == "closed" else None,
            queue=queue if n == last_transfer else None,
        )
        for part, (field, old, new) in enumerate(changes(event, setting)):
            yield Event(
                ticket_id,
                _event_id(event) + (f"/{part}" if part else ""),
                instant(event["created_at"]),
                n + 1,
                account_id(_actor(event), home.name),
                field,
                old,
                new,
            )


def _last(timeline: Sequence[Json], kind: str) -> int | None:
    return max((n for n, event in enumerate(timeline) if event.get("event") == kind), default=None)


def _event_id(event: Json) -> str:
    if event.get("id") is not None:
        return f"{event['event']}/{event['id']}"
    return f"{event['event']}/{source(event)}/{event['created_at']}"  # cross-references carry no id
