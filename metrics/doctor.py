"""What is well with a store and what is not, in plain words: freshness, rejected records, gaps in the configuration."""

from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb

from metrics.columns import ask
from metrics.freshness import source_ages
from metrics.snapshot import data_until

Finding = tuple[bool, str]  # is it well, and the sentence that says so

# A status has its stage from the settings or from the tracker itself; a column from the settings alone, and only where
# they speak of columns at all.
_UNMAPPED = """
SELECT t.source, s.field, s.value, count(DISTINCT s.ticket_id)
FROM spell($as_of) AS s
JOIN queue_of($as_of) AS q USING (ticket_id)
JOIN store.ticket AS t USING (ticket_id)
LEFT JOIN queue_mapping AS mapped ON mapped.kind = 'stages' AND mapped.source = t.source AND mapped.queue = q.queue
    AND mapped.field = s.field AND mapped.value IS NULL
ANTI JOIN queue_mapping AS named ON named.kind = 'stages' AND named.source = t.source AND named.queue = q.queue
    AND named.field = s.field AND lower(named.value) = lower(s.value)
WHERE s.field = 'status' OR mapped.field IS NOT NULL
GROUP BY ALL ORDER BY s.field, s.value, t.source
"""
# Of the last run over each scope: what an earlier one could not read, a later one may have.
_REJECTED = """
SELECT count(*) FROM store.rejected AS r JOIN (
    SELECT arg_max(run_id, finished_at) AS run_id FROM store.sync_run GROUP BY source, scope
) AS last USING (run_id)
"""
_HOMELESS = """
SELECT DISTINCT new FROM store.event
WHERE field = 'queue' AND new IS NOT NULL AND new NOT IN (SELECT queue FROM queue_calendar) ORDER BY new
"""


def findings(con: duckdb.DuckDBPyConnection, *, clock: datetime) -> Iterator[Finding]:
    """Every finding about an open store; `clock` is what this machine takes for the present."""
    yield from _history(con, clock)
    for (queue,) in con.execute(_HOMELESS).fetchall():
        yield False, f"Queue {queue!r} belongs to no team: add it to a [[team]], or its working time is unknown"
    known_until = clock.astimezone(UTC).replace(tzinfo=None)
    for source, field, value, count in ask(con, _UNMAPPED, as_of=known_until).fetchall():
        yield False, f"The {field} {value!r} of {source} ({count} tickets) has no stage: name it under [[stages]]"


def _history(con: duckdb.DuckDBPyConnection, clock: datetime) -> Iterator[Finding]:
    [(tickets,)] = con.execute("SELECT count(*) FROM store.ticket").fetchall()
    [(rejected,)] = con.execute(_REJECTED).fetchall()
    until = data_until(con)
    age = f"history until {until:%Y-%m-%d %H:%M} UTC, {(clock - until).days} days ago" if until else "no history yet"
    yield tickets > 0, f"Store: {tickets} tickets; {age}"
    if until and until > clock:
        yield False, "Clock: the store's history reaches into the future; the clock of this machine may be slow"
    for source in source_ages(con):
        if source.failure:
            when = f"{source.failed_at:%Y-%m-%d %H:%M} UTC"
            yield False, f"Store: {source.source} could not be read at {when}: {source.failure}"
        elif source.lags(until):
            ends = f"ends {source.until:%Y-%m-%d %H:%M} UTC" if source.until else "is empty"
            yield False, f"Store: the history of {source.source} {ends}, well before the others'"
    if rejected:
        yield False, f"Store: {rejected} records were rejected; its table `rejected` has their places and the reasons"
