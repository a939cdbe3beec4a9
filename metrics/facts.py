"""What every question stands on and no instant changes: spells, stays and stretches, worked out once for each store.

`settle` computes them into the store's own file before it is published, anew only for the tickets that changed;
`install` makes them readable, and works them out in memory for a store that does not carry today's.
"""

import hashlib
import tempfile
import uuid
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from metrics import (
    cadence_gaps,
    deadline,
    duty_hours,
    encounters,
    ended_shifts,
    hand_overs,
    incident_rules,
    interruptions,
    limit_times,
    outcomes,
    policies,
    policy_rows,
    recent,
    reviewed,
    rota,
    slo_clocks,
    slo_judgement,
    store_facts,
    wordings,
)
from metrics.columns import quoted, written
from metrics.readings import reading

_TOLD_BY_EVENTS = (
    "life",
    "early",
    "broken_chain",
    "human_act",
    "spell",
    "queue_span",
    "mapped_spell",
    "stage_spell",
    "priority_spell",
    "marked_spell",
    "link_spell",
    "open_spell",
    "triage_stay",
    "answer",
    "presence",
    "update_gap",
    "stage_stay",
    "passage",
    "active_spell",
    "work",
    "quiet",
    "duty_event",
    "cycle",
    "unmapped",
    "stranger_deed",
    "inferred",
)
FACTS = (*_TOLD_BY_EVENTS, "judged", *outcomes.NAMES, "hand_over", "cadence_gap")
# Instants whose reading on the calendar's clock is kept beside them: the difference of two is working time.
_READ = {
    "triage_stay": ("entered_at", "left_at", "triaged_at"),
    "answer": ("opened_at", "responded_at"),
    "active_spell": ("from_at", "until_at"),
    "passage": ("opened_at", "left_at"),
}
_OF_SHIFTS = (ended_shifts.NAME, duty_hours.NAME, encounters.NAME, interruptions.NAME)
SLICE = 50_000  # tickets worked out at a time: enough for bulk work, little enough for memory
_RULES = "/* rules: metrics.policies */"
_DEFINITIONS, _RELATIONS = (
    [Path(__file__).with_name(name) for name in names]
    for names in (
        ("spells.sql", "marks.sql", "conditions.sql", "clocks.sql", "stays.sql", "duty_events.sql", "doubts.sql"),
        ("as_of.sql", "milestones.sql", "incidents.sql"),
    )
)
# Nearly every question joins these two, and would plan their own joins each time.
_ACTOR = """
CREATE TABLE actor AS
SELECT account_id, a.login, s.person_id, coalesce(p.name, a.login) AS name,
    a.is_bot OR coalesce(s.is_bot, false) AS is_bot
FROM store.account AS a
LEFT JOIN store.account_setting AS s USING (account_id)
LEFT JOIN store.person AS p ON p.person_id = s.person_id
"""
_CALENDAR_VERSION = """
CREATE TABLE calendar_version AS
SELECT calendar, valid_from, calendar || '@' || strftime(valid_from, '%Y-%m-%dT%H:%M') AS version,
    lead(valid_from, 1, TIMESTAMP '9999-12-31') OVER (PARTITION BY calendar ORDER BY valid_from) AS valid_until,
    zone, hours, to_json(coalesce(d.days, [])) AS special_days
FROM store.calendar AS c LEFT JOIN (
    SELECT calendar, valid_from, list({day: day, hours: hours} ORDER BY day) AS days
    FROM store.calendar_day GROUP BY ALL
) AS d USING (calendar, valid_from)
"""
# What the facts of every ticket depend on, besides its own events.
_GIVEN = """
SELECT bit_xor(hash(row)) FROM (
    SELECT row('policy', p)::VARCHAR AS row FROM store.policy AS p
    UNION ALL SELECT row('team', t)::VARCHAR FROM store.team AS t
    UNION ALL SELECT row('calendar', c)::VARCHAR FROM store.calendar AS c
    UNION ALL SELECT row('day', d)::VARCHAR FROM store.calendar_day AS d
    UNION ALL SELECT row('actor', a)::VARCHAR FROM actor AS a
    UNION ALL SELECT row('status', s)::VARCHAR FROM store.source_status AS s
)
"""
# What the facts of one ticket depend on: text is long, and matters only in that there is some.
_TICKETS = """
SELECT t.ticket_id, hash(t.opened_at, t.author_id, t.source, t.key, t.title, t.type,
    regexp_matches(t.description, '\\S'), g.gone_at, e.digest) AS digest
FROM store.ticket AS t
LEFT JOIN store.gone AS g USING (ticket_id)
LEFT JOIN (
    SELECT ticket_id, bit_xor(hash(event_id, occurred_at, seq, actor_id, field, origin, old,
        CASE WHEN field NOT IN ('comment', 'note', 'description') THEN new END,
        field = 'description' AND regexp_matches(new, '\\S'))) AS digest
    FROM store.event GROUP BY ticket_id
) AS e USING (ticket_id)
"""

