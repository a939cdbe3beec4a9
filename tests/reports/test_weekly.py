"""The week on paper: the page's numbers, in a file that needs nothing and runs nothing."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

import metrics
from metrics.weekly_health import WeeklyHealth, weekly_health
from metrics.weeks import Week
from reports import page, prose, weekly
from reports.document import Document, Tiles
from tests.conftest import utc

HOSTILE = "<b>bold</b> [x](javascript:alert(1)) | `code` <script>alert(1)</script> @channel =cmd()"
UNTIL = utc("2026-11-09 08:00")


class Reader(HTMLParser):
    """What a browser would make of it: the tags, and the addresses they lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attributes:
            assert not name.startswith("on"), "nothing runs"
            if name in ("href", "src", "action", "data", "xlink:href"):
                self.links.add(str(value))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture
def con(history: Any, store_of: Callable[..., Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+bug", "ana"))
    history.ticket(2, "2026-11-03 09:00", title=HOSTILE)
    opened = metrics.open_store(store_of(history.records, data_until="2026-11-09 08:00"))
    yield opened
    opened.close()


def ask(con: duckdb.DuckDBPyConnection, week: str = "2026-W45") -> WeeklyHealth:
    return weekly_health(con, as_of=UNTIL, week=Week.parse(week, "UTC"), team="infra")


@pytest.fixture
def document(con: duckdb.DuckDBPyConnection) -> Document:
    return weekly.weekly(ask(con), UNTIL)


def test_it_says_what_the_page_says(con: duckdb.DuckDBPyConnection, document: Document) -> None:
    health = ask(con)
    [tiles] = [part for section in document.sections for part in section.parts if isinstance(part, Tiles)]
    assert tiles.tiles == health.tiles
    for text in (page.written(document), prose.markdown(document)):
        read = re.sub(r"\\(.)", r"\1", "".join(Reader(text).words) if text.startswith("<!") else text)
        assert all(clause.text in read for clause in health.changes)
        assert "infra, 2026-W45, Mon 2 Nov to Sun 8 Nov" in read
        assert "Nobody but the requester touched it before the deadline" in read


def test_the_file_needs_nothing_and_runs_nothing(document: Document) -> None:
    text = page.written(document)
    read = Reader(text)
    assert not read.tags & {"script", "img", "link", "iframe", "object", "embed", "base", "form", "b "}
    assert read.links == {"https://tickets.example/2"}
    assert "url(" not in text and "@import" not in text
    assert "svg" in read.tags and len(text) < 200_000
    assert HOSTILE in "".join(read.words)


def test_light_and_dark_and_paper_are_told_apart(document: Document) -> None:
    text = page.written(document)
    assert "color-scheme: light dark" in text and "@media print" in text


def test_markdown_shows_a_title_as_it_was_written(document: Document) -> None:
    [row] = [line for line in prose.markdown(document).splitlines() if "bold" in line and "Nobody but" in line]
    assert "<b>" not in row.replace("\\<", "") and "@channel" not in row
    assert len(re.findall(r"(?<!\\)\|", row)) == 8, "a bar in a title makes no column"


def test_the_brief_calls_nobody_and_is_short(document: Document) -> None:
    text = prose.brief(document)
    assert "2 tickets came in and none was closed" in text and "Data until Mon 9 Nov 2026 08:00" in text
    assert "<" not in text and len(text.splitlines()) < 15


def test_signs_of_a_chat_are_text() -> None:
    said = Document("Q?", "<!channel> & @here", "now", (), ("<@U1> | <https://x.example|y>",))
    assert prose.brief(said).splitlines() == [
        "Q? &lt;!channel&gt; &amp; @\u2060here", "&lt;@\u2060U1&gt; | &lt;https://x.example|y&gt;", "now",
    ]  # fmt: skip


def test_an_empty_week_and_nothing_configured_are_sentences(history: Any, store_of: Callable[..., Path]) -> None:
    from tests.metrics.test_weekly_health import NOTHING_PROMISED

    history.ticket(1, "2026-11-02 09:00")
    con = metrics.open_store(store_of(history.records, NOTHING_PROMISED))
    try:
        text = page.written(weekly.weekly(ask(con, "2026-W44"), UNTIL))
    finally:
        con.close()
    words = "".join(Reader(text).words)
    assert "Nothing configured: no promise covers" in words and "no rule says when a ticket is triaged" in words


def test_the_report_says_where_the_same_page_is_in_the_app(document: Document) -> None:
    assert "/weekly-health?team=infra&week=2026-W45&as_of=2026-11-09T08%3A00%3A00Z" in "".join(
        Reader(page.written(document)).words
    )
