"""What a grid shows of rows.

A ticket's key stands in place of its link. Streamlit takes such words from nothing but pandas' Styler, which works out
every cell of a table each time, half of what a page costs: here they are worked out beforehand.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from views._columns import config_of, for_people

_NAMES = {"key", "url"}


@dataclass(frozen=True, slots=True)
class Grid:
    """What st.dataframe is handed. Nobody changes it: it is everybody's."""

    data: Any
    config: dict[str, Any]


def grid(
    rows: pl.DataFrame, most: int, zone: str, last: tuple[str, ...] = (), button: tuple[str, str] | None = None
) -> Grid:
    """The first of some rows on a team's clocks; `button` names a column of buttons, and what each says."""
    shown = rows.head(most)
    said = for_people(shown, zone)
    has_links = "url" in said and shown["url"].null_count() == 0
    order = _in_order(arranged(list(said), last), has_links)
    data = shown.select(said[column] for column in order).to_pandas()
    if button:
        data.insert(1 if _NAMES & set(order) else 0, *button)
    return Grid(_with_keys(data, shown["key"].to_list()) if has_links else data, config_of(shown))


def arranged(columns: list[str], last: tuple[str, ...]) -> list[str]:
    return [*(column for column in columns if column not in last), *(column for column in last if column in columns)]


def _in_order(columns: list[str], has_links: bool) -> list[str]:
    """A ticket's name, then its title, then the others."""
    named = _NAMES & set(columns)
    first = ["url" if has_links else "key"] if named else []
    first += [column for column in columns if column == "title"]
    return [*first, *(column for column in columns if column not in {*first, *named})]


def _with_keys(data: Any, keys: list[str]) -> Any:
    """A Styler with nothing left to work out: the words it would find, and make of the frame, are here."""
    words = data.astype(str)
    words.isetitem(0, keys)
    styler = data.style.set_uuid("keys")
    styler._compute, styler._translate, data.astype = lambda: styler, lambda *_: {}, lambda _: words
    return styler
