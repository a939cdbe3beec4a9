"""Limits of work in progress: at the limit is fine, above is a breach, and the version in force decides."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given

import metrics
import settings
from ingest.records import Ticket
from metrics.limit_times import above, loads
from metrics.weeks import Week
from metrics.wip_limits import breaches, people_above, time_above, weekly
from tests.conftest import OFFICE, History, utc
from tests.metrics import wip_oracle
from tests.metrics.conftest import Opened
from tests.metrics.oracle import EXAMPLES, assert_same, histories, instants, naive
from tests.metrics.test_facts import told as settled
from tests.metrics.wip_oracle import ACTIONS, TEXT, settings_of

Store = Callable[..., duckdb.DuckDBPyConnection]
SAID = settings_of()
ONE_EACH = "[[wip]]\nperson = 1\n"
PEOPLE = "[[person]]\nname = 'Ana Lopes'\naccounts = ['test/ana', 'test/ana.l']\n"
NOON = utc("2026-11-02 12:00")


def active(owner: str, since: str, until: str | None = None) -> list[tuple[str, str, str, str]]:
    changes = [("09:00", "owner", f"+{owner}", "x")] if owner else []
    changes.append((since, "label", "+in progress", "x"))
    return changes + ([(until, "status", "closed", "x")] if until else [])


@pytest.fixture
def ana(history: History) -> History:
    """On Monday ana has one ticket from 9:00, two from 10:00, three from 10:30 to 11:00 (the last one in access)."""
    history.ticket(1, "2026-11-02 09:00", *active("ana", "09:00"))
    history.ticket(2, "2026-11-02 09:00", *active("ana", "10:00"))
    history.ticket(3, "2026-11-02 09:00", *active("ana", "10:30", "11:00"), queue="access")
    return history


def told(con: duckdb.DuckDBPyConnection, as_of: datetime = NOON, **asked: Any) -> list[Any]:
    """Person, queue, tickets, allowed, and since when, as a clock time."""
    rows = breaches(con, as_of=as_of, **asked).drop("scope", "person_id").rows()
    return [(*row[:-1], f"{row[-1]:%H:%M}") for row in rows]


def test_at_the_limit_is_fine_and_above_is_a_breach(ana: History, open_store_of: Store) -> None:
    """With two allowed, two are fine and the third of 10:30 is too many."""
    con = open_store_of(ana.records, OFFICE + "[[wip]]\nperson = 2\n")
    assert told(con, utc("2026-11-02 10:30")) == []
    assert told(con, utc("2026-11-02 10:30:01")) == [("ana", None, 3, 2, "10:30")]
    assert told(con) == []


def test_it_lasts_since_the_first_moment_above_whatever_the_number_then(ana: History, open_store_of: Store) -> None:
    con = open_store_of(ana.records, OFFICE + ONE_EACH)
    assert told(con) == [("ana", None, 2, 1, "10:00")]


@pytest.mark.parametrize("as_of", ["2026-11-20 10:00", "2027-01-11 10:00", "2027-01-11 10:30", "2027-03-01 12:00"])
def test_since_when_is_told_however_long_ago_that_was(ana: History, open_store_of: Store, as_of: str) -> None:
    """Whoever is above for less than ten weeks is told without a look at the years before; ana is for longer, or just
    so long. Her third ticket, closed the same day, and bo's time above in November are no part of it."""
    for number, (since, until) in enumerate([("09:00", None), ("09:30", "10:00")], start=4):
        ana.ticket(number, "2026-11-02 09:00", *active("bo", since, until))
    ana.ticket(6, "2026-11-19 09:00", *active("bo", "09:00"))
    since = breaches(open_store_of(ana.records, OFFICE + ONE_EACH), as_of=utc(as_of)).select("person", "above_since_at")
    assert since.rows() == [
        ("ana", naive(utc("2026-11-02 10:00"))),
        ("bo", naive(utc("2026-11-19 09:00"))),
    ]


