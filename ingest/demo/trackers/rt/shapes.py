"""How the made-up Request Tracker tells its rows: one way in a list, another one by one.

In a list every value is text, a reference is an object, an unset date is 1970, and what the reader may not see is "".
The same row asked for alone has a number for an id and, for what a transaction changed, references instead of values.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.demo.trackers.rt.rows import UNSET, Attachment, CustomField, Database, Person, Queue, Ticket, Transaction

Row = Ticket | Transaction | Attachment | Person | Queue | CustomField
Json = dict[str, Any]
Subfields = Callable[[str], list[str]]
KINDS = {
    Ticket: "ticket",
    Transaction: "transaction",
    Attachment: "attachment",
    Person: "user",
    Queue: "queue",
    CustomField: "customfield",
}


class CannotTellError(Exception):
    """A field over which RT stumbles: 500, and nothing said."""


@dataclass(frozen=True, slots=True)
class Teller:
    """`base` is the address of REST2; `subfields` says which fields of a reference were asked for."""

    db: Database
    base: str
    subfields: Subfields

    def listed(self, row: Row, fields: Sequence[str]) -> Json:
        """A row of a list: its reference, and the fields that were asked for."""
        told = self.reference(row)
        is_blank = isinstance(row, Transaction) and self.db.is_ghost(row)
        for field in fields:
            told[field] = self._blank(field) if is_blank else self._field(row, field)
        return told

    def reference(self, row: Row) -> Json:
        """People go by their login."""
        kind, name = KINDS[type(row)], row.name if isinstance(row, Person) else str(row.id)
        return {"type": kind, "id": name, "_url": f"{self.base}/{kind}/{name}"}

    def alone(self, row: Row) -> Json:
        """What GET of one row tells."""
        match row:
            case Ticket():
                return self._ticket_alone(row)
            case Transaction():
                return self._transaction_alone(row)
            case Attachment():
                return self._attachment_alone(row)
            case Person():
                return self._person_alone(row)
        columns = {name.title().replace("_", ""): getattr(row, name) for name in row.__slots__ if name != "id"}
        return {"id": row.id, **columns, "_hyperlinks": self._links(row)}

    def _blank(self, field: str) -> str:
        return _date(UNSET) if field == "Created" else ""

    def _field(self, row: Row, field: str) -> Any:
        if field == "id":
            return row.id
        if field == "_hyperlinks":
            return self._links(row)
        if field == "Parent" and isinstance(row, Attachment):
            raise CannotTellError
        value = self._columns(row).get(field, "")
        if isinstance(value, datetime):
            return _date(value)
        if isinstance(value, (Person, Queue)):
            return self._expanded(value, field)
        if isinstance(value, list):
            return [self._expanded(one, field) if isinstance(one, Person) else one for one in value]
        return str(value)

    def _expanded(self, row: Person | Queue, field: str) -> Json:
        return {**self.reference(row), **{name: self._field(row, name) for name in self.subfields(field)}}

    def _columns(self, row: Row) -> Json:
        match row:
            case Ticket():
                return self._ticket(row)
            case Transaction():
                return self._transaction(row)
            case Attachment():
                return {
                    "TransactionId": row.transaction,
                    "ContentType": row.content_type,
                    "Content": row.content,
                    "Filename": row.filename or "",
                    "Subject": "",
                    "ContentLength": len(row.content.encode()),
                    "Created": row.created,
                    "Creator": self.db.people[row.creator],
                }
            case Person():
                return {"Name": row.name, "RealName": row.real_name, "EmailAddress": row.email}
            case Queue():
                return {"Name": row.name, "Lifecycle": row.lifecycle, "Disabled": row.disabled, "Description": ""}
            case CustomField():
                return {
                    "Name": row.name,
                    "Type": row.type,
                    "MaxValues": row.max_values,
                    "LookupType": "RT::Queue-RT::Ticket",
                }

    def _ticket(self, row: Ticket) -> Json:
        people = self.db.people
        return {
            "Queue": self.db.queues[row.queue],
            "Subject": row.subject,
            "Status": row.status,
            "Owner": people[row.owner],
            "Creator": people[row.creator],
            "LastUpdatedBy": people[row.last_updated_by],
            "Requestor": [people[number] for number in row.requestors],
            "Cc": [],
            "AdminCc": [],
            "Priority": row.priority,
            "InitialPriority": 0,
            "FinalPriority": 0,
            "Created": row.created,
            "LastUpdated": row.last_updated,
            "Due": row.due,
            "Started": row.started,
            "Starts": UNSET,
            "Resolved": row.resolved,
            "Told": row.told,
            "TimeWorked": row.time_worked,
            "TimeEstimated": 0,
            "TimeLeft": 0,
            "Type": "ticket",
            "EffectiveId": row.effective_id,
            "IsMerged": 1 if row.is_merged else "",
            "CustomFields": [self._custom(field, row) for field in self.db.fields.values()],
        }

    def _custom(self, field: CustomField, row: Ticket) -> Json:
        return {**self.reference(field), "name": field.name, "values": list(row.custom.get(field.id, []))}

    def _transaction(self, row: Transaction) -> Json:
        return {
            "Type": row.type,
            "Field": row.field,
            "OldValue": row.old,
            "NewValue": row.new,
            "Data": row.data,
            "Creator": self.db.people[row.creator],
            "Created": row.created,
            "TimeTaken": row.time_taken,
            "ObjectType": row.object_type,
            "ObjectId": row.object_id,
            "ReferenceType": "RT::ObjectCustomFieldValue" if row.type == "CustomField" else "",
        }

    def _links(self, row: Row) -> list[Json]:
        kind = KINDS[type(row)]
        own = {"ref": "self", "type": kind, "id": row.id, "_url": f"{self.base}/{kind}/{row.id}"}
        history = {"ref": "history", "_url": f"{self.base}/{kind}/{row.id}/history"}
        return [own, history] if isinstance(row, Ticket) else [own]

    def _ticket_alone(self, row: Ticket) -> Json:
        left_out = {"IsMerged", "Told"} if row.told == UNSET else {"IsMerged"}
        told = {name: self._alone(value) for name, value in self._ticket(row).items() if name not in left_out}
        other = self.reference(self.db.tickets[row.effective_id])
        return {**told, "id": row.id, "EffectiveId": other, "_hyperlinks": self._links(row)}

    def _transaction_alone(self, row: Transaction) -> Json:
        told = {name: self._alone(value) for name, value in self._transaction(row).items() if value != ""}
        told |= {"id": row.id, "_hyperlinks": self._links(row)}
        told["Object"] = self.reference(self.db.tickets[row.object_id])
        for name in ("ObjectType", "ObjectId"):
            del told[name]
        if row.type == "CustomField":
            told["Field"] = self.reference(self.db.fields[int(row.field)])
            told.pop("OldValue", None), told.pop("NewValue", None)
        return told

    def _attachment_alone(self, row: Attachment) -> Json:
        told = {name: self._alone(value) for name, value in self._columns(row).items() if value != ""}
        content = base64.encodebytes(row.content.encode()).decode()
        whose = self.reference(self.db.transactions[row.transaction])
        told |= {"id": row.id, "Content": content, "TransactionId": whose, "Parent": "0"}
        return {**told, "_hyperlinks": self._links(row)}

    def _person_alone(self, row: Person) -> Json:
        """An account tells everything of itself, and little of others: not even its number, but for a link."""
        told: Json = {"Name": row.name, "RealName": row.real_name or None, "EmailAddress": row.email or None}
        told |= {"Privileged": 1, "_hyperlinks": self._links(row)}
        if row.name != "ingest":
            return told
        zone = {"Timezone": row.zone} if row.zone else {}
        return {**told, **zone, "id": row.id, "Disabled": "0", "Memberships": [], "CustomFields": []}

    def _alone(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return _date(value)
        if isinstance(value, (Person, Queue)):
            return self.reference(value)
        if isinstance(value, list):
            return [self.reference(one) if isinstance(one, Person) else one for one in value]
        return str(value)


def _date(value: datetime) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}"
