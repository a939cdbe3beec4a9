"""What each kind of transaction changes: the vocabulary of Request Tracker, one entry a kind.

- People and queues are numbers in transactions, priorities too; people see names of the first two. What a priority is
  called (Low, Medium, High) is a setting that REST2 does not tell, so it stays a number.
- An unset date is the year 1970, or nothing.
- A tie between tickets is written on both, each from its own side.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ingest.records import UnreadableError
from ingest.source import Json

NAME = "rt"
NOBODY = "Nobody"
SYSTEM = "RT_System"
UNSET = "1970-01-01"

Change = tuple[str, str | None, str | None]  # field, old, new

OWNER_KINDS = ("Set", "Take", "Untake", "Steal", "Give", "Force")
MAIL_KINDS = ("EmailRecord", "CommentEmailRecord")
# Kinds that change nothing Watchbill measures.
UNINTERPRETED = frozenset(
    [
        *MAIL_KINDS,
        "Create",
        "AddLink",
        "AddWatcher",
        "DelWatcher",
        "SetWatcher",
        "Told",
        "AddReminder",
        "OpenReminder",
        "ResolveReminder",
        "Forward Ticket",
        "Forward Transaction",
        "Munge",
        "SystemError",
    ]
)
UNINTERPRETED_SETTINGS = frozenset(
    ["FinalPriority", "InitialPriority", "Resolved", "SLA", "Started", "Starts", "TimeEstimated", "TimeLeft", "Told"]
)
RELATIONS = {
    "DependsOn": "blocked_by",
    "DependedOnBy": "blocks",
    "RefersTo": "refers_to",
    "ReferredToBy": "referred_to_by",
    "MemberOf": "child_of",
    "HasMember": "parent_of",
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\dZ?")
_TICKET_URI = re.compile(r"fsck\.com-rt://[^/]*/ticket/(\d+)")


def is_known(kind: str) -> bool:
    """Whether Watchbill knows what a transaction of this kind means, if only that it means nothing here."""
    word, _, field = kind.partition(" ")
    return kind in UNINTERPRETED or word in UNINTERPRETED or (word == "Set" and field in UNINTERPRETED_SETTINGS)


@dataclass(frozen=True, slots=True)
class Names:
    """Who and what the numbers of one page are. `labels`: the custom field whose values are labels."""

    source: str
    people: Mapping[str, Json]
    queues: Mapping[str, Json]
    custom_fields: Mapping[str, Json]
    labels: str

    def login(self, number: str) -> str | None:
        """The account a number stands for, None for nobody. One that RT does not name any more keeps its number."""
        login = str(self.people.get(number, {}).get("Name") or number)
        return None if login == NOBODY or not number else login

    def account_id(self, number: str) -> str | None:
        login = self.login(number)
        return f"{self.source}/{login}" if login else None

    def queue(self, number: str) -> str:
        return str(self.queues.get(number, {}).get("Name") or number)

    def field(self, number: str) -> str:
        """Where the values of a custom field are kept."""
        name = str(self.custom_fields.get(number, {}).get("Name") or number)
        return "label" if name == self.labels else f"custom.{name}"

    def value(self, number: str, value: str) -> str | None:
        """A custom field's value; instants as ISO 8601. Whoever may not list the fields is not told their types."""
        kind = self.custom_fields.get(number, {}).get("Type", "DateTime" if _INSTANT.fullmatch(value) else "")
        return moment(value) if kind == "DateTime" else value or None


def changes(row: Json, names: Names, text: str | None) -> list[Change]:
    """What a transaction changed; `text` is what it says. A kind nobody knows is kept as `other`."""
    told = _TELLERS.get(row["Type"], _opaque)(row, names) if row["Type"] not in _SAYING else []
    said: list[Change] = [(_SAYING[row["Type"]], None, text or "")] if row["Type"] in _SAYING else []
    return [*said, *told, *_effort(row)]


def moment(value: str) -> str | None:
    """An instant as transactions (raw UTC) or tickets (with a Z) write it, as ISO 8601; None where it is unset."""
    if not value or value.startswith(UNSET):
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise UnreadableError(f"{value!r:.40} is no instant of Request Tracker") from None
    return f"{instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def merged_into(row: Json) -> str | None:
    """The number of the ticket that this transaction's ticket was merged into. The other ticket gets such a row too,
    which points at itself."""
    if (row["Type"], row["Field"]) != ("AddLink", "MergedInto"):
        return None
    found = _TICKET_URI.fullmatch(row["NewValue"])
    return found[1] if found and found[1] != row["ObjectId"] else None


def _opaque(row: Json, _: Names) -> list[Change]:
    return [("other", None, " ".join(part for part in (row["Type"], row["Field"]) if part))]


def _set(row: Json, names: Names) -> list[Change]:
    field, old, new = row["Field"], row["OldValue"], row["NewValue"]
    match field:
        case "Owner":
            return owners(names.account_id(old), names.account_id(new))
        case "Queue":
            return [("queue", names.queue(old), names.queue(new))]
        case "Priority":
            return [("priority", old or None, new or None)]
        case "Subject":
            return [("title", old, new)]
        case "Due":
            return [("eta", moment(old), moment(new))]
        case "TimeWorked":
            return []  # told as effort
    return _opaque(row, names)


def owners(old: str | None, new: str | None) -> list[Change]:
    """One owner makes way for another: two changes, for a store in which a ticket may have several."""
    return [("owner", one, other) for one, other in ((old, None), (None, new)) if one or other]


def _status(row: Json, _: Names) -> list[Change]:
    return [("status", row["OldValue"] or None, row["NewValue"] or None)]


def _custom_field(row: Json, names: Names) -> list[Change]:
    number = row["Field"]
    field, old, new = names.field(number), names.value(number, row["OldValue"]), names.value(number, row["NewValue"])
    if field == "label" and old and new:
        return [(field, old, None), (field, None, new)]
    return [(field, old, new)] if old or new else []


def _tie(row: Json, names: Names) -> list[Change]:
    if target := merged_into(row):
        return [("duplicate", None, f"{names.source}/{target}")]
    relation = RELATIONS.get(row["Field"])
    if relation is None:
        return _opaque(row, names)
    if row["Type"] == "AddLink":
        return [("link", None, f"{relation} {_other_end(row['NewValue'], names)}")]
    return [("link", f"{relation} {_other_end(row['OldValue'], names)}", None)]


def _other_end(address: str, names: Names) -> str:
    found = _TICKET_URI.fullmatch(address)
    return f"{names.source}/{found[1]}" if found else address


def _effort(row: Json) -> list[Change]:
    """Minutes of work that any transaction may carry. Setting the total carries the difference, be it negative."""
    minutes = int(row["TimeTaken"] or 0)
    return [("effort", None, str(minutes))] if minutes else []


_SAYING = {"Comment": "note", "Correspond": "comment"}
_TELLERS: dict[str, Callable[[Json, Names], list[Change]]] = {
    **dict.fromkeys(OWNER_KINDS, _set),
    "Create": lambda _, __: [],
    "Status": _status,
    "CustomField": _custom_field,
    "AddLink": _tie,
    "DeleteLink": _tie,
}
