"""Rows of tickets as a report's table: each value as people read it."""

import polars as pl

from reports.document import listing


def told(name: str, value: object) -> str:
    [[cell]] = listing(pl.DataFrame({name: [value]}), "UTC").rows
    return cell.words


def test_numbers_are_told_in_full_to_the_first_decimal() -> None:
    assert told("age_days", 0.0169) == "0.0"
    assert told("age_days", 1234.56) == "1,234.6"
    assert told("tickets", 1_234_567) == "1,234,567"


def test_seconds_are_told_in_hours() -> None:
    assert told("left_working_seconds", 5400) == "1.5"


def test_what_is_not_known_is_a_dash() -> None:
    assert told("owner", None) == "–"