def test_without_limits_there_is_no_breach_and_no_number(ana: History, open_store_of: Store) -> None:
    con = open_store_of(ana.records, OFFICE)
    assert told(con) == []
    [week] = weekly(con, as_of=NOON, weeks=[Week.parse("2026-W45", "UTC")]).to_dicts()
    assert (week["tickets"], week["unowned_tickets"]) == (2, 0)
    assert [week[name] for name in ("people_over_limit", "person_above_seconds", "queue_above_seconds")] == [None] * 3


def test_a_limit_of_ones_own_goes_before_everybodys(ana: History, open_store_of: Store) -> None:
    ana.ticket(4, "2026-11-02 09:00", *active("bo", "09:00"))
    con = open_store_of(ana.records, OFFICE + ONE_EACH + "people = { ana = 2, bo = 0 }\n")
    assert told(con) == [("bo", None, 1, 0, "09:00")]


def test_only_who_is_named_is_limited_where_nothing_is_said_of_the_others(ana: History, open_store_of: Store) -> None:
    con = open_store_of(ana.records, OFFICE + "[[wip]]\npeople = { bo = 0 }\n")
    assert told(con) == []


def test_a_person_is_named_by_name_and_has_the_tickets_of_all_accounts(ana: History, open_store_of: Store) -> None:
    ana.ticket(4, "2026-11-02 09:00", *active("ana.l", "11:30"))
    text = PEOPLE + OFFICE + "[[wip]]\npeople = { 'Ana Lopes' = 2 }\n"
    assert told(open_store_of(ana.records, text)) == [("Ana Lopes", None, 3, 2, "11:30")]


def test_nobody_has_no_limit(history: History, open_store_of: Store) -> None:
    for number in (1, 2, 3):
        history.ticket(number, "2026-11-02 09:00", *active("", "09:00"))
    assert told(open_store_of(history.records, OFFICE + ONE_EACH)) == []


def test_each_queue_is_limited_by_itself_and_counts_a_ticket_once(ana: History, open_store_of: Store) -> None:
    """At 10:45 infra has ana's two, one of them bo's as well, and access one; one each is allowed."""
    ana.ticket(4, "2026-11-02 09:00", ("09:00", "owner", "+bo", "x"), *active("ana", "10:40"))
    con = open_store_of(ana.records, OFFICE + "[[wip]]\nqueue = 1\n")
    assert told(con, utc("2026-11-02 10:45")) == [(None, "infra", 3, 1, "10:00")]


def test_tickets_in_no_queue_make_no_breach_of_a_queue_but_one_of_their_owner(
    history: History, open_store_of: Store
) -> None:
    for number in (1, 2):
        history.ticket(number, "2026-11-02 09:00", *active("ana", "09:00"), queue=None)
    con = open_store_of(history.records, OFFICE + ONE_EACH + "queue = 1\n")
    assert told(con) == [("ana", None, 2, 1, "09:00")]


def test_a_limit_counts_the_queues_it_is_for(ana: History, open_store_of: Store) -> None:
    """Two in infra, one in access: one allowed in infra, two in all other queues."""
    text = OFFICE + "[[wip]]\nqueues = ['infra']\nperson = 1\n[[wip]]\nperson = 0\n"
    rows = breaches(open_store_of(ana.records, text), as_of=utc("2026-11-02 10:45"))
    assert rows.select("scope", "tickets", "allowed_tickets").rows() == [("infra", 2, 1), ("*", 1, 0)]


def test_a_limit_may_be_for_one_source(ana: History, open_store_of: Store) -> None:
    text = OFFICE + "[[wip]]\nsources = ['te*', 'x']\nperson = 1\n"
    assert breaches(open_store_of(ana.records, text), as_of=NOON)["scope"].to_list() == ["* of te*, x"]


