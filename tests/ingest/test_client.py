"""The one HTTP client: patient with servers that are busy or broken, obedient to those that say no, and discreet."""

import logging
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from ingest.client import (
    PATIENCE,
    Answer,
    Client,
    ClientError,
    OutOfPatienceError,
    RefusedError,
    UnavailableError,
    Wire,
    told_to_wait,
)
from ingest.demo.trackers.wire import Request, Response, session

BASE = "http://tracker.example/api"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOOD = Response(200, b'{"is": "good"}', {"Content-Type": "application/json"})
HTML = Response(200, b"<!DOCTYPE html><html>Please log in</html>", {"Content-Type": "text/html"})
Script = Response | Exception


class Scripted:
    """A server that answers as it is told, and remembers what it was asked."""

    now = NOW

    def __init__(self, *script: Script) -> None:
        self._script: Iterator[Script] = iter(script)
        self.asked: list[Request] = []

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        said = next(self._script, GOOD)
        if isinstance(said, Exception):
            raise said
        return said


def client(*script: Script, **options: Any) -> tuple[Client, Scripted, list[float]]:
    """A client of such a server, and the waits it took."""
    server, waits = Scripted(*script), list[float]()
    wire = Wire(lambda: session({BASE: server}), waits.append, random.Random(7))
    return Client(BASE, wire=wire, **options), server, waits


def test_an_answer_is_its_status_its_headers_and_its_json() -> None:
    asking, server, waits = client()
    answer = asking.get("tasks", {"after": 7})
    assert (answer.status, answer.json(), waits) == (200, {"is": "good"}, [])
    assert (server.asked[0].path, server.asked[0].query) == ("/tasks", [("after", "7")])


def test_a_question_in_a_body_may_be_json_or_a_form() -> None:
    asking, server, _ = client()
    asking.post("search", json={"jql": "project = X"})
    asking.post("search", form={"limit": "5"})
    assert server.asked[0].body == b'{"jql": "project = X"}'
    assert server.asked[1].form == [("limit", "5")]


@pytest.mark.parametrize(
    "trouble",
    [
        Response(500),
        Response(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}),
        Response(503),
        Response(504),
        Response(200, b'{"is": "go', {"Content-Type": "application/json"}),
        HTML,
        requests.exceptions.ReadTimeout(),
        requests.exceptions.ConnectionError(),
        requests.exceptions.ChunkedEncodingError(),
    ],
    ids=lambda trouble: type(trouble).__name__ if isinstance(trouble, Exception) else f"{trouble.status}",
)
def test_a_broken_answer_is_asked_for_again(trouble: Script) -> None:
    asking, server, waits = client(trouble, trouble)
    assert asking.get("tasks").json() == {"is": "good"}
    assert len(server.asked) == 3
    assert 0.7 <= waits[0] <= 1.3 and 1.4 <= waits[1] <= 2.6, "later each time, and never all clients at once"


def test_what_stays_broken_is_said_after_six_times() -> None:
    asking, server, _ = client(*[Response(502)] * 9)
    with pytest.raises(UnavailableError, match=r"http://tracker.example/api/tasks: HTTP 502; asked 6 times") as error:
        asking.get("tasks")
    assert (len(server.asked), error.value.status) == (6, 502)


def test_an_html_page_instead_of_json_is_named_as_such() -> None:
    asking, _, _ = client(*[HTML] * 9)
    with pytest.raises(UnavailableError, match="an HTML page instead of JSON"):
        asking.get("tasks")


def test_what_a_whole_answer_is_can_be_said_otherwise() -> None:
    asking, server, _ = client(Response(200, b"BEGIN"), Response(200, b"BEGIN END"))
    answer = asking.get("calendar.ics", whole=lambda answer: "" if "END" in answer.text else "cut off")
    assert (answer.text, len(server.asked)) == ("BEGIN END", 2)


def test_a_caller_may_handle_a_broken_answer_itself() -> None:
    asking, server, waits = client(Response(502))
    with pytest.raises(UnavailableError) as error:
        asking.get("tasks", attempts=1)
    assert (error.value.status, len(server.asked), waits) == (502, 1, [])


@pytest.mark.parametrize(
    ("status", "words"), [(401, "is the token right"), (403, "may this account"), (404, "not there")]
)
def test_a_refusal_is_believed_at_once(status: int, words: str) -> None:
    asking, server, _ = client(Response(status, b'{"message": "no"}', {"Content-Type": "application/json"}))
    with pytest.raises(RefusedError, match=words) as error:
        asking.get("tasks")
    assert (error.value.status, error.value.body, len(server.asked)) == (status, '{"message": "no"}', 1)


