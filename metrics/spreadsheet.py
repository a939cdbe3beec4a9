"""Rows for a spreadsheet, in which no text of a tracker is run as a formula."""

import polars as pl

_RUN = r"^[=+\-@\t\r]"  # what a spreadsheet takes for the beginning of a formula


def as_csv(rows: pl.DataFrame, *, has_header: bool = True) -> bytes:
    """Rows as CSV, instants in UTC; a cell that a spreadsheet would run as a formula is made text."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    return (
        rows.with_columns(_guarded(name) for name in texts)
        .write_csv(include_header=has_header, datetime_format="%Y-%m-%dT%H:%M:%SZ")
        .encode()
    )


def _guarded(name: str) -> pl.Expr:
    text = pl.col(name)
    return pl.when(text.str.contains(_RUN)).then(pl.lit("'") + text).otherwise(text).alias(name)