_OLDEST_FIRST = """
SELECT ticket_id, row_number() OVER (ORDER BY opened_at, ticket_id) - 1 AS place
FROM fresh JOIN store.ticket USING (ticket_id)
"""
_LAST_EARLY = "SELECT coalesce(max(opened_at), TIMESTAMP '0001-01-01') FROM fact.early"
_SUBJECT = "SELECT ticket_id FROM wanted"
_HAS_FACTS = """
SELECT count(*) FROM duckdb_tables() WHERE database_name = 'store' AND schema_name = 'fact' AND table_name = 'meta'
"""


def version() -> str:
    """A short name of how facts are worked out, to notice a store that was settled otherwise."""
    modules = (slo_clocks, slo_judgement, deadline, reviewed, recent, ended_shifts, store_facts)
    code = [Path(module.__file__ or "") for module in modules]
    files = (
        *_DEFINITIONS,
        *_RELATIONS,
        Path(__file__),
        *code,
        *outcomes.CODE,
        *hand_overs.CODE,
        *limit_times.CODE,
        *rota.CODE,
        *encounters.CODE,
        *interruptions.CODE,
        *cadence_gaps.CODE,
        *wordings.CODE,
    )
    told = "".join(file.read_text(encoding="utf-8") for file in files)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def connection() -> duckdb.DuckDBPyConnection:
    """A database in memory; what does not fit goes to a folder of its own, not to the one people work in."""
    spill = Path(tempfile.gettempdir()) / f"watchbill-{uuid.uuid4().hex}"
    return duckdb.connect(config={"autoinstall_known_extensions": "false", "temp_directory": str(spill)})


def settle(private: Path) -> None:
    """Bring the facts in a store's private file up to date with its tickets and policies.

    To be called while nobody else has the file open. Killed half-way, the file carries no facts that count, and the
    next call works them all out.
    """
    con = connection()
    try:
        con.execute(f"ATTACH {quoted(str(private))} AS store")  # ATTACH takes no parameters
        con.execute("CREATE SCHEMA IF NOT EXISTS store.fact")
        con.execute("CREATE TABLE IF NOT EXISTS store.fact.meta (version VARCHAR, given UBIGINT)")
        con.execute("CREATE TABLE IF NOT EXISTS store.fact.settled (ticket_id VARCHAR, digest UBIGINT)")
        _install_policies(con)
        _bring_up_to_date(con)
        con.execute("CHECKPOINT store")
    finally:
        con.close()


