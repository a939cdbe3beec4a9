"""What stands in a store: its tables, how many rows each has, and what a row of it is."""

import duckdb
import polars as pl

ROWS_ARE = {
    "ticket": "one ticket: what never changes, or is only shown",
    "event": "one change of one field of a ticket",
    "gone": "one ticket that was deleted, moved or hidden",
    "account": "one login at one source",
    "person": "one person of the settings",
    "person_holiday": "one public holiday of one person",
    "shift": "one duty, as the calendars say now",
    "absence": "one absence, as the calendars say now",
    "source_status": "what a tracker itself says of one of its statuses",
    "sync_run": "one attempt to read a source",
    "rejected": "one record that could not be taken in",
    "watermark": "how far a source has been read, in its own words",
    "account_setting": "whose an account is, and whether it is a bot's",
    "team": "one team and its queues",
    "calendar": "one version of opening hours",
    "calendar_day": "one day that is not like its weekday",
    "policy": "one version of one policy",
    "store_meta": "what made this store",
}
# What is counted is what DuckDB keeps count of: no table is read.
_TABLES = """
SELECT table_name, estimated_size AS rows FROM duckdb_tables()
WHERE database_name = 'store' AND schema_name = 'main'
"""


def store_tables(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row per table, those that tell history first: table_name, rows, a_row_is."""
    known = dict(con.execute(_TABLES).fetchall())
    told = [(name, known[name], is_one) for name, is_one in ROWS_ARE.items() if name in known]
    others = [(name, rows, "") for name, rows in sorted(known.items()) if name not in ROWS_ARE]
    schema = {"table_name": pl.String, "rows": pl.Int64, "a_row_is": pl.String}
    return pl.DataFrame([*told, *others], schema=schema, orient="row")
