"""The one HTTP client: every source asks through it.

Everything Watchbill sends only reads, so every request is safe to repeat. A server that is down, slow, cut off in
mid-sentence or asks for patience is asked again, later each time; one that says no is believed at once. Secrets are
blanked in every message.
"""

import json
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from ingest.journal import blanked

log = logging.getLogger("watchbill.client")

TIMEOUT = (10, 120)  # seconds to connect, and between two bytes
ATTEMPTS = 6
PATIENCE = 2 * 3600.0  # seconds in all that one run waits because a server asks for it
SLOW_DOWN = (429, 503)
BROKEN = (500, 502, 503, 504, 520, 521, 522, 523, 524)


class ClientError(Exception):
    """A tracker could not be asked; the text says what, where, and what to do. It holds no secret."""


class UnavailableError(ClientError):
    """The server did not answer properly, however often it was asked. `status` is None where none arrived."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class RefusedError(ClientError):
    """The server understood and said no."""

    def __init__(self, text: str, status: int, body: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.body = body


class OutOfPatienceError(ClientError):
    """The server's limit is used up for longer than a run should wait."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in any case
    text: str
    url: str  # without secrets

    @property
    def is_html(self) -> bool:
        return "html" in self.headers.get("Content-Type", "") or self.text.lstrip()[:9].lower() in (
            "<!doctype",
            "<html>",
        )

    def json(self) -> Any:
        """The body as JSON. Raises ValueError where it is not: HTML, or cut short."""
        return json.loads(self.text)

    def link(self, relation: str) -> str | None:
        """The address of a `Link` header, such as next."""
        found = requests.utils.parse_header_links(self.headers.get("Link", ""))
        return next((link["url"] for link in found if link.get("rel") == relation), None)

    @property
    def served_at(self) -> datetime | None:
        """The server's own clock."""
        try:
            return parsedate_to_datetime(self.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError, TypeError):
            return None


def told_to_wait(answer: Answer) -> float | None:
    """Seconds the server asks to wait, by the plain HTTP rules: 429 or 503, and how long if it says. 0: unsaid."""
    if answer.status not in SLOW_DOWN:
        return None
    said = answer.headers.get("Retry-After", "")
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, TypeError):
        return None if answer.status == 503 else 0.0
    return max(0.0, (until - (answer.served_at or datetime.now(UTC))).total_seconds())


def not_json(answer: Answer) -> str:
    """What is wrong with a body that should be JSON; "" if nothing."""
    try:
        answer.json()
    except (ValueError, RecursionError):
        return "an HTML page instead of JSON" if answer.is_html else "the answer is not whole JSON"
    return ""


@dataclass(slots=True)
class Wire:
    """What lies between client and server: tests and the demo replace it."""

    session: Callable[[], requests.Session] = requests.Session
    wait: Callable[[float], object] = time.sleep
    chance: random.Random = field(default_factory=random.Random)


