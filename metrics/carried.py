"""What each person carried of each role in a window: how long, out of what, and beside what was expected of them."""

from datetime import datetime

import duckdb
import polars as pl

from metrics import fair_share
from metrics.columns import ask

KEY = ("role", "person_id")
_INSTANT = pl.Datetime("us")
_US_PER_WEEK = 604_800e6
_ANSWERING = "SELECT version FROM role_queue WHERE list_contains($queues, queue)"
_LIMITS = "SELECT role, share_limit FROM role_version WHERE valid_from < $until AND valid_until >= $until"
Frame = pl.DataFrame
Connection = duckdb.DuckDBPyConnection


def within(pieces: Frame, since: datetime | None, until: datetime) -> Frame:
    """What of these pieces of duty lies in [since, until)."""
    begun, ended = pl.col("from_at"), pl.lit(until, _INSTANT)
    first = begun if since is None else pl.max_horizontal(begun, pl.lit(since, _INSTANT))
    inside = pieces.filter(begun < ended, pl.col("until_at") > first)
    return inside.with_columns(from_at=first, until_at=pl.min_horizontal("until_at", ended))


def answering(con: Connection, pieces: Frame, queues: list[str] | None) -> Frame:
    """Those of roles that answer for the queues."""
    return pieces if queues is None else pieces.join(ask(con, _ANSWERING, queues=queues).pl(), on="version", how="semi")


def shares(con: Connection, held: Frame, since: datetime | None, until: datetime) -> Frame:
    """The rows of `times`, with expected_duty_weeks, balance_duty_weeks and load_ratio."""
    members, away = con.sql("FROM member").pl(), ask(con, "FROM absence($until)", until=until).pl()
    rows = times(con, held, since, until).join(fair_share.expected(held, members, away), on=KEY, how="left")
    carried, expected = pl.col("duty_weeks"), pl.col("expected_duty_weeks")
    # Of a role that nobody is listed for, no share is known; of one that the settings do not describe, no load is.
    is_owed = carried.is_not_null() & pl.col("role").is_in(members["role"].to_list())
    return rows.with_columns(pl.when(is_owed).then(expected.fill_null(0.0))).with_columns(
        balance_duty_weeks=carried - expected, load_ratio=pl.when(expected > 0).then(carried / expected)
    )


def times(con: Connection, held: Frame, since: datetime | None, until: datetime) -> Frame:
    """One row per role and person who held it, or was on its list: role, person_id, person, shifts, held_weeks,
    duty_weeks, is_listed, member_weeks, share_of_time, share_limit, is_over_limit. `held` lies in [since, until)."""
    roles = held.group_by("role").agg(begun_at=pl.min("from_at"), has_load=pl.col("burden").count() > 0)
    if since is not None:
        roles = roles.with_columns(begun_at=pl.lit(since, _INSTANT))
    people = _turns(held).join(_listed(con, roles, until), on=KEY, how="full", coalesce=True).join(roles, on="role")
    rows = people.join(ask(con, _LIMITS, until=until).pl(), on="role", how="left")
    member_from, member_until = pl.coalesce("from_at", "begun_at"), pl.coalesce("until_at", pl.lit(until, _INSTANT))
    return rows.select(
        *KEY,
        pl.coalesce("person", "member"),
        pl.col("shifts").fill_null(0),
        pl.col("held_weeks").fill_null(0.0),
        pl.when("has_load").then(pl.col("duty_weeks").fill_null(0.0)),
        "share_limit",
        is_listed=pl.col("member").is_not_null(),
        member_weeks=_microseconds(member_from, member_until) / _US_PER_WEEK,
    ).with_columns(share_of_time=_SHARE, is_over_limit=_SHARE.gt(pl.col("share_limit")))


_SHARE = pl.col("held_weeks") / pl.col("member_weeks")


def _turns(held: Frame) -> Frame:
    lasted, burden = _microseconds(pl.col("from_at"), pl.col("until_at")), pl.col("burden")
    return held.group_by(KEY).agg(
        pl.first("person"),
        shifts=pl.n_unique("shift_id").cast(pl.Int64),
        held_weeks=lasted.sum() / _US_PER_WEEK,
        duty_weeks=(lasted * burden).sum() / _US_PER_WEEK,
    )


def _listed(con: Connection, roles: Frame, until: datetime) -> Frame:
    """Who was on the list of one of the roles in the window, and from when until when."""
    begun, ended = pl.col("begun_at"), pl.lit(until, _INSTANT)
    members = con.sql("SELECT role, person_id, person AS member, from_at, until_at FROM member").pl()
    listed = members.join(roles.select("role", begun), on="role")
    listed = listed.filter(pl.col("from_at") < ended, pl.col("until_at") > begun)
    return listed.select(
        *KEY, "member", from_at=pl.max_horizontal("from_at", begun), until_at=pl.min_horizontal("until_at", ended)
    )


def _microseconds(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    return (end - start).dt.total_microseconds()
