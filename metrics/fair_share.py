"""What everybody should have carried of each role: every moment of duty is owed by those who may hold the role and are
not away, in proportion to their share of full time."""

import polars as pl

_KEY = ("role", "person_id")
_SPAN = ("from_at", "until_at")
Frame = pl.DataFrame


def expected(pieces: Frame, members: Frame, away: Frame) -> Frame:
    """role, person_id and expected_duty_weeks of whoever owed any.

    Columns needed: of pieces of duty role, burden, from_at and until_at; of members role, person_id, share, from_at and
    until_at; of who is away person_id, from_at and until_at.
    """
    listed = members.with_row_index("member")
    absent = away.join(listed.select("member", *_KEY), on="person_id")
    slices = _slices(pieces, listed, absent)
    able = _in_slices(listed, slices, "member", "share").join(
        _in_slices(absent, slices, "member"), on=["slice", "member"], how="anti"
    )
    owed = able.join(_loads(pieces, slices), on="slice").with_columns(together=pl.sum("share").over("slice"))
    share = (pl.col("load") * pl.col("share") / pl.col("together")).sum().alias("expected_duty_weeks")
    return owed.group_by("member").agg(share).join(listed, on="member").select(*_KEY, "expected_duty_weeks")


def _slices(*spans: Frame) -> Frame:
    """The times between which nothing changes, role by role: neither who holds it nor who could."""
    edges = pl.concat(rows.select("role", edge_at=name) for rows in spans for name in _SPAN).unique()
    lasted = pl.col("edge_at").shift(-1).over("role") - pl.col("edge_at")
    return edges.sort("role", "edge_at").with_row_index("slice").with_columns(us=lasted.dt.total_microseconds())


def _loads(pieces: Frame, slices: Frame) -> Frame:
    """What was carried in each slice, in duty-weeks."""
    burdens = _in_slices(pieces, slices, "burden").group_by("slice").agg(pl.sum("burden")).join(slices, on="slice")
    return burdens.select("slice", load=pl.col("burden") * pl.col("us") / 604_800e6)


def _in_slices(spans: Frame, slices: Frame, *columns: str) -> Frame:
    """Each span once for every slice within it."""
    for name in _SPAN:
        place = slices.select("role", pl.col("edge_at").alias(name), pl.col("slice").alias(f"{name}_slice"))
        spans = spans.join(place, on=["role", name])
    within = pl.int_ranges("from_at_slice", "until_at_slice", dtype=pl.UInt32)
    return spans.select(*columns, slice=within).explode("slice")
