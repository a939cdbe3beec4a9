"""Reading a Phorge over Conduit: what is asked, how often, from where it goes on, and what goes wrong."""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import phorge
from ingest.client import Client, ClientError, UnavailableError, Wire
from ingest.demo.trackers.phorge import Phorge
from ingest.demo.trackers.wire import Request, Response, session
from ingest.phorge.conduit import ConduitError, MissingError, call
from ingest.phorge.ids import numbers, spelled
from ingest.records import Census, Ticket
from tests.ingest.faulty import Faulty, Killed
from tests.ingest.ledger import BEGIN
from tests.ingest.phorge_reader import ADDRESS, SITE, SWEPT, TOKEN, Counting, Held, Reader, later, read


def desk(tasks: int = 1, **kept: Any) -> Phorge:
    tracker = Phorge(now=BEGIN, **kept)
    for login in ("ana", "ben"):
        tracker.enrol(login, login.title())
    for n in range(tasks):
        tracker.open(BEGIN + timedelta(minutes=n), "ana", f"Lamp {n}", "", queue="infra")
    later(tracker, 7_200)
    return tracker


def client_of(tracker: Any, token: str = TOKEN, wait: Callable[[float], None] = lambda _: None) -> Client:
    wire = Wire(session=lambda: session({ADDRESS: tracker}), wait=wait)
    return phorge.connect(SITE, token, wire)


def keys(reader: Reader) -> list[str]:
    return [record.key for record in reader.records() if isinstance(record, Ticket)]


# --- How often is asked -----------------------------------------------------------------------------


def test_a_run_with_nothing_new_asks_once() -> None:
    tracker = desk(250)
    reader = Reader(tracker).run()
    later(tracker, 3_600)
    reader.run()
    counting = Counting(tracker)
    reader.tracker = counting
    pages = len(reader.pages)
    reader.run()
    assert counting.asked == ["maniphest.search"]
    assert len(reader.pages) == pages


def test_a_first_load_asks_three_times_for_a_hundred_tasks() -> None:
    tracker = desk(300)
    for n in range(300):
        tracker.comment(tracker.now, "ben", f"T{n + 1}", "words")
    counting = Counting(tracker)
    reader = read(counting)
    assert len(keys(reader)) == 300
    about_tasks = [each for each in counting.asked if each.startswith(("maniphest.search", "maniphest.get", "trans"))]
    assert len(about_tasks) == 9
    assert len(counting.asked) < 20


def test_one_changed_task_is_read_alone_with_all_its_history() -> None:
    tracker = desk(250)
    reader = Reader(tracker).run()
    tracker.rename(tracker.now + timedelta(hours=1), "ben", "T7", "Lantern")
    before = len(reader.pages)
    reader.run()
    [page] = reader.pages[before:]
    assert [task["id"] for task in page["tasks"]] == [7]
    assert len(page["raw"]["7"]) == 5


def test_a_save_without_a_change_reads_the_task_again_and_tells_nothing_new() -> None:
    tracker = desk(2)
    reader = Reader(tracker).run()
    before = Held(reader.records()).seen()
    tracker.touch(tracker.now + timedelta(hours=1), "ben", "T2")
    reader.run()
    assert [task["id"] for task in reader.pages[-1]["tasks"]] == [2]
    assert Held(reader.records()).seen() == before


# --- From where it goes on --------------------------------------------------------------------------


def test_the_next_run_begins_where_this_one_began_less_an_overlap() -> None:
    tracker = desk(1)
    reader = Reader(tracker).run()
    assert reader.since["from"] == int(tracker.now.timestamp())
    assert reader.until == tracker.now
    tracker.rename(tracker.now - timedelta(minutes=5), "ben", "T1", "written before, seen after")
    reader.run()
    assert keys(reader)[-1] == "T1" and len(reader.events("title")) == 3


def test_an_interrupted_first_load_goes_on_after_the_page_it_has() -> None:
    tracker = desk(250)
    reader = Reader(tracker).run(most=1)
    assert len(keys(reader)) == 100
    reader.run()
    assert sorted(keys(reader), key=lambda key: int(key[1:])) == [f"T{n + 1}" for n in range(250)]


@pytest.mark.parametrize("most", range(1, 9))
def test_whatever_page_a_run_ends_after_the_next_goes_on(most: int) -> None:
    tracker = desk(120)
    reader = Reader(tracker).run(most=most)
    for _ in range(8):
        reader.run(most=most)
    later(tracker, SWEPT)
    for _ in range(8):
        reader.run(most=most)
    reader.run()
    assert Held(reader.records()).seen() == Held(read(tracker).records()).seen()