class Client:
    """Asks one server. Counts its requests and the seconds it waited for the server's sake.

    `told_to_wait` tells from an answer whether the server asks for patience (None: no; 0: it does not say how long).
    Sources replace it where a tracker has rules of its own. `secrets` are blanked in messages and in the journal.
    """

    def __init__(
        self,
        base: str,
        *,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        told_to_wait: Callable[[Answer], float | None] = told_to_wait,
        wire: Wire | None = None,
    ) -> None:
        self.base = base.rstrip("/")
        self.requests = 0
        self.waited_seconds = 0.0
        self.began_at: datetime | None = None  # by the server's clock: its first answer
        self.secrets = tuple(secret for secret in secrets if secret)
        self._told_to_wait = told_to_wait
        self._wire = wire or Wire()
        self._session = self._wire.session()
        self._session.headers.update({"User-Agent": "watchbill", "Accept": "application/json", **(headers or {})})
        self._session.auth = _as_it_is

    def get(self, path: str, params: Any = None, **options: Any) -> Answer:
        """`path` below the base, or a whole address as the server gave it. Options as for `ask`."""
        return self.ask("GET", path, params=params, **options)

    def post(self, path: str, *, json: Any = None, form: Any = None, **options: Any) -> Answer:
        """A question that travels in a body, JSON or form. Options as for `ask`."""
        return self.ask("POST", path, json=json, data=form, **options)

    def ask(
        self,
        method: str,
        path: str,
        *,
        attempts: int = ATTEMPTS,
        accept: Sequence[int] = (),
        whole: Callable[[Answer], str] = not_json,
        **body: Any,
    ) -> Answer:
        """One question, repeated while the server is broken or asks for patience.

        `accept`: statuses other than 2xx that are an answer, too. `whole`: what is wrong with a body, "" if nothing.
        Raises RefusedError (4xx), OutOfPatienceError, and
        UnavailableError after `attempts` of anything else, an HTML page or cut-off JSON included.
        """
        url = path if path.startswith(("http://", "https://")) else f"{self.base}/{path.lstrip('/')}"
        trouble, status = "", None
        for attempt in range(attempts):
            if attempt:
                self._pause(min(60.0, 2.0 ** (attempt - 1)))
            answer, trouble = self._patiently(method, url, **body)
            status = answer.status if answer else None
            if answer is None or (answer.status in BROKEN and answer.status not in accept):
                continue
            if answer.status >= 400 and answer.status not in accept:
                raise RefusedError(self._words(url, answer), answer.status, self.redact(answer.text))
            trouble = whole(answer) if answer.status not in accept else ""
            if not trouble:
                return answer
        raise UnavailableError(self.redact(f"{_place(url)}: {trouble}; asked {attempts} times"), status)

    def redact(self, text: str) -> str:
        return blanked(text, self.secrets)

    def _patiently(self, method: str, url: str, **body: Any) -> tuple[Answer | None, str]:
        """One question, asked again for as long as the server asks for patience."""
        backoff = 60.0
        while True:
            answer, trouble = self._once(method, url, **body)
            delay = self._told_to_wait(answer) if answer else None
            if answer is None or delay is None:
                return answer, trouble or (f"HTTP {answer.status}" if answer else "")
            self._pause(delay or backoff, for_server=True, place=_place(url))
            backoff *= 1 if delay else 2

    def _once(self, method: str, url: str, **body: Any) -> tuple[Answer | None, str]:
        self.requests += 1
        began = time.monotonic()
        try:
            response = self._session.request(method, url, timeout=TIMEOUT, **body)
            answer = Answer(response.status_code, response.headers, response.text, self.redact(url))
        except requests.exceptions.InvalidURL as error:
            raise ClientError(self.redact(f"{url} is no address: {error}")) from None
        except requests.exceptions.RequestException as error:
            log.debug("%s %s: %s", method, self.redact(url), self.redact(str(error)))
            return None, _plainly(error)
        log.debug("%s %s: %s in %.2f s", method, self.redact(url), answer.status, time.monotonic() - began)
        self.began_at = self.began_at or answer.served_at or datetime.now(UTC)
        return answer, ""

    def _words(self, url: str, answer: Answer) -> str:
        said = "" if answer.is_html else f": {' '.join(answer.text.split())[:200]}"
        reason = {401: " (is the token right?)", 403: " (may this account read it?)", 404: " (not there)"}
        return self.redact(f"{_place(url)}: HTTP {answer.status}{reason.get(answer.status, '')}{said}")

    def _pause(self, seconds: float, *, for_server: bool = False, place: str = "") -> None:
        if for_server:
            if self.waited_seconds + seconds > PATIENCE:
                raise OutOfPatienceError(
                    self.redact(f"{place}: asks to wait {seconds:.0f} s more; the next sync goes on from here")
                )
            self.waited_seconds += seconds
            log.info("%s: waiting %.0f s, as the server asks", self.redact(place), seconds)
        else:
            seconds *= self._wire.chance.uniform(0.7, 1.3)
        self._wire.wait(seconds)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No auth but our own headers: without this, requests would put a .netrc entry over them."""
    return request


def _place(url: str) -> str:
    return url.split("?")[0]


def _plainly(error: Exception) -> str:
    match error:
        case requests.exceptions.SSLError():
            return "its certificate was not accepted"
        case requests.exceptions.Timeout():
            return "no answer in time"
        case requests.exceptions.ChunkedEncodingError() | requests.exceptions.ContentDecodingError():
            return "the answer was cut off"
        case _:
            return "cannot be reached"
