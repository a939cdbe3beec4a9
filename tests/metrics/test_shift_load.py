"""What each duty cost whoever held it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import metrics
from ingest.records import Account, Event, Gone, Record, Shift
from ingest.store import Settle
from metrics import facts
from metrics.interruptions import interrupted_hours
from metrics.shift_load import COLUMNS, INTERRUPTIONS, TICKETS, interruptions, shifts_of, summary, weekly
from metrics.weeks import Week
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import FEW_EXAMPLES, WORLD, histories, instants, naive
from tests.metrics.rota_oracle import ROTA, rotas
from tests.metrics.shift_load_oracle import shift_loads

Store = Callable[..., duckdb.DuckDBPyConnection]
ANA = """
[[person]]
name = "Ana"
zone = "Europe/Berlin"
accounts = ["test/ana", "test/ana2"]
roles = ["duty"]
"""
DUTY = """
[[role]]
name = "duty"
queues = ["infra"]
"""
TEXT = OFFICE + TRIAGE_PROMISE + ANA + DUTY
SILENT = (
    TEXT.replace('presets = ["github", "github-labels"]', 'presets = ["github"]\nlabel = { "in progress" = "active" }')
    + "[[ownership]]\nsilent_days = 5\n"
)
IN_AMERICA = TEXT.replace('roles = ["duty"]', 'roles = ["duty"]\ncountry = "US"')
LATER = utc("2026-11-30 00:00")
WORK = [("00:00", "owner", "+ana", "ana"), ("00:00", "label", "+in progress", "ana")]


def shift(login: str, starts: str, ends: str, shift_id: str = "s") -> list[Record]:
    account = Account(f"test/{login}", "test", login, None, False)
    return [account, Shift(shift_id, "cal", "duty", f"test/{login}", utc(starts), utc(ends))]


def load(con: duckdb.DuckDBPyConnection, as_of: datetime = LATER, **asked: Any) -> dict[str, Any]:
    [row] = metrics.shift_load(con, as_of=as_of, **asked).pl().to_dicts()
    return row


def told(row: dict[str, Any], *names: str) -> list[Any]:
    return [row[name] for name in names]


def test_a_week_in_figures(history: History, open_store_of: Store) -> None:
    """Three tickets arrive in Ana's week, one of them urgent; she labels one, closes another
    (both are triaged by that), and leaves one new."""
    history.ticket(1, "2026-11-03 09:00", ("10:00", "label", "+P1", "ana"))
    history.ticket(2, "2026-11-04 09:00", ("10:00", "status", "closed", "ana2"))
    history.ticket(3, "2026-11-05 09:00")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    row = load(open_store_of(history.records, TEXT))
    assert told(row, "shift_id", "role", "person", "is_running") == ["s", "duty", "Ana", False]
    assert told(row, "held_weeks", "duty_weeks", "weekend_days", "holiday_days") == [1.0, 1.0, 2.0, 0.0]
    assert told(row, *TICKETS) == [3, 1, 2, 1]
    assert told(row, *INTERRUPTIONS) == [3, 3, 0, 0]
    assert told(row, "untriaged_tickets", "silent_tickets") == [1, None]  # nobody said when a ticket counts as silent


@pytest.mark.parametrize(
    ("opened_at", "arrivals"), [("01 23:59:59", 0), ("02 00:00:00", 1), ("08 23:59:59", 1), ("09 00:00:00", 0)]
)
def test_a_shift_has_its_first_moment_and_not_its_last(
    history: History, open_store_of: Store, opened_at: str, arrivals: int
) -> None:
    history.ticket(1, f"2026-11-{opened_at}")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["arrivals"] == arrivals


def test_what_others_and_bots_and_other_queues_do_is_not_the_duty_s(history: History, open_store_of: Store) -> None:
    """Bo triages the first, a bot closes the second, and the third is not in a queue of the role."""
    history.ticket(1, "2026-11-03 09:00", ("10:00", "label", "+Bug", "bo"), ("11:00", "status", "closed", "bo"))
    history.ticket(2, "2026-11-03 09:00", ("10:00", "status", "closed", "sweep[bot]"))
    history.ticket(3, "2026-11-03 09:00", ("10:00", "status", "closed", "ana"), queue="access")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert told(load(open_store_of(history.records, TEXT)), *TICKETS) == [2, 0, 0, 0]


def test_whoever_is_on_duty_has_done_what_their_account_did_though_nobody_knows_whose_it_is(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-03 09:00", ("10:00", "label", "+Bug", "dee"), ("11:00", "status", "closed", "dee"))
    history.records += shift("dee", "2026-11-02", "2026-11-09")
    assert told(load(open_store_of(history.records, TEXT)), *TICKETS) == [1, 0, 1, 1]


def test_what_one_s_own_bot_brings_does_not_interrupt_and_what_it_does_is_nobody_s_work(
    history: History, open_store_of: Store
) -> None:
    """It closes what it has brought, and is there when Bo triages what somebody else has."""
    history.ticket(1, "2026-11-03 09:00", ("10:00", "status", "closed", "ana[bot]"), author="ana[bot]")
    triaged = [("10:00", "label", "+Bug", "bo"), ("10:00", "comment", "+Seen.", "ana[bot]")]
    history.ticket(2, "2026-11-04 09:00", *triaged)
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    row = load(open_store_of(history.records, TEXT.replace('"test/ana2"', '"test/ana[bot]"')))
    assert told(row, *TICKETS, "interruptions") == [2, 0, 0, 0, 1]


def test_what_comes_as_one_shift_hands_over_to_the_next_is_the_next_one_s(
    history: History, open_store_of: Store
) -> None:
    """In that second Ana labels the first of two, which does not interrupt her."""
    history.ticket(1, "2026-11-09 00:00", ("00:00", "label", "+Bug", "ana"))
    history.ticket(2, "2026-11-09 00:00")
    history.records += shift("ana", "2026-11-02", "2026-11-09") + shift("ana", "2026-11-09", "2026-11-16", "next")
    rows = metrics.shift_load(open_store_of(history.records, TEXT), as_of=LATER)
    assert rows.project("arrivals, triaged_tickets, interruptions").fetchall() == [(0, 0, 0), (2, 1, 1)]


@pytest.mark.parametrize(("triaged_at", "triaged"), [("01 23:59:59", 0), ("02 00:00:00", 1), ("09 00:00:00", 0)])
def test_what_is_done_in_the_first_second_of_a_shift_is_the_duty_s(
    history: History, open_store_of: Store, triaged_at: str, triaged: int
) -> None:
    history.ticket(1, "2026-11-01 09:00", (f"2026-11-{triaged_at}", "label", "+Bug", "ana"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["triaged_tickets"] == triaged


def test_a_ticket_that_is_gone_takes_no_other_with_it(history: History, open_store_of: Store) -> None:
    """The first vanishes before they are triaged, the second after that, the third in that very second."""
    for number in (1, 2, 3):
        history.ticket(number, "2026-11-03 09:00", ("11:00", "label", "+Bug", "ana"))
    history.records.append(Gone("test/infra#1", utc("2026-11-03 10:00"), "deleted"))
    history.records.append(Gone("test/infra#2", utc("2026-11-03 12:00"), "deleted"))
    history.records.append(Gone("test/infra#3", utc("2026-11-03 11:00"), "deleted"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["triaged_tickets"] == 1


@pytest.mark.parametrize(("raised", "hours"), [("P0", 2), ("P1", 2), ("P2", 1)])
def test_what_becomes_urgent_interrupts_once_more(
    history: History, open_store_of: Store, raised: str, hours: int
) -> None:
    """It came in at nine and is raised at noon, by somebody else than whoever is on duty."""
    history.ticket(1, "2026-11-03 09:00", ("12:00", "label", f"+{raised}", "bo"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["interruptions"] == hours


def test_what_nobody_known_did_arrives_and_interrupts_all_the_same(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-03 09:00", ("12:00", "label", "+P1", "bo"))
    by_nobody = [replace(one, actor_id=None) if isinstance(one, Event) else one for one in history.records]
    con = open_store_of([*by_nobody, *shift("ana", "2026-11-02", "2026-11-09")], TEXT)
    assert told(load(con), "arrivals", "interruptions") == [1, 2]


def test_between_shifts_nothing_comes_to_anybody(history: History, open_store_of: Store) -> None:
    for number, opened_at in enumerate(["02 11:59:59", "02 12:00", "09 11:59:59", "09 12:00"], start=1):
        history.ticket(number, f"2026-11-{opened_at}")
    history.records += shift("bo", "2026-10-26", "2026-11-02", "before")
    history.records += shift("ana", "2026-11-02 12:00", "2026-11-09 12:00")
    before, row = metrics.shift_load(open_store_of(history.records, TEXT), as_of=LATER).pl().to_dicts()
    assert [told(one, "arrivals", "interruptions") for one in (before, row)] == [[0, 0], [2, 2]]


def test_a_shift_may_last_for_hours_of_one_day(history: History, open_store_of: Store) -> None:
    for number, opened_at in enumerate(["08:59:59", "09:00", "16:59:59", "17:00"], start=1):
        history.ticket(number, f"2026-11-03 {opened_at}")
    history.records += shift("ana", "2026-11-03 09:00", "2026-11-03 17:00")
    assert told(load(open_store_of(history.records, TEXT)), "arrivals", "interruptions") == [2, 2]


def test_what_is_urgent_for_no_time_at_all_interrupts_nobody(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-03 09:00", ("12:00", "label", "+P1", "bo"), ("12:00", "label", "-P1", "bo"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["interruptions"] == 1


def test_what_stays_as_urgent_as_it_was_interrupts_nobody_again(history: History, open_store_of: Store) -> None:
    """Raised at noon; at two, it is put down and raised again in one instant."""
    again = [("14:00", "label", "-P1", "bo"), ("14:00", "label", "+P1", "bo")]
    history.ticket(1, "2026-11-03 09:00", ("12:00", "label", "+P1", "bo"), *again)
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["interruptions"] == 2


def test_a_raise_interrupts_when_it_comes_and_not_when_it_is_taken_back(history: History, open_store_of: Store) -> None:
    """P1 at noon, P0 at one and P1 again at two, whatever the order in which the tracker tells of it."""
    raised = [("14:00", "label", "-P0", "bo"), ("13:00", "label", "+P0", "bo"), ("12:00", "label", "+P1", "bo")]
    history.ticket(1, "2026-11-03 09:00", *raised)
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    hours = interrupted_hours(open_store_of(history.records, TEXT), naive(LATER), None)
    assert [moment.hour for moment in hours["moment_at"]] == [9, 12, 13]


def test_what_became_urgent_elsewhere_interrupts_when_it_comes(history: History, open_store_of: Store) -> None:
    raised_and_moved = [("10:00", "label", "+P1", "bo"), ("12:00", "queue", "infra", "bo")]
    history.ticket(1, "2026-11-03 09:00", *raised_and_moved, queue="access")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["interruptions"] == 1


@pytest.mark.parametrize("lowered_at", ["11:00", "12:00"])
def test_what_was_urgent_elsewhere_is_none_of_the_urgent_arrivals(
    history: History, open_store_of: Store, lowered_at: str
) -> None:
    """It comes at noon, and is urgent until then at most."""
    changes = [("10:00", "label", "+P1", "bo"), (lowered_at, "label", "-P1", "bo"), ("12:00", "queue", "infra", "bo")]
    history.ticket(1, "2026-11-03 09:00", *changes, queue="access")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert told(load(open_store_of(history.records, TEXT)), "arrivals", "urgent_arrivals") == [1, 0]


def test_an_arrival_is_urgent_since_it_first_was(history: History, open_store_of: Store) -> None:
    """Urgent for an hour of that week, and again in the next."""
    changes = [("10:00", "+P1"), ("11:00", "-P1"), ("2026-11-10 09:00", "+P0")]
    history.ticket(1, "2026-11-03 09:00", *((when, "label", value, "bo") for when, value in changes))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["urgent_arrivals"] == 1


def test_what_is_closed_and_reopened_while_urgent_is_an_urgent_arrival_twice(
    history: History, open_store_of: Store
) -> None:
    changes = [("10:00", "label", "+P1"), ("11:00", "status", "closed"), ("12:00", "status", "open")]
    history.ticket(1, "2026-11-03 09:00", *((*change, "bo") for change in changes))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert told(load(open_store_of(history.records, TEXT)), "arrivals", "urgent_arrivals") == [2, 2]


def test_what_is_urgent_and_reopened_and_moved_in_one_second_arrives_once(
    history: History, open_store_of: Store
) -> None:
    """For no time at all it is open in the queue that it leaves."""
    closed = [("09:00", "label", "+P1", "bo"), ("10:00", "status", "closed", "bo")]
    again = [("12:00", "status", "open", "bo"), ("12:00", "queue", "infra", "bo")]
    history.ticket(1, "2026-11-03 09:00", *closed, *again, queue="access")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert told(load(open_store_of(history.records, TEXT)), "arrivals", "urgent_arrivals") == [1, 1]


@pytest.mark.parametrize("others", [["ana"], ["ana", "aaron"], ["cy"]])
def test_who_triages_in_one_second_with_others_has_triaged(
    history: History, open_store_of: Store, others: list[str]
) -> None:
    labels = [("10:00", "label", f"+{who}", who) for who in ["bo", *others]]
    history.ticket(1, "2026-11-03 09:00", *labels)
    history.records += shift("bo", "2026-11-02", "2026-11-09")
    row = load(open_store_of(history.records, TEXT))
    assert told(row, "triaged_tickets", "finished_tickets") == [1, 0]


@pytest.mark.parametrize("raised_at", ["10:00", "12:00"])
def test_what_becomes_urgent_when_it_has_left_interrupts_nobody_it_left(
    history: History, open_store_of: Store, raised_at: str
) -> None:
    moved_and_raised = [("10:00", "queue", "access", "bo"), (raised_at, "label", "+P1", "bo")]
    history.ticket(1, "2026-11-03 09:00", *moved_and_raised)
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["interruptions"] == 1


def test_interrupted_hours_are_those_of_the_span_asked_about(history: History, open_store_of: Store) -> None:
    for number, opened_at in enumerate(["03 08:59:59", "03 09:00:00", "03 11:59:59", "03 12:00:00"], start=1):
        history.ticket(number, f"2026-11-{opened_at}")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    span = datetime(2026, 11, 3, 9), datetime(2026, 11, 3, 12)  # noqa: DTZ001 - as the store has them
    hours = interrupted_hours(open_store_of(history.records, TEXT), naive(LATER), None, *span)
    assert hours["ticket_id"].to_list() == ["test/infra#2", "test/infra#3"]


def test_arrivals_are_openings_reopenings_and_moves_in_as_in_flow(history: History, open_store_of: Store) -> None:
    back = [("10:00", "status", "closed", "bo"), ("11:00", "status", "open", "bo")]
    history.ticket(1, "2026-11-03 09:00", *back)
    history.ticket(2, "2026-11-03 09:00", ("12:00", "queue", "infra", "bo"), queue="access")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    con = open_store_of(history.records, TEXT)
    flow = metrics.flow(con, as_of=LATER, since="2026-11-02T00:00Z", until="2026-11-09T00:00Z", queue="infra")
    assert load(con)["arrivals"] == flow.filter("change = 1").count("*").fetchall()[0][0] == 3


def test_urgent_is_what_became_p0_or_p1_before_the_shift_was_over(history: History, open_store_of: Store) -> None:
    """Raised on the last second of the week, and raised when it was over; the third is P2."""
    history.ticket(1, "2026-11-03 09:00", ("2026-11-08 23:59:59", "label", "+P0", "bo"))
    history.ticket(2, "2026-11-03 09:00", ("2026-11-09 00:00:00", "label", "+P0", "bo"))
    history.ticket(3, "2026-11-03 09:00", ("10:00", "label", "+P2", "bo"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert told(load(open_store_of(history.records, TEXT)), "arrivals", "urgent_arrivals") == [3, 1]


@pytest.mark.parametrize(
    ("moments", "hours"),
    [
        pytest.param(["03 08:00", "03 08:59:59"], [1, 1, 0, 0], id="two in one hour are one"),
        pytest.param(["03 08:59:59", "03 09:00"], [2, 2, 0, 0], id="two hours"),
        pytest.param(["03 07:59:59.999999", "03 08:00"], [2, 1, 1, 0], id="09:00 in Berlin is when business begins"),
        pytest.param(["03 15:59:59", "03 16:00"], [2, 1, 1, 0], id="17:00 is when it ends"),
        pytest.param(["03 05:59:59", "03 06:00"], [2, 0, 1, 1], id="07:00 is when sleep ends"),
        pytest.param(["03 21:59:59.999999", "03 22:00"], [2, 0, 1, 1], id="23:00 is when it begins"),
        pytest.param(["07 12:00"], [1, 0, 1, 0], id="Saturday noon is off"),
    ],
)
def test_hours_are_those_of_the_person_s_own_clock(
    history: History, open_store_of: Store, moments: list[str], hours: list[int]
) -> None:
    """Berlin is an hour ahead of UTC in November."""
    for n, moment in enumerate(moments):
        history.ticket(n, f"2026-11-{moment}")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert told(load(open_store_of(history.records, TEXT)), *INTERRUPTIONS) == hours


def test_hours_begin_where_the_person_s_clock_says(history: History, open_store_of: Store) -> None:
    """It is a quarter to when it is full in UTC: Nepal is 5:45 hours ahead."""
    for n, moment in enumerate(["09:14:59", "09:15", "10:00", "10:14:59", "10:15"]):
        history.ticket(n, f"2026-11-03 {moment}")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    con = open_store_of(history.records, TEXT.replace("Europe/Berlin", "Asia/Kathmandu"))
    hours = interrupted_hours(con, naive(LATER), None)
    assert [f"{hour:%H:%M}" for hour in hours["hour_at"]] == ["08:15", "09:15", "10:15"]


def test_of_an_hour_the_first_interruption_is_told(history: History, open_store_of: Store) -> None:
    """Two within minutes, and one later on."""
    for n, moment in enumerate(["09:05", "09:01", "09:40"], start=1):
        history.ticket(n, f"2026-11-03 {moment}")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    hours = interrupted_hours(open_store_of(history.records, TEXT), naive(LATER), None)
    assert hours.select("ticket_id", "moment_at").rows() == [("test/infra#2", naive(utc("2026-11-03 09:01")))]


def test_the_hour_that_comes_twice_in_autumn_is_two_hours(history: History, open_store_of: Store) -> None:
    """On 25 October 2026 it is 02:30 in Berlin at 00:30 and again at 01:30 UTC."""
    history.ticket(1, "2026-10-25 00:30")
    history.ticket(2, "2026-10-25 01:30")
    history.records += shift("ana", "2026-10-19", "2026-10-26")
    assert told(load(open_store_of(history.records, TEXT)), *INTERRUPTIONS) == [2, 0, 0, 2]


def test_an_hour_counts_for_what_it_was_when_the_first_interruption_came(
    history: History, open_store_of: Store
) -> None:
    """Business until 09:30: at 09:20 it was, at 09:40 it no longer is, and the hour is lost but once."""
    history.ticket(1, "2026-11-03 08:20")
    history.ticket(2, "2026-11-03 08:40")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    con = open_store_of(history.records, TEXT + 'business = ["09:00-09:30"]\n')
    assert told(load(con), *INTERRUPTIONS) == [1, 1, 0, 0]


def test_what_becomes_urgent_interrupts_and_one_s_own_doing_does_not(history: History, open_store_of: Store) -> None:
    """Bo makes a ticket P1 at 11:00 and P0 at 12:00: two hours more. Back to P1 is no alarm; nor is what Ana does."""
    raised = [("11:00", "label", "+P1", "bo"), ("12:00", "label", "+P0", "bo"), ("13:00", "label", "-P0", "bo")]
    history.ticket(1, "2026-11-03 09:00", *raised)
    history.ticket(2, "2026-11-04 09:00", ("11:00", "label", "+P1", "ana"))
    history.ticket(3, "2026-11-05 09:00", author="ana2")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["interruptions"] == 4


@pytest.mark.parametrize("holder", ["ana", "bo"])
def test_what_one_does_together_with_others_does_not_interrupt(
    history: History, open_store_of: Store, holder: str
) -> None:
    """Ana raises it in the second in which Bo writes."""
    history.ticket(1, "2026-11-03 09:00", ("12:00", "label", "+P1", "ana"), ("12:00", "comment", "+On it.", "bo"))
    history.records += shift(holder, "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["interruptions"] == 1


def test_a_ticket_interrupts_the_role_that_answers_for_its_queue(history: History, open_store_of: Store) -> None:
    """Ana has duty since Monday, Bo leads since Thursday; on Friday a ticket comes to the queue of duty."""
    history.ticket(1, "2026-11-06 10:00")
    lead = Shift("l", "cal", "lead", "test/bo", utc("2026-11-05"), utc("2026-11-12"))
    records = [
        *history.records,
        *shift("ana", "2026-11-02", "2026-11-09"),
        *shift("bo", "2026-11-19", "2026-11-20", "b"),
    ]
    con = open_store_of([*records, lead], TEXT + '[[role]]\nname = "lead"\nqueues = ["access"]\n')
    rows = metrics.shift_load(con, as_of=utc("2026-11-15 00:00"))
    assert rows.project("role, person, interruptions").fetchall() == [("duty", "Ana", 1), ("lead", "bo", 0)]


def test_a_public_holiday_of_the_person_is_neither_business_nor_a_working_day(
    history: History, open_store_of: Store
) -> None:
    """11 November, a Wednesday, is Veterans Day in the United States; Ana is in Berlin, but of that country."""
    for n, day in enumerate(("09", "11", "13"), start=1):
        history.ticket(n, f"2026-11-{day} 10:00")
    for starts, ends in pairwise(("02", "09", "16", "23")):
        history.records += shift("ana", f"2026-11-{starts}", f"2026-11-{ends}", starts)
    con = open_store_of(history.records, IN_AMERICA)
    rows = metrics.shift_load(con, as_of=LATER).project("holiday_days, business_interruptions, off_interruptions")
    assert rows.fetchall() == [(0.0, 0, 0), (1.0, 2, 1), (0.0, 0, 0)]


@pytest.mark.parametrize(
    ("zone", "starts", "ends", "hours"),
    [
        pytest.param("America/New_York", "12 00:00", "15 00:00", 5, id="in the west it lasts into the 12th"),
        pytest.param("Asia/Kolkata", "08 00:00", "10 21:30", 3, id="in the east it begins on the 10th"),
    ],
)
def test_a_holiday_is_a_day_of_the_person_s_own_zone(
    history: History, open_store_of: Store, zone: str, starts: str, ends: str, hours: int
) -> None:
    """Both shifts are of other days in UTC."""
    history.records += shift("ana", f"2026-11-{starts}", f"2026-11-{ends}")
    row = load(open_store_of(history.records, IN_AMERICA.replace("Europe/Berlin", zone)))
    assert row["holiday_days"] == pytest.approx(hours / 24)


def test_of_somebody_nobody_knows_the_kind_of_hour_is_unknown_and_not_none(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-03 09:00")
    history.records += shift("dee", "2026-11-02", "2026-11-09")
    row = load(open_store_of(history.records, TEXT))
    assert told(row, "person", "weekend_days", "holiday_days", *INTERRUPTIONS) == [
        "dee",
        None,
        None,
        1,
        None,
        None,
        None,
    ]


def test_of_a_role_that_nobody_described_the_load_is_unknown(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-03 09:00")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    row = load(open_store_of(history.records, OFFICE + ANA))
    assert told(row, "held_weeks", "weekend_days") == [1.0, 2.0]
    assert told(row, "duty_weeks", *TICKETS, *INTERRUPTIONS, "untriaged_tickets") == [None] * 10


def test_a_cover_s_tickets_are_whose_cover_it_was(history: History, open_store_of: Store) -> None:
    """Bo covers Wednesday, when one of two tickets comes."""
    history.ticket(1, "2026-11-03 09:00")
    history.ticket(2, "2026-11-04 09:00")
    history.records += shift("ana", "2026-11-02", "2026-11-09") + shift("bo", "2026-11-04", "2026-11-05", "c")
    rows = metrics.shift_load(open_store_of(history.records, TEXT), as_of=LATER)
    assert rows.project("person, arrivals, round(held_weeks * 7, 9)").fetchall() == [("Ana", 1, 6.0), ("bo", 1, 1.0)]


def test_a_running_shift_counts_as_far_as_is_known(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-03 09:00")
    history.ticket(2, "2026-11-04 12:00")
    history.records += shift("ana", "2026-11-02", "2026-11-09") + shift("ana", "2026-11-09", "2026-11-16", "next")
    con = open_store_of(history.records, TEXT)
    row = load(con, utc("2026-11-04 12:00"))
    assert told(row, "is_running", "arrivals", "untriaged_tickets", "ends_at") == [True, 1, 1, naive(utc("2026-11-09"))]
    assert row["duty_weeks"] == pytest.approx(2.5 / 7)
    [first, _] = metrics.shift_load(con, as_of="2026-11-09T00:00:01Z").project("is_running").fetchall()
    assert first == (False,)


def test_who_joins_another_on_duty_has_the_same_tickets_before_them_but_met_with_none_of_them(
    history: History, open_store_of: Store
) -> None:
    """Ana since Monday and Bo since Wednesday, as of Thursday."""
    history.ticket(1, "2026-11-03 09:00")
    history.ticket(2, "2026-11-03 00:00", *WORK)
    history.records += shift("ana", "2026-11-02", "2026-11-09") + shift("bo", "2026-11-04", "2026-11-11", "b")
    con = open_store_of(history.records, SILENT.replace("silent_days = 5", "silent_days = 1"))
    rows = metrics.shift_load(con, as_of=utc("2026-11-05 00:00"))
    met = rows.project("person, arrivals, untriaged_tickets, silent_tickets")
    assert met.fetchall() == [("Ana", 2, 1, 1), ("bo", 0, 1, 1)]


def test_roles_that_hand_over_at_one_instant_meet_each_with_what_is_in_its_own_queues(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-03 09:00")
    history.ticket(2, "2026-11-03 10:00", queue="access")
    history.ticket(3, "2026-11-03 11:00", queue="access")
    lead = Shift("l", "cal", "lead", "test/bo", utc("2026-11-02"), utc("2026-11-09"))
    history.records += [*shift("ana", "2026-11-02", "2026-11-09"), lead]
    con = open_store_of(history.records, TEXT + '[[role]]\nname = "lead"\nqueues = ["access"]\n')
    rows = metrics.shift_load(con, as_of=LATER)
    met = rows.project("role, arrivals, interruptions, untriaged_tickets")
    assert met.fetchall() == [("duty", 1, 1, 1), ("lead", 2, 2, 2)]


def test_what_is_triaged_or_closed_when_the_shift_is_over_was_left_untriaged(
    history: History, open_store_of: Store
) -> None:
    """Triaged a second before, when it ends, and a second later; the fourth is closed long after."""
    for n, labelled in enumerate(("08 23:59:59", "09 00:00:00", "09 00:00:01"), start=1):
        history.ticket(n, "2026-11-03 09:00", (f"2026-11-{labelled}", "label", "+Bug", "bo"))
    history.ticket(4, "2026-11-03 09:00", ("2026-11-20 09:00", "status", "closed", "bo"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["untriaged_tickets"] == 3


@pytest.mark.parametrize(
    ("closed_at", "reopened_at", "left"),
    [("08 23:59:59", "09 00:00:00", 0), ("08 23:59:58", "08 23:59:59", 1), ("09 00:00:00", "10 00:00:00", 1)],
)
def test_what_a_bot_has_closed_is_left_untriaged_if_it_is_open_when_the_shift_ends(
    history: History, open_store_of: Store, closed_at: str, reopened_at: str, left: int
) -> None:
    changes = [(closed_at, "closed"), (reopened_at, "open")]
    told = ((f"2026-11-{moment}", "status", status, "sweep[bot]") for moment, status in changes)
    history.ticket(1, "2026-11-03 09:00", *told)
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["untriaged_tickets"] == left


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        pytest.param([("04", "label", "+Bug"), ("05", "queue", "access"), ("07", "queue", "infra")], 0, id="before"),
        pytest.param([("05", "queue", "access"), ("07", "queue", "infra"), ("08", "label", "+Bug")], 0, id="then"),
        pytest.param([("05", "queue", "access"), ("07", "queue", "infra")], 1, id="never"),
        pytest.param([("05", "queue", "access"), ("10", "queue", "infra")], 0, id="elsewhere"),
        pytest.param([("04", "label", "+Bug"), ("09", "queue", "access"), ("09", "queue", "infra")], 0, id="at once"),
        pytest.param([("04", "label", "+Bug"), ("10", "queue", "access"), ("11", "queue", "infra")], 0, id="after"),
    ],
)
def test_untriaged_is_what_nobody_has_triaged_in_the_stay_that_the_shift_ends_in(
    history: History, open_store_of: Store, changes: list[tuple[str, str, str]], left: int
) -> None:
    """A ticket leaves the queue and comes back, each at midnight: triaged before that or then, never, not there when
    the shift ends, gone and back in that instant, or later."""
    told = ((f"2026-11-{day} 00:00", field, value, "bo") for day, field, value in changes)
    history.ticket(1, "2026-11-03 09:00", *told)
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, TEXT))["untriaged_tickets"] == left


def test_a_queue_without_a_rule_of_triage_leaves_nothing_untriaged(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-03 09:00")
    history.ticket(2, "2026-11-03 09:00", queue="access")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    of_infra = TEXT.replace('rule = "labelled"', 'queues = ["infra"]\nrule = "labelled"')
    con = open_store_of(history.records, of_infra.replace(DUTY, DUTY.replace('"infra"', '"infra", "access"')))
    assert told(load(con), "arrivals", "untriaged_tickets") == [2, 1]


def test_silent_is_what_is_claimed_and_active_without_a_word_for_days(history: History, open_store_of: Store) -> None:
    """Five days to the second, five days but a second, never claimed, not active, with a word in between, a bot's."""
    history.ticket(1, "2026-11-04 00:00", *WORK)
    history.ticket(2, "2026-11-04 00:00:01", *((f"{when}:01", *rest) for when, *rest in WORK))  # type: ignore[misc]
    history.ticket(3, "2026-11-03 00:00", WORK[1])
    history.ticket(4, "2026-11-03 00:00", WORK[0])
    history.ticket(5, "2026-11-03 00:00", *WORK, ("2026-11-08 00:00", "comment", "+Still at it.", "ana"))
    history.ticket(6, "2026-11-03 00:00", ("00:00", "owner", "+machine", "ana"), WORK[1])
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    settings = 'bots = ["test/machine"]\n' + SILENT
    assert load(open_store_of(history.records, settings))["silent_tickets"] == 1


