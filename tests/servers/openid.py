"""A made-up OpenID provider on this machine: discovery, a page on which one chooses who to be, codes, signed tokens.

It checks what a real one checks: the client and its secret, the address to go back to, that a code is used once, by
whoever asked for it (PKCE), and it signs with RS256.
"""

import base64
import hashlib
import html
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "watchbill", "made-up-client-secret"


@dataclass
class Provider:
    """The people it knows, by name, with what it tells of each; and what was asked of it."""

    people: Mapping[str, Mapping[str, Any]]
    url: str = ""
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "only"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # every code and token it gave out

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def code(self, asked: dict[str, str]) -> str:
        """Where somebody who has chosen who to be is sent back to."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        self.told.append(code)
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def tokens(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """What a code is worth; None, and why in `refused`, where the client is not who asked for it."""
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            self.refused.append("code")
        elif not _is_client(authorization) or asked["client_id"] != CLIENT:
            self.refused.append("client")
        elif _challenge(form.get("code_verifier", "")) != asked.get("code_challenge"):
            self.refused.append("verifier")
        else:
            return self._signed(asked)
        return None

    def _signed(self, asked: dict[str, str]) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": asked["person"], "iat": now, "exp": now + 300,
            "nonce": asked.get("nonce"), "name": asked["person"], **self.people[asked["person"]],
        }  # fmt: skip
        id_token = jwt.encode({"alg": "RS256", "kid": "only"}, claims, self.key)
        access_token = secrets.token_urlsafe(16)
        self.told += [id_token, access_token]
        return {"id_token": id_token, "access_token": access_token, "token_type": "Bearer", "expires_in": 300}


def _is_client(authorization: str) -> bool:
    try:
        told = base64.b64decode(authorization.removeprefix("Basic ")).decode()
    except ValueError:
        return False
    return [unquote(part) for part in told.split(":", 1)] == [CLIENT, SECRET]


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path == "/.well-known/openid-configuration":
            self._tell(self.provider.metadata())
        elif place.path == "/keys":
            self._tell({"keys": [self.provider.key.as_dict(private=False, alg="RS256", use="sig")]})
        elif place.path == "/authorize" and asked.get("client_id") == CLIENT:
            self._choice(place.query)
        elif place.path == "/chosen":
            self.send_response(302)
            self.send_header("Location", self.provider.code(asked))
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        first = {name: values[0] for name, values in form.items()}
        told = self.provider.tokens(first, self.headers.get("Authorization", ""))
        self._tell(told or {"error": "invalid_grant"}, 200 if told else 400)

    def _choice(self, query: str) -> None:
        links = (
            f'<li><a href="/chosen?{html.escape(query)}&amp;person={quote(name)}">{html.escape(name)}</a></li>'
            for name in self.provider.people
        )
        icon = '<link rel="icon" href="data:,">'  # or a browser asks for one, and complains
        page = f'<!doctype html><html lang="en"><head><title>Who are you?</title>{icon}</head><ul>{"".join(links)}</ul>'
        self._send(page.encode(), "text/html; charset=utf-8", 200)

    def _tell(self, told: dict[str, Any], status: int = 200) -> None:
        self._send(json.dumps(told).encode(), "application/json", status)

    def _send(self, body: bytes, kind: str, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *told: Any) -> None:
        """Silent."""


@contextmanager
def running(people: Mapping[str, Mapping[str, Any]]) -> Iterator[Provider]:
    """The provider, as long as it is wanted."""
    provider = Provider(people)
    handler = type("Handler", (_Handler,), {"provider": provider})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