def install(con: duckdb.DuckDBPyConnection) -> None:
    """Make the facts of the attached store, and the relations that stand on them, readable in this connection."""
    con.execute("CREATE SCHEMA fact")
    is_settled = _carries_todays(con)
    con.execute(f"CREATE TABLE fact.state AS SELECT {is_settled} AS is_settled")
    _install_policies(
        con, "SELECT source, queue FROM store.fact.place ORDER BY ALL" if is_settled else policy_rows.PLACES
    )
    if is_settled:
        _name_kept(con, *reviewed.ENDED, limit_times.NAME, *_OF_SHIFTS)
        _install_relations(con)
        reviewed.name_ends(con)
        recent.install(con, FACTS, is_kept=True)
        wordings.install(con)
        return
    con.execute("CREATE TABLE fact.subject AS SELECT ticket_id FROM store.ticket")
    _name_tables(con, "store")
    _spell_out(con)
    reviewed.find(con)
    store_facts.find(con)
    _install_relations(con)
    # Nobody may ever ask about promises: those who do, have them judged then.
    _replace(con, "judged", pl.DataFrame(schema=slo_judgement.COLUMNS))
    recent.install(con, (*_TOLD_BY_EVENTS, "judged"), is_kept=False)


def _install_policies(con: duckdb.DuckDBPyConnection, places: str = policy_rows.PLACES) -> None:
    with suppress(duckdb.InvalidInputException):  # a notebook without widgets has no bar, and says so
        con.execute("SET enable_progress_bar = false")  # it would stand among the rows on standard output
    con.execute("SET GLOBAL asof_loop_join_threshold = 0")  # rows that come from Polars look few to DuckDB, and are not
    con.execute(_ACTOR)
    con.execute(_CALENDAR_VERSION)
    policy_rows.install(con, places)
    incident_rules.install(con)


def _name_kept(con: duckdb.DuckDBPyConnection, *more: str) -> None:
    """Name the facts that the store carries."""
    for name in (*FACTS, *reviewed.NAMES, *store_facts.NAMES, *more):
        con.execute(f"CREATE VIEW fact.{name} AS FROM store.fact.{name}")
    _name_tables(con, "store")


def _name_tables(con: duckdb.DuckDBPyConnection, told: str) -> None:
    """Name the tickets and events that facts and relations stand on; `told` is a schema of both."""
    con.execute(f"CREATE VIEW fact.ticket AS FROM {told}.ticket")
    con.execute(f"CREATE VIEW fact.event AS FROM {told}.event")


def _install_relations(con: duckdb.DuckDBPyConnection, last_early: datetime | None = None) -> None:
    """Name the relations over the facts; `last_early` stands in for the opening of the last early ticket."""
    [(found,)] = con.execute(_LAST_EARLY).fetchall()
    con.execute(written("CREATE MACRO last_early_at() AS $as_of", as_of=last_early or found))
    for relations in _RELATIONS:
        con.execute(relations.read_text(encoding="utf-8"))


def _carries_todays(con: duckdb.DuckDBPyConnection) -> bool:
    return con.execute(_HAS_FACTS).fetchall() == [(1,)] and _settled(con)[:1] == (version(),)