@pytest.mark.parametrize("how", ["destroy", "hide"])
def test_a_cursor_that_vanished_gives_way_to_a_smaller_one(how: str) -> None:
    """Order by number: the page before is not read again from the start."""
    tracker = desk(250)
    reader = Reader(tracker).run(most=1)
    getattr(tracker, how)(tracker.now, "T100")
    counting = Counting(tracker)
    reader.tracker = counting
    reader.run()
    assert counting.asked[:2] == ["maniphest.search", "maniphest.search"]
    assert {f"T{n + 1}" for n in range(250)} == set(keys(reader))
    assert reader.pages[1]["tasks"][0]["id"] == 101


def test_a_task_that_changes_while_others_are_read_is_not_lost() -> None:
    """The default order would lose it: its place changes, and with it everything after the cursor."""
    tracker = desk(250)
    reader = Reader(tracker).run(most=1)
    for number in (1, 100, 180):
        tracker.comment(tracker.now + timedelta(seconds=number), "ben", f"T{number}", "words")
    reader.run()
    reader.run()
    assert {event.ticket_id for event in reader.events("comment")} == {"phorge/T1", "phorge/T100", "phorge/T180"}
    assert len(set(keys(reader))) == 250


# --- What no change tells ---------------------------------------------------------------------------


def test_tasks_that_vanished_are_missing_from_the_census_of_the_next_week() -> None:
    tracker = desk(3)
    reader = Reader(tracker).run()
    tracker.destroy(tracker.now, "T1")
    tracker.hide(tracker.now, "T2")
    reader.run()
    assert Held(reader.records()).gone == set()
    later(tracker, SWEPT)
    reader.run()
    assert Held(reader.records()).gone == {"phorge/T1", "phorge/T2"}


def test_the_census_is_not_taken_every_day() -> None:
    tracker = desk(3)
    reader = Reader(tracker).run()
    for _ in range(7):
        later(tracker, 86_400 - 1)
        reader.run()
    assert sum(isinstance(record, Census) for record in reader.records()) == 1
    later(tracker, 86_400)
    reader.run()
    assert sum(isinstance(record, Census) for record in reader.records()) == 2


def test_a_task_that_reappears_brings_its_whole_history_with_old_numbers() -> None:
    tracker = desk(2)
    tracker.hide(tracker.now, "T1")
    reader = Reader(tracker).run()
    tracker.comment(tracker.now + timedelta(hours=1), "ben", "T1", "while it was secret")
    tracker.show(tracker.now + timedelta(hours=1), "T1")
    reader.run()
    assert keys(reader) == ["T2", "T1"]
    assert [event.new for event in reader.events("comment")] == ["while it was secret"]


def test_a_task_that_came_into_sight_without_a_change_is_found_within_a_week() -> None:
    """Somebody let the reader into the project that may see it."""
    tracker = desk(3)
    tracker.whisper("T2", is_visible=False)
    reader = Reader(tracker).run()
    tracker.whisper("T2", is_visible=True)
    later(tracker, SWEPT)
    reader.run()
    assert set(keys(reader)) == {"T1", "T2", "T3"}


def test_a_change_that_was_out_of_sight_for_a_day_is_found_within_a_week() -> None:
    """Its date lies before the day on which it can be seen."""
    tracker = desk(2)
    reader = Reader(tracker).run()
    later(tracker, 86_400)
    tracker.whisper("T1", is_visible=False)
    tracker.rename(tracker.now, "ben", "T1", "Lantern")
    later(tracker, 86_400)
    reader.run()
    tracker.whisper("T1", is_visible=True)
    reader.run()
    later(tracker, SWEPT)
    reader.run()
    assert [event.new for event in reader.events("title")][-1] == "Lantern"


def test_edited_and_removed_comments_are_found_within_a_week() -> None:
    """They bump nothing: only their own transaction has another date."""
    tracker = desk(2)
    for number in (1, 2):
        tracker.comment(tracker.now, "ben", f"T{number}", "tpyo")
    reader = Reader(tracker).run()
    later(tracker, SWEPT)
    reader.run()
    later(tracker, 86_400)
    tracker.edit_comment(tracker.now, "ben", "T1", 0, "typo")
    tracker.remove_comment(tracker.now, "ana", "T2", 0)
    reader.run()
    assert {event.new for event in reader.events("comment")} == {"tpyo"}
    later(tracker, SWEPT)
    reader.run()
    held = Held(reader.records()).seen()
    texts = {key[1]: row.new for key, row in held.items() if key[0] == "event" and row.field == "comment"}
    assert texts == {"phorge/T1": "typo", "phorge/T2": ""}
    assert {event.actor_id for event in reader.events("comment_deleted")} == {"phorge/ana"}


