"""What became of a ticket, by measures that its own history decides: worked out once, and anew when more has happened.

A fact of the store tells the outcome as known in the end. Of tickets to which more happened after the instant asked
about, and of those of which something goes on with the time, it is worked out when somebody asks. Each outcome is one
query over the tickets that are written into it.
"""

from datetime import datetime
from pathlib import Path

import duckdb

from metrics import masked_titles, recent, toil_rules
from metrics.columns import ask, written
from metrics.toil_rules import Rules

FOREVER = datetime(9999, 1, 1)  # noqa: DTZ001 - instants in the store are UTC without a zone
_FILES = {
    name: Path(__file__).with_name(file)
    for name, file in {
        "stage_time": "stage_times.sql",
        "checklist": "checklist.sql",
        "kind": "toil_kinds.sql",
        "labour": "labour.sql",
    }.items()
}
NAMES = ("stage_time", "checklist", "toil")
# What tickets were and what they took is one fact: to bring a million of each together takes longer than to read both.
_OF_TOIL = {
    "kind": "ticket_id, key, queue, opened_at, closed_at, version, category, pattern",
    "labour": "ticket_id, effort_seconds, has_effort_recorded, people, names, calendar, running_us",
}
CODE = (*_FILES.values(), *(Path(module.__file__ or "") for module in (masked_titles, toil_rules)))
EVERY = "SELECT ticket_id FROM store.ticket"
SUBJECT = "SELECT ticket_id FROM fact.subject"
MOVING = "SELECT ticket_id FROM fact.life WHERE opened_at < $as_of AND last_at >= $as_of"
_GOES_ON = {"stage_time": "NOT is_finished"}
_PRACTICE = "(FROM queue_practice WHERE kind = 'toil')"
_PROPOSED = (
    f"(SELECT DISTINCT source, queue, '{toil_rules.PROPOSED}' AS version, TIMESTAMP '0001-01-01' AS valid_from,"
    " TIMESTAMP '9999-12-31' AS valid_until FROM stood)"
)


def keep(con: duckdb.DuckDBPyConnection) -> None:
    """Make the facts of the tickets in `fact.subject`, as tables of this connection."""
    for name in NAMES:
        outcome = written(_query(con, name, SUBJECT), as_of=FOREVER)
        rows = f"SELECT o.*, l.last_at FROM ({outcome}) AS o JOIN fact.life AS l USING (ticket_id)"
        con.execute(f"CREATE OR REPLACE TABLE fact.{name} AS {rows}")


def told(
    con: duckdb.DuckDBPyConnection, name: str, as_of: datetime, tickets: str = EVERY, *, is_over: bool = False
) -> str:
    """The outcome of every ticket at as_of, as a relation for SQL, in the columns of the query of that name. With
    is_over, some are left out of which something goes on at as_of.

    Whoever asks for some tickets only tells which by the query `tickets`, and has no others worked out. Those that
    facts tell of are all there: to look each of them up takes longer than to pass it over for what it says.

    What a description says is no part of what facts depend on: kinds that are told by it are always worked out.
    """
    if not are_kept(con):
        return f"({_query(con, name, tickets)})"
    if name in ("kind", "toil") and toil_rules.in_force(con).reads_text:
        kinds = f"({_query(con, 'kind', tickets)})"
        return kinds if name == "kind" else _together(kinds, told(con, "labour", as_of, tickets))
    fact, columns = ("toil", _OF_TOIL[name]) if name in _OF_TOIL else (name, "* EXCLUDE (last_at)")
    goes_on = f"SELECT ticket_id FROM fact.{fact} WHERE {_GOES_ON[name]}" if name in _GOES_ON and not is_over else ""
    known = f"SELECT {columns} FROM fact.{fact} WHERE last_at < $as_of AND NOT ({_GOES_ON.get(name, 'false')})"
    every_moving = moving = f"{MOVING} UNION {goes_on}" if goes_on else MOVING
    if tickets != EVERY:
        moving = f"SELECT ticket_id FROM ({moving}) WHERE ticket_id IN ({tickets})"
    if not are_moving(con, as_of, every_moving):
        return f"({known})"
    return f"({known} UNION ALL ({narrowed(con, _query(con, name, moving), as_of, every_moving)}))"


def are_moving(con: duckdb.DuckDBPyConnection, as_of: datetime, moving: str = MOVING) -> bool:
    """Whether there are tickets that move on after as_of. To know it is to save a question that takes its time over
    no tickets, too."""
    return bool(ask(con, f"{moving} LIMIT 1", as_of=as_of).fetchall())


def narrowed(con: duckdb.DuckDBPyConnection, sql: str, as_of: datetime, moving: str = MOVING) -> str:
    """A query over tickets that move on after as_of: they mostly are of late."""
    return recent.about(con, written(moving, as_of=as_of), sql)


def proposed_kinds(rules: Rules, tickets: str = EVERY) -> str:
    """The kinds of tickets that other rules would tell, in the columns of the query."""
    return f"({_with_rules(_FILES['kind'].read_text(encoding='utf-8'), rules, _PROPOSED, tickets)})"


def are_kept(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the store carries outcomes."""
    [(is_settled,)] = con.execute("SELECT is_settled FROM fact.state").fetchall()
    return bool(is_settled)


def _together(kinds: str, labour: str) -> str:
    return f"(FROM {kinds} LEFT JOIN {labour} USING (ticket_id))"


def _query(con: duckdb.DuckDBPyConnection, name: str, tickets: str) -> str:
    if name == "toil":
        return _together(*(f"({_query(con, part, tickets)})" for part in _OF_TOIL))
    text = _FILES[name].read_text(encoding="utf-8")
    if name == "kind":
        return _with_rules(text, toil_rules.in_force(con), _PRACTICE, tickets)
    return text.replace("/* concerned */", tickets)


def _with_rules(text: str, rules: Rules, practice: str, tickets: str) -> str:
    told = {
        "concerned": tickets,
        "words": rules.words,
        "practice": practice,
        "reads text": str(rules.reads_text).lower(),
        "category": rules.category,
        "pattern": masked_titles.pattern("title"),
    }
    for name, words in told.items():
        text = text.replace(f"/* {name} */", words)
    return text