def _settled(con: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    """How the store's facts were worked out, and from which policies; empty where they are unfinished."""
    return tuple(value for row in con.execute("FROM store.fact.meta").fetchall() for value in row)


def _bring_up_to_date(con: duckdb.DuckDBPyConnection) -> None:
    [(given,)] = con.execute(_GIVEN).fetchall()
    known = _settled(con) == (version(), given)
    con.execute("DELETE FROM store.fact.meta")
    if not known:
        for name in FACTS:
            con.execute(f"DROP TABLE IF EXISTS store.fact.{name}")
        con.execute("DELETE FROM store.fact.settled")
    con.execute(f"CREATE TABLE present AS {_TICKETS}")
    con.execute("CREATE TABLE stale AS SELECT ticket_id FROM (FROM store.fact.settled EXCEPT FROM present)")
    if known:
        for name in (*FACTS, "settled"):
            con.execute(f"DELETE FROM store.fact.{name} WHERE ticket_id IN (FROM stale)")
    con.execute("CREATE TABLE fresh AS FROM present ANTI JOIN store.fact.settled USING (ticket_id)")
    _add(con)
    con.execute("INSERT INTO store.fact.settled FROM fresh")
    reviewed.keep(con)
    recent.keep(con)
    wordings.keep(con)
    store_facts.keep(con)
    con.execute("DROP SCHEMA fact CASCADE; CREATE SCHEMA fact")  # it was of the last slice
    _name_kept(con)
    reviewed.keep_ends(con)
    limit_times.keep(con)
    _keep_shifts(con)
    con.execute("INSERT INTO store.fact.meta VALUES (?, ?)", [version(), given])


def _keep_shifts(con: duckdb.DuckDBPyConnection) -> None:
    """Write what shifts met with, of the store's rota as it stands now."""
    rota.install(con)
    until = ended_shifts.keep(con)
    duty_hours.keep(con, until)
    encounters.keep(con, until)
    interruptions.keep(con, until)


def _add(con: duckdb.DuckDBPyConnection) -> None:
    """Add the facts of the tickets named in `fresh` to the store, slice by slice."""
    con.execute(f"CREATE TABLE wanted AS {_OLDEST_FIRST}")
    [(count,)] = con.execute("SELECT count(*) FROM wanted").fetchall()
    con.execute("CREATE SCHEMA fact")
    con.execute("CREATE TABLE fact.subject (ticket_id VARCHAR)")
    con.execute("CREATE SCHEMA slice")
    for name in ("ticket", "event"):
        con.execute(f"CREATE TABLE slice.{name} AS FROM store.{name} LIMIT 0")
    _name_tables(con, "slice")
    for start in range(0, max(count, 1), SLICE):
        _cut_slice(con, start)
        _spell_out(con)
        if not start:
            reviewed.find(con)
            _install_relations(con, outcomes.FOREVER)  # of the slices to come
        _judge(con)
        outcomes.keep(con)
        hand_overs.keep(con)
        _replace(con, "cadence_gap", cadence_gaps.kept(con))
        for name in FACTS:
            con.execute(f"CREATE TABLE IF NOT EXISTS store.fact.{name} AS FROM fact.{name} LIMIT 0")
            con.execute(f"INSERT INTO store.fact.{name} FROM fact.{name}")


def _cut_slice(con: duckdb.DuckDBPyConnection, start: int) -> None:
    con.execute("TRUNCATE fact.subject")
    con.execute(f"INSERT INTO fact.subject {_SUBJECT} WHERE place >= {start} AND place < {start + SLICE}")
    for name in ("ticket", "event"):
        con.execute(f"TRUNCATE slice.{name}")
        con.execute(f"INSERT INTO slice.{name} FROM store.{name} SEMI JOIN fact.subject USING (ticket_id)")


def _spell_out(con: duckdb.DuckDBPyConnection) -> None:
    """Make the facts of the tickets named in `fact.subject`, as tables of this connection."""
    con.execute("SET schema = 'memory.fact'")
    for definition in _DEFINITIONS:
        con.execute(definition.read_text(encoding="utf-8").replace(_RULES, policies.triage_rules(con)))
    con.execute("SET schema = 'memory.main'")
    calendars = policies.calendars(con)
    for name, moments in _READ.items():
        rows = con.sql(f"FROM fact.{name}").pl()
        readings = {f"{moment.removesuffix('_at')}_us": reading(calendars, rows, moment) for moment in moments}
        _replace(con, name, rows.with_columns(**readings))


def _judge(con: duckdb.DuckDBPyConnection) -> None:
    """Add the fact that stands on the relations over the others: when each clock falls due. A fact tells what is known
    once all has happened, and then those that are gone owe nothing."""
    gone = con.sql("SELECT ticket_id FROM store.gone").pl()
    judged = slo_judgement.judged(con, slo_judgement.FOREVER)
    _replace(con, "judged", judged.join(gone, on="ticket_id", how="anti", maintain_order="left"))


def _replace(con: duckdb.DuckDBPyConnection, name: str, rows: pl.DataFrame) -> None:
    con.register("fact_rows", rows)
    con.execute(f"CREATE OR REPLACE TABLE fact.{name} AS FROM fact_rows")
    con.unregister("fact_rows")