def test_a_refusal_can_be_an_answer() -> None:
    asking, _, _ = client(Response(410, b"", {}))
    assert asking.get("issues/7", accept=(404, 410)).status == 410


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_names_a_time_is_obeyed_to_the_second(status: int) -> None:
    busy = Response(status, b"", {"Retry-After": "37"})
    asking, server, waits = client(busy, busy)
    asking.get("tasks")
    assert (waits, asking.waited_seconds, len(server.asked), asking.requests) == ([37, 37], 74, 3, 3)


def test_a_time_may_be_named_as_a_date() -> None:
    asking, _, waits = client(Response(429, b"", {"Retry-After": "Mon, 02 Mar 2026 09:01:30 GMT"}))
    asking.get("tasks")
    assert waits == [90]


def test_a_server_that_names_no_time_gets_a_minute_then_two() -> None:
    asking, _, waits = client(Response(429), Response(429))
    asking.get("tasks")
    assert waits == [60, 120]


def test_being_busy_does_not_use_up_the_attempts_for_being_broken() -> None:
    busy = Response(429, b"", {"Retry-After": "1"})
    asking, _, _ = client(*[busy] * 20)
    assert asking.get("tasks").json() == {"is": "good"}


def test_a_run_does_not_wait_for_ever() -> None:
    asking, _, waits = client(*[Response(429, b"", {"Retry-After": f"{PATIENCE * 0.6}"})] * 3)
    with pytest.raises(OutOfPatienceError, match="the next sync goes on from here"):
        asking.get("tasks")
    assert sum(waits) <= PATIENCE


def test_a_tracker_may_have_rules_of_its_own() -> None:
    def limited(answer: Answer) -> float | None:
        return 5.0 if "RATE_LIMITED" in answer.text else None

    asking, _, waits = client(Response(200, b'{"errors": "RATE_LIMITED"}'), told_to_wait=limited)
    assert (asking.get("graphql").json(), waits) == ({"is": "good"}, [5])


@pytest.mark.parametrize(
    ("status", "said", "seconds"),
    [(200, {}, None), (429, {}, 0), (503, {}, None), (429, {"Retry-After": "soon"}, 0), (503, {"Retry-After": "2"}, 2)],
)
def test_told_to_wait_by_the_plain_rules(status: int, said: dict[str, str], seconds: float | None) -> None:
    assert told_to_wait(Answer(status, said, "", BASE)) == seconds


def test_the_run_began_when_the_servers_clock_says() -> None:
    asking, _, _ = client()
    assert asking.began_at is None
    asking.get("tasks")
    assert asking.began_at == NOW


def test_a_link_to_the_next_page_is_followed_as_it_was_given() -> None:
    following = Response(200, b"[]", {"Link": f'<{BASE}/repositories/1/issues?page=2>; rel="next", <x>; rel="last"'})
    asking, server, _ = client(following)
    address = asking.get("issues").link("next")
    assert address
    asking.get(address)
    assert (server.asked[1].path, server.asked[1].query) == ("/repositories/1/issues", [("page", "2")])


def test_a_netrc_entry_does_not_replace_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / ".netrc").write_text("machine tracker.example login me password other", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server = Scripted()
    reached = session({BASE: server})
    reached.trust_env = True
    asking = Client(BASE, headers={"Authorization": "token 123"}, wire=Wire(lambda: reached))
    asking.get("tasks")
    assert server.asked[0].headers["authorization"] == "token 123"


SECRET = 'to"k/en'


@pytest.mark.parametrize(
    "say",
    [
        lambda asking: asking.get("tasks", attempts=1),
        lambda asking: asking.get(f"feed/{SECRET}.ics", attempts=1),
        lambda asking: asking.get("tasks", {"token": SECRET}, attempts=1),
    ],
)
@pytest.mark.parametrize(
    "trouble",
    [
        Response(401, f'{{"info": "API token {SECRET} is bad"}}'.encode()),
        Response(502, SECRET.encode()),
        requests.exceptions.ConnectionError(f"no route to {SECRET}"),
        requests.exceptions.InvalidURL(f"http://{SECRET}"),
        Response(429, b"", {"Retry-After": "99999"}),
    ],
)
def test_no_complaint_and_no_log_holds_the_secret(
    say: Callable[[Client], Any], trouble: Script, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "watchbill")
    asking, _, _ = client(trouble, secrets=[SECRET])
    with pytest.raises(ClientError) as error:
        say(asking)
    told = str(error.value) + caplog.text + str(getattr(error.value, "body", ""))
    assert "tracker.example" in told
    assert 'to"k' not in told and "k/en" not in told and "to%22k" not in told
