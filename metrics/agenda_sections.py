"""The sections of a triage meeting's agenda, in the order that empties them: what each is called, its rule, what to do.

A ticket stands in the first section that claims it. Rules are sentences with the thresholds that were in force.
"""

import json
from dataclasses import dataclass
from datetime import datetime

import duckdb

from metrics.columns import ask
from metrics.wording import joined, moment

URGENT = ("P0", "P1")
OLD_DAYS = 30  # of an urgent ticket
REOPENED_DAYS = 28  # for how long a reopening is news
_PRACTICES = """
SELECT DISTINCT kind, definition FROM queue_practice
WHERE list_contains($queues, queue) AND kind IN ('cadence', 'wip', 'ownership', 'intake')
    AND valid_from < $as_of AND valid_until >= $as_of
"""
_CLOCKS = """
SELECT DISTINCT clock FROM slo_regime
WHERE list_contains($queues, queue) AND from_at < $as_of AND until_at >= $as_of AND calendar_version IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a section says about itself. is_configured is False where no setting says what it would need to know."""

    name: str
    title: str
    rule: str
    todo: str
    is_configured: bool = True


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the settings in force say: the clocks that run, each practice's versions."""

    clocks: frozenset[str]
    practices: dict[str, list[dict[str, object]]]

    def has(self, kind: str, *names: str) -> bool:
        return any(not names or any(practice.get(name) for name in names) for practice in self.practices.get(kind, []))

    def days(self, name: str) -> str:
        """The days that [[ownership]] says, such as `5 days`; of several versions, all."""
        told = sorted({int(str(practice[name])) for practice in self.practices.get("ownership", [])})
        return (
            f"{joined([str(days) for days in told], 'or')} {'day' if told == [1] else 'days'}" if told else "some days"
        )


def agreed(con: duckdb.DuckDBPyConnection, as_of: datetime, queues: list[str]) -> Agreed:
    """What holds for these queues at an instant (UTC without a zone)."""
    asked = {"as_of": as_of, "queues": queues}
    practices: dict[str, list[dict[str, object]]] = {}
    for kind, definition in ask(con, _PRACTICES, **asked).order("kind, definition").fetchall():
        practices.setdefault(kind, []).append(json.loads(definition))
    return Agreed(frozenset(clock for (clock,) in ask(con, _CLOCKS, **asked).fetchall()), practices)


def headings(said: Agreed, next_at: datetime, zone: str) -> tuple[Heading, ...]:
    """Every section, in order."""
    return (*_urgent(said, moment(next_at, zone)), *_stuck(said), *_unclear(said))


def _urgent(said: Agreed, until: str) -> tuple[Heading, ...]:
    return (
        Heading("untriaged", "Past the triage deadline", "Nobody has triaged it, and its deadline has passed.",
                "Say how urgent it is and who takes it, or close it.", "triage" in said.clocks),
        Heading("due", "Due before the next meeting",
                f"A promise falls due, or the ETA lies, before the next meeting ({until}).",
                "Ask its owner whether it will be in time; if not, tell the requester a new date now."),
        Heading("cadence", "Urgent, and owed an update", "It is open at a priority that is owed regular updates, and "
                "the last one is too long ago.", "Say something to the requester today, or lower its priority.",
                said.has("cadence")),
        Heading("old", f"P0 and P1 older than {OLD_DAYS} days",
                f"Its priority is {joined(URGENT, 'or')}, and it was opened more than {OLD_DAYS} days ago.",
                "Give it somebody's whole attention, split it, or admit that it is less urgent."),
    )  # fmt: skip


def _stuck(said: Agreed) -> tuple[Heading, ...]:
    silent, dead = said.days("silent_days"), said.days("dead_days")
    return (
        Heading("unowned", "Nobody's", "It was triaged, or stands beyond the stage new, and nobody owns it.",
                "Find it an owner, or say that it waits and until when."),
        Heading("over_limit", "Beyond what one person can do at once", "Whoever works on it has more in work than was "
                "agreed; what was begun last stands first.", "Hand it over or put it down, until the limit is kept.",
                said.has("wip", "person", "people")),
        Heading("silent", f"Silent for {silent}", f"Somebody owns it, it is in work, and for {silent} no person has "
                f"updated it; {dead} make it dead.", "Ask its owner what it waits for, and write that down.",
                said.has("ownership")),
        Heading("dead", f"Dead: silent for {dead}", f"It is open, and for {dead} no person has updated it.",
                "Close it with a word to the requester, or give it an owner and a date.", said.has("ownership")),
    )  # fmt: skip


def _unclear(said: Agreed) -> tuple[Heading, ...]:
    return (
        Heading("reopened", "Came back", f"It was closed once, and reopened within the last {REOPENED_DAYS} days.",
                "Say what was not finished, and who finishes it."),
        Heading("duplicates", "Probably the same as another", "Its title names the same things as that of an older "
                "open ticket, in almost the same words.", "Merge the two, or say how they differ.", said.has("intake")),
        Heading("postponed", "Put off, and due again",
                "Its ETA, or the day to which a meeting put it off, has come, and it is still open.",
                "Do it now, set a date that will hold, or say no."),
        Heading("unexplained", "In work without a date or a reason", "It is in work and has no ETA, and since it "
                "came there nobody but its requester has said a word.",
                "Ask its owner for a date, or for why there is none."),
    )  # fmt: skip
