"""What am I taking over? Driven without a browser: parts, the note, who has read it, and what is not there."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from desk.handoffs import note, readings, write_note
from desk.store import desk_file
from tests.conftest import OFFICE, History, built
from tests.metrics.handoff_world import UNTIL, WORLD, told
from tests.views.conftest import HOSTILE, written

PLACE = {"team": "infra", "week": "2026-W45", "role": "duty"}


@pytest.fixture(scope="module")
def built_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("handoff") / "store.duckdb"
    return built(path, told(History(), HOSTILE).records, WORLD, UNTIL)


@pytest.fixture
def store(built_store: Path) -> Path:
    """The store, with nothing on its desk."""
    for file in built_store.parent.glob("*.desk.sqlite*"):
        file.unlink()
    return built_store


def test_it_says_who_changes_and_lists_what_is_handed_over(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "handoff")
    assert not page.exception and page.title[0].value == "What am I taking over?"
    assert page.query_params == {"team": "infra", "week": "2026-W45", "as_of": "2026-11-09T08:00Z"}
    headings = [heading.value for heading in page.subheader]
    assert headings[0] == "Handover of duty, Mon 9 Nov: Ana goes off, Bo comes on"
    for heading in ("What falls due before the end of Wed 11 Nov? 1", "What was promised, and for when? 1",
                    "Which incidents are still warm? 1", "What waits, and for whom? 1", "What is silent? 1",
                    "What does Ana still own? 1", "What has nobody? 2"):  # fmt: skip
        assert heading in headings
    text = written(page)
    assert "No note has been written" in text and "Nobody has confirmed yet" in text
    assert "a priority: 3 of 6, 3 lack it" in text and "Ana carried 1.0 duty-weeks of duty" in text
    assert "What is late already? 4 clocks" in text


def test_titles_of_trackers_are_text(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "handoff")
    assert any(HOSTILE in list(frame.value["title"]) for frame in page.dataframe)
    assert not any("<b>bold" in block.proto.body for block in page.get("html"))


def test_a_figure_opens_its_tickets_by_its_address(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "handoff")
    page.button(key="folded-late").click().run()
    assert page.query_params["rows"] == "late" and "What is late already?: 4" in written(page)
    again = open_page(store, "handoff", rows="open")
    assert not again.exception and "What is open?: 6" in written(again)


def test_the_reach_of_the_role_is_in_the_address(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "handoff", reach="role")
    assert "Queues: access, infra." in written(page)
    assert "Queues: infra." in written(open_page(store, "handoff"))


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"role": "<b>"}, "No role “<b>” answers for these queues (duty)."),
        ({"rows": "<b>"}, "names no list of this page"),
    ],
)
def test_a_bad_address_gives_a_sentence(
    open_page: Callable[..., AppTest], store: Path, parameters: dict[str, str], sentence: str
) -> None:
    page = open_page(store, "handoff", **parameters)
    assert not page.exception and sentence in written(page)


def test_a_note_is_written_and_read_by_another(open_page: Callable[..., AppTest], store: Path) -> None:
    ana = open_page(store, "handoff")
    ana.button(key="note-edit").click().run()
    ana.text_area(key="note-words").input(f"Watch the cellar. {HOSTILE}")
    ana.text_input(key="writer").input("Ana")
    ana.button(key="note-keep").click().run()
    assert not ana.exception and not ana.text_area
    kept = note(desk_file(store), **PLACE)
    assert kept is not None and (kept.written_by, kept.version) == ("Ana", 1)

    bo = open_page(store, "handoff")
    assert f"Watch the cellar. {HOSTILE}" in written(bo)
    bo.text_input(key="writer").input("Bo")
    bo.button(key="read").click().run()
    assert [one.person for one in readings(desk_file(store), **PLACE)] == ["Bo"]
    assert "Read by Bo" in written(bo) and "You have confirmed" in written(bo)


@pytest.mark.parametrize(("words", "name", "sentence"), [("", "Ana", "is empty"), ("Quiet.", "", "Say your name")])
def test_nothing_is_kept_without_words_and_a_name(
    open_page: Callable[..., AppTest], store: Path, words: str, name: str, sentence: str
) -> None:
    page = open_page(store, "handoff")
    page.button(key="note-edit").click().run()
    page.text_area(key="note-words").input(words)
    page.text_input(key="writer").input(name)
    page.button(key="note-keep").click().run()
    assert sentence in written(page) and page.text_area(key="note-words").value == words
    assert note(desk_file(store), **PLACE) is None
    page.button(key="note-leave").click().run()
    assert not page.text_area


def test_who_was_slower_is_told_and_keeps_their_words(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, "handoff")
    page.button(key="note-edit").click().run()
    write_note(desk_file(store), **PLACE, words="Faster.", by="Cy", now=datetime(2026, 11, 9, 7, tzinfo=UTC))
    page.text_area(key="note-words").input("Slower.")
    page.text_input(key="writer").input("Ana")
    page.button(key="note-keep").click().run()
    assert "Cy has begun this note in the meantime" in written(page) and "Faster." in written(page)
    assert page.text_area(key="note-words").value == "Slower."
    page.button(key="note-keep").click().run()
    kept = note(desk_file(store), **PLACE)
    assert kept is not None and (kept.words, kept.version) == ("Slower.", 2)


def test_notes_of_earlier_weeks_stand_below(open_page: Callable[..., AppTest], store: Path) -> None:
    earlier = {**PLACE, "week": "2026-W44"}
    write_note(desk_file(store), **earlier, words="All was quiet.", by="Bo", now=datetime(2026, 11, 2, 7, tzinfo=UTC))
    assert "All was quiet." in written(open_page(store, "handoff"))


def test_nothing_configured_is_grey_and_says_what_to_write(
    open_page: Callable[..., AppTest], history: History, store_of: Callable[..., Path]
) -> None:
    history.ticket(1, "2026-11-02 09:00")
    page = open_page(store_of(history.records, OFFICE, UNTIL), "handoff")
    assert not page.exception
    text = written(page)
    for section in ("[[role]]", "[[slo]]", "[[ownership]]", "[[intake]]"):
        assert f"Write {section}" in text or f"Write a {section}" in text or f"under {section}" in text
    assert text.count("wb-tile wb-unknown") == 6


def test_an_empty_store_and_none_say_what_to_do(
    open_page: Callable[..., AppTest], store_of: Callable[..., Path], tmp_path: Path
) -> None:
    assert "watchbill import" in written(open_page(store_of([]), "handoff"))
    assert "make one with `watchbill demo`" in written(open_page(tmp_path / "absent.duckdb", "handoff"))
