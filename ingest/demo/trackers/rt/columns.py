"""Which columns a question to the made-up Request Tracker may name, and what a row holds in them: a mapping from their
names in lower case to what they are equal to."""

from typing import Any

from ingest.demo.trackers.rt.rows import ACTIVE, Attachment, Database, Person, Queue, Ticket, Transaction
from ingest.demo.trackers.rt.shapes import Row

TICKETS = {
    **dict.fromkeys(("id", "queue", "status", "owner", "effectiveid", "subject", "type", "priority"), "text"),
    **dict.fromkeys(("created", "lastupdated", "resolved", "due"), "date"),
}
TRANSACTIONS = {
    **dict.fromkeys(("id", "objecttype", "objectid", "ticketid", "type", "field", "oldvalue", "newvalue"), "text"),
    "created": "date",
}
SEARCHED = {
    "transactions": frozenset(
        ["id", "ObjectType", "ObjectId", "Type", "Field", "OldValue", "NewValue", "Created", "Creator", "Data"]
    ),
    "attachments": frozenset(["id", "TransactionId", "ContentType", "Filename", "Created", "Creator", "Content"]),
    "users": frozenset(["Name", "RealName", "EmailAddress"]),
    "queues": frozenset(["id", "Name", "Lifecycle", "Disabled"]),
    "customfields": frozenset(["id", "Name", "Type", "LookupType"]),
}


def ticket_columns(db: Database, row: Ticket) -> dict[str, Any]:
    """The columns that TicketSQL may name."""
    stage = "initial" if row.status == "new" else "active" if row.status in ACTIVE else "inactive"
    return {
        "id": row.id,
        "queue": (row.queue, db.queues[row.queue].name),
        "status": (row.status, f"__{stage}__"),
        "owner": (row.owner, db.people[row.owner].name),
        "effectiveid": row.effective_id,
        "subject": row.subject,
        "type": "ticket",
        "priority": row.priority,
        "created": row.created,
        "lastupdated": row.last_updated,
        "resolved": row.resolved,
        "due": row.due,
    }


def columns(row: Row) -> dict[str, Any]:
    """The columns of any other row that a question may name."""
    match row:
        case Transaction():
            return {
                "id": row.id,
                "objecttype": row.object_type,
                "objectid": row.object_id,
                "ticketid": row.object_id if row.object_type == "RT::Ticket" else 0,
                "type": row.type,
                "field": row.field,
                "oldvalue": row.old,
                "newvalue": row.new,
                "data": row.data,
                "creator": row.creator,
                "created": row.created,
            }
        case Attachment():
            return {
                "id": row.id,
                "transactionid": row.transaction,
                "contenttype": row.content_type,
                "filename": (row.filename,),
                "content": row.content,
                "creator": row.creator,
                "created": row.created,
            }
        case Person():
            return {"name": row.name, "realname": row.real_name, "emailaddress": row.email}
        case Queue():
            return {"id": row.id, "name": row.name, "lifecycle": row.lifecycle, "disabled": row.disabled}
        case Ticket():
            return {"id": row.id}
    return {"id": row.id, "name": row.name, "type": row.type, "lookuptype": "RT::Queue-RT::Ticket"}
