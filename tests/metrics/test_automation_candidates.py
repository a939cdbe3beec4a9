"""Groups of tickets under one masked title."""

import json
from collections import Counter
from collections.abc import Callable

import duckdb
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import metrics
from metrics.automation_candidates import figure, groups, summary
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import FEW_EXAMPLES

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-30 00:00")
RULES = OFFICE + '[[toil]]\n[[toil.category]]\nname = "outage"\nlabel = ["outage"]\n'


def test_three_tickets_with_one_masked_title_are_a_group_and_two_are_none(
    history: History, open_store_of: Store
) -> None:
    for n in (1, 2, 3):
        history.ticket(n, f"2026-11-0{n} 09:00", title=f"Disk full on web-{n}", queue="access" if n == 3 else "infra")
    for n in (4, 5):
        history.ticket(n, f"2026-11-0{n} 09:00", title=f"Renew certificate {n}")
    for n in (6, 7, 8):
        history.ticket(n, f"2026-11-0{n} 09:00", title=f"471{n}")
    con = open_store_of(history.records, RULES)
    rows = metrics.automation_candidates(con, as_of=AS_OF)
    assert rows.project("key, pattern").fetchall() == [
        ("infra#1", "disk full on #"),
        ("infra#2", "disk full on #"),
        ("infra#3", "disk full on #"),
    ]
    assert metrics.automation_candidates(con, as_of=AS_OF, queue="infra").fetchall() == []
    assert metrics.automation_candidates(con, as_of=AS_OF, until=utc("2026-11-03 09:00")).fetchall() == []


def test_without_a_window_the_last_180_days_count(history: History, open_store_of: Store) -> None:
    """180 days before 30 November is 3 June."""
    for n, opened in enumerate(("2026-06-02 23:59:59", "2026-06-03 00:00", "2026-11-01 09:00", "2026-11-29 23:59:59")):
        history.ticket(n, opened, title="Restart it")
    con = open_store_of(history.records, RULES)
    assert metrics.automation_candidates(con, as_of=AS_OF).project("key").fetchall() == [
        ("infra#1",),
        ("infra#2",),
        ("infra#3",),
    ]
    everything = metrics.automation_candidates(con, as_of="2026-11-30T01:00:00+01:00", since="2026-01-01T00:00Z")
    assert everything.aggregate("count(*)").fetchall() == [(4,)]


def test_groups_are_ranked_by_count_times_median_effort(history: History, open_store_of: Store) -> None:
    """Five of 10 minutes make 50; three without a median weigh what is known of them, 60; the unknown come last."""
    for n in range(1, 6):
        work = (f"1{n}:00", "effort", "10" if n < 5 else "500", "ana")
        history.ticket(n, f"2026-11-0{n} 09:00", work, title=f"Reboot host {n}")
    for n in range(6, 9):
        work = (("10:00", "effort", "60", "bo"),) if n == 6 else ()
        label = ("11:00", "label", "+outage", "ana")
        history.ticket(n, f"2026-11-0{n} 09:00", *work, *([label] if n > 6 else []), title="Mail is late")
    for n in range(10, 14):
        history.ticket(n, f"2026-11-{n} 09:00", title="Clean up")
    rows = metrics.automation_candidates(open_store_of(history.records, RULES), as_of=AS_OF)
    found = summary(rows).to_dicts()
    assert [(g["pattern"], g["weight_seconds"]) for g in found] == [
        ("mail is late", 3600.0),
        ("reboot host #", 3000.0),
        ("clean up", None),
    ]
    assert found[0] == {
        "pattern": "mail is late",
        "category": "outage",
        "tickets": 3,
        "people": 2,
        "median_effort_seconds": None,
        "effort_seconds": 3600.0,
        "effort_tickets": 1,
        "recorded_tickets": 1,
        "weight_seconds": 3600.0,
        "first_opened_at": utc("2026-11-06 09:00").replace(tzinfo=None),
        "last_opened_at": utc("2026-11-08 09:00").replace(tzinfo=None),
        "keys": '["infra#8", "infra#7", "infra#6"]',
    }
    assert (found[1]["median_effort_seconds"], found[1]["effort_seconds"]) == (600.0, 540 * 60.0)
    assert (found[2]["effort_seconds"], found[2]["people"]) == (None, 0)
    told = figure(rows).to_dict()
    assert told["data"][0]["x"] == [3000 / 3600, 1.0]
    assert "n = 12" in told["layout"]["annotations"][0]["text"]


