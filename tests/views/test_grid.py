"""What a grid shows is worked out once for the rows it shows, and for how."""

import polars as pl

from views._grid import Rows, grid

ROWS = pl.DataFrame({"owner": ["ana", None], "key": ["infra#1", "infra#2"],
                     "url": ["https://tracker.example/1", "https://tracker.example/2"]})  # fmt: skip


def test_it_is_worked_out_once() -> None:
    assert grid(Rows(ROWS), 25, "UTC") is grid(Rows(ROWS), 25, "UTC")
    assert grid(Rows(ROWS), 25, "UTC", button=("Trace", "Clock")) is grid(
        Rows(ROWS), 25, "UTC", button=("Trace", "Clock")
    )


def test_but_anew_for_other_rows_another_zone_more_of_them_or_a_button() -> None:
    one = grid(Rows(ROWS), 25, "UTC")
    assert grid(Rows(ROWS.clone()), 25, "UTC") is not one, "like those, but not those"
    assert grid(Rows(ROWS), 25, "Asia/Tokyo") is not one
    assert len(grid(Rows(ROWS), 1, "UTC").data.data) == 1
    assert "Trace" in grid(Rows(ROWS), 25, "UTC", button=("Trace", "Clock")).data.data
    assert "Trace" not in one.data.data


def test_of_columns_that_stand_last_the_order_is_theirs() -> None:
    assert list(grid(Rows(ROWS), 25, "UTC", ("owner",)).data.data) == ["url", "owner"]