def test_queues_of_one_name_in_two_sources_are_told_apart_and_each_ticket_counts_once(
    ana: History, open_store_of: Store
) -> None:
    """Her ticket of 10:00 is in the infra of another tracker, whose tickets the limit is not for, and then is."""
    records = [replace(r, source="other") if isinstance(r, Ticket) and r.key == "infra#2" else r for r in ana.records]
    for sources, times in (("'test'", [("10:30", "11:00", 2)]), ("'test', 'other'", [("10:00", None, 3)])):
        con = open_store_of(records, OFFICE + f"[[wip]]\nsources = [{sources}]\nperson = 1\n")
        rows = above(con, as_of=NOON).select("from_at", "until_at", "most_tickets").rows()
        assert [(f"{begun:%H:%M}", ended and f"{ended:%H:%M}", most) for begun, ended, most in rows] == times


def test_somebody_called_as_a_queue_is_no_queue(history: History, open_store_of: Store) -> None:
    """Two in work of the queue infra, one of them of the person of that name, and one each allowed."""
    for number, owner in enumerate(("inge", "bo"), start=1):
        history.ticket(number, "2026-11-02 09:00", *active(owner, "09:00"))
    inge = "[[person]]\nname = 'infra'\naccounts = ['test/inge']\n"
    con = open_store_of(history.records, OFFICE + ONE_EACH + "queue = 1\n" + inge)
    assert told(con) == [(None, "infra", 2, 1, "09:00")]


def test_asked_about_a_queue_people_are_judged_by_all_they_have(ana: History, open_store_of: Store) -> None:
    """Of ana's three tickets at 10:45 one is in access, which is what shows her there; at noon she has none there."""
    con = open_store_of(ana.records, OFFICE + ONE_EACH + "queue = 0\n")
    at_once = told(con, utc("2026-11-02 10:45"), queue="access")
    assert at_once == [("ana", None, 3, 1, "10:30"), (None, "access", 1, 0, "10:30")]
    assert told(con, queue="access") == []
    seconds = time_above(con, as_of=NOON, queue="access").select("person", "queue", "above_seconds").rows()
    assert sorted(seconds, key=str) == [("ana", None, 1800.0), (None, "access", 1800.0)]


def test_time_above_is_cut_to_the_window_and_to_what_is_known(ana: History, open_store_of: Store) -> None:
    """Above one from 10:00 on: two hours by noon, of which the half hour from 10:15 is asked for."""
    con = open_store_of(ana.records, OFFICE + ONE_EACH)
    whole = time_above(con, as_of=NOON, until=utc("2026-11-30 00:00"))
    assert whole.rows() == [("ana", None, "*", 7200.0, 3, "test/ana")]
    part = time_above(con, as_of=NOON, since=utc("2026-11-02 10:15"), until=utc("2026-11-02 10:45"))
    assert part.rows() == [("ana", None, "*", 1800.0, 3, "test/ana")]
    assert time_above(con, as_of=NOON, until=utc("2026-11-02 10:00")).is_empty()
    assert time_above(con, as_of=NOON, since=NOON).is_empty()


def test_a_new_version_makes_a_breach_of_what_was_none(ana: History, open_store_of: Store) -> None:
    """Two allowed until 11:30, one from then on: above from 10:30 to 11:00, and again since 11:30."""
    later = "[[wip]]\nvalid_from = 2026-11-02T11:30:00Z\nperson = 1\n"
    con = open_store_of(ana.records, OFFICE + "[[wip]]\nperson = 2\n" + later)
    assert told(con) == [("ana", None, 2, 1, "11:30")]
    assert told(con, utc("2026-11-02 11:30")) == []
    assert time_above(con, as_of=NOON)["above_seconds"].to_list() == [3600.0]


def test_a_version_decides_from_the_instant_after_its_first_on(ana: History, open_store_of: Store) -> None:
    """One allowed until 11:30, five from then on: in that very instant, what was before it is known."""
    later = "[[wip]]\nvalid_from = 2026-11-02T11:30:00Z\nperson = 5\n"
    con = open_store_of(ana.records, OFFICE + ONE_EACH + later)
    assert told(con, utc("2026-11-02 11:30")) == [("ana", None, 2, 1, "10:00")]
    assert told(con, utc("2026-11-02 11:30:01")) == []
    assert above(con, as_of=NOON)["until_at"].to_list() == [naive(utc("2026-11-02 11:30"))]