def test_a_week_later_nothing_is_read_twice_that_did_not_change() -> None:
    tracker = desk(250)
    reader = Reader(tracker).run()
    before = len(reader.pages)
    later(tracker, SWEPT)
    reader.tracker = counting = Counting(tracker)
    reader.run()
    assert not any("tasks" in page for page in reader.pages[before:])
    assert len(counting.asked) < 12


def test_a_renamed_project_is_renamed_in_every_task_within_a_week() -> None:
    tracker = desk(3)
    tracker.label(tracker.now, "ben", "T1", "lamp")
    reader = Reader(tracker).run()
    tracker.rename_project("lamp", "lantern")
    later(tracker, SWEPT)
    reader.run()
    held = Held(reader.records()).seen()
    assert {row.new for key, row in held.items() if key[0] == "event" and row.field == "project"} == {
        "infra",
        "lantern",
    }


# --- An account that sees little --------------------------------------------------------------------


def test_an_overheated_server_is_asked_about_shorter_times() -> None:
    """A thousand tasks that may not be seen stand between those that may."""
    tracker = desk(2_400)
    for number in range(1, 2_401):
        tracker.whisper(f"T{number}", is_visible=number % 400 == 0)
    reader = Reader(tracker).run()
    assert set(keys(reader)) == {f"T{n}" for n in range(400, 2_401, 400)}
    later(tracker, SWEPT)
    reader.run()
    assert Held(reader.records()).gone == set()


def test_a_thousand_secrets_of_one_second_are_too_many_and_said_so() -> None:
    tracker = desk(1_200)
    for task in tracker.tables.tasks.values():
        task.is_visible, task.modified = False, int(BEGIN.timestamp())
    with pytest.raises(ClientError, match="let it see more"):
        read(tracker)


# --- What goes wrong --------------------------------------------------------------------------------


def test_without_a_token_the_variable_is_named() -> None:
    with pytest.raises(ClientError, match="WATCHBILL_PHORGE_TOKEN"):
        phorge.connect(SITE, None)


@pytest.mark.parametrize("token", [f"api-{'b' * 28}", "api-short"])
def test_a_bad_token_is_refused_at_once_and_quoted_nowhere(token: str, caplog: pytest.LogCaptureFixture) -> None:
    """Phorge says no with HTTP 200, and repeats the token."""
    caplog.set_level(logging.DEBUG)
    reader = Reader(desk(), token=token)
    with pytest.raises(ConduitError, match=r"ERR-INVALID-AUTH.*is the token right") as refused:
        reader.run()
    assert refused.value.code == "ERR-INVALID-AUTH"
    assert token not in str(refused.value) and token not in caplog.text and token not in json.dumps(reader.pages)


def test_a_web_page_instead_of_conduit_is_no_answer() -> None:
    site = SITE.model_copy(update={"url": f"{ADDRESS}/wrong"})
    with pytest.raises(UnavailableError, match="an HTML page instead of JSON"):
        Reader(desk(), site).run()


def test_something_else_that_answers_in_json_is_not_conduit() -> None:
    class Other(Counting):
        def answer(self, _: Request) -> Response:
            return Response(200, b'{"message": "hello"}', {"Content-Type": "application/json"})

    with pytest.raises(ClientError, match="is this the address of a Phorge"):
        read(Other(desk()))


def test_a_rate_limit_without_a_time_is_waited_for_longer_each_time() -> None:
    """429 in plain text, without Retry-After."""

    class Busy(Counting):
        def answer(self, request: Request) -> Response:
            if len(self.asked) < 2:
                self.asked.append("")
                return Response(429, b"TOO MANY REQUESTS\n", {"Content-Type": "text/plain; charset=utf-8"})
            return super().answer(request)

    waited: list[float] = []
    client = client_of(Busy(desk()), wait=waited.append)
    assert call(client, "user.whoami")["userName"] == "watchbill"
    assert waited == [60.0, 120.0]


def test_a_history_too_long_for_the_server_is_asked_by_halves() -> None:
    class Weak(Counting):
        def answer(self, request: Request) -> Response:
            if request.path.endswith("gettasktransactions") and len(request.form) > 40:
                return Response(500, b"<html>Allowed memory size exhausted</html>", {"Content-Type": "text/html"})
            return super().answer(request)

    assert len(keys(read(Weak(desk(100))))) == 100


