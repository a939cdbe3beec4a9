"""The page, driven without a browser: address in, numbers and sentences out."""

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ingest.store import writing
from tests.views.conftest import HOSTILE, written
from views import _columns


@pytest.fixture
def store(history: Any, store_of: Callable[..., Path]) -> Path:
    """The week of 2 November: two tickets came in, one was triaged in time, one is late and hostile."""
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+bug", "ana"))
    history.ticket(2, "2026-11-03 09:00", title=HOSTILE)
    return store_of(history.records, data_until="2026-11-09 08:00")


def test_the_address_is_completed_and_the_numbers_are_there(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store)
    assert not page.exception
    assert page.query_params == {"team": "infra", "week": "2026-W45", "as_of": "2026-11-09T08:00Z"}
    assert page.title[0].value == "How did our week go?"
    text = written(page)
    assert "2 tickets came in and none was closed: 2 more open, 2 in all." in text
    assert "1 of 2" in text and "50 %, below target" in text
    assert "Nobody but the requester touched it before the deadline" in text
    assert len(page.get("plotly_chart")) == 3


def test_a_source_that_could_not_be_read_or_lags_behind_is_named(
    open_page: Callable[..., AppTest], store: Path
) -> None:
    with writing(store) as con:
        for run, source, until, failure in (
            ("a", "jira", "2026-11-05 08:00", None),
            ("b", "rt", "2026-11-09 07:00", None),
            ("c", "rt", None, "<b>HTTP 401</b> (is the token right?)"),
        ):
            con.execute(
                "INSERT INTO sync_run VALUES (?, ?, 'all', now(), now(), ?, 0, 0, 0, 0, 0, 0, 0, 0, ?)",
                [run, source, until, failure],
            )
            con.execute("UPDATE sync_run SET finished_at = '2026-11-09 09:00' WHERE run_id = 'b'")
    text = written(open_page(store))
    assert "Complete until: jira Thu 5 Nov" in text
    assert "rt could not be read: <b>HTTP 401</b> (is the token right?)" in text
    assert "jira is complete only until Thu 5 Nov" in text


def test_sources_that_reach_equally_far_are_told_in_a_word(open_page: Callable[..., AppTest], store: Path) -> None:
    with writing(store) as con:
        con.execute("INSERT INTO sync_run BY NAME SELECT * REPLACE ('rt' AS source, 'b' AS run_id) FROM sync_run")
    assert "Every source reaches that far: rt, test." in written(open_page(store))


def test_a_week_chosen_in_the_sidebar_is_written_to_the_address(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store)
    page.sidebar.selectbox(key="week").select_index(2).run()
    assert not page.exception
    assert (page.query_params["week"], page.query_params["as_of"]) == ("2026-W44", "2026-11-02T00:00Z")
    text = written(page)
    assert "Nothing came in and nothing was closed." in text
    assert "No week has ended yet since the first ticket came." in text


def test_the_sidebar_holds_team_week_and_as_of_and_nothing_else(open_page: Callable[..., AppTest], store: Path) -> None:
    assert len(open_page(store).sidebar.children) == 3


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"week": "soon"}, "week=“soon” is not a week"),
        ({"as_of": "late"}, "is not an instant"),
        ({"team": "<i>x</i>"}, "There is no team “<i>x</i>”"),
        ({"rows": "everything"}, "names no list of this page"),
        ({"ticket": "test/none#1"}, "no such ticket"),
        ({"promise": "None such"}, "came in"),
    ],
)
def test_a_bad_address_gives_a_sentence(
    open_page: Callable[..., AppTest], store: Path, parameters: dict[str, str], sentence: str
) -> None:
    page = open_page(store, **parameters)
    assert not page.exception
    assert sentence in written(page) and "2 tickets came in" in written(page)


def test_a_tile_opens_its_rows_and_a_row_its_clock(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store)
    page.button(key="tile-slo:Triage").click().run()
    assert page.query_params["rows"] == "due:Triage" and "Triage: due in the week of Mon 2 Nov: 2" in written(page)
    page = open_page(store, rows="due:Triage", ticket="test/infra#2", policy="Triage")
    assert not page.exception
    text = written(page)
    assert "Triage: due Tue 3 Nov 13:00; broken, open, 28 h late." in text
    assert "deadline passed" in text and "outside hours" in text


