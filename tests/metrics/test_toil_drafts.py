"""A draft of rules says what a store with these rules would say."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

import metrics
from metrics.toil_drafts import Preview, rules_in_force, toil_draft
from settings.toil_drafts import read, written
from tests.conftest import OFFICE, History, utc

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF, SINCE = utc("2026-11-30 00:00"), utc("2026-11-02 00:00")
NOW = """[[toil]]
[[toil.category]]
name = "outage"
label = ["outage"]
[[toil.category]]
name = "mail"
title = "mail"
"""
DRAFT = """[[toil]]
[[toil.category]]
name = "post"
title = '^mail \\$'
[[toil.category]]
name = "outage"
label = ["out*"]
[[toil.category]]
name = "post"
text = "postbox"
"""


def told(history: History) -> None:
    history.ticket(1, "2026-11-01 23:59:59", title="Mail before the window")
    history.ticket(2, "2026-11-02 00:00", title="Mail $1")
    history.ticket(3, "2026-11-03 09:00", ("10:00", "label", "+outages", "ana"), title="Mail is down")
    history.ticket(4, "2026-11-04 09:00", ("10:00", "label", "+outage", "ana"))
    history.ticket(5, "2026-11-05 09:00", ("10:00", "description", "My postbox", "ana"))
    history.ticket(6, "2026-11-06 09:00", ("10:00", "queue", "access", "ana"), title="Mail moved away")


def draft(con: duckdb.DuckDBPyConnection, text: str = DRAFT, **asked: Any) -> Preview:
    rules = read(text).definition()["categories"]
    question = {"as_of": AS_OF, "since": SINCE, "until": AS_OF, "queues": ("infra",), "rules": rules}
    return toil_draft(con, **question | asked)


def test_it_tells_what_would_change_and_which_rule_decides(history: History, open_store_of: Store) -> None:
    told(history)
    found = draft(open_store_of(history.records, OFFICE + NOW))
    assert (found.tickets, found.changed) == (4, 3)
    assert found.moves.rows() == [("mail", "outage", 1), ("mail", "post", 1), ("unclassified", "post", 1)]
    assert found.rules.rows() == [(1, "post", 1), (2, "outage", 2), (3, "post", 1), (None, "unclassified", 0)]
    assert found.rows.select("key", "title", "category", "proposed_category").rows() == [
        ("infra#5", "Ticket 5", "unclassified", "post"),
        ("infra#3", "Mail is down", "mail", "outage"),
        ("infra#2", "Mail $1", "mail", "post"),
    ]


def test_the_first_ones_are_described_and_all_are_counted(history: History, open_store_of: Store) -> None:
    told(history)
    found = draft(open_store_of(history.records, OFFICE + NOW), most=1)
    assert found.changed == 3 and found.rows["key"].to_list() == ["infra#5"]


@pytest.mark.parametrize("text", [DRAFT, '[[toil]]\npresets = ["titles"]\n'])
def test_a_store_with_these_rules_would_say_the_same(history: History, open_store_of: Store, text: str) -> None:
    told(history)
    stores = [open_store_of(history.records, OFFICE + rules) for rules in (NOW, text)]
    found = draft(stores[0], text)
    before, after = (
        dict(metrics.toil(con, as_of=AS_OF, since=SINCE, queue="infra").project("key, category").fetchall())
        for con in stores
    )
    changed = {key: (before[key], after[key]) for key in before if before[key] != after[key]}
    assert {row["key"]: (row["category"], row["proposed_category"]) for row in found.rows.to_dicts()} == changed
    assert found.tickets == len(after) and found.changed == len(changed)
    counts: dict[str, int] = {}
    for _, category, tickets in found.rules.rows():
        counts[category] = counts.get(category, 0) + tickets
    assert {name: n for name, n in counts.items() if n} == {
        name: list(after.values()).count(name) for name in after.values()
    }


def test_where_no_rules_are_in_force_everything_is_new(history: History, open_store_of: Store) -> None:
    told(history)
    found = draft(open_store_of(history.records, OFFICE), NOW)
    assert found.moves.rows() == [(None, "mail", 2), (None, "outage", 1), (None, "unclassified", 1)]


def test_a_rule_that_the_store_cannot_read_is_refused(history: History, open_store_of: Store) -> None:
    con = open_store_of(history.records, OFFICE)
    with pytest.raises(ValueError, match=r"title = '.*' is not a regular expression"):
        draft(con, rules=[{"name": "x", "title": "(?=y)"}])
    with pytest.raises(ValueError, match="name is missing"):
        draft(con, rules=[{"title": "y"}])


def test_the_rules_in_force_come_back_as_they_were_written(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00")
    history.ticket(2, "2026-11-02 09:00", queue="access")
    both = (
        NOW.replace("[[toil]]", '[[toil]]\nqueues = ["inf*"]') + '[[toil]]\nvalid_from = 2026-11-10\nqueues = ["*"]\n'
    )
    con = open_store_of(history.records, OFFICE + both)
    found = rules_in_force(con, as_of=AS_OF, queues=("infra", "access"))
    assert [(version.queues, version.decides_for) for version in found] == [
        (("inf*",), ("infra",)),
        (("*",), ("access",)),
    ]
    assert read(written(found[0].rules, found[0].queues)).definition() == read(NOW).definition()
    assert [v.decides_for for v in rules_in_force(con, as_of=SINCE, queues=("infra", "access"))] == [("infra",)]
    assert rules_in_force(con, as_of=SINCE, queues=("access",)) == ()
