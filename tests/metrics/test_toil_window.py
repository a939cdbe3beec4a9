"""What the toil page shows, of a store that can be counted by hand."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

import metrics
from metrics.toil_window import ToilWindow, toil_list, toil_window
from metrics.weeks import Week
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-11 12:00")  # Wednesday of the second week shown
WEEKS = tuple(Week.parse("2026-W46", "UTC").through(2))  # from Monday 2 November
RULES = '[[toil]]\n[[toil.category]]\nname = "outage"\nlabel = ["outage"]\n'


@pytest.fixture(scope="module")
def con(opened: Opened) -> Iterator[duckdb.DuckDBPyConnection]:
    history = History()
    outage = ("10:00", "label", "+outage", "ana")
    history.ticket(1, "2026-08-03 09:00", outage, ("11:00", "effort", "60", "ana"), title="Disk full on web-1")
    history.ticket(2, "2026-10-19 09:00", outage, title="Mail")  # the window before: from 19 October
    history.ticket(3, "2026-10-28 11:59", ("12:30", "effort", "30", "bo"), title="Help")
    history.ticket(4, "2026-10-28 12:00", title="As far into its last week as the window is: no more of it")
    for n, came in enumerate(("2026-11-02 00:00", "2026-11-03 09:00", "2026-11-09 09:00"), start=5):
        history.ticket(n, came, (f"{came[:10]} 10:00", "label", "+outage", "ana"), title=f"Disk full on web-{n}")
    history.ticket(8, "2026-11-10 09:00", ("10:00", "effort", "15", "ana"), title="Something else")
    history.ticket(9, "2026-11-12 09:00", title="After all that is known here")
    history.ticket(10, "2026-11-10 09:00", queue="access")
    with opened(history.records, OFFICE + RULES) as con:
        yield con


@pytest.fixture(scope="module")
def told(con: duckdb.DuckDBPyConnection) -> ToilWindow:
    return window(con)


def window(con: duckdb.DuckDBPyConnection, **asked: Any) -> ToilWindow:
    return toil_window(con, **{"as_of": AS_OF, "weeks": WEEKS, "queues": ("infra",)} | asked)


def test_figures_stand_beside_the_window_before(told: ToilWindow) -> None:
    tiles = {tile.name: tile for tile in told.tiles}
    assert [(t.shown, t.shown_before, t.n) for t in tiles.values()] == [
        ("4", "2", 4),
        ("25 %", "1 of 2", 1),
        ("75 %", "0 of 2", 3),
        ("15 min", "30 min", 1),
    ]
    assert tiles["unclassified"].rows == "category:unclassified" and "1 of 4" in tiles["unclassified"].note


def test_kinds_repeats_and_what_a_quarter_took(told: ToilWindow) -> None:
    assert told.has_rules and (told.since, told.until) == (WEEKS[0].starts_at, AS_OF)
    assert told.categories.select("category", "tickets", "share", "share_before").rows() == [
        ("outage", 3, 0.75, 0.5),
        ("unclassified", 1, 0.25, 0.5),
    ]
    assert told.weeks.select("week", "category", "tickets").rows() == [
        ("2026-W45", "outage", 2),
        ("2026-W45", "unclassified", 0),
        ("2026-W46", "outage", 1),
        ("2026-W46", "unclassified", 1),
    ]
    assert told.groups.select("pattern", "tickets", "keys").rows() == [
        ("disk full on #", 3, '["infra#7", "infra#6", "infra#5"]')
    ]
    assert told.quarter == "July to September 2026"
    assert told.freed.select("category", "tickets", "freed_seconds").rows() == [("outage", 1, 3600.0)]


@pytest.mark.parametrize(
    ("name", "title", "numbers"),
    [
        ("opened", "Opened, in this window", [8, 7, 6, 5]),
        ("category:outage", "outage, in this window", [7, 6, 5]),
        ("category:outage@2026-W45", "outage, in the week of Mon 2 Nov", [6, 5]),
        ("quarter:outage", "outage, July to September 2026", [1]),
        ("repeats", "Came again, in this window", [7, 6, 5]),
        ("effort", "Effort is known, in this window", [8]),
        ("group:disk full on #", "“disk full on #”, in this window", [7, 6, 5]),
        ("group:nothing like it", "“nothing like it”, in this window", []),
    ],
)
def test_a_list_has_what_its_figure_counts(
    con: duckdb.DuckDBPyConnection, told: ToilWindow, name: str, title: str, numbers: list[int]
) -> None:
    chosen, rows = told.chosen(name)
    listed = toil_list(con, as_of=AS_OF, name=name, title=chosen, rows=rows)
    assert listed.title == title
    assert listed.rows["key"].to_list() == [f"infra#{n}" for n in numbers]
    assert {"title", "owner", "category", "effort_seconds"} <= set(listed.rows.columns)


@pytest.mark.parametrize("name", ["", "secrets", "opened@soon", "../x", "category:outage@2026-W99"])
def test_a_name_that_no_figure_carries_is_refused(told: ToilWindow, name: str) -> None:
    with pytest.raises(ValueError, match=r"names no list|Invalid week|is not a week"):
        told.chosen(name)


def test_rows_agree_with_the_metric(con: duckdb.DuckDBPyConnection) -> None:
    asked = metrics.toil(con, as_of=AS_OF, since=WEEKS[0].starts_at, queue="infra").pl()
    assert set(window(con).chosen("opened")[1]["ticket_id"]) == set(asked["ticket_id"])


def test_without_rules_there_is_nothing_and_it_says_so(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    told = window(open_store_of(history.records, OFFICE))
    assert not told.has_rules and told.tickets.is_empty()
    assert [tile.tone for tile in told.tiles] == ["neutral", "unknown", "unknown", "unknown"]
    later = open_store_of(history.records, OFFICE + "[[toil]]\nvalid_from = 2026-11-20\n")
    assert not window(later).has_rules
