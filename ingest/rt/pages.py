"""A page of Request Tracker: some tickets, all their transactions, their texts, and the names behind the numbers.

Transactions do not tell what a ticket was born with; that shows only in the first change of each field, so a ticket
always comes with its whole history. Transactions speak of people, queues and custom fields by number: the page says
who and what they are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.client import Client
from ingest.rt import questions as ask
from ingest.source import Json

SPEAKING = ("Create", "Comment", "Correspond")  # the transactions that carry a text


@dataclass(slots=True)
class Reader:
    """Makes pages, and remembers for one run who and what the numbers are. `wanted`: queues to keep; none: all."""

    client: Client
    wanted: frozenset[str]
    queues: dict[str, Json]
    custom_fields: dict[str, Json]
    _people: dict[str, Json] = field(default_factory=dict)

    def page(self, creations: Sequence[Json]) -> dict[str, Any] | None:
        """The tickets that these transactions created; None where no ticket is left to keep. Raises ClientError.

        The tickets come first, then their history: a change in between is in the history, so that no opening is
        mistaken for what came after it.
        """
        if not creations:
            return None
        tickets = self._tickets([int(row["ObjectId"]) for row in creations])
        history = ask.transactions_of(self.client, creations)
        self._learn(tickets, history)
        tickets = [ticket for ticket in tickets if self._is_wanted(ticket, history)]
        if not tickets:
            return None
        kept = {str(ticket["id"]) for ticket in tickets}
        history = [row for row in history if row["ObjectId"] in kept]
        return {
            "kind": "tickets",
            "tickets": tickets,
            "transactions": history,
            "attachments": ask.bodies(self.client, [int(row["id"]) for row in history if row["Type"] in SPEAKING]),
            "people": {number: self._people[number] for number in sorted(_people_in(tickets, history))},
            "queues": dict(self.queues),
            "customfields": dict(self.custom_fields),
        }

    def _tickets(self, numbers: Sequence[int]) -> list[Json]:
        """As they are now. A deleted one is found only by its own number; then its merged ones answer for others."""
        listed = {int(ticket["id"]): ticket for ticket in ask.tickets(self.client, numbers)}
        for number in sorted(set(numbers) - set(listed)):
            alone = ask.ticket(self.client, number)
            if alone and alone["id"] == number:
                listed[number] = alone
        return [ticket for _, ticket in sorted(listed.items()) if ticket["Type"] == "ticket"]

    def _learn(self, tickets: Iterable[Json], history: Sequence[Json]) -> None:
        for told in (*(row["Creator"] for row in history), *_told_in_full(tickets)):
            self._people[str(told["id"])] = {key: told.get(key) for key in ("Name", "RealName", "EmailAddress")}
        for number in sorted(_people_in(tickets, history) - set(self._people)):
            self._people[number] = self._asked(ask.person, number, "RealName", "EmailAddress")
        for queue in (ticket["Queue"] for ticket in tickets if ticket["Queue"].get("Name")):
            self.queues.setdefault(str(queue["id"]), queue)
        for custom in (custom for ticket in tickets for custom in ticket.get("CustomFields") or []):
            self.custom_fields.setdefault(custom["id"], {"Name": custom["name"]})
        for number in sorted(_queues_in(history) - set(self.queues)):
            self.queues[number] = self._asked(ask.queue, number, "Lifecycle")

    def _asked(self, question: Callable[[Client, str], Json | None], number: str, *more: str) -> Json:
        """Who or what a number is: a question of its own, asked once a run."""
        found = question(self.client, number) or {}
        return {key: found.get(key) for key in ("Name", *more)}

    def _is_wanted(self, ticket: Json, history: Sequence[Json]) -> bool:
        """Whether the ticket is, or ever was, in a queue that is read: a ticket that moves on keeps its history."""
        if not self.wanted:
            return True
        own = [row for row in history if row["ObjectId"] == str(ticket["id"])]
        ever = {str(ticket["Queue"]["id"]), *_queues_in(own)}
        return any(self.queues.get(number, {}).get("Name") in self.wanted for number in ever)


def _told_in_full(tickets: Iterable[Json]) -> list[Json]:
    people = [person for ticket in tickets for person in (ticket["Owner"], ticket["Creator"], *ticket["Requestor"])]
    return [person for person in people if "Name" in person]


def _people_in(tickets: Iterable[Json], history: Iterable[Json]) -> set[str]:
    """By number, or by login where a ticket that was asked for alone tells nothing else."""
    of_tickets = {str(person["id"]) for ticket in tickets for person in (ticket["Owner"], ticket["Creator"])}
    asking = {str(person["id"]) for ticket in tickets for person in ticket["Requestor"] if person["type"] == "user"}
    owning = {row[side] for row in history if row["Field"] == "Owner" for side in ("OldValue", "NewValue")}
    return {*of_tickets, *asking, *owning, *(str(row["Creator"]["id"]) for row in history)} - {""}


def _queues_in(history: Iterable[Json]) -> set[str]:
    return {row[side] for row in history if row["Field"] == "Queue" for side in ("OldValue", "NewValue")} - {""}