@pytest.mark.parametrize(
    ("since", "before"),
    [
        ("08:00", [("09:00", 1, 2), ("10:00", 2, 2), ("10:30", 3, 2), ("11:00", 2, 2)]),
        ("11:00", [("11:00", 2, 2)]),
        ("11:15", [("11:15", 2, 2)]),
    ],
)
def test_a_load_is_told_since_then_and_by_a_version_while_it_is_in_force(
    ana: History, open_store_of: Store, since: str, before: list[tuple[str, int, int]]
) -> None:
    """One from 9:00, a second from 10:00, a third from 10:30 to 11:00: the versions change at 11:30."""
    later = "[[wip]]\nvalid_from = 2026-11-02T11:30:00Z\nperson = 1\n"
    con = open_store_of(ana.records, OFFICE + "[[wip]]\nperson = 2\n" + later)
    rows = loads(con, as_of=NOON, since=naive(utc(f"2026-11-02 {since}"))).filter(pl.col("tickets") != 0)
    told = [(f"{begun:%H:%M}", *row) for begun, *row in rows.select("from_at", "tickets", "allowed_tickets").rows()]
    assert told == [*before, ("11:30", 2, 1)]
    assert rows["until_at"].to_list()[-1] is None


def test_a_breach_under_both_versions_is_one(ana: History, open_store_of: Store) -> None:
    later = "[[wip]]\nvalid_from = 2026-11-02T11:30:00Z\nperson = 0\n"
    con = open_store_of(ana.records, OFFICE + ONE_EACH + later)
    assert told(con) == [("ana", None, 2, 0, "10:00")]
    assert len(above(con, as_of=NOON)) == 1


def test_the_farthest_above_comes_first(ana: History, open_store_of: Store) -> None:
    ana.ticket(4, "2026-11-02 09:00", *active("bo", "09:00"))
    con = open_store_of(ana.records, OFFICE + "[[wip]]\nperson = 0\n")
    assert [row[0] for row in told(con)] == ["ana", "bo"]


def test_equally_far_above_comes_who_was_first_and_then_by_name(history: History, open_store_of: Store) -> None:
    """Cy since 9:00; ana, bo and their queues since 10:00; each with one ticket where none is allowed."""
    for number, (owner, since) in enumerate([("bo", "10:00"), ("cy", "09:00"), ("ana", "10:00")]):
        history.ticket(number, "2026-11-02 09:00", *active(owner, since), queue=owner)
    con = open_store_of(history.records, OFFICE + "[[wip]]\nperson = 0\nqueue = 0\n")
    queues = [(None, "cy"), (None, "ana"), (None, "bo")]
    people = [("cy", None), ("ana", None), ("bo", None)]
    order = [row[:2] for row in told(con)]
    assert [row for row in order if row[0]] == people
    assert [row for row in order if row[1]] == queues
    assert order.index(("cy", None)) < order.index((None, "ana"))
    longest = time_above(con, as_of=NOON).select("person", "queue").rows()
    assert [row for row in longest if row[0]] == people
    assert [row for row in longest if row[1]] == queues
    assert longest.index((None, "cy")) < longest.index(("ana", None))


def test_a_week_tells_who_is_above_at_its_end_and_how_long_all_were(history: History, open_store_of: Store) -> None:
    """Ana has two from Sunday 23:00 to Monday 01:00, one allowed: an hour in each week, and above as the first ends."""
    late = ("23:00", "label", "+in progress", "x")
    for number in (1, 2):
        early = ("2026-11-02 01:00", "label", "-in progress", "x")
        history.ticket(number, "2026-11-01 09:00", ("09:00", "owner", "+ana", "x"), late, early)
    history.ticket(3, "2026-11-01 09:00", ("10:00", "label", "+in progress", "x"))
    con = open_store_of(history.records, OFFICE + ONE_EACH + "queue = 2\n")
    rows = weekly(con, as_of=NOON, weeks=Week.parse("2026-W45", "UTC").through(2))
    assert rows.drop("starts_at", "ends_at").rows() == [
        ("2026-W44", True, 3, 1, 1, 3600.0, 3600.0),
        ("2026-W45", False, 1, 1, 0, 3600.0, 3600.0),
    ]


