"""A table as it is sent to a browser: what its cells hold, and what they say."""

from typing import Any

import polars as pl
import pyarrow as pa
from streamlit.testing.v1 import AppTest

from views import _tables

ROWS = pl.DataFrame({"ticket_id": ["t/1", "t/2"], "owner": ["ana", None], "title": ["Disk full", "<b>"],
                     "waited_seconds": [3600.0, 5400.0], "key": ["infra#1", "infra#2"],
                     "url": ["https://tracker.example/1", "https://tracker.example/2"]})  # fmt: skip


def drawn(rows: pl.DataFrame, **asked: Any) -> Any:
    def script(rows: "pl.DataFrame", asked: "dict[str, Any]") -> None:
        from views._tables import table

        table(rows, zone="UTC", name="some", **asked)

    page = AppTest.from_function(script, args=(rows, asked)).run()
    assert not page.exception
    return page.dataframe[0]


def said(table: Any) -> pl.DataFrame:
    """What stands in place of the cells' values."""
    return pl.DataFrame(pa.ipc.open_stream(table.proto.arrow_data.styler.display_values).read_all())


def test_a_ticket_is_a_link_that_says_its_key() -> None:
    table = drawn(ROWS)
    assert table.value["url"].to_list() == ROWS["url"].to_list()
    assert said(table)["url"].to_list() == ["infra#1", "infra#2"]
    assert said(table)["title"].to_list() == ["Disk full", "<b>"]


def test_where_a_tracker_has_no_page_for_some_ticket_all_keys_are_plain_text() -> None:
    table = drawn(ROWS.with_columns(url=pl.Series(["https://tracker.example/1", None])))
    assert not table.proto.arrow_data.HasField("styler")
    assert list(table.value.columns[:2]) == ["key", "title"] and "url" not in table.value.columns
    assert table.value["key"].to_list() == ["infra#1", "infra#2"]


def test_a_ticket_stands_first_then_its_button_its_title_and_what_is_told_of_it() -> None:
    button = _tables.RowButton("Trace", "Clock", lambda _: None)
    assert list(drawn(ROWS, button=button).value.columns) == ["url", "Trace", "title", "owner", "waited_hours"]
    assert "Trace" not in drawn(ROWS).value.columns, "what is kept for other tables of these rows has no button"
    assert list(drawn(ROWS, last=("owner",)).value.columns) == ["url", "title", "waited_hours", "owner"]
    assert list(drawn(ROWS.drop("key", "url"), button=button).value.columns)[:2] == ["Trace", "title"]


def test_values_are_said_to_people() -> None:
    table = drawn(ROWS)
    assert table.value["waited_hours"].to_list() == [1.0, 1.5]
    assert table.value["owner"].to_list() == ["ana", "none"]
