"""The first word a requester hears from another human."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
from hypothesis import given

import metrics
from ingest.records import Gone
from metrics.first_response import figure, summary
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, utc
from tests.metrics.conftest import Opened
from tests.metrics.oracle import (
    EXAMPLES,
    SAID,
    WORLD,
    assert_same,
    calendar_at,
    calendar_of,
    histories,
    instants,
    lives,
    naive,
    working_seconds,
)

Store = Callable[..., duckdb.DuckDBPyConnection]


def responses(con: duckdb.DuckDBPyConnection, as_of: str = "2026-11-30 00:00", **asked: Any) -> list[dict[str, Any]]:
    return metrics.first_response(con, as_of=utc(as_of), **asked).pl().to_dicts()


def test_the_first_comment_of_another_human_answers(history: History, open_store_of: Store) -> None:
    history.ticket(
        1,
        "2026-11-02 09:00",
        ("09:05", "comment", "+Thank you for reporting.", "robot[bot]"),
        ("09:10", "comment", "+Some more detail.", "asker"),
        ("09:20", "label", "+Bug", "ana"),
        ("10:00", "comment", "+Looking.", "ana"),
        ("09:59", "comment", "+Me too.", "bo"),
    )
    [row] = responses(open_store_of(history.records))
    assert (row["responder"], row["response_seconds"], row["response_working_seconds"]) == ("bo", 3540.0, 3540.0)


def test_the_order_within_a_second_names_the_responder(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("09:00", "comment", "+A", "bo"), ("09:00", "comment", "+B", "ana"))
    [row] = responses(open_store_of(history.records))
    assert (row["responder"], row["response_seconds"]) == ("bo", 0.0)


def test_what_the_requester_cannot_see_does_not_answer(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("09:30", "note", "+Me first.", "bo"), ("10:00", "comment", "+Hello.", "ana"))
    [row] = responses(open_store_of(history.records))
    assert (row["responder"], row["response_seconds"]) == ("ana", 3600.0)


def test_an_account_the_settings_call_a_bot_does_not_answer(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "comment", "+Build failed.", "machine"))
    [row] = responses(open_store_of(history.records, WORLD))
    assert row["responded_at"] is None


def test_a_requester_under_a_second_account_is_still_the_requester(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "comment", "+Me again.", "asker-at-home"), author="asker")
    one = '[[person]]\nname = "Ask Er"\naccounts = ["test/asker", "test/asker-at-home"]\n'
    [row] = responses(open_store_of(history.records, OFFICE + TRIAGE_PROMISE + one))
    assert row["responded_at"] is None


def test_nobody_answered_is_null_and_keeps_waiting(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "status", "closed", "ana"))
    [row] = responses(open_store_of(history.records), as_of="2026-11-02 12:00")
    names = ("responded_at", "response_seconds", "response_working_seconds", "waited_working_seconds", "is_open")
    assert [row[name] for name in names] == [None, None, None, 10800.0, False]


def test_an_answer_after_the_instant_is_not_known(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "comment", "+Hello.", "ana"))
    con = open_store_of(history.records)
    assert [responses(con, as_of=f"2026-11-02 {at}")[0]["responded_at"] is None for at in ("10:00", "10:00:01")] == [
        True,
        False,
    ]


def test_nights_and_weekends_are_not_waited(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-06 16:00", ("2026-11-09 10:00", "comment", "+Hello.", "ana"))
    [row] = responses(open_store_of(history.records))
    assert (row["response_seconds"], row["response_working_seconds"]) == (66 * 3600.0, 7200.0)


def test_the_queue_it_was_opened_in_answers_for_it(history: History, open_store_of: Store) -> None:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "queue", "lost", "ana"), ("11:00", "comment", "+Hello.", "ana"))
    con = open_store_of(history.records)
    assert [row["queue"] for row in responses(con, queue="infra")] == ["infra"]
    assert responses(con, queue="lost") == []


def test_a_gone_ticket_is_left_out(history: History, open_store_of: Store) -> None:
    ticket_id = history.ticket(1, "2026-11-02 09:00")
    history.records.append(Gone(ticket_id, utc("2026-11-02 10:00"), "hidden"))
    assert responses(open_store_of(history.records)) == []


def test_half_are_answered_after_the_time_the_median_says(history: History, open_store_of: Store) -> None:
    """Answered after 1, 2 and 3 hours, two wait for longer: three fifths are answered by the third hour."""
    for number in range(1, 6):
        answered = [(f"{9 + number}:00", "comment", "+Hm.", "ana")] if number < 4 else []
        history.ticket(number, "2026-11-02 09:00", *answered)
    rows = metrics.first_response(open_store_of(history.records), as_of=utc("2026-11-02 13:00"))
    assert summary(rows).select("tickets", "answered_tickets", "median_working_seconds").rows() == [(5, 3, 3 * 3600.0)]
    dots = {trace.name: (trace.marker.symbol, trace.y) for trace in figure(rows).data}
    assert dots == {"answered": ("circle", (1, 2, 3)), "still waiting": ("circle-open", (4, 4))}


@EXAMPLES
@given(history=histories(), as_of=instants())
def test_responses_agree_with_a_plain_replay(opened: Opened, history: History, as_of: datetime) -> None:
    names = ("ticket_id", "queue", "opened_at", "responded_at", "responder", "waited_working_seconds")
    with opened(history.records, WORLD) as con:
        rows = metrics.first_response(con, as_of=as_of).pl().select(names).rows()
    wanted = []
    for life in lives(SAID, history.records, as_of):
        if not life.is_live():
            continue
        word, start = life.first_word(), naive(life.ticket.opened_at)
        queue = next((stay["queue"] for stay in life.stays()), None)
        entered = next((stay["entered_at"] for stay in life.stays()), start)
        calendar = calendar_at(SAID, calendar_of(SAID, queue), entered) if queue else None
        at = naive(word.occurred_at) if word else None
        who = word.actor_id.removeprefix("test/") if word and word.actor_id else None
        waited = working_seconds(calendar, start, at or life.as_of) if calendar else None
        wanted.append((life.ticket.ticket_id, queue, start, at, who, waited))
    assert_same(history, as_of, rows, wanted)