@pytest.mark.parametrize("change", [("owner", "-ana"), ("label", "-in progress")])
def test_silent_is_what_is_still_claimed_and_active_when_the_shift_ends(
    history: History, open_store_of: Store, change: tuple[str, str]
) -> None:
    """A bot ends that for the first a second before, for the second at that instant, for the third a second later."""
    for n, taken in enumerate(("08 23:59:59", "09 00:00:00", "09 00:00:01"), start=1):
        history.ticket(n, "2026-11-03 00:00", *WORK, (f"2026-11-{taken}", *change, "sweep[bot]"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, SILENT))["silent_tickets"] == 2


def test_silent_is_what_was_claimed_before_the_shift_ended(history: History, open_store_of: Store) -> None:
    """A bot says who has the first in its last second, and who has the second when it is over."""
    for n, claimed in enumerate(("08 23:59:59", "09 00:00:00"), start=1):
        history.ticket(n, "2026-11-03 00:00", WORK[1], (f"2026-11-{claimed}", "owner", "+ana", "sweep[bot]"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, SILENT))["silent_tickets"] == 1


def test_a_silent_ticket_of_two_is_one(history: History, open_store_of: Store) -> None:
    """A bot gives it to a second owner."""
    history.ticket(1, "2026-11-03 00:00", *WORK, ("2026-11-04 00:00", "owner", "+bo", "sweep[bot]"))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert load(open_store_of(history.records, SILENT))["silent_tickets"] == 1