def test_a_limit_that_begins_next_week_says_nothing_of_this_one(ana: History, open_store_of: Store) -> None:
    text = OFFICE + "[[wip]]\nvalid_from = 2026-11-09\nperson = 1\n"
    weeks = Week.parse("2026-W46", "UTC").through(2)
    con = open_store_of(ana.records, text)
    rows = weekly(con, as_of=utc("2026-11-10 00:00"), weeks=weeks)
    columns = ("people_over_limit", "person_above_seconds", "queue_above_seconds")
    assert rows.select(columns).rows() == [(None, None, None), (1, 86400.0, None)]
    assert rows["tickets"].to_list() == [2, 2]
    elsewhere = weekly(con, as_of=utc("2026-11-10 00:00"), weeks=weeks, queue="lost")
    assert elsewhere["people_over_limit"].to_list() == [None, None]


def test_a_limit_withdrawn_as_a_week_begins_says_nothing_of_it(ana: History, open_store_of: Store) -> None:
    """One each until Monday 9 November, then none: the week before ends above it, and the next has no limit."""
    text = OFFICE + ONE_EACH + "[[wip]]\nvalid_from = 2026-11-09\nqueue = 9\n"
    weeks = Week.parse("2026-W46", "UTC").through(2)
    rows = weekly(open_store_of(ana.records, text), as_of=utc("2026-11-10 00:00"), weeks=weeks)
    since_ten = 14 * 3600.0 + 6 * 86400.0
    columns = ("people_over_limit", "person_above_seconds", "queue_above_seconds")
    assert rows.select(columns).rows() == [(1, since_ten, None), (None, None, 0.0)]


def test_a_store_that_carries_its_facts_tells_of_the_weeks_what_was_known_then(
    history: History, tmp_path: Path
) -> None:
    """Ana has two in work from Monday noon to Tuesday noon, of one allowed: before, as it begins, within, and after."""
    for number in (1, 2):
        turns = [("2026-11-02 12:00", "owner", "+ana", "x"), ("2026-11-02 12:00", "label", "+in progress", "x")]
        history.ticket(number, "2026-11-01 09:00", *turns, ("2026-11-03 12:00", "label", "-in progress", "x"))
    said = settings.parse(OFFICE + ONE_EACH, "a world")
    con = metrics.open_store(settled(tmp_path / "settled.duckdb", history.records, said))
    for clock, people, hours in (("02 12:00", 0, 0), ("02 18:00", 1, 6), ("03 12:00", 1, 24), ("03 18:00", 0, 24)):
        [week] = weekly(con, as_of=utc(f"2026-11-{clock}"), weeks=[Week.parse("2026-W45", "UTC")]).to_dicts()
        assert (week["people_over_limit"], week["person_above_seconds"]) == (people, hours * 3600)
    con.close()


def test_since_when_is_told_by_a_store_that_carries_its_facts(history: History, tmp_path: Path) -> None:
    """For longer than anybody looks back: two since Monday, but one from Tuesday to Wednesday."""
    pause = [("2026-11-03 10:00", "label", "-in progress", "x"), ("2026-11-04 10:00", "label", "+in progress", "x")]
    history.ticket(1, "2026-11-02 09:00", *active("ana", "10:00"))
    history.ticket(2, "2026-11-02 09:00", *active("ana", "10:00"), *pause)
    said = settings.parse(OFFICE + ONE_EACH, "a world")
    con = metrics.open_store(settled(tmp_path / "settled.duckdb", history.records, said))
    for clock, since in (("2026-11-03 09:00", "2026-11-02 10:00"), ("2027-03-01 09:00", "2026-11-04 10:00")):
        found = breaches(con, as_of=utc(clock)).select("person", "tickets", "above_since_at").rows()
        assert found == [("ana", 2, naive(utc(since)))]
    con.close()