def test_without_the_frozen_call_every_task_is_asked_about_by_itself() -> None:
    tracker = desk(3)
    tracker._conduit.missing.add("maniphest.gettasktransactions")
    counting = Counting(tracker)
    assert len(keys(read(counting))) == 3
    assert counting.asked.count("transaction.search") == 3


def test_a_task_that_vanishes_between_two_questions_is_not_told_by_half() -> None:
    tracker = desk(3)

    class Meanwhile(Counting):
        def answer(self, request: Request) -> Response:
            if request.path.endswith("gettasktransactions"):
                tracker.hide(tracker.now, "T2")
            return super().answer(request)

    reader = read(Meanwhile(tracker))
    assert keys(reader) == ["T1", "T3"]
    [census] = [record for record in reader.records() if isinstance(record, Census)]
    assert census.ids == ("phorge/T1", "phorge/T3")


def test_a_history_younger_than_the_task_as_it_was_seen_invents_nothing() -> None:
    tracker = desk(1)
    once = iter([True])

    class Meanwhile(Counting):
        def answer(self, request: Request) -> Response:
            if request.path.endswith("gettasktransactions") and next(once, False):
                tracker.close(tracker.now, "ben", "T1")
                tracker.label(tracker.now, "ben", "T1", "lamp")
            return super().answer(request)

    reader = Reader(Meanwhile(tracker)).run()
    before = Held(reader.records()).seen()
    assert [event.new for event in reader.events("status")] == ["open", "resolved"]
    reader.run()
    after = Held(reader.records()).seen()
    assert {key for key in after if after[key] != before.get(key)} <= {("ticket", "phorge/T1")}


def test_an_unknown_method_is_told_from_an_unknown_parameter() -> None:
    client = client_of(desk())
    with pytest.raises(MissingError):
        call(client, "maniphest.nosuch")
    with pytest.raises(ConduitError, match="does not define these parameters"):
        call(client, "maniphest.search", foo="bar")


# --- The doctor -------------------------------------------------------------------------------------


def findings(tracker: Phorge, **kept: Any) -> list[tuple[bool, str]]:
    return list(phorge.examine(client_of(tracker), SITE.model_copy(update=kept)))


def test_the_doctor_says_who_we_are_what_we_see_and_what_is_missing() -> None:
    tracker = desk(1, has_calendar=False)
    found = dict(reversed(finding) for finding in findings(tracker, queues=["infra", "nosuch"], calendar=[object()]))
    assert found["Phorge knows us as watchbill"] and found["the newest task it sees is T1"]
    assert not found["tasks do not have a custom field acme.eta"]
    assert found["project infra is there"] and not found["project nosuch is not there, or may not be seen"]
    assert not found["Calendar is switched off: it needs prototype applications (phabricator.show-prototypes)"]
    assert [text for text, is_well in found.items() if "clocks disagree" in text or "clock and ours" in text]


def test_the_doctor_is_not_fooled_by_the_ping_that_takes_any_token() -> None:
    client = client_of(desk(), token=f"api-{'b' * 28}")
    assert call(client, "conduit.ping")
    with pytest.raises(ConduitError):
        list(phorge.examine(client, SITE))


def test_the_doctor_notices_an_account_that_sees_nothing() -> None:
    tracker = desk(30)
    for task in tracker.tables.tasks.values():
        task.is_visible = False
    assert (False, "this account sees hardly any of the newest tasks; what it may not see is not counted") in findings(
        tracker
    )


# --- Task numbers in few words ----------------------------------------------------------------------


@given(st.sets(st.integers(1, 300)))
def test_sets_of_numbers_survive_being_spelled(found: set[int]) -> None:
    assert numbers(spelled(found)) == found
    assert len(spelled(range(1, 10_000))) < 10


def test_a_fault_at_any_request_of_a_sweep_leaves_a_place_to_go_on_from() -> None:
    for position in range(14):
        tracker = desk(101)
        tracker.comment(tracker.now, "ben", "T3", "tpyo")
        reader = Reader(tracker).run()
        tracker.edit_comment(tracker.now, "ben", "T3", 0, "typo")
        tracker.destroy(tracker.now, "T100")
        later(tracker, SWEPT)
        reader.tracker = Faulty(tracker, [*["fine"] * position, "killed"])
        with suppress(Killed):
            reader.run()
        reader.tracker = tracker
        reader.run()
        assert Held(reader.records()).seen() == Held(read(tracker).records()).seen()