@pytest.mark.parametrize(("ends", "silent"), [("2026-11-08", 1), ("2026-11-09", 0), ("2026-11-10", 1)])
def test_a_silent_ticket_is_handed_over_where_it_is(
    history: History, open_store_of: Store, ends: str, silent: int
) -> None:
    """A bot moves it to another queue on the 8th at noon, and back on the 9th at noon."""
    moves = [("2026-11-08 12:00", "queue", "access"), ("2026-11-09 12:00", "queue", "infra")]
    history.ticket(1, "2026-11-02 00:00", *WORK, *((*move, "sweep[bot]") for move in moves))
    history.records += shift("ana", "2026-11-02", ends)
    assert load(open_store_of(history.records, SILENT))["silent_tickets"] == silent


@pytest.mark.parametrize(("heard", "silent"), [("07 23:59:59", 1), ("08 00:00:00", 1), ("08 00:00:01", 0)])
def test_a_day_may_be_called_silence(history: History, open_store_of: Store, heard: str, silent: int) -> None:
    """Between two words, with the shift's end in the middle."""
    words = [(f"2026-11-{heard}", "comment", "+Still at it."), ("2026-11-09 12:00", "comment", "+Done.")]
    history.ticket(1, "2026-11-03 00:00", *WORK, *((*word, "ana") for word in words))
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    one_day = SILENT.replace("silent_days = 5", "silent_days = 1")
    assert load(open_store_of(history.records, one_day))["silent_tickets"] == silent