@EXAMPLES
@given(history=histories(actions=ACTIONS), as_of=instants())
def test_times_above_agree_with_a_plain_count(opened: Opened, history: History, as_of: datetime) -> None:
    columns = ("person_id", "queue", "from_at", "until_at", "most_tickets")
    with opened(history.records, TEXT) as con:
        rows = above(con, as_of=as_of).select(columns).rows()
        now = breaches(con, as_of=as_of)
        weeks = weekly(con, as_of=as_of, weeks=Week.containing(as_of, "Europe/Berlin").through(4))
        sums = time_above(con, as_of=as_of, since=weeks["starts_at"][0].replace(tzinfo=UTC))
    assert_same(history, as_of, rows, [tuple(row) for row in wip_oracle.above(SAID, history.records, as_of)])
    assert len(now) == sum(row[3] is None for row in rows)
    assert (weeks["people_over_limit"][-1] or 0) == now["person"].drop_nulls().n_unique()
    for holder in ("person", "queue"):
        total = sums.filter(pl.col(holder).is_not_null())["above_seconds"].sum()
        assert weeks[f"{holder}_above_seconds"].sum() == pytest.approx(total)


@EXAMPLES
@given(history=histories(actions=ACTIONS), as_of=instants())
def test_breaches_are_counts_of_the_rows_behind_them(opened: Opened, history: History, as_of: datetime) -> None:
    """With one table for all queues, a person's tickets are that person's rows, and a queue's are its rows once."""
    with opened(history.records, TEXT.split("[[wip]]")[0] + "[[wip]]\nperson = 0\nqueue = 0\n") as con:
        rows = metrics.wip(con, as_of=as_of).filter("until_at IS NULL").pl()
        now = breaches(con, as_of=as_of)
    for person, queue, tickets in now.select("person", "queue", "tickets").rows():
        assert (
            tickets == rows.filter(pl.col("person" if person else "queue") == (person or queue))["ticket_id"].n_unique()
        )
    assert now["person"].drop_nulls().n_unique() == rows["person"].drop_nulls().n_unique()
    assert (now["above_since_at"] < naive(as_of)).all()


@EXAMPLES
@given(history=histories(actions=ACTIONS), as_of=instants(), since=instants())
def test_loads_since_an_instant_are_those_of_all_time_from_then_on(
    opened: Opened, history: History, as_of: datetime, since: datetime
) -> None:
    begun = pl.lit(naive(since), pl.Datetime("us"))
    with opened(history.records, TEXT) as con:
        every = loads(con, as_of=as_of, since=datetime(1, 1, 1))  # noqa: DTZ001 - instants in the store are UTC
        late = loads(con, as_of=as_of, since=naive(since))
    reaching = every.filter(pl.col("until_at").is_null() | (pl.col("until_at") > begun))
    moments = sorted({*reaching["from_at"], *late["from_at"], naive(since)})
    for moment in (moment for moment in moments if moment >= naive(since)):
        assert _standing(late, moment) == _standing(every, moment)


@EXAMPLES
@given(history=histories(actions=ACTIONS), as_of=instants())
def test_people_above_at_a_moment_are_those_whom_all_time_tells_of_then(
    opened: Opened, history: History, as_of: datetime
) -> None:
    """Of one instant the times before it are not looked at; the weekly series looks at them all."""
    weeks = Week.containing(as_of, "Europe/Berlin").through(4)
    with opened(history.records, TEXT) as con:
        for queue in (None, "infra", ["access"]):
            told = weekly(con, as_of=as_of, weeks=weeks, queue=queue)["people_over_limit"].to_list()
            moments = [min(week.ends_at, as_of) for week in weeks]
            assert people_above(con, as_of=as_of, moments=moments, queue=queue) == told


def _standing(rows: pl.DataFrame, moment: datetime) -> list[tuple[Any, ...]]:
    """Who had how much in work at a moment; nothing is as good as no row."""
    then = rows.filter(pl.col("from_at") <= moment, pl.col("until_at").is_null() | (pl.col("until_at") > moment))
    return sorted(then.filter(pl.col("tickets") > 0).drop("from_at", "until_at").rows(), key=str)
