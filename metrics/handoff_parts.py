"""What is handed over, part by part: which tickets, what puts each of them there, and what to do about it.

A part lists its tickets by id, the most urgent first, with what is told of each there; how a ticket stands otherwise is
looked up for those that are shown.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from metrics import policies
from metrics.columns import ask
from metrics.instants import parse_instant
from metrics.ownership import owned_now
from metrics.promised_dates import promised_dates
from metrics.slo import verdicts
from metrics.whose_turn import whose_turn
from metrics.wording import joined
from metrics.worktime import working_seconds_by

PARTS = ("due", "late", "promised", "waiting", "answer", "silent", "dead", "theirs", "unowned", "open")
_CLOCKS = "ticket_id, policy, due_at, calendar, verdict, late_working_seconds"
# What the settings say about these queues, or their tickets ever told.
_KNOWN = """
SELECT EXISTS (FROM slo_policy WHERE list_contains($queues, queue)),
    EXISTS (FROM queue_practice WHERE kind = 'ownership' AND list_contains($queues, queue)),
    EXISTS (FROM queue_mapping WHERE kind = 'stages' AND target = 'waiting' AND list_contains($queues, queue)),
    EXISTS (FROM fact.dated WHERE since_at < $as_of AND list_contains($queues, queue))
"""
_NO_PROMISE = "Nothing configured: no promise covers these queues. Write one under [[slo]] in watchbill.toml."
_NO_SILENCE = "Nothing configured: nobody said after how many days a ticket is silent. Write [[ownership]]."
_NO_WAITING = "Nothing configured: no status, column or label means waiting. Name one under [[stages]]."
_NO_DATES = (
    "Nothing known: no ticket of these queues ever had a date. Where your tracker has such a field, name it as eta."
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a part says of itself: its heading, the rule that puts a ticket there, what to do about one, and what it
    means that there is none."""

    title: str
    rule: str
    advice: str
    none: str


@dataclass(frozen=True, eq=False)
class Part:
    """`listed` is one row per ticket or clock: ticket_id first, then what is told of it here. unconfigured says what
    the settings lack for it to mean anything; None: nothing."""

    name: str
    told: Told
    listed: pl.DataFrame
    unconfigured: str | None = None

    @property
    def total(self) -> int:
        return len(self.listed)

    def shown(self, described: pl.DataFrame, most: int) -> pl.DataFrame:
        """The first rows, each with its ticket: `described` holds those tickets as metrics.ticket_rows has them."""
        tickets = described.select("ticket_id", "key", "url", "title", "owner", "priority", "stage", "age_days",
                                   "updated_at")  # fmt: skip
        rows = self.listed.head(most).join(tickets, on="ticket_id", how="inner", maintain_order="left")
        first = ("ticket_id", "key", "url", "title")
        own = [column for column in self.listed.columns if column != "ticket_id"]
        return rows.select(*first, *own, *(column for column in tickets.columns if column not in first))


def parts(
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: datetime,
    queues: Sequence[str],
    zone: str,
    until: datetime,
    outgoing: Sequence[str],
    until_words: str,
) -> dict[str, Part]:
    """Every part by its name. `until` is the instant before which running clocks count as soon to break."""
    asked: dict[str, Any] = {"as_of": as_of, "queue": list(queues)}
    frames = _owed(con, asked, zone, until, outgoing) | _talks(con, asked)
    lacks = _unconfigured(con, asked)
    told = _told(until_words, outgoing)
    return {name: Part(name, told[name], frames[name], lacks.get(name)) for name in PARTS}


def counts(
    con: duckdb.DuckDBPyConnection, *, as_of: datetime, queues: Sequence[str], zone: str, until: datetime
) -> dict[str, int]:
    """How many each part lists, but for those of whose turn it is and of who goes."""
    frames = _owed(con, {"as_of": as_of, "queue": list(queues)}, zone, until, ())
    return {name: len(frame) for name, frame in frames.items() if name != "theirs"}


def _owed(
    con: duckdb.DuckDBPyConnection, asked: dict[str, Any], zone: str, until: datetime, outgoing: Sequence[str]
) -> dict[str, pl.DataFrame]:
    dates = promised_dates(con, zone=zone, **asked).pl().select("ticket_id", "eta_at", "is_past_due")
    return _of_owners(owned_now(con, **asked).pl(), outgoing) | _clocks(con, asked, until) | {"promised": dates}


def _talks(con: duckdb.DuckDBPyConnection, asked: dict[str, Any]) -> dict[str, pl.DataFrame]:
    """Parts of whose turn it is to speak or to do."""
    talks = whose_turn(con, **asked).pl().select("ticket_id", "waits_for", "since_at", "is_waiting")
    return {
        "waiting": talks.filter("is_waiting").drop("is_waiting"),
        "answer": talks.filter(~pl.col("is_waiting")).drop("is_waiting"),
    }