def test_a_ticket_that_is_gone_came_but_is_not_handed_over(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-03 09:00")
    history.records += [Gone("test/infra#1", utc("2026-11-05 00:00"), "deleted")]
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    assert told(load(open_store_of(history.records, TEXT)), "arrivals", "untriaged_tickets") == [1, 0]


def test_with_a_queue_only_its_tickets_and_the_roles_that_answer_for_it_count(
    history: History, open_store_of: Store
) -> None:
    history.ticket(1, "2026-11-03 09:00")
    history.ticket(2, "2026-11-03 10:00", queue="access")
    history.records += shift("ana", "2026-11-02", "2026-11-09")
    con = open_store_of(history.records, TEXT.replace('queues = ["infra"]\n', 'queues = ["infra", "access"]\n'))
    assert told(load(con), "arrivals", "interruptions") == [2, 2]
    assert told(load(con, queue="access"), "arrivals", "interruptions") == [1, 1]
    assert metrics.shift_load(con, as_of=LATER, queue="elsewhere").fetchall() == []


def test_a_shift_belongs_to_the_window_and_week_of_its_middle(history: History, open_store_of: Store) -> None:
    """A calendar's week from Monday to Monday UTC is, in Los Angeles, one from Sunday to Sunday afternoon."""
    history.ticket(1, "2026-11-03 09:00")
    history.records += shift("ana", "2026-11-02", "2026-11-09") + shift("ana", "2026-11-09", "2026-11-16", "next")
    con = open_store_of(history.records, TEXT)
    weeks = Week.parse("2026-W46", "America/Los_Angeles").through(2)
    told = weekly(con, as_of="2026-11-12T00:00Z", weeks=weeks)
    assert told.select("week", "is_complete", "shifts", "people", "arrivals").rows() == [
        ("2026-W45", True, 1, 1, 1),
        ("2026-W46", False, 1, 1, 0),
    ]
    for since, until, found in [
        ("05T12:00", "05T12:00:01", [(1,)]),
        ("05T12:00:01", "06T00:00", []),
        ("01T00:00", "05T12:00", []),
    ]:
        rows = metrics.shift_load(con, as_of=LATER, since=f"2026-11-{since}Z", until=f"2026-11-{until}Z")
        assert rows.project("arrivals").fetchall() == found


def test_the_shifts_of_a_role_are_told_as_among_all(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-03 09:00")
    lead = Shift("l", "cal", "lead", "test/bo", utc("2026-11-02"), utc("2026-11-09"))
    history.records += [*shift("ana", "2026-11-02", "2026-11-09"), *shift("bo", "2026-12-07", "2026-12-14", "b"), lead]
    con = open_store_of(history.records, TEXT + '[[role]]\nname = "lead"\nqueues = ["infra"]\n')
    found = shifts_of(con, "lead", as_of=LATER, since=utc("2026-11-02"), until=utc("2026-11-09"))
    assert found.select("person", "arrivals", "interruptions", "untriaged_tickets").rows() == [("bo", 1, 1, 1)]


def test_the_summary_adds_up_and_keeps_what_is_unknown_unknown(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-03 09:00")
    history.records += shift("ana", "2026-11-02", "2026-11-09") + shift("ana2", "2026-11-16", "2026-11-23", "b")
    history.records += shift("dee", "2026-11-09", "2026-11-16", "c")
    rows = metrics.shift_load(open_store_of(history.records, TEXT), as_of=LATER)
    told = summary(rows).select("person", "shifts", "duty_weeks", "arrivals", "business_interruptions", "weekend_days")
    assert told.rows() == [("Ana", 2, 2.0, 1, 1, 4.0), ("dee", 1, 1.0, 0, None, None)]


def test_without_shifts_there_are_no_rows_and_weeks_of_nothing(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-03 09:00")
    con = open_store_of(history.records, TEXT)
    assert metrics.shift_load(con, as_of=LATER).fetchall() == []
    weeks = Week.parse("2026-W46", "UTC").through(1)
    [row] = weekly(con, as_of=LATER, weeks=weeks).to_dicts()
    assert (row["shifts"], row["arrivals"], row["duty_weeks"]) == (0, 0, 0)


@FEW_EXAMPLES
@given(
    history=histories(tickets=6, fewest=3),
    rota=rotas(most=8),
    as_of=instants(),
    settle=st.sampled_from([None, facts.settle]),
)
def test_shift_loads_agree_with_a_plain_replay(
    opened: Opened, history: History, rota: list[Record], as_of: datetime, settle: Settle | None
) -> None:
    records = [*history.records, *rota]
    with opened(records, WORLD + ROTA, settle) as con:
        rows = metrics.shift_load(con, as_of=as_of)
        assert rows.columns == list(COLUMNS)
        got = {row["shift_id"]: row for row in rows.pl().to_dicts()}
        some = {row["shift_id"]: row for row in metrics.shift_load(con, as_of=as_of, queue="access").pl().to_dicts()}
    for found, queues in ((got, None), (some, ["access"])):
        wanted = {row["shift_id"]: row for row in shift_loads(records, as_of, queues)}
        if queues is None:
            assert found.keys() == wanted.keys()
        for shift_id, row in found.items():
            compared = {name: row[name] for name in wanted[shift_id]}
            assert compared == pytest.approx(wanted[shift_id], abs=1e-9), f"{shift_id} as of {as_of.astimezone(UTC)}"


@FEW_EXAMPLES
@given(history=histories(tickets=6, fewest=3), rota=rotas(most=8), as_of=instants(), since=instants())
def test_a_window_tells_of_its_shifts_what_all_time_does(
    opened: Opened, history: History, rota: list[Record], as_of: datetime, since: datetime
) -> None:
    until = since + timedelta(days=5)
    with opened([*history.records, *rota], WORLD + ROTA) as con:
        every = metrics.shift_load(con, as_of=as_of).pl()
        windowed = metrics.shift_load(con, as_of=as_of, since=since, until=until).pl()
        interrupted = interruptions(con, as_of=as_of, since=since)
        roles = windowed["role"].unique().to_list()
        alone = {role: shifts_of(con, role, as_of=as_of, since=since, until=until) for role in roles}
    begun = every.filter(pl.col("middle_at") >= naive(since))
    assert windowed.equals(begun.filter(pl.col("middle_at") < naive(until)))
    assert all(shifts.equals(windowed.filter(role=role)) for role, shifts in alone.items())
    assert interrupted.sort("shift_id").equals(begun.select(interrupted.columns).sort("shift_id"))
