"""What has become of the last meeting's agenda: what entered since, what left, what moved to another section."""

from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from metrics.columns import ask
from metrics.instants import parse_instant
from metrics.triage_agenda import Agenda

_STILL_OPEN = """
SELECT ticket_id FROM fact.presence SEMI JOIN (SELECT unnest($chosen) AS ticket_id) USING (ticket_id)
WHERE from_at < $as_of AND (until_at IS NULL OR until_at >= $as_of)
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One ticket: the title of the section it was in and of the one it is in now; None: in none.

    is_open tells what left the agenda because it is closed (or gone) from what merely has nothing to be decided.
    """

    ticket_id: str
    key: str
    was: str | None
    now: str | None
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Changes:
    """Between two agendas. count_then is how many tickets the last one had."""

    entered: tuple[Change, ...]
    left: tuple[Change, ...]
    moved: tuple[Change, ...]
    count_then: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def agenda_changes(con: duckdb.DuckDBPyConnection, *, last: Agenda, agenda: Agenda) -> Changes:
    """What changed from one agenda to the next. Tickets beyond the cap count like those that are named."""
    before, after = _sections(last), _sections(agenda)
    gone = [ticket for ticket in before if ticket not in after]
    still = {ticket for (ticket,) in ask(con, _STILL_OPEN, as_of=parse_instant(agenda.as_of), chosen=gone).fetchall()}
    return Changes(
        entered=tuple(
            Change(ticket, key, None, title) for ticket, (key, title) in after.items() if ticket not in before
        ),
        left=tuple(Change(ticket, *before[ticket], None, ticket in still) for ticket in gone),
        moved=tuple(
            Change(ticket, key, before[ticket][1], title)
            for ticket, (key, title) in after.items()
            if ticket in before and before[ticket][1] != title
        ),
        count_then=last.count,
    )


def _sections(agenda: Agenda) -> dict[str, tuple[str, str]]:
    """Every ticket: its key and the title of its section."""
    return {ticket: (key, section.title) for section in agenda.sections for ticket, key in section.keys.items()}


def from_json(told: dict[str, Any]) -> Changes:
    """The changes that a meeting kept."""
    lists = {name: tuple(Change(**change) for change in told[name]) for name in ("entered", "left", "moved")}
    return Changes(**lists, count_then=told["count_then"])
