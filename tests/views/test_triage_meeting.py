"""The triage meeting, driven without a browser: from the agenda to its minutes, and two people at once."""

import html
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from desk.meetings import change_decision, close_meeting, decide, decisions, meetings
from desk.store import desk_file
from tests.conftest import OFFICE, TRIAGE_PROMISE, built
from tests.views.conftest import HOSTILE, turned, written

HUGE = "<script>alert(1)</script>" * 4_000
PAGE = "triage-meeting"
AT = datetime(2026, 11, 9, 9, tzinfo=UTC)
OWNERSHIP = "\n[[ownership]]\n"


@pytest.fixture
def store(history: Any, store_of: Callable[..., Path]) -> Path:
    said = ("11:00", "comment", f"{HOSTILE} said in a comment", "<i>eve</i>")
    history.ticket(1, "2026-11-02 09:00", said, title="Disk full on web-1")
    history.ticket(2, "2026-11-02 10:00", ("10:30", "label", "+bug", "ana"), ("11:00", "label", "+in progress", "ana"),
                   ("11:00", "owner", "+ana", "ana"), title=HOSTILE)  # fmt: skip
    history.ticket(3, "2026-11-03 10:00", title=HUGE)
    return store_of(history.records, OFFICE + TRIAGE_PROMISE + OWNERSHIP, data_until="2026-11-09 08:00")


def opened(open_page: Callable[..., AppTest], store: Path) -> AppTest:
    page = open_page(store, PAGE)
    page.text_input(key="writer").input("Ana").run()
    return page.button(key="open-meeting").click().run()


def decided(page: AppTest, ticket: str, what: str, **told: Any) -> AppTest:
    key = f"{page.query_params['meeting']}-{ticket}"
    page.text_area(key=f"what-{key}").input(what)
    if "put_off" in told:
        page.checkbox(key=f"off-{key}").check()
        page.date_input(key=f"due-{key}").set_value(told["put_off"])
    return page.button(key=f"keep-{key}").click().run()


def test_the_agenda_stands_in_words_figures_and_sections(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, PAGE)
    assert not page.exception and page.title[0].value == "What must we decide today?"
    text = written(page)
    assert "3 tickets want a decision: 2 past the triage deadline and 1 silent for 5 days." in text
    assert [header.value for header in page.subheader][1:3] == ["Past the triage deadline: 2", "Silent for 5 days: 1"]
    assert "Nothing configured for “Urgent, and owed an update”" in text
    assert "This is the first meeting" in text
    assert next(iter(page.dataframe[0].value["title"])) == "Disk full on web-1"


def test_a_meeting_holds_its_page_still_and_no_other(open_page: Callable[..., AppTest], store: Path) -> None:
    page = opened(open_page, store)
    assert page.session_state["holds-still"]
    assert not turned(page, "tickets").session_state["holds-still"]


def test_a_meeting_from_its_opening_to_its_minutes(open_page: Callable[..., AppTest], store: Path) -> None:
    page = opened(open_page, store)
    assert not page.exception and page.query_params["meeting"] == "1"
    page.button(key="present").click().run()
    assert "Disk full on web-1" in written(page) and "1 of 3, 0 decided" in written(page)
    assert "It is our turn: asker has had no answer yet" not in written(page)
    decided(page, "test/infra#1", "A bigger disk")
    assert not page.exception and page.query_params["item"] == "test/infra#3"
    assert "Kept what was decided about infra#1." in written(page) and "2 of 3, 1 decided" in written(page)
    page.button(key="previous").click().run()
    assert "A bigger disk" in written(page)
    page.button(key="skip").click().run()
    assert page.query_params["item"] == "test/infra#3"
    page.button(key="stop").click().run()
    page.button(key="close-meeting").click().run()
    assert not page.exception and "Ana closed it" in written(page)
    [kept] = meetings(desk_file(store), "infra")
    assert kept.minutes and "A bigger disk" in kept.minutes and "Closed " in kept.minutes
    assert "A bigger disk" in written(page)


def test_the_address_alone_shows_the_meeting_as_it_was(
    open_page: Callable[..., AppTest], store: Path, history: Any
) -> None:
    opened(open_page, store)
    history.ticket(9, "2026-11-09 10:00")
    built(store, history.records, OFFICE + TRIAGE_PROMISE + OWNERSHIP, "2026-11-16 08:00")
    again = open_page(store, PAGE, meeting="1")
    assert not again.exception and "3 tickets want a decision" in written(again)
    assert again.query_params == {"meeting": "1", "team": "infra", "as_of": "2026-11-09T08:00Z"}
    assert "A meeting is going on" in written(open_page(store, PAGE))
    again.datetime_input(key="as_of").set_value(datetime(2026, 11, 3, 12)).run()  # noqa: DTZ001 - a widget has no zone
    assert not again.exception and "meeting" not in again.query_params, "another instant is another agenda"


def test_the_same_question_gives_the_agenda_that_was_kept(open_page: Callable[..., AppTest], store: Path) -> None:
    opened(open_page, store)
    kept = meetings(desk_file(store), "infra")[0].agenda["agenda"]
    page = open_page(store, PAGE, as_of="2026-11-09T08:00Z")
    close_meeting(desk_file(store), 1, 1, minutes="", by="Ana", now=AT)
    assert next(iter(page.dataframe[0].value["title"])) == kept["sections"][0]["items"][0]["title"]
    assert sum(len(section["items"]) for section in kept["sections"]) == 3


