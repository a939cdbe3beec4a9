"""Between a made-up tracker and whoever asks it: inside one process, or over a real socket."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

if TYPE_CHECKING:
    from ingest.demo.trackers import Tracker


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str  # below the tracker's own address, without the query: /api/user.whoami
    query: list[tuple[str, str]]
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""
    base: str = ""  # the tracker's own address, for links in answers

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class InProcess(BaseAdapter):
    """Lets `requests` reach a tracker without a socket: `session.mount(address, InProcess(address, tracker))`."""

    def __init__(self, address: str, tracker: "Tracker") -> None:
        super().__init__()
        self._address, self._tracker = address.rstrip("/"), tracker

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        assert request.url and request.method
        asked = _asked(request.method, request.url, dict(request.headers), request.body, self._address)
        return _as_requests_has_it(request, dated(self._tracker.answer(asked), self._tracker))

    def close(self) -> None:
        """Nothing is held open."""


def session(trackers: Mapping[str, "Tracker"]) -> requests.Session:
    """A session that reaches these trackers, by address, and nothing else."""
    made = requests.Session()
    made.adapters.clear()
    made.trust_env = False  # no proxy stands between us
    for address, tracker in trackers.items():
        made.mount(address, InProcess(address, tracker))
    return made


def server(trackers: Mapping[str, "Tracker"], port: int = 0) -> ThreadingHTTPServer:
    """A server on the loopback interface, each tracker below its own first path segment, such as `phorge`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply()

        do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815

        def _reply(self) -> None:
            name, _, rest = urlsplit(self.path).path.lstrip("/").partition("/")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            base = f"http://{self.headers.get('Host', 'localhost')}/{name}"
            query = parse_qsl(urlsplit(self.path).query, keep_blank_values=True)
            headers = {key.lower(): value for key, value in self.headers.items()}
            tracker = trackers.get(name)
            response = Response(404)
            if tracker:
                asked = Request(self.command, f"/{rest}", query, headers, body, base)
                response = dated(tracker.answer(asked), tracker)
            self._send(response)

        def _send(self, response: Response) -> None:
            self.send_response_only(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)

        def log_message(self, *_: Any) -> None:
            """Who asked what is nobody's business here."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def dated(response: Response, tracker: "Tracker") -> Response:
    """With the tracker's clock in the Date header."""
    date = format_datetime(tracker.now.astimezone(UTC), usegmt=True)
    return Response(response.status, response.body, {"Date": date, **response.headers})


def _asked(method: str, url: str, headers: Mapping[str, str], body: Any, base: str) -> Request:
    parts = urlsplit(url[len(base) :])
    raw = body.encode() if isinstance(body, str) else body or b""
    query = parse_qsl(parts.query, keep_blank_values=True)
    return Request(method, parts.path or "/", query, {k.lower(): v for k, v in headers.items()}, raw, base)


def _as_requests_has_it(request: requests.PreparedRequest, response: Response) -> requests.Response:
    made = requests.Response()
    made.status_code, made._content, made.url, made.request = response.status, response.body, request.url or "", request
    made.headers = requests.structures.CaseInsensitiveDict(response.headers)
    made.encoding = "utf-8"
    return made