def _unconfigured(con: duckdb.DuckDBPyConnection, asked: dict[str, Any]) -> dict[str, str]:
    """What would have to be said before a part can be empty for a good reason."""
    known = ask(con, _KNOWN, as_of=parse_instant(asked["as_of"]), queues=asked["queue"]).fetchall()[0]
    has_promises, has_silence, has_waiting, has_dates = known
    lacks = {} if has_promises else {"due": _NO_PROMISE, "late": _NO_PROMISE}
    lacks |= {} if has_silence else {"silent": _NO_SILENCE, "dead": _NO_SILENCE}
    lacks |= {} if has_waiting else {"waiting": _NO_WAITING}
    return lacks if has_dates else lacks | {"promised": _NO_DATES}


def _of_owners(tickets: pl.DataFrame, outgoing: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Parts of what is open: whose it is, and whether anybody speaks on it."""
    is_theirs = pl.Series([not set(outgoing).isdisjoint(json.loads(names)) for names in tickets["owners"]],
                          dtype=pl.Boolean)  # fmt: skip
    silence = (pl.col("silent_seconds") / 86_400).alias("silent_days")
    quiet = tickets.sort("silent_seconds", descending=True, maintain_order=True)
    return {
        "open": tickets.select("ticket_id"),
        "theirs": tickets.filter(is_theirs).select("ticket_id", "owned_since_at"),
        "unowned": tickets.filter("is_unowned_beyond_triage").select("ticket_id"),
        "silent": quiet.filter(pl.col("is_silent").fill_null(False)).select("ticket_id", silence),
        "dead": quiet.filter(pl.col("is_dead").fill_null(False)).select("ticket_id", silence),
    }


def _clocks(con: duckdb.DuckDBPyConnection, asked: dict[str, Any], until: datetime) -> dict[str, pl.DataFrame]:
    """Running clocks that fall due before `until`, the first due first; and those past their deadline on open tickets,
    the last one broken first: it is the warmest."""
    clocks = verdicts(con, until=until, is_pending=True, **asked)
    rows = clocks.select(_CLOCKS).order("due_at, ticket_id, policy").pl()
    due = rows.filter(pl.col("verdict") == "running", pl.col("due_at") < parse_instant(until))
    now = pl.repeat(parse_instant(asked["as_of"]), len(due), dtype=pl.Datetime("us"), eager=True)
    left = working_seconds_by(policies.calendars(con), due["calendar"], now, due["due_at"])
    late = rows.filter(verdict="breached-open").sort("due_at", descending=True, maintain_order=True)
    return {
        "due": due.select("ticket_id", "policy", "due_at", left.cast(pl.Float64).alias("left_working_seconds")),
        "late": late.select("ticket_id", "policy", "due_at", "late_working_seconds"),
    }


def _told(until: str, outgoing: Sequence[str]) -> dict[str, Told]:
    who = joined(outgoing) if outgoing else "whoever goes off duty"
    return _ABOUT | {
        "due": Told(
            f"What falls due before {until}?",
            f"Clocks that run and fall due before {until}.",
            "Act on the first ones today, or say that they will be late.",
            "No clock that runs falls due so soon.",
        ),
        "theirs": Told(
            f"What does {who} still own?",
            "Open tickets of those who go off duty.",
            "Agree on each: keep it, or hand it over.",
            "Nothing is theirs to hand over.",
        ),
    }


_ABOUT = {
    "late": Told(
        "What is late already?",
        "Clocks past their deadline on tickets that are open.",
        "Finish them, or say when.",
        "Nothing open is past its deadline.",
    ),
    "promised": Told(
        "What was promised, and for when?",
        "Open tickets with a date (ETA).",
        "Keep the date, or give a new one before it has passed.",
        "No open ticket has a date.",
    ),
    "waiting": Told(
        "What waits, and for whom?",
        "Open tickets in the stage waiting; “us” where the requester has answered.",
        "Ask again; where they wait for us, take them up.",
        "Nothing stands in waiting.",
    ),
    "answer": Told(
        "Who waits for our answer, or for another ticket?",
        "Other open tickets on which the requester spoke last, or which an open ticket blocks.",
        "Answer; of what is blocked, see to the other ticket first.",
        "Nobody waits for an answer.",
    ),
    "silent": Told(
        "What is silent?",
        "Owned and active, without a word from anybody for as long as [[ownership]] says.",
        "Ask the owner how it stands, and have it written down.",
        "Everything that somebody works on has had a word lately.",
    ),
    "dead": Told(
        "What is dead?",
        "Open, without a word for as long as [[ownership]] says of dead tickets.",
        "Close it, or bring it to the meeting.",
        "Nothing open is dead.",
    ),
    "unowned": Told(
        "What has nobody?",
        "Triaged where it is, or in a stage beyond new, and nobody's.",
        "Take it, or give it to somebody.",
        "Everything beyond triage is somebody's.",
    ),
    "open": Told(
        "What is open?",
        "Every open ticket of the queues, the oldest first.",
        "Skim it once: nothing here should surprise you.",
        "Nothing is open.",
    ),
}
