"""Who is answered: everybody on this machine where nothing is configured, and elsewhere those who show a secret.

Pages need a sign-in, and Streamlit sees to that. Addresses for programs need WATCHBILL_TOKEN as a bearer token; a
calendar program cannot send one, so a feed's address carries a key of its own, made from the token.
"""

import hmac
import ipaddress
import json
import os
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from settings.sign_in import TOKEN

OPEN, ADDRESSES = "watchbill.is_open", ("/healthz", "/metrics", "/data", "/feeds/")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
_KEY_LENGTH = 32
REFUSAL = (
    "Watchbill answers this machine alone until people can sign in: configure [auth] in .streamlit/secrets.toml and "
    "[access] in watchbill.toml, as README.md tells under “Signing in”, or open it on http://localhost."
)


class Gate:
    """In front of everything: without a sign-in, whoever is not on this machine reads why, and nothing else."""

    def __init__(self, app: ASGIApp, has_sign_in: Callable[[], bool]) -> None:
        self._app, self._has_sign_in = app, has_sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        has_sign_in = self._has_sign_in()
        scope[OPEN] = not has_sign_in and not token() and is_local(scope)
        if has_sign_in or is_local(scope) or scope["path"].startswith(ADDRESSES):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(REFUSAL, status_code=403)(scope, receive, send)


def is_local(scope: Mapping[str, Any]) -> bool:
    """Whether a program on this machine asks, directly: both ends of the connection are here, no proxy has touched it,
    and the name it was asked by is this machine's own (a foreign name that leads here is a trick)."""
    headers = Headers(raw=scope["headers"])
    ends = [str(end[0]) if end else "" for end in (scope.get("client"), scope.get("server"))]
    names = [urlsplit(f"//{headers.get('host', '')}").hostname or ""]
    if "origin" in headers:
        names.append(urlsplit(headers["origin"]).hostname or "")
    return all(map(is_loopback, [*ends, *names])) and not any(name in headers for name in _FORWARDED)


def is_loopback(name: str) -> bool:
    """Whether a name or number means the machine itself.

    >>> [is_loopback(name) for name in ("localhost", "127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "host.example")]
    [True, True, True, False, False]
    """
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        number = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = number.ipv4_mapped if isinstance(number, ipaddress.IPv6Address) else None
    return (mapped or number).is_loopback


def refusal(address: str | None, has_sign_in: bool) -> str | None:
    """Why the app does not listen on an address, None where it may; without an address it would listen to everybody."""
    if has_sign_in or (address and is_loopback(address)):
        return None
    return f"will not listen on {address or 'every address'}. {REFUSAL}"


def token() -> str:
    """The secret that opens addresses for programs; '' where there is none."""
    return os.environ.get(TOKEN, "").strip()


def is_welcome(request: Request) -> bool:
    """Whether everybody is answered, or this one shows the token."""
    if request.scope.get(OPEN):
        return True
    kind, _, shown = request.headers.get("authorization", "").partition(" ")
    return bool(token()) and kind.lower() == "bearer" and _same(shown.strip(), token())


def feed_key(team: str, person: str | None) -> str:
    """What opens one feed and nothing else; '' where there is no token to make it from."""
    message = json.dumps(["feed", team, person]).encode()
    return hmac.new(token().encode(), message, "sha256").hexdigest()[:_KEY_LENGTH] if token() else ""


def may_read_feed(request: Request, team: str, person: str | None) -> bool:
    key = feed_key(team, person)
    return is_welcome(request) or (bool(key) and _same(request.query_params.get("key", ""), key))


def _same(shown: str, secret: str) -> bool:
    """In a time that tells nothing of how much of it is right."""
    return hmac.compare_digest(shown.encode(), secret.encode())


def turned_away() -> Response:
    """The answer to whoever shows no secret."""
    if token():
        said = f"Show the token: “Authorization: Bearer …”, as {TOKEN} has it where Watchbill runs."
    else:
        said = f"Set {TOKEN} where Watchbill runs, and show it: “Authorization: Bearer …”."
    return answered({"error": said}, 401, {"WWW-Authenticate": "Bearer"})


def answered(told: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A short answer in JSON that nothing keeps and no browser takes for anything else."""
    kept = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return JSONResponse(told, status_code=status, headers={**kept, **(headers or {})})