def test_every_list_behind_a_figure_opens(open_page: Callable[..., AppTest], store: Path) -> None:
    flow, clocks = ("opened", "closed", "changes", "open", "answers"), ("untriaged", "triage", "overdue", "overspent")
    practice = ("cadence", "overlimit", "postmortems", "actions", "carried", "incidents", "offhours", "toil")
    for name in (*flow, *clocks, *practice, "due:Triage", "interruptions:Ana"):
        page = open_page(store, rows=name)
        assert not page.exception, f"rows={name}"
        assert "names no list" not in written(page), f"rows={name}"


def test_nothing_from_a_tracker_is_markup(open_page: Callable[..., AppTest], store: Path) -> None:
    """A hostile title reaches the page escaped, and never through anything that reads Markdown."""
    for opened in ({}, {"rows": "opened"}, {"ticket": "test/infra#2", "policy": "Triage"}):
        page = open_page(store, **opened)
        assert not page.exception
        bodies = [block.proto.body for block in page.get("html")]
        assert any(html.escape(HOSTILE) in body for body in bodies)
        assert not any("<b>bold" in body or "<img" in body for body in bodies)
        spoken = [*page.markdown, *page.subheader, *page.caption, *page.title]
        labels = [button.label for button in page.button]
        assert not any("bold" in text for text in [*(element.value for element in spoken), *labels])
        assert not any("bold" in chart.proto.spec for chart in page.get("plotly_chart"))


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@sum", "\tx"])
def test_a_spreadsheet_runs_nothing_that_a_title_says(start: str) -> None:
    import polars as pl

    assert _columns.as_csv(pl.DataFrame({"title": [start]})).decode().splitlines()[1].lstrip('"').startswith("'")


def test_no_store_says_how_to_make_one(open_page: Callable[..., AppTest], tmp_path: Path) -> None:
    page = open_page(tmp_path / "absent.duckdb")
    assert not page.exception and "make one with `watchbill demo`" in written(page)


def test_an_empty_store_says_how_to_fill_it(open_page: Callable[..., AppTest], store_of: Callable[..., Path]) -> None:
    page = open_page(store_of([]))
    assert not page.exception and "watchbill import" in written(page)


def test_a_store_of_another_version_is_refused_in_words(
    open_page: Callable[..., AppTest], store_of: Callable[..., Path]
) -> None:
    path = store_of([])
    with writing(path) as con:
        con.execute("UPDATE store_meta SET schema_version = 99")
    page = open_page(path)
    assert not page.exception and "another version of Watchbill" in written(page)


def test_a_file_that_is_no_store_is_refused_in_words(open_page: Callable[..., AppTest], tmp_path: Path) -> None:
    path = tmp_path / "notes.duckdb"
    path.write_text("not a database")
    page = open_page(path)
    assert not page.exception and "nothing to read" in written(page)


def test_a_new_snapshot_is_noticed_on_the_next_rerun(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store, week="2026-W45", as_of="2026-11-09T08:00Z")
    with writing(store) as con:
        con.execute("UPDATE ticket SET title = 'Mended' WHERE key = 'infra#2'")
    assert "Mended" in written(page.run())


def test_the_page_is_saved_as_a_file_and_its_lists_as_tables(open_page: Callable[..., AppTest], store: Path) -> None:
    page = open_page(store)
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels[-2:] == ["Save as HTML", "Save as Markdown"] and "Save as CSV" in labels
    text = written(page)
    assert "Nothing configured: no rule says which tickets are toil" in text
    assert "Nobody was on duty for these queues" in text


def test_broken_promises_beyond_the_first_are_fetched_when_wanted(
    open_page: Callable[..., AppTest], history: Any, store_of: Callable[..., Path]
) -> None:
    for number in range(1, 31):
        history.ticket(number, "2026-11-03 09:00")
    page = open_page(store_of(history.records, data_until="2026-11-09 08:00"))
    assert len([button for button in page.button if button.label == "Clock"]) == 25
    page.button(key="breaches-more").click().run()
    assert not page.exception
    assert len([button for button in page.button if button.label == "Clock"]) == 30
