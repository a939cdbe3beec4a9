"""`watchbill report`: files, standard output, and a webhook whose address nobody gets to see."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

import watchbill
from cli import webhook
from desk.handoffs import write_note
from desk.meetings import decide
from desk.store import desk_file
from tests.conftest import OFFICE, TRIAGE_PROMISE, History, built

SECRET = "T0SECRET/B0SECRET/xyzzy"
NOW = datetime(2026, 11, 9, 8, tzinfo=UTC)


@dataclass
class Chat:
    """A webhook that answers `status`, and keeps what it was sent."""

    address: str
    status: int = 200
    heard: list[Any] = field(default_factory=list)


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            told.heard.append((self.path, json.loads(self.rfile.read(length))))
            self.send_response(told.status)
            self.send_header("Location", told.address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is told beside the test's own words."""

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        told = Chat(f"http://127.0.0.1:{server.server_port}/services/{SECRET}")
        monkeypatch.setenv("WATCHBILL_WEBHOOK", told.address)
        listening = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        listening.start()
        yield told
        server.shutdown()
        listening.join()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The week of 2 November, a decision left over, and a note at its end."""
    history = History()
    history.ticket(1, "2026-11-02 09:00", ("10:00", "label", "+bug", "ana"))
    history.ticket(2, "2026-11-03 09:00", title="<b>late</b> @here")
    path = built(tmp_path_factory.mktemp("reported") / "watchbill.duckdb", history.records, OFFICE + TRIAGE_PROMISE,
                 "2026-11-09 08:00")  # fmt: skip
    desk = desk_file(path)
    decide(
        desk, team="infra", what="Ask the vendor", by="Ana", now=NOW, ticket_key="infra#2", due_on=date(2026, 11, 12)
    )
    write_note(desk, team="infra", week="2026-W45", words="Watch the <disk>.\nCall Bo.", by="Ana", now=NOW)
    return path


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`watchbill report …` over the store, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["watchbill", "report", *map(str, words), "--store", str(store)])
        with pytest.raises(SystemExit) as ended:
            watchbill.main()
        captured = capsys.readouterr()
        assert "SECRET" not in captured.out + captured.err, "the webhook's address is printed nowhere"
        return Said(int(ended.value.code or 0), captured.out, captured.err)

    return call


def test_without_a_file_the_markdown_is_printed(run: Run) -> None:
    said = run("weekly", "--week", "2026-W45")
    assert said.code == 0 and not said.err
    assert said.out.startswith("# How did our week go?\n\n**infra, 2026\\-W45, Mon 2 Nov to Sun 8 Nov**")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("weekly", "2 tickets came in and none was closed"),
        ("meeting", "Past the triage deadline: 1"),
        ("handoff", "Watch the &lt;disk&gt;."),
    ],
)
def test_each_report_is_a_file(run: Run, kind: str, words: str) -> None:
    assert run(kind, "--out", "report.html").code == 0
    text = Path("report.html").read_text(encoding="utf-8")
    assert words in text and "&lt;b&gt;late&lt;/b&gt;" in text and "<b>late" not in text


def test_a_meeting_is_told_what_earlier_ones_left(run: Run) -> None:
    text = run("meeting").out
    assert "Decided earlier, and not done: 1" in text
    assert "| infra\\#2 | Ask the vendor | nobody | Thu 12 Nov | Mon 9 Nov |" in text


def test_a_handoff_carries_its_note_line_by_line(run: Run) -> None:
    lines = run("handoff").out.splitlines()
    assert "- Watch the \\<disk\\>." in lines and "- Call Bo." in lines


def test_a_week_of_the_past_is_told_as_of_its_end(run: Run) -> None:
    text = run("weekly", "--week", "2026-W44", "--team", "infra").out
    assert "Nothing came in and nothing was closed." in text and "Shown as of Mon 2 Nov 2026 00:00" in text


def test_a_short_version_is_posted(run: Run, chat: Chat) -> None:
    said = run("weekly", "--post", "--out", "week.md")
    assert (said.code, said.out.splitlines(), said.err) == (0, ["week.md is written.", "Posted."], "")
    assert Path("week.md").read_text(encoding="utf-8").startswith("# ")
    [(path, told)] = chat.heard
    assert path == f"/services/{SECRET}" and list(told) == ["text"]
    assert "2 tickets came in and none was closed" in told["text"] and len(told["text"]) < 3_000


def test_a_webhook_that_refuses_is_told_in_a_sentence(run: Run, chat: Chat) -> None:
    chat.status = 404
    said = run("meeting", "--post")
    assert said.code == 2 and "nothing was posted: the webhook answered with status 404" in said.err
    said = run("meeting", "--post", "--out", "agenda.md")
    assert said.code == 1 and "agenda.md is written" in said.out and "status" in said.err


@pytest.mark.parametrize("status", [302, 307, 500])
def test_only_an_answer_that_is_well_is_well(chat: Chat, status: int) -> None:
    chat.status = status
    with pytest.raises(webhook.PostError, match=f"status {status}") as refused:
        webhook.post("text", os.environ)
    assert "SECRET" not in str(refused.value)
    assert len(chat.heard) == 1, "a redirection is not followed: it could lead anywhere"


@pytest.mark.parametrize(
    "address", ["", "  ", "SECRET", "ftp://chat.example/SECRET", "http://[SECRET", "http:///SECRET"]
)
def test_an_address_that_is_none_is_told_before_anything_is_done(
    run: Run, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("WATCHBILL_WEBHOOK", address)
    said = run("weekly", "--post", "--out", "week.html")
    assert said.code == 2 and "WATCHBILL_WEBHOOK" in said.err and not Path("week.html").exists()


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/SECRET", "http://user:SECRET@127.0.0.1:9/x"])
def test_a_webhook_that_is_not_there_is_told_without_its_address(address: str) -> None:
    with pytest.raises(webhook.PostError) as refused:
        webhook.post("text", {"WATCHBILL_WEBHOOK": address})
    assert "the webhook cannot be reached (ConnectionError)" in str(refused.value)
    assert refused.value.__suppress_context__ and "127.0.0.1" not in str(refused.value)


def test_a_webhook_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, timeout: tuple[float, float], **__: object) -> None:
        assert all(0 < wait <= 30 for wait in timeout)
        raise requests.ReadTimeout(f"https://chat.example/{SECRET}")

    monkeypatch.setattr(requests, "post", never)
    with pytest.raises(webhook.PostError, match="did not answer in time"):
        webhook.post("text", {"WATCHBILL_WEBHOOK": f"https://chat.example/{SECRET}"})


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("weekly", "--week", "soon"), "'soon' is not a week"),
        (("weekly", "--week", "2027-W01"), "begins after what the store knows"),
        (("weekly", "--team", "none"), "there is no team 'none' in this store; there are infra"),
        (("weekly", "--queue", "none"), "infra has no queue 'none'; there are infra"),
        (("weekly", "--as-of", "2026-11-09"), "has no time zone"),
        (("weekly", "--out", "week.docx"), "week.docx is none of .html"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(run: Run, words: tuple[str, ...], sentence: str) -> None:
    said = run(*words)
    assert said.code == 2 and sentence in said.err and len(said.err.splitlines()) == 1


def test_without_a_browser_a_pdf_is_refused_in_words(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    said = run("weekly", "--out", "week.pdf")
    assert said.code == 2 and ".pdf needs the Python package playwright" in said.err and not Path("week.pdf").exists()
