"""What was last said about one ticket, and whose turn it is to speak: its requester's, or ours.

Comments that the requester can see are turns; notes among ourselves are words, but no turns. Bots say nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import duckdb

from metrics.columns import ask
from metrics.instants import parse_instant

LONGEST = 1_500  # characters of one word: enough to know what it is about
Turn = Literal["us", "requester", "nobody"]

_WORDS = f"""
SELECT e.occurred_at, coalesce(a.name, e.actor_id) AS who, e.is_author, e.field = 'note' AS is_note,
    left(e.new, {LONGEST}) AS text, length(e.new) AS characters
FROM known_event($as_of) AS e LEFT JOIN actor AS a ON a.account_id = e.actor_id
WHERE e.ticket_id = $ticket_id AND e.field IN ('comment', 'note') AND NOT e.is_bot AND e.actor_id IS NOT NULL
    AND e.new IS NOT NULL
ORDER BY e.occurred_at DESC, e.seq DESC, e.event_id DESC
"""
_TICKET = f"""
SELECT coalesce(a.name, t.author_id), left(t.description, {LONGEST}), t.opened_at,
    EXISTS (
        FROM spell($as_of) AS s JOIN actor AS o ON o.account_id = s.value
        WHERE s.ticket_id = $ticket_id AND s.field = 'owner' AND s.until_at IS NULL
            AND coalesce(o.person_id, s.value) = coalesce(a.person_id, t.author_id)
    )
FROM live_ticket($as_of) AS t LEFT JOIN actor AS a ON a.account_id = t.author_id WHERE t.ticket_id = $ticket_id
"""


@dataclass(frozen=True, slots=True)
class Word:
    """One comment or note, cut where it is long. said_at is UTC without a zone."""

    said_at: datetime
    who: str
    is_requester: bool
    is_note: bool
    text: str
    is_cut: bool


@dataclass(frozen=True, slots=True)
class LastWords:
    """The last words, the newest first, and whose turn it is since when; nobody's: the requester owns it. `asked` is
    what the ticket asked for when it was opened, as last seen."""

    words: tuple[Word, ...]
    turn: Turn
    since_at: datetime
    requester: str | None
    asked: str | None


def last_words(
    con: duckdb.DuckDBPyConnection, *, as_of: str | datetime, ticket_id: str, most: int = 3
) -> LastWords | None:
    """What was last said before as_of; None of a ticket that was not there."""
    question = {"as_of": parse_instant(as_of), "ticket_id": ticket_id}
    found = ask(con, _TICKET, **question).fetchall()
    if not found:
        return None
    [(requester, asked, opened_at, is_own)] = found
    told = [
        Word(at, who, is_author, is_note, text, characters > LONGEST)
        for at, who, is_author, is_note, text, characters in ask(con, _WORDS, **question).fetchall()
    ]
    spoken = next((word for word in told if not word.is_note), None)
    turn: Turn = "nobody" if is_own else "requester" if spoken and not spoken.is_requester else "us"
    return LastWords(tuple(told[:most]), turn, spoken.said_at if spoken else opened_at, requester, asked)