def test_at_most_five_examples_the_last_ones_and_ties_in_the_order_of_the_alphabet(
    history: History, open_store_of: Store
) -> None:
    for n in range(1, 7):
        label = [("10:00", "label", "+outage", "ana")] if n % 2 else []
        history.ticket(n, "2026-11-01 09:00", *label, title="Restart it")
        history.ticket(10 + n, f"2026-11-0{n} 09:00", title="Another")
    found = summary(metrics.automation_candidates(open_store_of(history.records, RULES), as_of=AS_OF)).to_dicts()
    assert [(g["pattern"], g["category"]) for g in found] == [("another", "unclassified"), ("restart it", "outage")]
    assert json.loads(found[0]["keys"]) == [f"infra#{n}" for n in (16, 15, 14, 13, 12)]
    assert json.loads(found[1]["keys"]) == [f"infra#{n}" for n in (6, 5, 4, 3, 2)]


def test_groups_that_are_asked_for_alone_name_what_their_rows_name(history: History, open_store_of: Store) -> None:
    """Also of a group whose tickets all came before those of another."""
    for n in range(1, 8):
        history.ticket(n, f"2026-10-0{n} 09:00", title="Restart it")
        history.ticket(10 + n, f"2026-11-0{n} 09:00", title="Another")
    con = open_store_of(history.records, RULES)
    found = groups(con, as_of=AS_OF)
    assert [json.loads(keys)[-1] for keys in found["keys"]] == ["infra#13", "infra#3"]
    assert_frame_equal(found, summary(metrics.automation_candidates(con, as_of=AS_OF)))
    assert groups(con, as_of=AS_OF, until=utc("2026-10-01 00:00")).is_empty()


def test_the_figure_has_the_first_ten_groups_and_counts_all_of_them(history: History, open_store_of: Store) -> None:
    """Eleven groups of three tickets, of which the first takes least."""
    for group in range(11):
        for n in range(3):
            work = ("10:00", "effort", str(10 + group), "ana")
            history.ticket(3 * group + n, "2026-11-02 09:00", work, title=f"Chore {chr(97 + group)}")
    drawn = figure(metrics.automation_candidates(open_store_of(history.records, RULES), as_of=AS_OF))
    assert drawn.data[0].y == tuple(f"chore {letter}" for letter in "bcdefghijk")
    assert "n = 33" in drawn.layout.annotations[0].text


TITLES = {"Disk {} full": "disk # full", "Mail {}": "mail #", "[x] mail {}!": "mail #", "Help": "help", "{}": None}


@FEW_EXAMPLES
@given(titles=st.lists(st.sampled_from(list(TITLES)), max_size=20))
def test_the_groups_are_those_one_counts_by_hand(opened: Opened, titles: list[str]) -> None:
    history = History()
    for n, title in enumerate(titles):
        history.ticket(n, "2026-11-02 09:00", title=title.format(n))
    with opened(history.records, RULES) as con:
        rows = metrics.automation_candidates(con, as_of=AS_OF)
        groups, tickets = summary(rows), rows.project("pattern").fetchall()
    counts = Counter(pattern for title in titles if (pattern := TITLES[title]))
    wanted = {pattern: count for pattern, count in counts.items() if count >= 3}
    assert dict(groups.select("pattern", "tickets").rows()) == wanted
    assert Counter(pattern for (pattern,) in tickets) == wanted
