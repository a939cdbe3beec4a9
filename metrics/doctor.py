"""What is well with a store and what is not, in plain words: how far it reaches, and what somebody should mend."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb

from metrics.data_quality import data_quality
from metrics.snapshot import data_until

Finding = tuple[bool, str]  # is it well, and the sentence that says so

# Findings that ask for somebody to act; what is merely good to know about the numbers stands on the Data page.
_TO_MEND = (
    "failed sync",
    "history behind",
    "queue without calendar",
    "queue without team",
    "unmapped column",
    "unmapped status",
)


def findings(con: duckdb.DuckDBPyConnection, *, clock: datetime) -> Iterator[Finding]:
    """Every finding about an open store; `clock` is what this machine takes for the present."""
    [(tickets,)] = con.execute("SELECT count(*) FROM store.ticket").fetchall()
    until = data_until(con)
    age = f"history until {until:%Y-%m-%d %H:%M} UTC, {(clock - until).days} days ago" if until else "no history yet"
    yield tickets > 0, f"Store: {tickets} tickets; {age}"
    if until and until > clock:
        yield False, "Clock: the store's history reaches into the future; the clock of this machine may be slow"
    yield from _to_mend(con, clock + timedelta(microseconds=1))  # a sync that ends this instant is over


def _to_mend(con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Finding]:
    found = data_quality(con, as_of=as_of)
    for source, reason, tickets in found.filter(f"finding IN {_TO_MEND}").project("source, reason, tickets").fetchall():
        yield False, f"{source}: {reason}" + (f" ({tickets} tickets)" if tickets else "")
    [(rejected,)] = found.filter("finding = 'rejected record'").aggregate("sum(records)::BIGINT").fetchall()
    if rejected:
        yield False, f"Store: {rejected} records were rejected; its table `rejected` has their places and the reasons"
