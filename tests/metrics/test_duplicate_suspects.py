"""Open tickets that may be the same."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
from ingest.store import Settle
from metrics import facts
from metrics.duplicate_suspects import figure, summary
from tests.conftest import OFFICE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES

Store = Callable[..., duckdb.DuckDBPyConnection]
AS_OF = utc("2026-11-30 00:00")
RULES = OFFICE + "[[intake]]\n"
WORDS = "mail from the new shop is late since today"


@pytest.fixture(params=[None, facts.settle], ids=["worked out", "kept"])
def open_store_of(request: pytest.FixtureRequest, opened: Opened) -> Iterator[Store]:
    """Stores that work out what titles say when they are asked, and stores that carry it."""
    with ExitStack() as stores:
        yield lambda records, text: stores.enter_context(opened(records, text, request.param))


def pairs(con: duckdb.DuckDBPyConnection, as_of: datetime = AS_OF) -> list[tuple[str, str]]:
    return metrics.duplicate_suspects(con, as_of=as_of).project("key, other_key").fetchall()


@pytest.mark.parametrize(
    ("title", "other", "similarity"),
    [
        ("Mail is late", "mail is late!", 1.0),
        ("Mail is late", "Re: Mail is late", 1.0),
        ("Late is mail", "Mail is late", 1.0),
        ("Disk of web-01 at 88 %", "Disk of web-01 at 93 %", 1.0),
        ("Disk of web-01 at 88 %", "Disk of web-02 at 88 %", None),
        ("Disk full", "Disk full on web-01", None),
        ("[eu] Mail is late", "[us] Mail is late", None),
        ("Order 1234 is late", "Order 1235 is late", None),
        ("Mail is late", "Mail is slow", None),
        (WORDS, WORDS + " again", 18 / 19),
        (WORDS + " again", WORDS + " still", 0.9),
        (WORDS, WORDS.replace("today", "monday"), None),
        ("4711", "4712", None),
        ("?", "?", None),
    ],
)
def test_titles_are_alike_that_name_the_same_and_share_nine_words_in_ten(
    history: History, open_store_of: Store, title: str, other: str, similarity: float | None
) -> None:
    history.ticket(1, "2026-11-02 09:00", title=title)
    history.ticket(2, "2026-11-02 09:00", title=other)
    rows = metrics.duplicate_suspects(open_store_of(history.records, RULES), as_of=AS_OF)
    found = rows.project("key, other_key, similarity").fetchall()
    assert found == ([] if similarity is None else [("infra#2", "infra#1", similarity)])


def test_only_tickets_open_at_the_instant_and_under_the_title_they_had_then(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 09:00", ("12:00", "status", "closed", "ana"), title="Mail is late")
    history.ticket(2, "2026-11-02 10:00", ("11:00", "title", "Mail is late", "ana"), title="Help")
    con = open_store_of(history.records, RULES)
    moments = ("11:00:00", "11:00:01", "12:00:00", "12:00:01")
    assert [len(pairs(con, utc(f"2026-11-02 {moment}"))) for moment in moments] == [0, 1, 1, 0]


def test_a_title_holds_until_the_next_one(history: History, open_store_of: Store) -> None:
    """Of two in one second the later one; an event that tells of no title changes nothing."""
    history.ticket(1, "2026-11-02 09:00", title="Mail is late")
    titles = [("12:00", "Late is mail"), ("11:00", "Shop is down"), ("10:00", "Wait"), ("10:00", "Mail is late")]
    changes = [(when, "title", title, "ana") for when, title in [*titles, ("10:30", "-Mail is late")]]
    history.ticket(2, "2026-11-02 09:00", *changes, title="Help")
    con = open_store_of(history.records, RULES)
    moments = ("10:00:00", "10:00:01", "10:30:01", "11:00:00", "11:00:01", "12:00:00", "12:00:01")
    assert [len(pairs(con, utc(f"2026-11-02 {moment}"))) for moment in moments] == [0, 1, 1, 1, 0, 0, 1]


def test_before_the_first_change_that_is_told_a_title_is_taken_to_have_been_as_it_is(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-02 09:00", title="Mail is late")
    changes = [("11:00", "title", "Shop is down", "ana"), ("12:00", "title", "Mail is late", "ana")]
    history.ticket(2, "2026-11-02 09:00", *changes, title="Mail is late")
    records = [record for record in history.records if getattr(record, "event_id", "") != "opened/title"]
    con = open_store_of(records, RULES)
    moments = ("10:00:00", "11:00:00", "11:00:01", "12:00:00", "12:00:01")
    assert [len(pairs(con, utc(f"2026-11-02 {moment}"))) for moment in moments] == [1, 1, 0, 0, 1]


def test_tickets_closed_long_ago_may_have_been_the_same(history: History, open_store_of: Store) -> None:
    for n in (1, 2):
        history.ticket(n, "2026-01-05 09:00", ("2026-01-06 09:00", "status", "closed", "ana"), title="Mail is late")
    history.ticket(3, "2026-11-02 09:00", title="Mail is late")
    con = open_store_of(history.records, RULES)
    assert pairs(con, utc("2026-01-06 09:00")) == [("infra#2", "infra#1")]
    assert pairs(con) == []


def test_of_many_with_one_wording_each_is_paired_with_the_first(history: History, open_store_of: Store) -> None:
    for n, hour in enumerate((11, 9, 10)):
        history.ticket(n, f"2026-11-02 {hour:02}:00", title="Mail is late", queue="access" if n == 2 else "infra")
    con = open_store_of(history.records, RULES)
    rows = metrics.duplicate_suspects(con, as_of=AS_OF)
    columns = "key, other_key, queue, other_queue, is_same_queue, opened_at > other_opened_at"
    assert rows.project(columns).fetchall() == [
        ("infra#2", "infra#1", "access", "infra", False, True),
        ("infra#0", "infra#1", "infra", "infra", True, True),
    ]
    assert summary(rows).rows() == [("access", 1, 1, 1), ("infra", 1, 1, 1)]
    assert "n = 2" in figure(rows).to_dict()["layout"]["annotations"][0]["text"]
    for queue, found in (("access", ["infra#2"]), ("infra", ["infra#2", "infra#0"]), ("lost", [])):
        asked = metrics.duplicate_suspects(con, as_of=AS_OF, queue=queue).project("key").fetchall()
        assert [key for (key,) in asked] == found
    window = {"since": utc("2026-11-02 10:00"), "until": utc("2026-11-02 11:00")}
    inside = metrics.duplicate_suspects(con, as_of=AS_OF, **window).project("key").fetchall()
    assert inside == [("infra#2",)]


def test_how_alike_is_too_alike_the_checklist_of_the_later_one_says(history: History, open_store_of: Store) -> None:
    """Three of four words are 0.75; a queue without a checklist is left out."""
    text = '[[intake]]\nqueues = ["access"]\nalike = 0.75\n[[intake]]\nqueues = ["infra"]\nalike = 0.76\n'
    history.ticket(1, "2026-11-02 09:00", title="Shop mail is late")
    history.ticket(2, "2026-11-02 10:00", title="Shop mail is slow", queue="access")
    history.ticket(3, "2026-11-02 11:00", title="Shop mail is bad")
    history.ticket(4, "2026-11-02 12:00", title="Shop mail is late", queue="lost")
    assert pairs(open_store_of(history.records, OFFICE + text)) == [("infra#2", "infra#1")]
    later = text.replace("0.75", "1.0") + '[[intake]]\nqueues = ["access"]\nvalid_from = 2026-11-02\nalike = 0.75\n'
    assert pairs(open_store_of(history.records, OFFICE + later)) == [("infra#2", "infra#1")]
    later = later.replace("valid_from = 2026-11-02", "valid_from = 2026-11-03")
    assert pairs(open_store_of(history.records, OFFICE + later)) == []


@dataclass(frozen=True)
class Told:
    """A made-up ticket: its different words, and what it names."""

    words: frozenset[str]
    name: str | None
    opened: int
    is_open: bool
    queue: str

    @property
    def title(self) -> str:
        return " ".join([*sorted(self.words), *([self.name] if self.name else [])])

    @property
    def compared(self) -> set[str]:
        return {*self.words, *(["#"] if self.name else [])}


VOCABULARY = ["mail", "disk", "shop", "late", "slow", "full", "new", "the", "of", "is"]
TICKETS = st.builds(
    Told,
    words=st.frozensets(st.sampled_from(VOCABULARY), min_size=1, max_size=7),
    name=st.sampled_from([None, None, "web-01", "db-7"]),
    opened=st.integers(0, 20),
    is_open=st.sampled_from([True, True, True, False]),
    queue=st.sampled_from(["infra", "access"]),
)


@EXAMPLES
@given(
    tickets=st.lists(TICKETS, min_size=2, max_size=25),
    alike=st.fixed_dictionaries(
        {"infra": st.sampled_from([0.51, 0.6, 0.8, 0.9]), "access": st.sampled_from([0.7, 1.0])}
    ),
    settle=st.sampled_from([None, facts.settle]),
)
def test_the_pairs_are_those_one_finds_by_comparing_all(
    opened: Opened, tickets: list[Told], alike: dict[str, float], settle: Settle | None
) -> None:
    history, start = History(), utc("2026-11-02 00:00")
    text = OFFICE + "".join(f'[[intake]]\nqueues = ["{queue}"]\nalike = {limit}\n' for queue, limit in alike.items())
    for n, told in enumerate(tickets):
        closing = [] if told.is_open else [("2026-11-20 00:00", "status", "closed", "ana")]
        moment = f"{start + timedelta(hours=told.opened):%Y-%m-%d %H:%M}"
        history.ticket(10 + n, moment, *closing, title=told.title, queue=told.queue)
    with opened(history.records, text, settle) as con:
        rows = metrics.duplicate_suspects(con, as_of=AS_OF).project("key, other_key, similarity").fetchall()
    found = {(int(key[-2:]) - 10, int(other[-2:]) - 10): similarity for key, other, similarity in rows}
    assert len(found) == len(rows)
    assert found == wanted(tickets, alike)


def wanted(tickets: list[Told], alike: dict[str, float]) -> dict[tuple[int, int], float]:
    waiting = sorted((told.opened, n) for n, told in enumerate(tickets) if told.is_open)
    firsts: dict[tuple[str, str | None], int] = {}
    found = {}
    for _, n in waiting:
        first = firsts.setdefault((" ".join(sorted(tickets[n].words)), tickets[n].name), n)
        if first != n:
            found[n, first] = 1.0
    for one, other in combinations(firsts.values(), 2):
        a, b = tickets[one], tickets[other]
        similarity = 2 * len(a.compared & b.compared) / (len(a.compared) + len(b.compared))
        if a.name == b.name and similarity >= alike[b.queue] - 1e-9:
            found[other, one] = similarity
    return found
