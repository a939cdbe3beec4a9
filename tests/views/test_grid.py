"""What a grid shows of rows: the first of them, a ticket's name before all else, buttons beside it."""

import polars as pl

from views._grid import grid

ROWS = pl.DataFrame({"owner": ["ana", None], "key": ["infra#1", "infra#2"],
                     "url": ["https://tracker.example/1", "https://tracker.example/2"]})  # fmt: skip


def test_it_shows_the_first_rows_and_a_button_where_one_is_asked_for() -> None:
    assert len(grid(ROWS, 1, "UTC").data.data) == 1
    assert list(grid(ROWS, 25, "UTC", button=("Trace", "Clock")).data.data) == ["url", "Trace", "owner"]
    assert list(grid(ROWS, 25, "UTC").data.data) == ["url", "owner"]


def test_of_columns_that_stand_last_the_order_is_theirs() -> None:
    assert list(grid(ROWS, 25, "UTC", ("owner",)).data.data) == ["url", "owner"]