def test_what_an_earlier_meeting_decided_is_carried_over_and_settled(
    open_page: Callable[..., AppTest], store: Path
) -> None:
    desk = desk_file(store)
    decide(
        desk, team="infra", what=HOSTILE, by="Bo", now=AT, owner="Cy", due_on=date(2026, 11, 1), ticket_key="infra#7"
    )
    page = open_page(store, PAGE)
    assert f"{HOSTILE}" in written(page) and "▲ late" in written(page)
    page.button(key="done-carried-1").click().run()
    assert not page.exception and "Nothing is left of earlier meetings." in written(page)


def test_what_was_put_off_comes_back_on_its_day(open_page: Callable[..., AppTest], store: Path) -> None:
    page = opened(open_page, store)
    page.button(key="present").click().run()
    page.query_params["item"] = "test/infra#2"
    decided(page.run(), "test/infra#2", "", put_off=date(2026, 11, 9))
    close_meeting(desk_file(store), 1, 1, minutes="", by="Ana", now=AT)
    assert decisions(desk_file(store), 1)[0].what == "Put off"
    later = open_page(store, PAGE)
    assert "Put off" in written(later), "it stands where its first section claims it, and among what was decided"


def test_two_people_at_once_lose_nothing(open_page: Callable[..., AppTest], store: Path) -> None:
    page = opened(open_page, store)
    desk = desk_file(store)
    page.button(key="present").click().run()
    about = {"team": "infra", "meeting_id": 1, "ticket_id": "test/infra#1", "ticket_key": "infra#1"}
    other = decide(desk, what="Ours", by="Bo", now=AT, **about)
    decided(page, "test/infra#1", "Mine")
    assert [one.what for one in decisions(desk, 1)] == ["Ours", "Mine"]
    page.button(key="previous").click().run()
    page.button(key=f"change-here-{other.id}").click().run()
    change_decision(desk, other.id, other.version, what="Ours, better", owner=None, due_on=None, by="Bo", now=AT)
    page.text_area(key="changed-what").input("Over it")
    page.button(key="change-keep").click().run()
    assert "Bo changed this" in written(page) and decisions(desk, 1)[0].what == "Ours, better"
    assert page.text_area(key="changed-what").value == "Over it", "what was typed is still there"
    page.button(key="change-keep").click().run()
    assert decisions(desk, 1)[0].what == "Over it", "and is kept by whoever has seen the other one"


def test_a_meeting_that_somebody_closed_takes_no_more(open_page: Callable[..., AppTest], store: Path) -> None:
    page = opened(open_page, store)
    page.button(key="present").click().run()
    close_meeting(desk_file(store), 1, 1, minutes="# Done", by="Bo", now=AT)
    decided(page, "test/infra#1", "Too late")
    assert "Bo has closed this meeting" in written(page) and "You wrote: Too late" in written(page)
    assert decisions(desk_file(store), 1) == []


def test_what_changed_since_the_last_meeting(open_page: Callable[..., AppTest], store: Path, history: Any) -> None:
    opened(open_page, store).button(key="close-meeting").click().run()
    history.ticket(9, "2026-11-09 10:00", title="New")
    built(store, history.records, OFFICE + TRIAGE_PROMISE + OWNERSHIP, "2026-11-16 08:00")
    page = open_page(store, PAGE)
    text = written(page)
    assert not page.exception and "Entered, 1:" in text and "infra#9 (“Past the triage deadline”)" in text
    assert "The pile grew by 1 since Mon 9 Nov." in text


@pytest.mark.parametrize("item", ["test/infra#2", "test/infra#3", "<b>nobody</b>"])
def test_hostile_tickets_are_shown_as_text(open_page: Callable[..., AppTest], store: Path, item: str) -> None:
    page = open_page(store, PAGE, present="1", item=item)
    assert not page.exception
    bodies = [block.proto.body for block in page.get("html") if "<style" not in block.proto.body]
    for sign in ("<b>bold", "<img", "<script", "<i>eve", "<b>nobody"):
        assert not any(sign in body for body in bodies)
    assert max(map(len, bodies)) < 20_000


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"meeting": "77"}, "There is no meeting “77”"),
        ({"meeting": "<b>x</b>"}, "There is no meeting “<b>x</b>”"),
        ({"next": "soon"}, "next=“soon” is not a day"),
        ({"next": "1999-01-01"}, "is not a day of the year to come"),
        ({"rows": "nothing"}, "names no section"),
    ],
)
def test_a_bad_address_gives_a_sentence(
    open_page: Callable[..., AppTest], store: Path, parameters: dict[str, str], sentence: str
) -> None:
    page = open_page(store, PAGE, **parameters)
    assert not page.exception and sentence in written(page)


def test_an_empty_store_says_what_to_do(open_page: Callable[..., AppTest], store_of: Callable[..., Path]) -> None:
    assert "watchbill import" in html.unescape(written(open_page(store_of([]), PAGE)))
